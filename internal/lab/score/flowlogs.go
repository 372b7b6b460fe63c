package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/report"
)

// A window is one line of flowlogs/ip_time_labels.jsonl: which device had which
// addresses in which stretch of time. The logs were made from Capture.
type window struct {
	Capture string   `json:"capture"`
	Device  string   `json:"device"`
	Camera  bool     `json:"camera"`
	MAC     string   `json:"mac"`
	IPs     []string `json:"ips"`
	Start   float64  `json:"t_start"` // seconds since 1970
	End     float64  `json:"t_end"`

	anyTime bool
}

// untimed gives the windows as they stand for a log none of whose devices was
// there in any of them: an exporter that is fed an old capture counts its times
// from its own start, and wraps them after 49.7 days (RFC 3954, section 5.1).
func untimed(doc *report.Document, windows []window) ([]window, bool) {
	for i := range windows {
		if len(holders(doc, &windows[i])) > 0 {
			return windows, false
		}
	}
	windows = slices.Clone(windows)
	for i := range windows {
		windows[i].anyTime = true
	}
	return windows, true
}

// slack is how far a log's times may lie beside a window's: exporters round.
const slack = 2 * time.Minute

// meets reports whether the times in a document overlap the window. They do
// always where the log's clock is not that of the captures.
func (w *window) meets(first, last string) bool {
	if w.anyTime {
		return true
	}
	f, err1 := time.Parse(time.RFC3339, first)
	l, err2 := time.Parse(time.RFC3339, last)
	if err1 != nil || err2 != nil {
		return err1 == nil || err2 == nil
	}
	start, end := seconds(w.Start).Add(-slack), seconds(w.End).Add(slack)
	return !f.After(end) && !l.Before(start)
}

func seconds(s float64) time.Time { return time.Unix(0, int64(s*1e9)) }

// sayings counts windows of one sort: right, wrong, and nothing said.
type sayings struct{ right, wrong, abstained int }

func (v *sayings) String() string {
	return fmt.Sprintf("%d right, %d wrong, %d not said", v.right, v.wrong, v.abstained)
}

// A logScore is what came of one log.
type logScore struct {
	windows, found int
	cameras        sayings // windows of cameras: called one
	others         sayings // windows of other things: called no camera
	makers         sayings
	merged         []string // devices of the audit that hold windows of several labels
	far            struct{ both, onlyLog, onlyPackets int }
}

// flowLogs scores logs that other tools made of labelled captures, where dir has
// them, against the labels, and against an audit of those captures.
func (s *scorer) flowLogs(dir string) error {
	var windows []window
	err := eachLine(filepath.Join(dir, "flowlogs", "ip_time_labels.jsonl"), func(line []byte) error {
		var w window
		if err := json.Unmarshal(line, &w); err != nil {
			return err
		}
		windows = append(windows, w)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(dir, "flowlogs", "*", "*"))
	if err != nil || len(logs) == 0 {
		return err
	}
	packets := s.farOfCaptures(dir, windows)
	fmt.Fprintf(s.w, "\nflow logs: %d labelled windows, %d of cameras; found by address and time\n", len(windows), count(windows, func(w *window) bool { return w.Camera }))
	fmt.Fprintf(s.w, "%-26s %-7s %-36s %-36s %-36s %s\n", "log", "found", "cameras", "other things", "maker or brand", "far addresses: in both, only in the log, only in packets")
	for _, name := range logs {
		doc := s.audit(name)
		if doc == nil {
			continue
		}
		windows, noClock := untimed(doc, windows)
		l := s.flowLog(doc, windows, packets)
		fmt.Fprintf(s.w, "%-26s %3d/%-3d %-36s %-36s %-36s %d, %d, %d\n", filepath.Base(name), l.found, l.windows, &l.cameras, &l.others, &l.makers, l.far.both, l.far.onlyLog, l.far.onlyPackets)
		if noClock {
			fmt.Fprintln(s.w, "  its times are not those of the captures: found by address alone")
		}
		for _, m := range l.merged {
			fmt.Fprintf(s.w, "  ONE DEVICE %s\n", m)
		}
	}
	return nil
}

func count(list []window, ok func(*window) bool) int {
	n := 0
	for i := range list {
		if ok(&list[i]) {
			n++
		}
	}
	return n
}

// farOfCaptures audits the captures that the logs were made from: the far
// addresses of every label, by its hardware address.
func (s *scorer) farOfCaptures(dir string, windows []window) map[string]map[string]bool {
	out, docs := map[string]map[string]bool{}, map[string]*report.Document{}
	for i := range windows {
		w := &windows[i]
		name := filepath.Join(dir, strings.TrimPrefix(w.Capture, "share/"))
		if _, ok := docs[name]; !ok {
			docs[name] = s.audit(name)
		}
		if docs[name] != nil {
			farOf(out, docs[name], w)
		}
	}
	return out
}

// farOf adds the addresses outside that the label's addresses talked to in the window.
func farOf(out map[string]map[string]bool, doc *report.Document, w *window) {
	if out[w.MAC] == nil {
		out[w.MAC] = map[string]bool{}
	}
	for i := range doc.Conversations {
		if c := &doc.Conversations[i]; c.Scope == "outside" && slices.Contains(w.IPs, c.From) && w.meets(c.First, c.Last) {
			out[w.MAC][c.Address] = true
		}
	}
}

// flowLog compares one audit with the labels.
func (s *scorer) flowLog(doc *report.Document, windows []window, packets map[string]map[string]bool) *logScore {
	l := &logScore{windows: len(windows)}
	labels, far := map[string]map[string]bool{}, map[string]map[string]bool{}
	for i := range windows {
		w := &windows[i]
		farOf(far, doc, w)
		held := holders(doc, w)
		if len(held) == 0 {
			continue
		}
		l.found++
		for _, d := range held {
			if labels[d.ID] == nil {
				labels[d.ID] = map[string]bool{}
			}
			labels[d.ID][w.Device] = true
		}
		l.kind(w, held)
		s.logMaker(l, w, held)
	}
	for _, d := range doc.Devices {
		if len(labels[d.ID]) > 1 {
			l.merged = append(l.merged, fmt.Sprintf("%s holds %d labels", d.Name, len(labels[d.ID])))
		}
	}
	for mac := range packets {
		for a := range packets[mac] {
			if far[mac][a] {
				l.far.both++
			} else {
				l.far.onlyPackets++
			}
		}
		for a := range far[mac] {
			if !packets[mac][a] {
				l.far.onlyLog++
			}
		}
	}
	return l
}

// holders are the devices that had an address of the window in its time.
func holders(doc *report.Document, w *window) []*report.Device {
	var out []*report.Device
	for i := range doc.Devices {
		d := &doc.Devices[i]
		if slices.ContainsFunc(d.Addresses, func(a report.Address) bool { return slices.Contains(w.IPs, a.IP) && w.meets(a.First, a.Last) }) {
			out = append(out, d)
		}
	}
	return out
}

func (l *logScore) kind(w *window, held []*report.Device) {
	video := slices.ContainsFunc(held, func(d *report.Device) bool { return report.IsVideo(d.Kind.Value) })
	none := slices.ContainsFunc(held, func(d *report.Device) bool { return d.Kind.Value == attribution.KindNotCamera })
	v, right, wrong := &l.others, none, video
	if w.Camera {
		v, right, wrong = &l.cameras, video, none
	}
	switch {
	case wrong:
		v.wrong++
	case right:
		v.right++
	default:
		v.abstained++
	}
}

// logMaker compares maker and brand with the first words of the label, which are
// the name on the box.
func (s *scorer) logMaker(l *logScore, w *window, held []*report.Device) {
	said := false
	for _, d := range held {
		for _, c := range []*attribution.Claim{&d.Brand, &d.Maker} {
			if c.Value == "" {
				continue
			}
			said = true
			if s.namedIn(c, w.Device) {
				l.makers.right++
				return
			}
		}
	}
	if said {
		l.makers.wrong++
		fmt.Fprintf(s.w, "  WRONG %s: said of %s\n", held[0].Name, w.Device)
		return
	}
	l.makers.abstained++
}

// namedIn reports whether the label begins with a name of the claim's company.
func (s *scorer) namedIn(c *attribution.Claim, label string) bool {
	label = strings.ToLower(label)
	for words := 1; words <= 3; words++ {
		if f := strings.Fields(label); len(f) >= words && s.same(c, strings.Join(f[:words], " ")) {
			return true
		}
	}
	return false
}
