package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
)

// Setting is a value the hub remembers of itself; "" when there is none.
func (db *DB) Setting(ctx context.Context, name string) (string, error) {
	var v string
	err := db.readers.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = ?", name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// Setting is [DB.Setting] within the change.
func (t *Tx) Setting(name string) (string, error) {
	var v string
	err := t.get("SELECT value FROM setting WHERE name = ?", []any{name}, &v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// SetSetting keeps a value; "" removes it. Secrets belong elsewhere.
func (t *Tx) SetSetting(name, value string) error {
	var err error
	if value == "" {
		_, err = t.exec("DELETE FROM setting WHERE name = ?", name)
	} else {
		_, err = t.exec("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

// digestKey is the setting that holds the key of digests.
const digestKey = "observation.key"

// loadKey reads the key of digests, and makes one for a new file.
func (db *DB) loadKey(ctx context.Context) error {
	var v string
	err := db.conn.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = ?", digestKey).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		v = hex.EncodeToString(key)
		_, err = db.conn.ExecContext(ctx, "INSERT INTO setting (name, value) VALUES (?, ?)", digestKey, v)
	}
	if err != nil {
		return err
	}
	if db.key, err = hex.DecodeString(v); err != nil || len(db.key) != 32 {
		return fmt.Errorf("setting %s of %s cannot be read: the file was changed by another program", digestKey, db.path)
	}
	var changes int64
	if err := db.conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM audit").Scan(&changes); err != nil {
		return err
	}
	db.version.Store(changes << 20)
	return nil
}
