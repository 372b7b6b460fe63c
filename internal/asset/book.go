package asset

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Bounds on a spreadsheet: a zip of a few kilobytes may unpack to gigabytes.
const (
	maxUnzipped = 128_000_000 // bytes of one part
	maxRead     = 256 << 20   // of all parts, as far as they are read
	maxParts    = 10_000
	maxSheets   = 20        // among which the list is looked for
	maxToken    = 1 << 20   // bytes of a tag, or of text between two
	maxShared   = 32 << 20  // bytes of texts that cells share
	maxTexts    = 2_000_000 // of them
	maxText     = 32 << 10  // bytes of one; Excel keeps 32,767 characters
)

var errUnpacks = fmt.Errorf("the spreadsheet unpacks to more than %d MB; save the sheet alone, or as CSV", maxUnzipped/1_000_000)

// A book is a spreadsheet of Excel. Its parts are read from beginning to end and
// never held, but for the texts that cells share.
//
// Format: ECMA-376, parts 1 (18.2 workbook, 18.3 sheets, 18.4 shared strings) and 2 (packages).
type book struct {
	parts    map[string]*zip.File // by name in lower case: names differ in nothing else
	sheets   []sheetPart
	from1904 bool
	shared   string   // all shared texts, one behind the other
	ends     []uint32 // where each ends in shared
	left     int64    // bytes that may still be unpacked
}

type sheetPart struct{ name, part string }

// openBook reads which sheets there are, and the texts that cells share.
func openBook(text string) (*book, error) {
	if strings.Count(text, "PK\x01\x02") > maxParts {
		return nil, fmt.Errorf("the spreadsheet has more than %d parts; save the sheet alone, or as CSV", maxParts)
	}
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	x := &book{parts: make(map[string]*zip.File, len(z.File)), left: maxRead}
	for _, f := range z.File {
		x.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	main := "xl/workbook.xml"
	rels, err := x.relations("")
	if err != nil {
		return nil, err
	}
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			main = r.target
		}
	}
	if rels, err = x.relations(main); err != nil {
		return nil, err
	}
	if err := x.workbook(main, rels); err != nil {
		return nil, err
	}
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/sharedStrings") {
			return x, x.texts(r.target)
		}
	}
	return x, nil
}

// A part is one that is being read.
type part struct {
	*xml.Decoder
	in   io.ReadCloser
	fits *bounded
}

// next is the next token; its names have prefixes in place of name spaces. Text
// is valid until the one after. Elements are not matched with their ends, so
// that depth costs nothing.
func (p *part) next() (xml.Token, error) {
	t, err := p.RawToken()
	p.fits.from = p.InputOffset()
	return t, err
}

func (x *book) open(name string) (*part, error) {
	f := x.parts[strings.ToLower(name)]
	switch {
	case f == nil:
		return nil, fmt.Errorf("it has no part %s", clip(name))
	case f.UncompressedSize64 > maxUnzipped:
		return nil, errUnpacks
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("part %s: %w", clip(name), err)
	}
	p := &part{in: in, fits: &bounded{r: in, most: maxToken, left: &x.left}}
	p.Decoder = xml.NewDecoder(p.fits)
	return p, nil
}

func clip(name string) string { return cut(clean(name), 80) }

// each hands on what begins in a part, to its end.
func (x *book) each(name string, take func(xml.StartElement)) (err error) {
	p, err := x.open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.in.Close()) }()
	for {
		t, err := p.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("part %s: %w", clip(name), err)
		}
		if e, ok := t.(xml.StartElement); ok {
			take(e)
		}
	}
}

type relation struct{ id, kind, target string }

// relations are those of a part; "" is the package. A part may have none.
func (x *book) relations(of string) ([]relation, error) {
	name := path.Join(path.Dir(of), "_rels", path.Base(of)+".rels")
	if of == "" {
		name = "_rels/.rels"
	}
	if x.parts[strings.ToLower(name)] == nil {
		return nil, nil
	}
	var out []relation
	err := x.each(name, func(e xml.StartElement) {
		if e.Name.Local != "Relationship" || len(out) >= maxParts {
			return
		}
		to := attribute(e, "Target")
		if !strings.HasPrefix(to, "/") {
			to = path.Join(path.Dir(of), to)
		}
		out = append(out, relation{attribute(e, "Id"), attribute(e, "Type"), strings.TrimPrefix(path.Clean(to), "/")})
	})
	return out, err
}

func attribute(e xml.StartElement, name string) string {
	for i := range e.Attr {
		if e.Attr[i].Name.Local == name {
			return e.Attr[i].Value
		}
	}
	return ""
}

func (x *book) workbook(name string, rels []relation) error {
	at := map[string]string{}
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/worksheet") {
			at[r.id] = r.target
		}
	}
	return x.each(name, func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			v := attribute(e, "date1904")
			x.from1904 = v == "1" || v == "true"
		case "sheet":
			if to := at[attribute(e, "id")]; to != "" && len(x.sheets) < maxParts {
				x.sheets = append(x.sheets, sheetPart{attribute(e, "name"), to})
			}
		}
	})
}

// texts reads those that cells share.
func (x *book) texts(name string) (err error) {
	p, err := x.open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.in.Close()) }()
	var all strings.Builder
	all.Grow(int(min(x.parts[strings.ToLower(name)].UncompressedSize64, maxShared))) //nolint:gosec // at most maxShared
	for {
		t, err := p.next()
		if errors.Is(err, io.EOF) {
			x.shared = all.String()
			return nil
		}
		if err != nil {
			return fmt.Errorf("part %s: %w", clip(name), err)
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "si" {
			s, err := p.text("si")
			if err != nil {
				return fmt.Errorf("part %s: %w", clip(name), err)
			}
			if all.Len()+len(s) > maxShared || len(x.ends) >= maxTexts {
				return fmt.Errorf("the cells have more than %d MB of text, or %d different texts; split the list, or save the sheet as CSV", maxShared>>20, maxTexts)
			}
			all.WriteString(s)
			x.ends = append(x.ends, uint32(all.Len())) //nolint:gosec // at most maxShared
		}
	}
}

// text reads what an element says up to its end, without how it is spoken (rPh).
func (p *part) text(element string) (string, error) {
	var b strings.Builder
	in, spoken := false, false
	for {
		t, err := p.next()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local == "t" && !spoken
			spoken = spoken || t.Name.Local == "rPh"
		case xml.CharData:
			if in && b.Len() < maxText {
				b.Write(t[:min(len(t), maxText-b.Len())])
			}
		case xml.EndElement:
			if in = false; t.Name.Local == "rPh" {
				spoken = false
			}
			if t.Name.Local == element {
				return unescape(strings.ToValidUTF8(b.String(), "")), nil
			}
		}
	}
}

// unescape puts characters in the place of _xHHHH_, as Excel writes those that
// XML has not (ECMA-376 part 1, 22.9.2.19).
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+7 <= len(s) && s[i:i+2] == "_x" && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// sharedText is one that cells share; "" when there is no such.
func (x *book) sharedText(index string) string {
	n, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil || n < 0 || n >= len(x.ends) {
		return ""
	}
	var from uint32
	if n > 0 {
		from = x.ends[n-1]
	}
	return x.shared[from:x.ends[n]]
}
