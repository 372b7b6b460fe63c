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
	p, err := db.ProveAudit(ctx, "")
	return p.Rows, err
}

// A Proof says what holds of the audit log.
type Proof struct {
	Rows int64  `json:"rows"` // that are as they were written, none missing
	Head string `json:"head"` // hash of the last of them, 64 hexadecimal digits; "" when there is none
	Kept int64  `json:"kept"` // number of the row that has the hash that was asked for; 0: none was
}

// ProveAudit is [DB.VerifyAudit], and proves that a head that was noted down
// elsewhere is still in the chain: whoever can write the file can cut rows off its
// end and write the chain anew, but not so that it goes through a hash of before.
// head is 64 hexadecimal digits, or "" for none.
func (db *DB) ProveAudit(ctx context.Context, head string) (Proof, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return Proof{}, err
	}
	defer tx.end()
	return proveAudit(ctx, tx, head)
}

func verifyAudit(ctx context.Context, tx querier) (rows int64, err error) {
	p, err := proveAudit(ctx, tx, "")
	return p.Rows, err
}

func proveAudit(ctx context.Context, tx querier, noted string) (p Proof, err error) {
	kept, err := hex.DecodeString(noted)
	if err != nil || noted != "" && len(kept) != sha256.Size {
		return p, fmt.Errorf("%w: head %q is no hash: it has %d hexadecimal digits, as verify-audit prints it", hub.ErrInvalid, noted, 2*sha256.Size)
	}
	var head string
	if err := tx.QueryRowContext(ctx, "SELECT coalesce((SELECT value FROM setting WHERE name = ?), '')", auditHead).Scan(&head); err != nil {
		return p, err
	}
	last, want, err := parseHead(head)
	if err != nil {
		return p, err
	}
	list, err := tx.QueryContext(ctx, "SELECT "+entryColumns+" FROM audit ORDER BY id")
	if err != nil {
		return p, err
	}
	defer func() { _ = list.Close() }()
	var before []byte
	for list.Next() {
		e, err := scanEntry(list)
		switch {
		case err != nil:
			return p, err
		case e.ID != p.Rows+1:
			return p, fmt.Errorf("audit log: row %d is missing (the next there is %d)", p.Rows+1, e.ID)
		case !bytes.Equal(e.Hash, link(before, &e)):
			return p, fmt.Errorf("audit log: row %d (%s, %s of %s) is not as it was written, or the row before it is not", e.ID, e.At.Format("2006-01-02 15:04:05"), e.Action, e.Object)
		}
		before, p.Rows, p.Head = e.Hash, e.ID, hex.EncodeToString(e.Hash)
		if noted != "" && bytes.Equal(e.Hash, kept) {
			p.Kept = e.ID
		}
	}
	if err := list.Err(); err != nil {
		return p, err
	}
	switch {
	case p.Rows != last || !bytes.Equal(before, want):
		return p, fmt.Errorf("audit log: it ends at row %d, but row %d was written last: rows after %d were taken out or put in", p.Rows, last, min(p.Rows, last))
	case noted != "" && p.Kept == 0:
		return p, fmt.Errorf("audit log: none of its %d rows has the hash %s: rows were cut off or written anew since that was noted, or it is of another hub", p.Rows, noted)
	}
	return p, nil
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
