package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/lenscap/lenscap/internal/observation"
)

// Fields are kept as the number of the name in table name and the value with
// its length before it, numbers as unsigned varints. Number 0 stands for a name
// that is written out, with its length before it: table name is bounded.
const maxNames = 1 << 16

// maxFields bounds what is decoded of one observation; none has so many.
const maxFields = 1 << 16

// appendFields encodes fields. number gives the number of a name, 0 for none.
func appendFields(b []byte, fields []observation.Field, number func(string) (int64, error)) ([]byte, error) {
	for i := range fields {
		n, err := number(fields[i].Name)
		if err != nil {
			return nil, err
		}
		b = binary.AppendUvarint(b, uint64(n))
		if n == 0 {
			b = binary.AppendUvarint(b, uint64(len(fields[i].Name)))
			b = append(b, fields[i].Name...)
		}
		b = binary.AppendUvarint(b, uint64(len(fields[i].Value)))
		b = append(b, fields[i].Value...)
	}
	return b, nil
}

// decodeFields is the reverse. It appends to out; text makes a string of bytes
// that are used again. An error says at which byte b cannot be read.
func decodeFields(out []observation.Field, b []byte, name func(int64) string, text func([]byte) string) ([]observation.Field, error) {
	all, begin := len(b), len(out)
	bad := func(why string) error { return fmt.Errorf("fields: byte %d of %d: %s", all-len(b), all, why) }
	number := func() (uint64, bool) {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return 0, false
		}
		b = b[n:]
		return v, true
	}
	value := func() ([]byte, bool) {
		n, ok := number()
		if !ok || n > uint64(len(b)) {
			return nil, false
		}
		v := b[:n]
		b = b[n:]
		return v, true
	}
	for len(b) > 0 {
		if len(out)-begin == maxFields {
			return out, bad("too many")
		}
		var f observation.Field
		switch n, ok := number(); {
		case !ok:
			return out, bad("no number of a name")
		case n == 0:
			v, ok := value()
			if !ok {
				return out, bad("a name is cut")
			}
			f.Name = text(v)
		case n > maxNames:
			return out, bad("no name has this number")
		default:
			if f.Name = name(int64(n)); f.Name == "" {
				return out, bad(fmt.Sprintf("no name has number %d", n))
			}
		}
		v, ok := value()
		if !ok {
			return out, bad("a value is cut")
		}
		f.Value = text(v)
		out = append(out, f)
	}
	return out, nil
}

// fieldNames reads table name.
func fieldNames(ctx context.Context, q querier) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, name FROM name")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names := map[string]int64{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		names[name] = id
	}
	return names, rows.Err()
}

// fieldName gives the number of a name and keeps a new one.
func (t *Tx) fieldName(name string) (int64, error) {
	if id, ok := t.db.names[name]; ok {
		return id, nil
	}
	if id, ok := t.fresh[name]; ok {
		return id, nil
	}
	id := int64(len(t.db.names) + len(t.fresh) + 1)
	if id > maxNames || name == "" {
		return 0, nil
	}
	if _, err := t.exec("INSERT INTO name (id, name) VALUES (?, ?)", id, name); err != nil {
		return 0, fmt.Errorf("keep field name %q: %w", name, err)
	}
	if t.fresh == nil {
		t.fresh = map[string]int64{}
	}
	t.fresh[name] = id
	return id, nil
}
