package hub

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/observation"
)

// rowOf is one hour of a conversation as the history keeps it.
func rowOf(site, ingest, hour int64, c *egress.Conversation) history.Row {
	r := history.Row{
		Site: site, Device: c.Device, Hour: hour * 3600, Port: c.Port, Protocol: c.Protocol, App: c.App, Opened: c.Opened, Scope: c.Scope, Name: c.Name,
		Country: c.Country, ASN: c.ASN, Network: c.Network, Cloud: c.Cloud, Controller: c.Controller, ControllerID: c.ControllerID, Jurisdiction: c.Jurisdiction,
		Purpose: c.Purpose, Encrypted: c.Encrypted, Video: c.Video.Verdict, Audio: c.Video.Audio, Ingest: ingest,
		Flows: c.Flows, BytesUp: int64(c.BytesUp), BytesDown: int64(c.BytesDown), PacketsUp: int64(c.PacketsUp), PacketsDown: int64(c.PacketsDown), //nolint:gosec // no capture is that large
	}
	r.From, _ = netip.ParseAddr(c.From) // written by package egress
	r.Address, _ = netip.ParseAddr(c.Address)
	r.First, r.Last = nanoseconds(c.First), nanoseconds(c.Last)
	return r
}

func nanoseconds(stamp string) int64 {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}

// videoOrder is from harmless to grave.
var videoOrder = []string{"", egress.VideoTooShort, egress.VideoNo, egress.VideoPossibly, egress.VideoYes}

// graver gives the graver of two verdicts on video.
func graver(a, b string) string {
	if slices.Index(videoOrder, b) > slices.Index(videoOrder, a) {
		return b
	}
	return a
}

// A talk is one service of one far end, over all hours.
type talk struct {
	history.Row // sums; names and places of the latest hour that knows them
}

type talkKey struct {
	address  netip.Addr
	port     uint16
	protocol string
	scope    string // of many far ends: [egress.Others]
	far      bool   // the port is the device's own
}

// talks are all conversations of one device.
type talks struct {
	by    map[talkKey]*talk
	order []*talk
}

func newTalks() *talks { return &talks{by: map[talkKey]*talk{}} }

// add adds a row: what it says, and its counters unless another row has them.
func (t *talks) add(r *history.Row) {
	if r.Again {
		uncounted := *r
		r = &uncounted
		r.Flows, r.BytesUp, r.BytesDown, r.PacketsUp, r.PacketsDown = 0, 0, 0, 0, 0
	}
	k := keyOf(r)
	have := t.by[k]
	if have == nil {
		have = &talk{*r}
		t.by[k] = have
		t.order = append(t.order, have)
		return
	}
	have.Flows += r.Flows
	have.BytesUp += r.BytesUp
	have.BytesDown += r.BytesDown
	have.PacketsUp += r.PacketsUp
	have.PacketsDown += r.PacketsDown
	have.Video = graver(have.Video, r.Video)
	have.Audio = have.Audio || r.Audio
	if r.Last >= have.Last || have.Name == "" {
		for _, p := range [][2]*string{
			{&have.Name, &r.Name}, {&have.Country, &r.Country}, {&have.Network, &r.Network}, {&have.Controller, &r.Controller},
			{&have.ControllerID, &r.ControllerID}, {&have.Jurisdiction, &r.Jurisdiction}, {&have.App, &r.App},
		} {
			if *p[1] != "" {
				*p[0] = *p[1]
			}
		}
		if r.ASN != 0 {
			have.ASN = r.ASN
		}
		if r.Purpose != egress.PurposeUnknown {
			have.Purpose = r.Purpose
		}
	}
	if have.Opened != r.Opened && r.Opened != "unknown" {
		if have.Opened == "unknown" {
			have.Opened = r.Opened
		} else {
			have.Opened = "both"
		}
	}
	if have.Encrypted != r.Encrypted && r.Encrypted != "unknown" {
		have.Encrypted = r.Encrypted
	}
	have.First, have.Last = min(have.First, r.First), max(have.Last, r.Last)
}

// take takes the counters of what another input told out again. What it said stays.
func (t *talks) take(x *showing) {
	have := t.by[x.talkKey]
	if have == nil {
		return
	}
	for i := range x.rows {
		r := &x.rows[i]
		have.Flows -= r.Flows
		have.BytesUp -= r.BytesUp
		have.BytesDown -= r.BytesDown
		have.PacketsUp -= r.PacketsUp
		have.PacketsDown -= r.PacketsDown
	}
}

// sorted puts those outside first, most bytes up first.
func (t *talks) sorted() []*talk {
	rank := func(scope string) int {
		return slices.Index([]string{egress.ScopeOutside, egress.ScopeInside, egress.ScopeGroup}, scope)
	}
	slices.SortFunc(t.order, func(a, b *talk) int {
		return cmp.Or(cmp.Compare(rank(a.Scope), rank(b.Scope)), cmp.Compare(b.BytesUp, a.BytesUp), cmp.Compare(b.BytesDown, a.BytesDown),
			a.Address.Compare(b.Address), cmp.Compare(a.Port, b.Port), strings.Compare(a.Protocol, b.Protocol), strings.Compare(a.Opened, b.Opened))
	})
	return t.order
}

// conversations are the talks in the form that rules judge.
func (t *talks) conversations(device string, closed bool) []*egress.Conversation {
	var out []*egress.Conversation
	for _, k := range t.sorted() {
		c := &egress.Conversation{
			Device: device, From: k.From.String(), Address: k.Address.String(), Port: k.Port, Protocol: k.Protocol, App: k.App, Opened: k.Opened, Scope: k.Scope,
			Closed: closed && k.Scope == egress.ScopeOutside, Name: k.Name, Names: []egress.Name{}, Country: k.Country, ASN: k.ASN, Network: k.Network, Cloud: k.Cloud,
			Controller: k.Controller, ControllerID: k.ControllerID, Jurisdiction: k.Jurisdiction, Purpose: k.Purpose, Evidence: []observation.Evidence{},
			Flows: k.Flows, BytesUp: uint64(k.BytesUp), BytesDown: uint64(k.BytesDown), PacketsUp: uint64(k.PacketsUp), PacketsDown: uint64(k.PacketsDown), //nolint:gosec // never negative
			First: stamp(k.First), Last: stamp(k.Last), Encrypted: k.Encrypted, Video: egress.Video{Verdict: k.Video, Audio: k.Audio},
		}
		out = append(out, c)
	}
	return out
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000Z") }

// reach is the talks with the outside.
func (t *talks) reach() []Reach {
	var out []Reach
	for _, k := range t.sorted() {
		if k.Scope != egress.ScopeOutside {
			continue
		}
		out = append(out, Reach{
			Country: k.Country, Controller: k.Controller, ControllerID: k.ControllerID, Jurisdiction: k.Jurisdiction, Network: k.Network, Purpose: k.Purpose,
			Name: k.Name, Address: k.Address.String(), Port: k.Port, Protocol: k.Protocol, Encrypted: k.Encrypted, Video: k.Video,
			BytesUp: k.BytesUp, BytesDown: k.BytesDown, First: time.Unix(0, k.First).UTC(), Last: time.Unix(0, k.Last).UTC(),
		})
	}
	return out
}
