package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// exportColumns are those of the CSV, in the words of the JSON.
var exportColumns = []struct {
	name string
	of   func(*store.DeviceRow) string
}{
	{"organisation", func(d *store.DeviceRow) string { return d.OrganisationName }}, {"site", func(d *store.DeviceRow) string { return d.SiteName }},
	{"device", func(d *store.DeviceRow) string { return d.Device.Device }}, {"name", func(d *store.DeviceRow) string { return d.Name }},
	{"presence", func(d *store.DeviceRow) string { return d.Presence }}, {"kind", func(d *store.DeviceRow) string { return d.Kind }},
	{"brand", func(d *store.DeviceRow) string { return d.Brand }}, {"maker", func(d *store.DeviceRow) string { return d.Maker }},
	{"maker_grade", func(d *store.DeviceRow) string { return d.MakerGrade }}, {"platform", func(d *store.DeviceRow) string { return d.Platform }},
	{"model", func(d *store.DeviceRow) string { return d.Model }}, {"firmware", func(d *store.DeviceRow) string { return d.Firmware }},
	{"chip", func(d *store.DeviceRow) string { return d.Chip }}, {"chip_maker", func(d *store.DeviceRow) string { return d.ChipMaker }},
	{"address", func(d *store.DeviceRow) string { return d.Address }}, {"mac", func(d *store.DeviceRow) string { return d.MAC }},
	{"serial", func(d *store.DeviceRow) string { return d.Serial }}, {"hostname", func(d *store.DeviceRow) string { return d.Hostname }},
	{"zone", func(d *store.DeviceRow) string { return d.Zone }}, {"verdict", func(d *store.DeviceRow) string { return d.Verdict }},
	{"video", func(d *store.DeviceRow) string { return d.Video }}, {"outside", func(d *store.DeviceRow) string { return strconv.FormatBool(d.Outside) }},
	{"bytes_up", func(d *store.DeviceRow) string { return strconv.FormatInt(d.BytesUp, 10) }}, {"bytes_down", func(d *store.DeviceRow) string { return strconv.FormatInt(d.BytesDown, 10) }},
	{"countries", func(d *store.DeviceRow) string { return strings.Join(d.Countries, " ") }}, {"controllers", func(d *store.DeviceRow) string { return strings.Join(d.Controllers, "; ") }},
	{"tags", func(d *store.DeviceRow) string { return strings.Join(d.Tags, "; ") }}, {"first", func(d *store.DeviceRow) string { return rfc(d.First) }}, {"last", func(d *store.DeviceRow) string { return rfc(d.Last) }},
}

func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// estateCSV writes all that the search finds. Cells that a spreadsheet would run
// are defused.
func estateCSV(c *call) error {
	a, err := c.exportOf("text/csv; charset=utf-8", "estate.csv")
	if err != nil {
		return err
	}
	w := csv.NewWriter(c.w)
	row := make([]string, len(exportColumns))
	for i, col := range exportColumns {
		row[i] = col.name
	}
	_ = w.Write(row) // Flush below has the error
	err = c.each(c.ctx(), a, func(d *store.DeviceRow) error {
		for i, col := range exportColumns {
			row[i] = asset.Cell(col.of(d))
		}
		return w.Write(row)
	})
	w.Flush()
	return c.cut(err)
}

// estateJSON writes the same as one list.
func estateJSON(c *call) error {
	a, err := c.exportOf("application/json", "estate.json")
	if err != nil {
		return err
	}
	return c.cut(writeList(c.w, func(write func(any) error) error {
		return c.each(c.ctx(), a, func(d *store.DeviceRow) error { return write(d) })
	}))
}

// writeList writes what each gives as one JSON list, a line each. Of a list that is
// cut short the end is missing.
func writeList(w io.Writer, each func(write func(any) error) error) error {
	between := "["
	err := each(func(v any) error {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n%s", between, b)
		between = ","
		return err
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if between == "[" {
		end = "[" + end
	}
	_, err = io.WriteString(w, end)
	return err
}

func (c *call) exportOf(kind, name string) (*asking, error) {
	a, err := c.asking()
	if err != nil {
		return nil, err
	}
	if a.Error != "" {
		return nil, fmt.Errorf("%w: %s", hub.ErrInvalid, a.Error)
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	return a, nil
}

// cut ends an answer of which a part is sent already: the connection breaks, so
// that nobody takes it for whole.
func (c *call) cut(err error) error {
	if err == nil {
		return nil
	}
	c.s.Log.ErrorContext(c.ctx(), "export cut short", "error", err)
	panic(http.ErrAbortHandler)
}
