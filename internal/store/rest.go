package store

import "context"

// Rest gives back the memory in which SQLite keeps pages for the connection that
// writes, up to 32 MB, unless something is being written. It is for when there is
// nothing to write for a while; the file is not touched.
func (db *DB) Rest(ctx context.Context) error {
	select {
	case <-db.turn:
	default:
		return nil // busy
	}
	defer func() { db.turn <- struct{}{} }()
	select {
	case <-db.closed:
		return nil
	default:
	}
	_, err := db.conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA shrink_memory")
	return err
}
