package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// Session is [access.Store.Session].
func (db *DB) Session(ctx context.Context, h access.Hash) (*access.Session, *access.Account, error) {
	var a access.Account
	s := access.Session{Hash: h}
	var created, used, expires int64
	dest, done := accountDest(&a)
	err := db.readers.QueryRowContext(ctx, "SELECT s.account, s.created, s.used, s.expires, "+accountColumns+" FROM session AS s JOIN account AS a ON a.id = s.account WHERE s.hash = ?", h[:]).
		Scan(append([]any{&s.Account, &created, &used, &expires}, dest...)...)
	if err != nil {
		return nil, nil, missing(err, "session")
	}
	s.Created, s.Used, s.Expires = when(created), when(used), when(expires)
	return &s, &a, done()
}

// Sessions is [access.Store.Sessions].
func (db *DB) Sessions(ctx context.Context, account int64) ([]access.Session, error) {
	return collect(ctx, db.readers, func(r scanner) (s access.Session, err error) {
		var created, used, expires int64
		var hash []byte
		err = r.Scan(&hash, &s.Account, &created, &used, &expires)
		copy(s.Hash[:], hash)
		s.Created, s.Used, s.Expires = when(created), when(used), when(expires)
		return s, err
	}, "SELECT hash, account, created, used, expires FROM session WHERE account = ? ORDER BY created DESC, hash", account)
}

// AddSession is [access.Tx.AddSession].
func (t *Tx) AddSession(s *access.Session) error {
	_, err := t.exec("INSERT INTO session (hash, account, created, used, expires) VALUES (?, ?, ?, ?, ?)", s.Hash[:], s.Account, nano(s.Created), nano(s.Used), nano(s.Expires))
	if orphan(err) {
		return fmt.Errorf("account %d: %w", s.Account, hub.ErrNotFound)
	}
	return err
}

// KeepSessions is [access.Tx.KeepSessions].
func (t *Tx) KeepSessions(account int64, own access.Hash, n int) error {
	_, err := t.exec("DELETE FROM session WHERE account = ? AND hash NOT IN (SELECT hash FROM session WHERE account = ? ORDER BY hash = ? DESC, created DESC LIMIT ?)", account, account, own[:], n)
	return err
}

// DropSession is [access.Tx.DropSession].
func (t *Tx) DropSession(h access.Hash) error {
	_, err := t.exec("DELETE FROM session WHERE hash = ?", h[:])
	return err
}

// DropSessions is [access.Tx.DropSessions].
func (t *Tx) DropSessions(account int64, but access.Hash) error {
	_, err := t.exec("DELETE FROM session WHERE account = ? AND hash <> ?", account, but[:])
	return err
}

// TouchSessions is [access.Store.TouchSessions].
func (db *DB) TouchSessions(ctx context.Context, sessions map[access.Hash]time.Time, tokens map[int64]time.Time) error {
	return db.Keep(ctx, func(t *Tx) error {
		for h, at := range sessions {
			if _, err := t.exec("UPDATE session SET used = max(used, ?) WHERE hash = ?", nano(at), h[:]); err != nil {
				return err
			}
		}
		for id, at := range tokens {
			if _, err := t.exec("UPDATE token SET used = max(used, ?) WHERE id = ?", nano(at), id); err != nil {
				return err
			}
		}
		return nil
	})
}
