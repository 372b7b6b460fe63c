package maker

import (
	"errors"
	"io"
	"io/fs"
)

// ErrNotFound is returned for a name that no company has. It is also
// [fs.ErrNotExist].
var ErrNotFound = errors.Join(errors.New("no such company"), fs.ErrNotExist)

// Known is what the knowledge base holds on a model's text.
type Known struct {
	Chips     []Chip
	Relations []Relation
	Companies []*Company
}

// Show writes what is known of a company.
func (b *Base) Show(w io.Writer, id string) error { return ErrNotFound }

// ExplainModel gives what is known of a model as written.
func (b *Base) ExplainModel(model string) Known { return Known{} }
