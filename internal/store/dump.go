package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
)

// derived lists the derived tables and columns, by names that a rebuild does not
// change, in an order of their own.
var derived = []struct{ table, text string }{
	{"site", "SELECT id, summary FROM site ORDER BY id"},
	{"device", "SELECT d.site, d.device, " + rowColumns[len("d.id, d.site, d.device, "):len(rowColumns)-len(", s.name, s.sensitive, o.id, o.name")] + ", d.organisation, d.place FROM device d ORDER BY d.site, d.device"},
	{"device_key", "SELECT d.site, d.device, k.kind, k.value FROM device d JOIN device_key k ON k.device = d.id ORDER BY d.site, d.device, k.kind, k.value"},
	{"device_address", "SELECT d.site, d.device, a.place FROM device d JOIN device_address a ON a.device = d.id ORDER BY d.site, d.device, a.place"},
	{"device_text", "SELECT d.site, d.device, t.words FROM device d JOIN device_text t ON t.rowid = d.id ORDER BY d.site, d.device"},
	{"reach", "SELECT d.site, d.device, " + prefixed("r", reachColumns) + " FROM device d JOIN reach r ON r.device = d.id ORDER BY d.site, d.device, r.rowid"},
	{"change", "SELECT d.site, d.device, c.at, c.what, c.before, c.after, c.says, c.ingest FROM device d JOIN change c ON c.device = d.id ORDER BY d.site, d.device, c.rowid"},
	{"finding", "SELECT d.site, d.device, " + prefixed("f", findingColumns) + " FROM device d JOIN finding f ON f.device = d.id ORDER BY d.site, d.device, f.regime"},
	{"tally", "SELECT site, field, value, count FROM tally ORDER BY site, field, value"},
	{"talk", "SELECT * FROM talk ORDER BY site, controller_id, controller, jurisdiction, country"},
	{"overlap", "SELECT * FROM overlap ORDER BY site, ingest, other"},
	{"declared", "SELECT site, id, device FROM declared ORDER BY id"},
	{"doc", "SELECT d.site, d.device, c.doc, c.findings FROM device d JOIN device_doc c ON c.id = d.id ORDER BY d.site, d.device"},
}

// Dump writes all that was derived as text: table, then the values of one row a
// line. The same observations, decisions and knowledge base give the same bytes,
// whatever the order in which things came; that is how a rebuild is proved.
func (db *DB) Dump(ctx context.Context, w io.Writer) error {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return err
	}
	defer tx.end()
	b := bufio.NewWriter(w)
	for _, d := range derived {
		if err := dumpRows(ctx, tx, b, d.table, d.text); err != nil {
			return fmt.Errorf("dump %s: %w", d.table, err)
		}
	}
	return b.Flush()
}

func dumpRows(ctx context.Context, tx querier, b *bufio.Writer, table, text string) error {
	rows, err := tx.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		b.WriteString(table)
		for _, v := range values {
			b.WriteByte('\t')
			switch v := v.(type) {
			case int64:
				b.WriteString(strconv.FormatInt(v, 10))
			case string:
				b.WriteString(strconv.Quote(v))
			case []byte:
				if table == "doc" { // packed: what it holds, not how it was packed
					if v, err = unpacked(v); err != nil {
						return err
					}
				}
				b.WriteString(strconv.Quote(string(v)))
			default:
				b.WriteString("-")
			}
		}
		b.WriteByte('\n')
	}
	return rows.Err()
}
