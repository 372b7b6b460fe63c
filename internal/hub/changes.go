package hub

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/report"
)

// What a [Change] is about.
const (
	Appeared     = "appeared"
	FirmwareNow  = "firmware"
	ModelNow     = "model"
	AddressNow   = "address"
	CountryNow   = "country" // it began to reach
	CompanyNow   = "company" // whose service it began to reach
	VideoLeaving = "video"   // it began to send outside
	LeftClosed   = "left"    // the first time outside, where it only talked inside before
)

// Changes are all that a [Change] can be about.
var Changes = []string{Appeared, FirmwareNow, ModelNow, AddressNow, CountryNow, CompanyNow, VideoLeaving, LeftClosed}

// settling is how long after a device was first seen whom it talks to is no
// change: a device that starts speaks to all of its services.
const settling = 24 * time.Hour

// earliest is when a device was first seen.
func earliest(doc *report.Device, seen []*observation.Observation) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, doc.FirstSeen); err == nil {
		return t
	}
	var out time.Time
	for _, o := range seen {
		if !o.Seen.IsZero() && (out.IsZero() || o.Seen.Before(out)) {
			out = o.Seen
		}
	}
	return out
}

// tellChanges finds what a device said of its firmware and model in one message
// and otherwise in a later one of the same kind.
func tellChanges(seen []*observation.Observation, in *inputs) []Change {
	type spell struct {
		value string
		at    time.Time
		o     *observation.Observation
	}
	by := map[string][]spell{}
	var names []string
	for _, o := range seen {
		if o.Seen.IsZero() || o.About == observation.Named {
			continue
		}
		for _, f := range o.Fields {
			if f.Value == "" || !strings.HasSuffix(f.Name, ".firmware") && !strings.HasSuffix(f.Name, ".model") {
				continue
			}
			if by[f.Name] == nil {
				names = append(names, f.Name)
			}
			by[f.Name] = append(by[f.Name], spell{f.Value, o.Seen, o})
			if o.Last.After(o.Seen) {
				by[f.Name] = append(by[f.Name], spell{f.Value, o.Last, o})
			}
		}
	}
	slices.Sort(names)
	var out []Change
	told := map[string]bool{}
	for _, name := range names {
		list := by[name]
		slices.SortStableFunc(list, func(a, b spell) int { return a.at.Compare(b.at) })
		for i := 1; i < len(list); i++ {
			if list[i].value == list[i-1].value || list[i].at.Equal(list[i-1].at) {
				continue
			}
			what := FirmwareNow
			if strings.HasSuffix(name, ".model") {
				what = ModelNow
			}
			c := Change{At: list[i].at, What: what, Before: list[i-1].value, After: list[i].value,
				Says: fmt.Sprintf("Said %s in %s, and %s before.", list[i].value, name, list[i-1].value)}
			if n := list[i].o.Input; n >= 0 && n < len(in.ids) {
				c.Ingest = in.ids[n]
			}
			if k := what + c.Before + "\x00" + c.After; !told[k] { // one protocol is enough
				told[k] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// addressChanges tells each address a device took after its first.
func addressChanges(doc *report.Device, begin time.Time) []Change {
	type held struct {
		ip string
		at time.Time
	}
	var list []held
	for _, a := range doc.Addresses {
		ip, err := netip.ParseAddr(a.IP)
		at, errTime := time.Parse(time.RFC3339Nano, a.First)
		if err == nil && errTime == nil && ip.Is4() {
			list = append(list, held{a.IP, at})
		}
	}
	slices.SortStableFunc(list, func(a, b held) int { return a.at.Compare(b.at) })
	var out []Change
	for i := 1; i < len(list); i++ {
		if list[i].at.Sub(begin) < time.Minute {
			continue // it has several
		}
		out = append(out, Change{At: list[i].at, What: AddressNow, Before: list[i-1].ip, After: list[i].ip, Says: "Took the address " + list[i].ip + "."})
	}
	return out
}

// changes tells what is new in whom a device reaches outside.
func (t *talks) changes(begin time.Time) []Change {
	byTime := slices.Clone(t.order)
	slices.SortFunc(byTime, func(a, b *talk) int {
		switch {
		case a.First != b.First:
			return int(min(max(a.First-b.First, -1), 1))
		}
		return a.Address.Compare(b.Address)
	})
	var out []Change
	countries, companies := map[string]bool{}, map[string]bool{}
	outside, video := false, false
	for _, k := range byTime {
		at := time.Unix(0, k.First).UTC()
		late := at.Sub(begin) >= settling
		if k.Scope != egress.ScopeOutside {
			continue
		}
		far := k.Address.String()
		if k.Name != "" {
			far = k.Name
		}
		tell := func(what, after, says string) {
			if late {
				out = append(out, Change{At: at, What: what, After: after, Says: says, Ingest: k.Ingest})
			}
		}
		if !outside {
			tell(LeftClosed, far, "Reached outside for the first time: "+far+".")
		}
		if k.Country != "" && !countries[k.Country] {
			tell(CountryNow, k.Country, "Reached a server in "+k.Country+" for the first time: "+far+".")
		}
		if k.Controller != "" && !companies[k.Controller] {
			tell(CompanyNow, k.Controller, "Reached a service of "+k.Controller+" for the first time: "+far+".")
		}
		if k.Video == egress.VideoYes && !video {
			tell(VideoLeaving, far, "Sent video outside for the first time: to "+far+".")
		}
		outside = true
		countries[k.Country], companies[k.Controller] = true, true
		video = video || k.Video == egress.VideoYes
	}
	return out
}
