package report

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/egress"
)

// Rows that the part of the page about all devices shows; the JSON report
// holds every conversation.
const (
	routesShown  = 40
	serversShown = 100
	insideShown  = 40
	namedDevices = 6 // up to here the picture names devices, beyond it their kinds
)

// A talkView is the part of the page that says who the devices talk to.
type talkView struct {
	Answer     []phrase
	Video      []phrase
	Asked      []Asked
	Notes      string
	Any        bool // anything went outside
	Sankey     sankey
	Routes     []routeRow
	RoutesMore string
	Map        worldMap
	Countries  []countryRow
	Servers    []serverRow
	ServerMore string
	Quiet      string // what went on inside, in a sentence
	Inside     insideTable
	InsideMore string
	Places     string
}

type routeRow struct {
	Controller, Jurisdiction, Country string
	Unknown                           bool // the controller is not known
	Devices                           cell
	Servers                           int
	Up, Down                          string
	Video                             videoCell
}

type countryRow struct {
	Country  string
	Devices  cell
	Servers  int
	Up, Down string
	By       string
}

type serverRow struct {
	Name                   tableCell
	Service                string
	Purpose, Stands        string
	Network                tableCell
	Rented                 bool
	Controller             tableCell
	Jurisdiction           string
	Devices                int
	Up, Down               string
	Encrypted              string
	Video                  videoCell
	Device                 string // anchor of the device, when there is one alone
	DeviceName, DeviceFull string
}

// A videoCell is a verdict on video; Class is "" where nothing needs a look.
type videoCell struct{ Class, Text string }

// An insideTable lists conversations inside the estate, those of one device or
// of all.
type insideTable struct {
	One  bool
	Rows []insideRow
}

type insideRow struct {
	From, To       endCell
	Service        string
	Purpose        string
	Up, Down, When string
	Video          videoCell
}

type endCell struct{ Text, Title, Link string }

func videoOf(verdict string) videoCell {
	switch verdict {
	case egress.VideoYes:
		return videoCell{"video", "video"}
	case egress.VideoPossibly:
		return videoCell{"video maybe", "possibly video"}
	case "":
		return videoCell{Text: egress.VideoTooShort}
	}
	return videoCell{Text: verdict}
}

// newTalkView works the part out. companies are the controllers in the order of
// the page's filter.
func newTalkView(doc *Document, t *talk, companies []string) talkView {
	v := talkView{Any: len(t.reaching) > 0, Places: places(doc), Asked: doc.Asked}
	v.Answer, v.Video, v.Notes = t.answer(len(doc.Devices)), t.videoAnswer(), strings.Join(t.notes(), " ")
	v.inside(t)
	if !v.Any {
		return v
	}
	v.sankey(t)
	sets := deviceSets{t: t, companies: companies}
	list := t.routes(func(string) string { return "" })
	for i, r := range list {
		if i == routesShown && len(list) > routesShown+1 {
			v.RoutesMore = fmt.Sprintf("And %s more, %s up in all: the JSON report holds them.", thousands(int64(len(list)-i)), bytesOf(sum(list[i:], func(r *route) uint64 { return r.up })))
			break
		}
		v.Routes = append(v.Routes, routeRow{
			Controller: controllerOf(r.controller), Unknown: r.controller == "", Jurisdiction: jurisdictionOf(r.controller, r.jurisdiction), Country: standsIn(r.country),
			Devices: sets.cell(r.devices, sets.country(r.country), sets.company(r.controller)), Servers: len(r.servers),
			Up: bytesOf(r.up), Down: bytesOf(r.down), Video: videoOf(r.video),
		})
	}
	v.countries(t, &sets)
	v.servers(t)
	return v
}

func sum[T any](list []T, of func(T) uint64) uint64 {
	var n uint64
	for _, e := range list {
		n += of(e)
	}
	return n
}

// outsideSet names the devices that reach outside.
const outsideSet = "talks=v&talks=p&talks=s&talks=o"

// answer is who talks to whom in a sentence.
func (t *talk) answer(devices int) []phrase {
	n := len(t.reaching)
	if n == 0 && t.silent {
		return []phrase{{Text: "The inputs hold no traffic, so they do not show who the devices talk to."}}
	}
	if n == 0 {
		s := "None of the devices was seen to reach outside the estate."
		if len(t.outside) > 0 {
			s += " " + plural(len(t.outside), "conversation", "conversations") + " with addresses outside carried nothing from a device."
		}
		return []phrase{{Text: s + " A capture shows what went on while it ran: a device that calls out once a day needs a day."}}
	}
	v := &t.total
	verb := " reach"
	if n == 1 {
		verb = " reaches"
	}
	out := []phrase{
		{Text: plural(n, "device", "devices"), Set: outsideSet},
		{Text: fmt.Sprintf(" of %s%s outside the estate: %s up and %s down, to and from %s in ", thousands(int64(devices)), verb, bytesOf(v.up), bytesOf(v.down),
			plural(len(v.servers), "server", "servers"))},
	}
	where, by := known(most(v.countries)), known(most(v.controllers))
	s := "countries that are not known"
	if len(where) > 0 {
		s = plural(len(where), "country", "countries")
	}
	unknown, some := v.controllers[""]
	switch {
	case len(by) == 0:
		s += ". Who controls them is not known of any."
	case some:
		s += ". " + companiesControl(len(by)) + " servers among them; of " + bytesOf(unknown) + " that went up, the controller is not known."
	default:
		s += ". " + companiesControl(len(by)) + " all of them."
	}
	return append(out, phrase{Text: s})
}

func companiesControl(n int) string {
	if n == 1 {
		return "1 company controls"
	}
	return thousands(int64(n)) + " companies control"
}

// videoAnswer says whether video leaves and from which devices.
func (t *talk) videoAnswer() []phrase {
	if len(t.reaching) == 0 {
		return nil
	}
	var out []phrase
	say := func(verdict, key, lead, one, many string) {
		list := t.withVideo(verdict)
		if len(list) == 0 {
			return
		}
		out = append(out, phrase{Text: lead}, phrase{Text: plural(len(list), one, many), Set: "talks=" + key})
		if len(list) <= namedDevices {
			var names []string
			for _, id := range list {
				names = append(names, cutMiddle(t.name(id), 32))
			}
			out = append(out, phrase{Text: ", " + and(names)})
		}
		out = append(out, phrase{Text: ". "})
	}
	say(egress.VideoYes, "v", "Video leaves from ", "device", "devices")
	say(egress.VideoPossibly, "p", "Video possibly leaves from ", "device", "devices")
	if len(out) == 0 {
		out = append(out, phrase{Text: "No video was seen leaving. "})
	}
	if n := len(t.withVideo(egress.VideoTooShort)) + len(t.withVideo("")); n > 0 {
		out = append(out, phrase{Text: "Of "}, phrase{Text: plural(n, "device", "devices"), Set: "talks=s"}, phrase{Text: " the traffic was too short to tell."})
	}
	return out
}

// notes are what must be known to read the figures.
func (t *talk) notes() []string {
	if len(t.reaching) == 0 {
		return nil
	}
	out := []string{"Where a server stands and who controls it are two facts, and so is the law its controller is under. Video is told by the shape of the traffic alone; nothing was decoded."}
	if n := t.total.cloudUnknown; n > 0 {
		out = append(out, bytesOf(n)+" went to rented networks of which no controller is known: the provider's name says nothing of who controls a server there.")
	}
	var audio []string
	for _, id := range t.reaching {
		if t.of[id].audio {
			audio = append(audio, cutMiddle(t.name(id), 32))
		}
	}
	if len(audio) > namedDevices {
		audio = append(audio[:namedDevices], thousands(int64(len(audio)-namedDevices))+" more")
	}
	if len(audio) > 0 {
		out = append(out, "The shape of some traffic shows sound going out, from "+and(audio)+".")
	}
	return out
}

// sankey draws devices by name where they are few, and their kinds where they
// are many.
func (v *talkView) sankey(t *talk) {
	if len(t.reaching) <= namedDevices {
		v.Sankey = newSankey(t.routes(func(d string) string { return d }), func(d string) (string, string) { return t.name(d), "" })
		return
	}
	by := map[string]int{}
	for _, id := range t.reaching {
		by[cmp.Or(t.kinds[id], "unknown")]++
	}
	v.Sankey = newSankey(t.routes(func(d string) string { return cmp.Or(t.kinds[d], "unknown") }), func(k string) (string, string) {
		if k == "not a camera" {
			return plural(by[k], "other device", "other devices"), ""
		}
		return kindWords(k, by[k]), ""
	})
}

func (v *talkView) countries(t *talk, sets *deviceSets) {
	at := map[string]*volume{}
	for _, c := range t.outside {
		if reaches(c) {
			if at[c.Country] == nil {
				at[c.Country] = &volume{}
			}
			at[c.Country].add(c)
		}
	}
	codes := slices.Sorted(maps.Keys(at))
	slices.SortStableFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(at[b].up, at[a].up), cmp.Compare(at[b].down, at[a].down))
	})
	var rows []mapRow
	for _, code := range codes {
		c := at[code]
		rows = append(rows, mapRow{code, c.up})
		var by []string
		for i, name := range most(c.controllers) {
			if i == 4 && len(c.controllers) > 5 {
				by = append(by, thousands(int64(len(c.controllers)-i))+" more")
				break
			}
			by = append(by, cutMiddle(controllerOf(name), 40))
		}
		v.Countries = append(v.Countries, countryRow{Country: standsIn(code), Devices: sets.cell(c.devices, sets.country(code), ""), Servers: len(c.servers), Up: bytesOf(c.up), Down: bytesOf(c.down), By: strings.Join(by, ", ")})
	}
	v.Map = newMap(rows)
}

func (v *talkView) servers(t *talk) {
	list := t.destinations()
	for i, d := range list {
		if i == serversShown && len(list) > serversShown+1 {
			v.ServerMore = fmt.Sprintf("And %s more, %s up in all: the JSON report holds them.", thousands(int64(len(list)-i)), bytesOf(sum(list[i:], func(d *destination) uint64 { return d.up })))
			break
		}
		at := service(d.Conversation)
		if n := len(d.servers); n > 1 {
			at = fmt.Sprintf("%s +%d", at, n-1)
		}
		row := serverRow{
			Name: cut(cmp.Or(d.Name, d.Address), 32), Service: at + " " + d.Protocol, Purpose: purposeName(d.Purpose), Stands: standsIn(d.Country),
			Network: cut(shortNetwork(d.Conversation), 20), Rented: d.Cloud, Controller: cut(controllerOf(d.Controller), 24), Jurisdiction: jurisdictionOf(d.Controller, d.Jurisdiction),
			Devices: len(d.devices), Up: bytesOf(d.up), Down: bytesOf(d.down), Encrypted: d.Encrypted, Video: videoOf(d.video),
		}
		if len(d.devices) == 1 {
			if _, listed := t.names[d.Device]; listed {
				name := cut(t.name(d.Device), 16)
				row.Device, row.DeviceName, row.DeviceFull = anchor("dev", d.Device), name.Text, name.Title
			}
		}
		v.Servers = append(v.Servers, row)
	}
}

// shortNetwork is a network by name, by number where it has none.
func shortNetwork(c *egress.Conversation) string {
	return cmp.Or(c.Network, networkOf(c))
}

func (v *talkView) inside(t *talk) {
	if len(t.inside) > 0 {
		v.Quiet = plural(len(t.inside), "conversation", "conversations") + " stayed inside the estate, " + bytesOf(sum(t.inside, func(c *egress.Conversation) uint64 { return c.BytesUp + c.BytesDown })) + " both ways."
	}
	if t.groups > 0 {
		v.Quiet = strings.TrimPrefix(v.Quiet+" "+plural(t.groups, "conversation", "conversations")+" with groups (multicast and broadcast) "+are(t.groups)+" not listed.", " ")
	}
	for i, c := range t.inside {
		if i == insideShown && len(t.inside) > insideShown+1 {
			v.InsideMore = fmt.Sprintf("And %s more: the JSON report holds them.", thousands(int64(len(t.inside)-i)))
			break
		}
		v.Inside.Rows = append(v.Inside.Rows, t.insideRow(c, c.Device))
	}
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// insideRow draws a conversation from the side of one of its two devices.
func (t *talk) insideRow(c *egress.Conversation, device string) insideRow {
	r := insideRow{From: t.end(c.Device, c.From), To: t.end(c.Peer, c.Address), Service: strings.TrimSpace(portOf(c) + " " + protocolOf(c)), Purpose: purposeName(c.Purpose),
		Up: bytesOf(c.BytesUp), Down: bytesOf(c.BytesDown), When: span(c.First, c.Last), Video: videoOf(c.Video.Verdict)}
	if device == c.Peer && device != c.Device {
		r.From, r.To, r.Up, r.Down = r.To, r.From, r.Down, r.Up
		r.Video.Text = "" // told of what the other device sends
		if c.Video.Verdict == egress.VideoYes || c.Video.Verdict == egress.VideoPossibly {
			r.Video.Text = "gets " + c.Video.Verdict
		}
	}
	return r
}

// end names one end of a conversation: a device with a link, or an address.
func (t *talk) end(device, address string) endCell {
	if name, ok := t.names[device]; ok {
		c := cut(name, 32)
		return endCell{Text: c.Text, Title: c.Title, Link: anchor("dev", device)}
	}
	return endCell{Text: cmp.Or(address, device)}
}

func portOf(c *egress.Conversation) string {
	if c.Port == 0 {
		return ""
	}
	return fmt.Sprintf("port %d", c.Port)
}

// span is from when to when, the day once where both are on it.
func span(first, last string) string {
	a, b := clock(first), clock(last)
	if len(a) > 11 && len(b) > 11 && a[:10] == b[:10] {
		return strings.TrimSuffix(a, " UTC") + " to " + b[11:]
	}
	return a + " to " + b
}

// deviceSets names the lists behind numbers, where the page's filters can show
// exactly the devices that were counted.
type deviceSets struct {
	t         *talk
	companies []string
}

func (s *deviceSets) country(code string) string { return "country=" + cmp.Or(code, unknownKey) }

func (s *deviceSets) company(name string) string {
	return fmt.Sprintf("company=%d", slices.Index(s.companies, name))
}

// unknownKey stands for a country that is not known in the page's data.
const unknownKey = "none"

// cell links a count of devices to the list of them, if the filters give the
// same devices.
func (s *deviceSets) cell(devices map[string]bool, country, company string) cell {
	n := 0
	for _, id := range s.t.reaching {
		sh := s.t.of[id]
		if (country == "" || has(sh.countries, func(k string) bool { return s.country(k) == country })) &&
			(company == "" || has(sh.controllers, func(k string) bool { return s.company(k) == company })) {
			n++
		}
	}
	if n != len(devices) {
		return cell{N: len(devices)}
	}
	return cell{len(devices), strings.Trim(country+"&"+company, "&")}
}

func has(m map[string]uint64, is func(string) bool) bool {
	for k := range m {
		if is(k) {
			return true
		}
	}
	return false
}

// talkFacets are the page's filters by what devices talk to: none where nothing
// reaches outside.
func talkFacets(t *talk, list []*Device, companies []string) []facet {
	if len(t.reaching) == 0 {
		return nil
	}
	by, countries, controllers := map[string]int{}, map[string]uint64{}, map[string]int{}
	for _, d := range list {
		by[t.talksKey(d.ID)]++
		for c := range t.shareOf(d.ID).countries {
			countries[cmp.Or(c, unknownKey)]++
		}
		for c := range t.shareOf(d.ID).controllers {
			controllers[c]++
		}
	}
	out := []facet{{Key: "talks", Title: "Talks"}, {Key: "country", Title: "Server in"}, {Key: "company", Title: "Controlled by"}}
	for _, o := range []option{{Value: "v", Text: "outside, video leaves"}, {Value: "p", Text: "outside, possibly video"}, {Value: "s", Text: "outside, too short to tell"}, {Value: "o", Text: "outside, no video"}, {Value: "n", Text: "not seen to reach outside"}} {
		out[0].Options = append(out[0].Options, option{"checkbox", o.Value, o.Text, by[o.Value]})
	}
	for _, c := range most(countries) {
		text := standsIn(c)
		if c == unknownKey {
			text = "not known"
		}
		out[1].Options = append(out[1].Options, option{"checkbox", c, text, int(countries[c])})
	}
	for i, c := range companies {
		out[2].Options = append(out[2].Options, option{"checkbox", fmt.Sprint(i), cutMiddle(controllerOf(c), 34), controllers[c]})
	}
	return out
}

// talkKeys are a device's countries and controllers as the page's data hold them.
func talkKeys(s *share, companies map[string]int) (countries, controllers string) {
	var a, b []string
	for _, c := range most(s.countries) {
		a = append(a, url.QueryEscape(cmp.Or(c, unknownKey)))
	}
	for _, c := range most(s.controllers) {
		b = append(b, fmt.Sprint(companies[c]))
	}
	return strings.Join(a, " "), strings.Join(b, " ")
}
