package store

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// application is "Lens", in the header of every file of ours.
const application = 0x4c656e73

// A migration takes the schema from the version before to its own.
type migration struct {
	version int
	name    string
	text    string
}

// migrations lists all of them in order: NNNN-name.sql, from 1, without holes.
func migrations() []migration {
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		panic(err) // they are in the binary
	}
	var list []migration
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "-")
		n, err := strconv.Atoi(number)
		if err != nil {
			panic("migration without a number: " + f.Name())
		}
		text, err := migrationFiles.ReadFile(path.Join("migrations", f.Name()))
		if err != nil {
			panic(err)
		}
		list = append(list, migration{n, f.Name(), string(text)})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].version < list[j].version })
	for i, m := range list {
		if m.version != i+1 {
			panic(fmt.Sprintf("migration %s: want number %d", m.name, i+1))
		}
	}
	return list
}

// migrate brings the file to the last version of list, each step in a
// transaction of its own. A file that holds something is copied beside itself
// first.
func (db *DB) migrate(ctx context.Context, list []migration) error {
	var version, app, tables int
	err := db.conn.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)").
		Scan(&version, &app, &tables)
	switch {
	case err != nil:
		return err
	case tables > 0 && app != application:
		return fmt.Errorf("%s is the database of another program; name another file", db.path)
	case version > len(list):
		return fmt.Errorf("%s was written by a newer Lenscap (schema %d, this one knows %d); use that one or a later one. Nothing was changed", db.path, version, len(list))
	case version == len(list):
		return nil
	}
	to := ""
	if version > 0 {
		to = fmt.Sprintf("%s.schema-%d.%s", db.path, version, db.now().UTC().Format("20060102T150405"))
		if err := vacuumInto(ctx, db.conn, to); err != nil {
			return fmt.Errorf("copy the file before its schema changes: %w", err)
		}
		db.log.InfoContext(ctx, "store copied before its schema changes", "copy", to, "from", version, "to", len(list))
	}
	for i, m := range list[version:] {
		// A pragma takes no parameter. One text, so that all is in one transaction.
		text := fmt.Sprintf("BEGIN IMMEDIATE;\n%s\n;PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", m.text, application, m.version)
		if _, err := db.conn.ExecContext(ctx, text); err != nil {
			_, _ = db.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			if i == 0 && to != "" { // nothing changed, and each try would leave another
				_ = os.Remove(to)
			}
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}
