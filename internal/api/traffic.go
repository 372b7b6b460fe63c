package api

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/history"
)

// A Conversation is one device's talk with one service of one far end in one hour.
type Conversation struct {
	Device       string    `json:"device"`
	Hour         time.Time `json:"hour"`
	From         string    `json:"from,omitempty"` // address of the device
	Address      string    `json:"address,omitempty"`
	Port         uint16    `json:"port,omitempty"`
	Protocol     string    `json:"protocol"`
	App          string    `json:"app,omitempty"`
	Opened       string    `json:"opened"`
	Scope        string    `json:"scope"` // outside, inside, group
	Name         string    `json:"name,omitempty"`
	Country      string    `json:"country,omitempty"` // where the server stands, ISO 3166-1 alpha-2
	Network      string    `json:"network,omitempty"`
	ASN          uint32    `json:"asn,omitempty"`
	Controller   string    `json:"controller,omitempty"` // company that controls the service
	ControllerID string    `json:"controller_id,omitempty"`
	Jurisdiction string    `json:"jurisdiction,omitempty"` // of that company
	Purpose      string    `json:"purpose,omitempty"`
	Encrypted    string    `json:"encrypted"`
	Video        string    `json:"video,omitempty"`
	Audio        bool      `json:"audio,omitempty"`
	Ingest       int64     `json:"ingest,omitempty"`
	Again        bool      `json:"again,omitempty"` // another input told the same, and that counts: leave it out of sums, as totals do
	Flows        int64     `json:"flows"`
	BytesUp      int64     `json:"bytes_up"` // from the device
	BytesDown    int64     `json:"bytes_down"`
	First        time.Time `json:"first"`
	Last         time.Time `json:"last"`
}

func conversationOf(r *history.Row) Conversation {
	c := Conversation{Device: r.Device, Hour: time.Unix(r.Hour, 0).UTC(), Port: r.Port, Protocol: r.Protocol, App: r.App, Opened: r.Opened, Scope: r.Scope, Name: r.Name,
		Country: r.Country, Network: r.Network, ASN: r.ASN, Controller: r.Controller, ControllerID: r.ControllerID, Jurisdiction: r.Jurisdiction, Purpose: r.Purpose,
		Encrypted: r.Encrypted, Video: r.Video, Audio: r.Audio, Ingest: r.Ingest, Again: r.Again, Flows: r.Flows, BytesUp: r.BytesUp, BytesDown: r.BytesDown,
		First: time.Unix(0, r.First).UTC(), Last: time.Unix(0, r.Last).UTC()}
	if r.From.IsValid() {
		c.From = r.From.String()
	}
	if r.Address.IsValid() {
		c.Address = r.Address.String()
	}
	return c
}

// A place is where a page of conversations ended: the history gives a day after
// the other, and of a day device by device, so that only the rows of one device and
// day are passed over.
type place struct {
	Day    int64  `json:"d"`           // beginning, seconds since 1970
	Device string `json:"v,omitempty"` // the last one
	Rows   int    `json:"n"`           // of it on that day that were given
}

const daySeconds = 24 * 60 * 60

func conversations(c *call) error {
	id, err := strconv.ParseInt(c.query("site"), 10, 64)
	if err != nil {
		return invalid("site", "the id of a site")
	}
	s, err := c.siteOf(id, access.View)
	if err != nil {
		return err
	}
	n, err := c.limit()
	if err != nil {
		return err
	}
	from, err := c.moment("from")
	if err != nil {
		return err
	}
	to, err := c.moment("to")
	if err != nil {
		return err
	}
	var at place
	if more, err := c.after(&at); err != nil {
		return err
	} else if day := time.Unix(at.Day, 0).UTC(); more && day.After(from) {
		from = day
	}
	skip := at.Rows
	out := list[Conversation]{Items: []Conversation{}}
	rows := c.s.History.SiteAfter(c.ctx(), s.ID, at.Device, from, to)
	if d := c.query("device"); d != "" {
		rows = c.s.History.Device(c.ctx(), s.ID, d, from, to)
	}
	for r, err := range rows {
		if err != nil {
			return err
		}
		if skip > 0 && r.Hour-r.Hour%daySeconds == at.Day && (at.Device == "" || r.Device == at.Device) {
			skip--
			continue
		}
		if len(out.Items) == n {
			if out.Next, err = cursor(at); err != nil {
				return err
			}
			break
		}
		if day := r.Hour - r.Hour%daySeconds; day != at.Day || r.Device != at.Device {
			at = place{Day: day, Device: r.Device}
		}
		at.Rows++
		out.Items = append(out.Items, conversationOf(&r))
	}
	return c.reply(out)
}

// keys are what conversations can be summed by.
var keys = map[string]history.Key{
	"day": history.ByDay, "hour": history.ByHour, "site": history.BySite, "device": history.ByDevice, "address": history.ByAddress, "name": history.ByName, "port": history.ByPort,
	"protocol": history.ByProtocol, "app": history.ByApp, "country": history.ByCountry, "network": history.ByNetwork, "controller": history.ByController,
	"jurisdiction": history.ByJurisdiction, "purpose": history.ByPurpose, "encrypted": history.ByEncrypted, "video": history.ByVideo,
}

func keyNames() string { return strings.Join(slices.Sorted(maps.Keys(keys)), ", ") }

// A Total sums conversations. It has the keys that were asked for; one that is
// absent then is not known.
type Total struct {
	Time         time.Time `json:"time,omitzero"` // of day and hour: when it begins
	Site         int64     `json:"site,omitempty"`
	Device       string    `json:"device,omitempty"`
	Address      string    `json:"address,omitempty"`
	Name         string    `json:"name,omitempty"`
	Port         uint16    `json:"port,omitempty"`
	Protocol     string    `json:"protocol,omitempty"`
	App          string    `json:"app,omitempty"`
	Country      string    `json:"country,omitempty"`
	Network      string    `json:"network,omitempty"`
	Controller   string    `json:"controller,omitempty"`
	ControllerID string    `json:"controller_id,omitempty"`
	Jurisdiction string    `json:"jurisdiction,omitempty"`
	Purpose      string    `json:"purpose,omitempty"`
	Encrypted    string    `json:"encrypted,omitempty"`
	Video        string    `json:"video,omitempty"`
	Flows        int64     `json:"flows"`
	BytesUp      int64     `json:"bytes_up"`
	BytesDown    int64     `json:"bytes_down"`
	Devices      int64     `json:"devices"` // that differ
}

// scopedSites are the sites the person may see, nil for every one: a list that is
// empty but not nil counts nothing.
func (c *call) scopedSites() ([]int64, error) {
	named, err := c.sites()
	if err != nil || named != nil {
		return named, err
	}
	ids, all := c.who.Organisations(access.View)
	if all {
		return nil, nil
	}
	out := []int64{}
	for _, org := range ids {
		if org == 0 {
			continue
		}
		list, err := c.s.Store.Sites(c.ctx(), org)
		if err != nil {
			return nil, err
		}
		for i := range list {
			out = append(out, list[i].ID)
		}
	}
	return out, nil
}

func totals(c *call) error {
	q := history.Query{Sum: history.SumBytes | history.SumFlows | history.SumDevices}
	var err error
	asked := map[string]bool{}
	for k := range strings.SplitSeq(c.query("by"), ",") {
		k = strings.TrimSpace(k)
		key, ok := keys[k]
		if !ok || asked[k] || len(asked) == 8 {
			return invalid("by", "at most 8 different keys of %s", keyNames())
		}
		asked[k] = true
		q.By = append(q.By, key)
	}
	if err := c.oneOf(); err != nil {
		return err
	}
	if scope := cmp.Or(c.query("scope"), "outside"); scope != "all" {
		q.Scopes = []string{scope}
	}
	if q.From, err = c.moment("from"); err != nil {
		return err
	}
	if q.To, err = c.moment("to"); err != nil {
		return err
	}
	if q.Sites, err = c.scopedSites(); err != nil {
		return err
	}
	n, err := c.limit()
	if err != nil {
		return err
	}
	sums, err := c.s.History.Totals(c.ctx(), q)
	if err != nil {
		return err
	}
	slices.SortStableFunc(sums, func(a, b history.Total) int { return cmp.Compare(b.BytesUp, a.BytesUp) })
	out := list[Total]{Items: []Total{}, MoreThan: len(sums) > n}
	for i := range sums[:min(n, len(sums))] {
		t := &sums[i]
		v := Total{Site: t.Site, Device: t.Device, Name: t.Name, Port: t.Port, Protocol: t.Protocol, App: t.App, Country: t.Country, Network: t.Network,
			Controller: t.Controller, ControllerID: t.ControllerID, Jurisdiction: t.Jurisdiction, Purpose: t.Purpose, Encrypted: t.Encrypted, Video: t.Video,
			Flows: t.Flows, BytesUp: t.BytesUp, BytesDown: t.BytesDown, Devices: t.Devices}
		if asked["day"] || asked["hour"] {
			v.Time = time.Unix(t.Hour, 0).UTC()
		}
		if t.Address.IsValid() {
			v.Address = t.Address.String()
		}
		out.Items = append(out.Items, v)
	}
	return c.reply(out)
}
