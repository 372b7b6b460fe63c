package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/report/exchange"
)

// A format is one that the audit writes.
type format struct {
	name, kind, ending string
	write              func(io.Writer, report.Runs, *report.Aside) error
}

// formats are those of `lenscap audit --format` that a whole site makes sense in.
var formats = []format{
	{"json", "application/json", ".json", report.JSONRuns},
	{"jsonl", "application/x-ndjson", ".jsonl", streamed(report.JSONLRuns)},
	{"csv", "text/csv; charset=utf-8", ".csv", streamed(report.CSVRuns)},
	{"cyclonedx", "application/vnd.cyclonedx+json", ".cdx.json", exchange.CycloneDXRuns},
	{"sarif", "application/sarif+json", ".sarif", streamed(exchange.SARIFRuns)},
	{"ocsf", "application/x-ndjson", ".ocsf.jsonl", streamed(exchange.OCSFRuns)},
}

// streamed is a format that needs nothing kept aside.
func streamed(write func(io.Writer, report.Runs) error) func(io.Writer, report.Runs, *report.Aside) error {
	return func(w io.Writer, runs report.Runs, _ *report.Aside) error { return write(w, runs) }
}

var formatParam = Param{Name: "format", Says: "which; json when absent", Values: formatNames()}

func formatNames() (out []string) {
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

func exportKinds() (out []string) {
	for _, f := range formats {
		if kind, _, _ := strings.Cut(f.kind, ";"); !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// An export holds the conversations of one site and a hundred of its devices. One is
// made at a time, for it takes a processor. Whoever comes meanwhile waits
// exportPatience; whoever takes it has exportTime.
const (
	exportPatience = 20 * time.Second
	exportTime     = 10 * time.Minute
)

// alone waits until no other export is made. end lets the next begin.
func (c *call) alone() (end func(), err error) {
	if err := c.oneOf(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.ctx(), exportPatience)
	defer cancel()
	select {
	case c.s.exporting <- struct{}{}:
	case <-ctx.Done():
		return nil, errExporting
	}
	if err := http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(exportTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		<-c.s.exporting
		return nil, fmt.Errorf("bound the time of an export: %w", err)
	}
	return func() { <-c.s.exporting }, nil
}

func siteExport(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	end, err := c.alone()
	if err != nil {
		return err
	}
	defer end()
	x := &exporting{call: c}
	if err := x.begin(s, ""); err != nil {
		return err
	}
	return c.export(func(yield func(report.Run, error) bool) { x.site(yield) }, s.Name)
}

// organisationExport joins its sites. The same id at two sites is two devices: it
// begins with its site there.
func organisationExport(c *call) error {
	o, err := c.organisation(access.View)
	if err != nil {
		return err
	}
	end, err := c.alone()
	if err != nil {
		return err
	}
	defer end()
	all, err := c.s.Store.Sites(c.ctx(), o.ID)
	if err != nil {
		return err
	}
	x := &exporting{call: c, estate: &report.Estate{Organisation: o.Name, OrganisationType: o.Type, Country: o.Country}}
	next := func() (bool, error) { // begins the next site where anything was seen
		for ; len(all) > 0; all = all[1:] {
			switch err := x.begin(&all[0], fmt.Sprintf("site%d.", all[0].ID)); {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return false, err
			}
			all = all[1:]
			return true, nil
		}
		return false, nil
	}
	switch some, err := next(); {
	case err != nil:
		return err
	case !some:
		return fmt.Errorf("organisation %d has no site where anything was seen: %w", o.ID, hub.ErrNotFound)
	}
	return c.export(func(yield func(report.Run, error) bool) {
		for x.site(yield) {
			some, err := next()
			if err != nil {
				yield(report.Run{}, err)
			}
			if err != nil || !some {
				return
			}
		}
	}, o.Name)
}

// export writes what was begun. Who reads it and goes away ends the work: the next
// question to the store or the next write fails then.
func (c *call) export(runs report.Runs, name string) error {
	f := formats[0]
	for _, one := range formats {
		if one.name == c.query("format") {
			f = one
		}
	}
	h := c.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Disposition", `attachment; filename="`+fileName(name)+f.ending+`"`)
	h.Set("Cache-Control", "no-store")
	aside := report.NewAside(c.s.Hub.Dir())
	err := f.write(&sender{c}, runs, aside)
	return errors.Join(err, aside.Close())
}

// sender notes that the answer has begun, after which an error cuts it off.
type sender struct{ c *call }

func (s *sender) Write(b []byte) (int, error) {
	s.c.sent = true
	return s.c.w.Write(b)
}

// fileName keeps letters, digits and a few marks of a name.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r == ' ', r == '.':
			return '-'
		}
		return -1
	}, s)
	if s == "" {
		return "lenscap"
	}
	return s[:min(len(s), 60)]
}
