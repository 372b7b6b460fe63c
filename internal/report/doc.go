// Package report writes an audit: for a terminal, as JSON, JSON lines and CSV,
// and as one HTML page that needs nothing else.
//
// It decides nothing. Every word about a device or a rule comes in the
// [Document].
package report
