package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
)

// auditHead is the setting that holds the id and hash of the last row, so that
// rows cut off at the end are missed.
const auditHead = "audit.head"

// link is the hash of a row: SHA-256 of the hash before it and of its values,
// each text with its length before it.
func link(before []byte, e *hub.Entry) []byte {
	h := sha256.New()
	h.Write(before)
	var n [8]byte
	number := func(v int64) {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	number(e.ID)
	number(nano(e.At))
	number(e.Organisation)
	for _, s := range []string{e.Actor, e.Action, e.Object, e.Detail} {
		number(int64(len(s)))
		h.Write([]byte(s))
	}
	return h.Sum(nil)
}

// audit writes the deed's row behind the last one.
func (t *Tx) audit(d hub.Deed) error {
	detail := []byte("")
	if d.Detail != nil {
		var err error
		if detail, err = json.Marshal(d.Detail); err != nil {
			return fmt.Errorf("audit %s: %w", d.Action, err)
		}
	}
	head, err := t.Setting(auditHead)
	if err != nil {
		return err
	}
	id, before, err := parseHead(head)
	if err != nil {
		return err
	}
	e := hub.Entry{ID: id + 1, At: t.db.now(), Actor: d.Actor, Organisation: d.Organisation, Action: d.Action, Object: d.Object, Detail: string(detail)}
	e.Hash = link(before, &e)
	if _, err := t.exec("INSERT INTO audit (id, at, actor, organisation, action, object, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.ID, nano(e.At), e.Actor, e.Organisation, e.Action, e.Object, e.Detail, e.Hash); err != nil {
		return fmt.Errorf("audit %s: %w", d.Action, err)
	}
	return t.SetSetting(auditHead, fmt.Sprintf("%d:%x", e.ID, e.Hash))
}

func parseHead(s string) (id int64, hash []byte, err error) {
	if s == "" {
		return 0, nil, nil
	}
	n, h, _ := strings.Cut(s, ":")
	if id, err = strconv.ParseInt(n, 10, 64); err == nil {
		hash, err = hex.DecodeString(h)
	}
	if err != nil || len(hash) != sha256.Size {
		return 0, nil, fmt.Errorf("the audit log's head %q cannot be read: the file was changed by another program", s)
	}
	return id, hash, nil
}

// VerifyAudit follows the chain of the audit log from its first row to the head
// that is kept beside it. It gives the number of rows that are as they were
// written, and an error that names the first that is not.
func (db *DB) VerifyAudit(ctx context.Context) (rows int64, err error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.end()
	return verifyAudit(ctx, tx)
}

func verifyAudit(ctx context.Context, tx querier) (rows int64, err error) {
	var head string
	if err := tx.QueryRowContext(ctx, "SELECT coalesce((SELECT value FROM setting WHERE name = ?), '')", auditHead).Scan(&head); err != nil {
		return 0, err
	}
	last, want, err := parseHead(head)
	if err != nil {
		return 0, err
	}
	list, err := tx.QueryContext(ctx, "SELECT "+entryColumns+" FROM audit ORDER BY id")
	if err != nil {
		return 0, err
	}
	defer func() { _ = list.Close() }()
	var before []byte
	for list.Next() {
		e, err := scanEntry(list)
		switch {
		case err != nil:
			return rows, err
		case e.ID != rows+1:
			return rows, fmt.Errorf("audit log: row %d is missing (the next there is %d)", rows+1, e.ID)
		case !bytes.Equal(e.Hash, link(before, &e)):
			return rows, fmt.Errorf("audit log: row %d (%s, %s of %s) is not as it was written, or the row before it is not", e.ID, e.At.Format("2006-01-02 15:04:05"), e.Action, e.Object)
		}
		before, rows = e.Hash, e.ID
	}
	if err := list.Err(); err != nil {
		return rows, err
	}
	if rows != last || !bytes.Equal(before, want) {
		return rows, fmt.Errorf("audit log: it ends at row %d, but row %d was written last: rows after %d were taken out or put in", rows, last, min(rows, last))
	}
	return rows, nil
}

const entryColumns = "id, at, actor, organisation, action, object, detail, hash"

func scanEntry(r scanner) (e hub.Entry, err error) {
	var at int64
	err = r.Scan(&e.ID, &at, &e.Actor, &e.Organisation, &e.Action, &e.Object, &e.Detail, &e.Hash)
	e.At = when(at)
	return e, err
}

// AuditLog gives n rows of the audit log before row before (0: the last ones),
// newest first. all gives every row; otherwise those of the organisations only.
func (db *DB) AuditLog(ctx context.Context, organisations []int64, all bool, before int64, n int) ([]hub.Entry, error) {
	if before <= 0 {
		before = 1 << 62
	}
	where, args := "id < ?", []any{before}
	if !all {
		where += " AND organisation IN (SELECT value FROM json_each(?))"
		args = append(args, jsonInts(organisations))
	}
	return collect(ctx, db.readers, scanEntry, "SELECT "+entryColumns+" FROM audit WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, n)...)
}
