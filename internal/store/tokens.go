package store

import (
	"context"
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

const tokenColumns = "t.id, t.account, t.name, t.hash, t.scopes, t.created, t.used, t.expires"

func tokenDest(k *access.Token) (dest []any, done func() error) {
	var created, used, expires int64
	var hash []byte
	var scopes string
	return []any{&k.ID, &k.Account, &k.Name, &hash, &scopes, &created, &used, &expires}, func() (err error) {
		copy(k.Hash[:], hash)
		k.Created, k.Used, k.Expires = when(created), when(used), when(expires)
		if k.Scopes, err = access.ParseScopes(scopes); err != nil {
			err = fmt.Errorf("token %d: %w", k.ID, err)
		}
		return err
	}
}

func scanToken(r scanner) (k access.Token, err error) {
	dest, done := tokenDest(&k)
	if err = r.Scan(dest...); err != nil {
		return k, err
	}
	return k, done()
}

// Token is [access.Store.Token].
func (db *DB) Token(ctx context.Context, h access.Hash) (*access.Token, *access.Account, error) {
	var a access.Account
	var k access.Token
	dest, done := tokenDest(&k)
	more, doneAccount := accountDest(&a)
	err := db.readers.QueryRowContext(ctx, "SELECT "+tokenColumns+", "+accountColumns+" FROM token AS t JOIN account AS a ON a.id = t.account WHERE t.hash = ?", h[:]).Scan(append(dest, more...)...)
	if err != nil {
		return nil, nil, missing(err, "token")
	}
	if err := done(); err != nil {
		return nil, nil, err
	}
	return &k, &a, doneAccount()
}

// Tokens is [access.Store.Tokens].
func (db *DB) Tokens(ctx context.Context, account int64) ([]access.Token, error) {
	return collect(ctx, db.readers, scanToken, "SELECT "+tokenColumns+" FROM token AS t WHERE ?1 = 0 OR t.account = ?1 ORDER BY t.id", account)
}

// AddToken is [access.Tx.AddToken].
func (t *Tx) AddToken(k *access.Token) error {
	id, err := t.insert("INSERT INTO token (account, name, hash, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
		k.Account, k.Name, k.Hash[:], access.JoinScopes(k.Scopes), nano(k.Created), nano(k.Expires))
	if orphan(err) {
		return fmt.Errorf("account %d: %w", k.Account, hub.ErrNotFound)
	}
	k.ID = id
	return err
}

// DropToken is [access.Tx.DropToken].
func (t *Tx) DropToken(id int64) error {
	n, err := t.affect("DELETE FROM token WHERE id = ?", id)
	if err == nil && n == 0 {
		err = fmt.Errorf("token %d: %w", id, hub.ErrNotFound)
	}
	return err
}

// DropTokens is [access.Tx.DropTokens].
func (t *Tx) DropTokens(account int64) error {
	_, err := t.exec("DELETE FROM token WHERE account = ?", account)
	return err
}
