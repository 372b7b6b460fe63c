package store

import "context"

// Rest gives back what reading and writing left in memory, for when nobody asks
// and nothing is written for a while: answers that are kept, pages of the file in
// SQLite's caches and in the process's own address space, and the connections that
// read, which are opened again in a millisecond each. Whoever reads or writes
// meanwhile is not waited for and keeps theirs.
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
	db.memo.forget()
	for range cap(db.readings) {
		select {
		case r := <-db.readings:
			r.drop()
			db.readings <- r
		default: // in use
		}
	}
	db.readers.SetMaxIdleConns(-1) // closes those that are idle
	db.readers.SetMaxIdleConns(db.idle)
	_, err := db.conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA shrink_memory")
	return err
}
