package api

import (
	"math"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// Me is who asks.
type Me struct {
	Account int64          `json:"account"`
	Name    string         `json:"name"`
	Shown   string         `json:"shown,omitempty"` // full name
	Token   string         `json:"token,omitempty"` // name of the token that was sent
	Roles   map[int64]Role `json:"roles"`           // by organisation; 0: all of them
}

// A Role is what an account is in an organisation, and what it may do there with
// what it sent.
type Role struct {
	Role string   `json:"role"`
	May  []string `json:"may"`
}

// A Token lets a program act for an account.
type Token struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"` // to a minute or so
	Expires time.Time `json:"expires,omitzero"`
}

// A NewToken is one that is to be made.
type NewToken struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`  // read, ingest, write, admin
	Expires time.Time `json:"expires"` // within a year
}

// A MadeToken is a token with its secret, which is told once.
type MadeToken struct {
	Token
	Secret string `json:"secret"`
}

func me(c *call) error {
	v := Me{Account: c.who.Account, Name: c.who.Name, Shown: c.who.Shown, Token: c.who.Token, Roles: map[int64]Role{}}
	for org, role := range c.who.Roles {
		r := Role{Role: string(role), May: []string{}}
		for _, a := range access.Actions {
			if c.who.May(a, org) {
				r.May = append(r.May, string(a))
			}
		}
		v.Roles[org] = r
	}
	return c.reply(v)
}

func tokenOf(t *access.Token) Token {
	v := Token{ID: t.ID, Name: t.Name, Scopes: []string{}, Created: t.Created, Used: t.Used, Expires: t.Expires}
	for _, s := range t.Scopes {
		v.Scopes = append(v.Scopes, string(s))
	}
	return v
}

func tokens(c *call) error {
	return pageOf(c, func(p store.Page) ([]access.Token, int64, error) {
		return c.s.Store.TokenPage(c.ctx(), c.who.Account, p)
	}, func(t *access.Token) int64 { return t.ID }, tokenOf)
}

func tokenAdd(c *call) error {
	var n NewToken
	if err := c.read(&n); err != nil {
		return err
	}
	t := &access.Token{Account: c.who.Account, Name: n.Name, Expires: n.Expires}
	for _, s := range n.Scopes {
		t.Scopes = append(t.Scopes, access.Scope(s))
	}
	secret, err := c.s.Guard.AddToken(c.ctx(), c.who, t)
	if err != nil {
		return err
	}
	return c.created("/tokens", 0, MadeToken{tokenOf(t), secret})
}

func tokenDrop(c *call) error {
	id, err := c.number("token")
	if err != nil {
		return err
	}
	if err := c.s.Guard.DropToken(c.ctx(), c.who, id); err != nil {
		return err
	}
	return c.gone()
}

func audit(c *call) error {
	n, err := c.limit()
	if err != nil {
		return err
	}
	ids, all, err := c.wanted(access.Administer)
	if err != nil {
		return err
	}
	before := int64(math.MaxInt64)
	if _, err := c.after(&before); err != nil {
		return err
	}
	found, err := c.s.Store.AuditLog(c.ctx(), ids, all, before, n+1)
	if err != nil {
		return err
	}
	out := list[hub.Entry]{Items: slices.Clip(some(found[:min(n, len(found))]))}
	if len(found) > n {
		if out.Next, err = cursor(found[n-1].ID); err != nil {
			return err
		}
	}
	return c.reply(out)
}
