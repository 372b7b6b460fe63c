package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

var (
	_ access.Store = (*DB)(nil)
	_ access.Tx    = (*Tx)(nil)
)

// ChangeAccess is [access.Store.ChangeAccess].
func (db *DB) ChangeAccess(ctx context.Context, d hub.Deed, fn func(access.Tx) error) error {
	return db.Change(ctx, d, func(t *Tx) error { return fn(t) })
}

// accountColumns are of "account AS a". Roles are in the row, so that an account
// is always read as it was at one moment.
const accountColumns = `a.id, a.name, a.shown, a.password, a.issuer, a.subject, a.created, a.disabled, a.version,
	coalesce((SELECT group_concat(r.organisation || ' ' || r.role, char(10)) FROM role AS r WHERE r.account = a.id), '')`

// accountDest is where a row of accountColumns goes; done then fills in what is
// not a column.
func accountDest(a *access.Account) (dest []any, done func() error) {
	var created int64
	var roles string
	return []any{&a.ID, &a.Name, &a.Shown, &a.Password, &a.Issuer, &a.Subject, &created, &a.Disabled, &a.Version, &roles}, func() (err error) {
		a.Created = when(created)
		a.Roles, err = parseRoles(roles)
		if err != nil {
			err = fmt.Errorf("account %s: %w", a.Name, err)
		}
		return err
	}
}

func parseRoles(s string) (map[int64]access.Role, error) {
	out := map[int64]access.Role{}
	for line := range strings.Lines(s) {
		id, role, _ := strings.Cut(strings.TrimSpace(line), " ")
		org, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("roles %q cannot be read: %w", s, err)
		}
		out[org] = access.Role(role)
	}
	return out, nil
}

func scanAccount(r scanner) (a access.Account, err error) {
	dest, done := accountDest(&a)
	if err = r.Scan(dest...); err != nil {
		return a, err
	}
	return a, done()
}

// Accounts is [access.Store.Accounts].
func (db *DB) Accounts(ctx context.Context) ([]access.Account, error) {
	return collect(ctx, db.readers, scanAccount, "SELECT "+accountColumns+" FROM account AS a ORDER BY a.name")
}

// ShownNames gives the full names of those that have one, by the name that each
// signs in with, in lower case.
func (db *DB) ShownNames(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	_, err := collect(ctx, db.readers, func(r scanner) (struct{}, error) {
		var name, shown string
		err := r.Scan(&name, &shown)
		out[name] = shown
		return struct{}{}, err
	}, "SELECT lower(name), shown FROM account WHERE shown <> ''")
	return out, err
}

// Account is [access.Store.Account].
func (db *DB) Account(ctx context.Context, id int64) (*access.Account, error) {
	return db.account(ctx, fmt.Sprintf("account %d", id), "a.id = ?", id)
}

// AccountNamed is [access.Store.AccountNamed].
func (db *DB) AccountNamed(ctx context.Context, name string) (*access.Account, error) {
	return db.account(ctx, fmt.Sprintf("account %q", name), "a.name = ?", name)
}

// AccountOf is [access.Store.AccountOf].
func (db *DB) AccountOf(ctx context.Context, issuer, subject string) (*access.Account, error) {
	return db.account(ctx, fmt.Sprintf("account of %q at %s", subject, issuer), "a.issuer = ? AND a.subject = ? AND a.subject <> ''", issuer, subject)
}

func (db *DB) account(ctx context.Context, what, where string, args ...any) (*access.Account, error) {
	a, err := scanAccount(db.readers.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM account AS a WHERE "+where, args...))
	if err != nil {
		return nil, missing(err, "%s", what)
	}
	return &a, nil
}

// AddAccount is [access.Tx.AddAccount].
func (t *Tx) AddAccount(a *access.Account) error {
	created := t.db.now().UTC()
	id, err := t.insert("INSERT INTO account (name, shown, password, issuer, subject, created, disabled) VALUES (?, ?, ?, ?, ?, ?, ?)",
		a.Name, a.Shown, a.Password, a.Issuer, a.Subject, nano(created), a.Disabled)
	if taken(err) {
		return fmt.Errorf("account %q: %w", a.Name, hub.ErrExists)
	}
	if err != nil {
		return fmt.Errorf("add account %q: %w", a.Name, err)
	}
	a.ID, a.Created, a.Version = id, created, 1
	return t.setRoles(a)
}

// SetAccount is [access.Tx.SetAccount].
func (t *Tx) SetAccount(a *access.Account) error {
	n, err := t.affect("UPDATE account SET name = ?, shown = ?, password = ?, issuer = ?, subject = ?, disabled = ?, version = version + 1 WHERE id = ? AND version = ?",
		a.Name, a.Shown, a.Password, a.Issuer, a.Subject, a.Disabled, a.ID, a.Version)
	if taken(err) {
		return fmt.Errorf("account %q: %w", a.Name, hub.ErrExists)
	}
	if err := t.raised(n, err, "SELECT 1 FROM account WHERE id = ?", []any{a.ID}, fmt.Sprintf("account %q", a.Name)); err != nil {
		return err
	}
	a.Version++
	return t.setRoles(a)
}

func (t *Tx) setRoles(a *access.Account) error {
	if _, err := t.exec("DELETE FROM role WHERE account = ?", a.ID); err != nil {
		return fmt.Errorf("set roles of %q: %w", a.Name, err)
	}
	for org, role := range a.Roles {
		n, err := t.affect("INSERT INTO role (account, organisation, role) SELECT ?, ?, ? WHERE ?2 = 0 OR EXISTS (SELECT 1 FROM organisation WHERE id = ?2)", a.ID, org, string(role))
		if err != nil {
			return fmt.Errorf("set roles of %q: %w", a.Name, err)
		}
		if n == 0 {
			return fmt.Errorf("organisation %d: %w", org, hub.ErrNotFound)
		}
	}
	return nil
}

// Admins is [access.Tx.Admins].
func (t *Tx) Admins() (n int, err error) {
	err = t.get("SELECT count(*) FROM account AS a JOIN role AS r ON r.account = a.id AND r.organisation = 0 AND r.role = ? WHERE a.disabled = 0", []any{string(access.Admin)}, &n)
	return n, err
}

// CountAccounts is [access.Tx.CountAccounts].
func (t *Tx) CountAccounts() (n int, err error) {
	err = t.get("SELECT count(*) FROM account", nil, &n)
	return n, err
}

// AddInvite is [access.Tx.AddInvite].
func (t *Tx) AddInvite(i *access.Invite) error {
	_, err := t.exec("INSERT INTO invite (hash, account, created, expires) VALUES (?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, created = excluded.created, expires = excluded.expires",
		i.Hash[:], i.Account, nano(i.Created), nano(i.Expires))
	if orphan(err) {
		return fmt.Errorf("account %d: %w", i.Account, hub.ErrNotFound)
	}
	return err
}

// UseInvite is [access.Tx.UseInvite].
func (t *Tx) UseInvite(h access.Hash) error {
	n, err := t.affect("DELETE FROM invite WHERE hash = ?", h[:])
	if err == nil && n == 0 {
		err = fmt.Errorf("invite: %w", hub.ErrNotFound)
	}
	return err
}

// DropInvites is [access.Tx.DropInvites].
func (t *Tx) DropInvites(account int64) error {
	_, err := t.exec("DELETE FROM invite WHERE account = ?", account)
	return err
}

// Invite is [access.Store.Invite].
func (db *DB) Invite(ctx context.Context, h access.Hash) (*access.Invite, *access.Account, error) {
	var a access.Account
	i := access.Invite{Hash: h}
	var created, expires int64
	dest, done := accountDest(&a)
	err := db.readers.QueryRowContext(ctx, "SELECT i.account, i.created, i.expires, "+accountColumns+" FROM invite AS i JOIN account AS a ON a.id = i.account WHERE i.hash = ?", h[:]).
		Scan(append([]any{&i.Account, &created, &expires}, dest...)...)
	if err != nil {
		return nil, nil, missing(err, "invite")
	}
	i.Created, i.Expires = when(created), when(expires)
	return &i, &a, done()
}

// SweepSessions is [access.Store.SweepSessions].
func (db *DB) SweepSessions(ctx context.Context, now, idle time.Time) error {
	return db.Keep(ctx, func(t *Tx) error {
		if _, err := t.exec("DELETE FROM session WHERE expires <= ? OR used < ?", nano(now), nano(idle)); err != nil {
			return err
		}
		_, err := t.exec("DELETE FROM invite WHERE expires <= ?", nano(now))
		return err
	})
}
