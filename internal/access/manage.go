package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

const (
	inviteLife = 72 * time.Hour
	mostTokens = 50                   // of one account
	longToken  = 366 * 24 * time.Hour // life of a token at most
	lastAdmin  = "this account is the last administrator of all organisations; make another one first"
)

// denied is [hub.ErrDenied] with who and what.
func denied(by *Person, what string) error {
	return fmt.Errorf("%w: %s may not %s", hub.ErrDenied, by.Actor(), what)
}

// manages says whether a person may change all of an account: it administers
// every organisation where the account has a role.
func manages(by *Person, a *Account) error {
	ok := by.May(Administer, 0)
	if !ok && len(a.Roles) > 0 {
		ok = true
		for org := range a.Roles {
			ok = ok && org != 0 && by.May(Administer, org)
		}
	}
	if !ok {
		return denied(by, "change the account "+a.Name)
	}
	return nil
}

// mayGrant says whether a person may go from one set of roles to another: each
// organisation that differs must be one it administers.
func mayGrant(by *Person, before, after map[int64]Role) error {
	for _, org := range changedRoles(before, after) {
		if !by.May(Administer, org) {
			what := "give or take a role in organisation " + fmt.Sprint(org)
			if org == 0 {
				what = "give or take a role in every organisation"
			}
			return denied(by, what)
		}
	}
	return nil
}

func changedRoles(before, after map[int64]Role) []int64 {
	var out []int64
	for org := range before {
		if before[org] != after[org] {
			out = append(out, org)
		}
	}
	for org := range after {
		if _, ok := before[org]; !ok {
			out = append(out, org)
		}
	}
	slices.Sort(out)
	return out
}

// concerns is the organisation of the audit row of an account with these roles:
// the only one, else 0.
func concerns(roles map[int64]Role) int64 {
	if len(roles) != 1 {
		return 0
	}
	return slices.Collect(maps.Keys(roles))[0]
}

// rolesDetail is for the audit log.
func rolesDetail(roles map[int64]Role) map[string]string {
	out := map[string]string{}
	for org, r := range roles {
		key := "every organisation"
		if org != 0 {
			key = fmt.Sprintf("organisation %d", org)
		}
		out[key] = string(r)
	}
	return out
}

// AddAccount makes an account and sets its ID. Without a password it can sign in
// when [Guard.Invite] gave it a link, or by OIDC.
func (g *Guard) AddAccount(ctx context.Context, by *Person, a *Account, password string) (err error) {
	if a.Name, err = CheckName(a.Name); err != nil {
		return err
	}
	if a.Shown, err = checkText("the full name", a.Shown, false); err != nil {
		return err
	}
	if err := checkRoles(a.Roles); err != nil {
		return err
	}
	if err := manages(by, a); err != nil {
		return denied(by, "make an account with these roles")
	}
	if (a.Issuer != "" || a.Subject != "") && !by.May(Administer, 0) {
		return denied(by, "say who an account is elsewhere")
	}
	a.Password = ""
	if password != "" {
		if a.Password, err = g.newPassword(ctx, password, a); err != nil {
			return err
		}
	}
	d := hub.Deed{Actor: by.Actor(), Organisation: concerns(a.Roles), Action: "account.create", Object: "account " + a.Name, Detail: map[string]any{"roles": rolesDetail(a.Roles)}}
	return g.Store.ChangeAccess(ctx, d, func(tx Tx) error { return tx.AddAccount(a) })
}

// SetAccount changes an account's full name, roles, whether it is disabled and
// who it is at an OIDC issuer; name and password stay. Version must be the
// stored one. Disabling ends its sessions, and its tokens hold no more.
func (g *Guard) SetAccount(ctx context.Context, by *Person, a *Account) (err error) {
	old, err := g.Store.Account(ctx, a.ID)
	if err != nil {
		return err
	}
	if a.Shown, err = checkText("the full name", a.Shown, false); err != nil {
		return err
	}
	if err := checkRoles(a.Roles); err != nil {
		return err
	}
	if err := mayGrant(by, old.Roles, a.Roles); err != nil {
		return err
	}
	if a.Shown != old.Shown || a.Disabled != old.Disabled {
		if err := manages(by, old); err != nil {
			return err
		}
	}
	if (a.Issuer != old.Issuer || a.Subject != old.Subject) && !by.May(Administer, 0) {
		return denied(by, "say who an account is elsewhere")
	}
	a.Name, a.Password, a.Created = old.Name, old.Password, old.Created
	d := hub.Deed{Actor: by.Actor(), Action: "account.change", Object: "account " + a.Name, Detail: map[string]any{"roles": rolesDetail(a.Roles), "before": rolesDetail(old.Roles), "disabled": a.Disabled}}
	if changed := changedRoles(old.Roles, a.Roles); len(changed) == 1 {
		d.Organisation = changed[0]
	}
	return g.Store.ChangeAccess(ctx, d, func(tx Tx) error {
		before, err := tx.Admins()
		if err != nil {
			return err
		}
		if err := tx.SetAccount(a); err != nil {
			return err
		}
		if a.Disabled {
			if err := errors.Join(tx.DropSessions(a.ID, Hash{}), tx.DropInvites(a.ID)); err != nil {
				return err
			}
		}
		if n, err := tx.Admins(); err != nil || n > 0 || before == 0 {
			return err
		}
		return fmt.Errorf("%w: %s", hub.ErrInvalid, lastAdmin)
	})
}

// newPassword checks a new password and gives its hash.
func (g *Guard) newPassword(ctx context.Context, password string, a *Account) (string, error) {
	if err := CheckPassword(password, a.Name, a.Shown); err != nil {
		return "", err
	}
	return g.hasher.hash(ctx, password)
}

// SetPassword sets the password of an account: of one's own, or of one that the
// person manages. All its sessions end but the person's own.
func (g *Guard) SetPassword(ctx context.Context, by *Person, id int64, password string) error {
	a, err := g.Store.Account(ctx, id)
	if err != nil {
		return err
	}
	if own := by != nil && by.Account == id && by.Token == ""; !own {
		if err := manages(by, a); err != nil {
			return err
		}
	}
	if a.Password, err = g.newPassword(ctx, password, a); err != nil {
		return err
	}
	d := hub.Deed{Actor: by.Actor(), Organisation: concerns(a.Roles), Action: "account.password", Object: "account " + a.Name}
	return g.Store.ChangeAccess(ctx, d, func(tx Tx) error {
		return errors.Join(tx.SetAccount(a), tx.DropSessions(a.ID, by.session), tx.DropInvites(a.ID))
	})
}

// Invite gives a link with which an account's owner sets its password, once and
// within three days. An earlier link of the account holds no more. The link is
// all it takes: it goes to its owner by a way of their own.
func (g *Guard) Invite(ctx context.Context, by *Person, id int64) (link string, err error) {
	a, err := g.Store.Account(ctx, id)
	if err != nil {
		return "", err
	}
	if err := manages(by, a); err != nil {
		return "", err
	}
	if a.Disabled {
		return "", fmt.Errorf("%w: the account %s is disabled", hub.ErrInvalid, a.Name)
	}
	secret, now := newSecret(), g.Now().UTC()
	d := hub.Deed{Actor: by.Actor(), Organisation: concerns(a.Roles), Action: "account.invite", Object: "account " + a.Name}
	err = g.Store.ChangeAccess(ctx, d, func(tx Tx) error {
		return tx.AddInvite(&Invite{Hash: HashOf(secret), Account: id, Created: now, Expires: now.Add(inviteLife)})
	})
	return g.link("/invite", secret), err
}

// link is a page of the hub with a secret.
func (g *Guard) link(path, secret string) string {
	u := *g.public
	u.Path, u.RawQuery = path, url.Values{"key": {secret}}.Encode()
	return u.String()
}

// AddToken makes a token for t.Account, sets its ID and gives the secret, which
// is not kept. A person makes tokens for itself, signed in; the console for
// everybody. Each expires within a year.
func (g *Guard) AddToken(ctx context.Context, by *Person, t *Token) (secret string, err error) {
	console := by != nil && by.Account == 0
	if by == nil || by.Token != "" || !console && by.Account != t.Account {
		return "", denied(by, "make this token")
	}
	a, err := g.Store.Account(ctx, t.Account)
	if err != nil {
		return "", err
	}
	if t.Name, err = checkText("the token's name", t.Name, true); err != nil {
		return "", err
	}
	if t.Scopes, err = ParseScopes(JoinScopes(t.Scopes)); err != nil {
		return "", err
	}
	if slices.Contains(t.Scopes, AdminScope) && !personOf(a).MaySomewhere(Administer) {
		return "", fmt.Errorf("%w: the account %s administers nothing, so its token cannot have the scope admin", hub.ErrInvalid, a.Name)
	}
	t.Created = g.Now().UTC()
	if life := t.Expires.Sub(t.Created); life <= 0 || life > longToken {
		return "", fmt.Errorf("%w: a token expires within a year from now", hub.ErrInvalid)
	}
	have, err := g.Store.Tokens(ctx, t.Account)
	if err != nil {
		return "", err
	}
	if len(have) >= mostTokens {
		return "", fmt.Errorf("%w: the account has %d tokens already; revoke one that is not used", hub.ErrInvalid, len(have))
	}
	if slices.ContainsFunc(have, func(o Token) bool { return strings.EqualFold(o.Name, t.Name) }) {
		return "", fmt.Errorf("%w: the account has a token named %q already", hub.ErrInvalid, t.Name)
	}
	secret = tokenPrefix + newSecret()
	t.Hash = HashOf(secret)
	d := hub.Deed{Actor: by.Actor(), Organisation: concerns(a.Roles), Action: "token.create", Object: fmt.Sprintf("token %s of account %s", t.Name, a.Name),
		Detail: map[string]any{"scopes": JoinScopes(t.Scopes), "expires": t.Expires}}
	if err := g.Store.ChangeAccess(ctx, d, func(tx Tx) error { return tx.AddToken(t) }); err != nil {
		return "", err
	}
	return secret, nil
}

// DropToken revokes a token: one's own, or of an account that the person manages.
func (g *Guard) DropToken(ctx context.Context, by *Person, id int64) error {
	all, err := g.Store.Tokens(ctx, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t Token) bool { return t.ID == id })
	if i < 0 {
		return fmt.Errorf("token %d: %w", id, hub.ErrNotFound)
	}
	a, err := g.Store.Account(ctx, all[i].Account)
	if err != nil {
		return err
	}
	if own := by != nil && by.Account == a.ID && by.Token == ""; !own && manages(by, a) != nil {
		return fmt.Errorf("token %d: %w", id, hub.ErrNotFound) // whose it is, is nobody's business
	}
	d := hub.Deed{Actor: by.Actor(), Organisation: concerns(a.Roles), Action: "token.revoke", Object: fmt.Sprintf("token %s of account %s", all[i].Name, a.Name)}
	return g.Store.ChangeAccess(ctx, d, func(tx Tx) error { return tx.DropToken(id) })
}

// EndSessions ends all sessions of an account but the person's own.
func (g *Guard) EndSessions(ctx context.Context, by *Person, id int64) error {
	a, err := g.Store.Account(ctx, id)
	if err != nil {
		return err
	}
	if own := by != nil && by.Account == id && by.Token == ""; !own {
		if err := manages(by, a); err != nil {
			return err
		}
	}
	d := hub.Deed{Actor: by.Actor(), Organisation: concerns(a.Roles), Action: "session.end-all", Object: "account " + a.Name}
	return g.Store.ChangeAccess(ctx, d, func(tx Tx) error { return tx.DropSessions(id, by.session) })
}
