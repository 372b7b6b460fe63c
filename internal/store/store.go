// Package store keeps the hub's estate in one SQLite file: what was seen, what
// was worked out from it, what people decided, who may do what, and a chained
// log of every change.
//
// It works nothing out and judges nothing. One file of Go owns the statements of
// its tables, named in migrations/. Conversations are not here; package history
// has them.
package store
