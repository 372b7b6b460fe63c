package report

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

func TestTalkSaysWhoReachesOutside(t *testing.T) {
	k := newTalk(talking())
	if diff := cmp.Diff([]string{"d-1a2b3c4d5e", "d-3c4d5e6f70", "d-708192a3b4", "d-2b3c4d5e6f", "d-92a3b4c5d6", "d-8192a3b4c5", "d-5e6f708192"}, k.reaching); diff != "" {
		t.Errorf("devices that reach outside, most bytes up first (-want +got):\n%s", diff)
	}
	want := "7 devices of 17 reach outside the estate: 1.3 GB up and 45.0 MB down, to and from 8 servers in 6 countries. 4 companies control servers among them; of 800 kB that went up, the controller is not known."
	if got := plainWords(k.answer(17)); got != want {
		t.Errorf("answer\n %q, want\n %q", got, want)
	}
	want = "Video leaves from 1 device, Gate-East-2. Video possibly leaves from 1 device, NVR-BACKOFFICE. Of 1 device the traffic was too short to tell."
	if got := plainWords(k.videoAnswer()); got != want {
		t.Errorf("video\n %q, want\n %q", got, want)
	}
	if k.groups != 1 || len(k.inside) != 3 {
		t.Errorf("%d with groups and %d inside, want 1 and 3", k.groups, len(k.inside))
	}
}

func TestTalkAnswersInEveryState(t *testing.T) {
	silent := to("d-1a2b3c4d5e", "", "192.0.2.9", 22, "", 0, 4000)
	silent.Opened, silent.PacketsUp = "far end", 0
	one := to("d-1a2b3c4d5e", "", "192.0.2.9", 443, "", 900, 4000)
	known := under(to("d-1a2b3c4d5e", "x.example", "192.0.2.9", 443, "NL", 900, 4000), "Dahua", "dahua", "CN", egress.PurposeP2P, "x.example")
	for _, c := range []struct {
		name string
		list []egress.Conversation
		want string
	}{
		{"nothing", nil, "None of the devices was seen to reach outside the estate. A capture shows what went on while it ran: a device that calls out once a day needs a day."},
		{"only what came in unasked", []egress.Conversation{silent}, "None of the devices was seen to reach outside the estate. 1 conversation with addresses outside carried nothing from a device. A capture shows what went on while it ran: a device that calls out once a day needs a day."},
		{"neither country nor controller known", []egress.Conversation{one}, "1 device of 17 reaches outside the estate: 900 B up and 4.0 kB down, to and from 1 server in countries that are not known. Who controls them is not known of any."},
		{"all known", []egress.Conversation{known}, "1 device of 17 reaches outside the estate: 900 B up and 4.0 kB down, to and from 1 server in 1 country. 1 company controls all of them."},
	} {
		doc := sample()
		doc.Conversations = c.list
		Summarise(doc)
		if got := plainWords(newTalk(doc).answer(17)); got != c.want {
			t.Errorf("%s:\n %q, want\n %q", c.name, got, c.want)
		}
		for name, write := range writers {
			if written(t, write, doc) == "" {
				t.Errorf("%s: %s is empty", c.name, name)
			}
		}
	}
}

func TestSankeyHasFewRibbonsAndLosesNoBytes(t *testing.T) {
	for _, n := range []int{1, 3, 40, 400} {
		var routes []*route
		var total uint64
		for i := range n {
			r := &route{controller: fmt.Sprintf("Company %d", i%23), jurisdiction: "CN", country: string([]byte{'A' + byte(i%17), 'A' + byte(i%5)}), from: map[string]uint64{}}
			if i%9 == 4 {
				r.controller, r.jurisdiction = "", ""
			}
			r.from[fmt.Sprintf("kind %d", i%4)] = uint64(1000 * (i + 1))
			r.up = uint64(1000 * (i + 1))
			total += r.up
			routes = append(routes, r)
		}
		s := newSankey(routes, func(k string) (string, string) { return k, "" })
		if len(s.Ribbons) == 0 || len(s.Ribbons) > ribbonsShown {
			t.Errorf("%d routes: %d ribbons, want 1 to %d", n, len(s.Ribbons), ribbonsShown)
		}
		keep := [3]int{6, 7, 7}
		cols, links := arrange(routes, keep)
		for i, col := range cols {
			var sum uint64
			for _, node := range col {
				sum += node.value
			}
			if sum != total {
				t.Errorf("%d routes: column %d holds %d bytes, want %d", n, i, sum, total)
			}
		}
		for i, stage := range links {
			var sum uint64
			for _, l := range stage {
				sum += l.value
			}
			if sum != total {
				t.Errorf("%d routes: stage %d carries %d bytes, want %d", n, i, sum, total)
			}
		}
	}
}

func TestSankeyKeepsControllerAndCountryApart(t *testing.T) {
	s := newTalkView(talking(), newTalk(talking()), nil).Sankey
	var names []string
	for _, n := range s.Nodes {
		names = append(names, n.Name+" | "+n.Note)
	}
	want := []string{
		"4 cameras | 1.2 GB", "1 recorder | 48.0 MB", "1 number-plate camera | 700 kB", "1 other device | 310 kB",
		"Hikvision | China (CN) · 1.2 GB", "Dahua | China (CN) · 48.0 MB", "Zhejiang Univi… Technologies | China (CN) · 3.4 MB", "Tuya | China (CN) · 310 kB", "not known | 800 kB",
		"Ireland (IE) | 1.2 GB", "Germany (DE) | 48.3 MB", "Singapore (SG) | 3.4 MB", "Russia (RU) | 91.0 kB", "United States (US) | 41.0 kB", "United Kingdom (GB) | 9.1 kB", "not known | 700 kB",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func TestWorldHoldsCountries(t *testing.T) {
	w := world()
	if len(w.codes) < 170 || len(w.points) < 230 || len(asset("world.svg")) > 60_000 {
		t.Errorf("%d outlines, %d points, %d bytes; want 170, 230, at most 60,000", len(w.codes), len(w.points), len(asset("world.svg")))
	}
	for code := range w.points {
		if countries[code] == "" {
			t.Errorf("the map has %s, which has no name", code)
		}
	}
	for _, code := range []string{"SG", "HK", "MT", "CN", "TW", "FR", "US", "XK"} {
		if _, ok := w.points[code]; !ok {
			t.Errorf("no place for %s on the map", code)
		}
	}
	for code, name := range countries {
		if !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(code) || name == "" {
			t.Errorf("country %q is %q", code, name)
		}
	}
}

func TestMapNamesNoTwoCountriesInOnePlace(t *testing.T) {
	var rows []mapRow
	for i, code := range []string{"NL", "BE", "DE", "FR", "GB", "IE", "DK", "CH", "AT", "CZ", "PL", "LU", "US", "CN", "AQ", "ZZ", ""} {
		rows = append(rows, mapRow{code, uint64(1e9 / (i + 1))})
	}
	m := newMap(rows)
	if diff := cmp.Diff([]string{"Antarctica (AQ)", "ZZ"}, m.Off); diff != "" {
		t.Errorf("not on the map (-want +got):\n%s", diff)
	}
	var boxes [][4]float64
	named := 0
	for _, k := range m.Marks {
		if k.Text == "" {
			continue
		}
		named++
		var x, y float64
		fmt.Sscan(k.TX, &x)
		fmt.Sscan(k.TY, &y)
		wide := 6 * float64(columns(k.Text))
		switch k.Side {
		case "end":
			x -= wide
		case "middle":
			x -= wide / 2
		}
		box := [4]float64{x, y - 10, x + wide, y + 2}
		if overlaps(box, boxes) {
			t.Errorf("%s is written over another name", k.Text)
		}
		boxes = append(boxes, box)
	}
	if named < 4 || named > mapLabels {
		t.Errorf("%d names on the map, want 4 to %d", named, mapLabels)
	}
}

func TestTimeChartSaysItsBucketAndScale(t *testing.T) {
	c := newTimeChart(&egress.Timeline{Start: "2026-11-03T08:00:00Z", Bucket: 3600, Up: []uint64{450_000_000, 0, 1}, Down: []uint64{0, 50_000_000, 0}})
	want := &timeChart{
		Up: "M0.1 84.8v-82.8h.8V84.8zM2.1 84.8v-0.5h.8V84.8z", Down: "M1.1 84.8v9.2h.8V84.8z", Buckets: 3, High: 96, Zero: "84.8", Bucket: "1 hour",
		First: "2026-11-03 08:00:00 UTC", Last: "2026-11-03 11:00:00 UTC", MostUp: "450 MB", MostDown: "50.0 MB", TotalUp: "450 MB", TotalDown: "50.0 MB", RateUp: "1.0 Mbit/s", RateDown: "0.1 Mbit/s",
		Label: "Traffic with the outside from 2026-11-03 08:00:00 UTC to 2026-11-03 11:00:00 UTC: 450 MB up and 50.0 MB down; most in 1 hour, 450 MB up and 50.0 MB down.",
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("chart (-want +got):\n%s", diff)
	}
	if long := newTimeChart(timeline(3600, 1000, 1e6, 1e5)); long.Buckets > barsOfChart || long.Bucket != "9 hours" || len(long.Up) > 4000 {
		t.Errorf("1,000 hours: %d bars of %s in %d bytes, want at most %d of 9 hours", long.Buckets, long.Bucket, len(long.Up), barsOfChart)
	}
	for name, in := range map[string]*egress.Timeline{"nothing": {}, "zeros": {Bucket: 60, Up: []uint64{0}, Down: []uint64{0}}, "no bucket": {Up: []uint64{1}, Down: []uint64{1}}} {
		if got := newTimeChart(in); got != nil {
			t.Errorf("%s: %+v, want none", name, got)
		}
	}
	newTimeChart(&egress.Timeline{Bucket: 60, Up: []uint64{1, 2, 3}, Down: []uint64{1}}) // shorter than Up: drawn, no panic
}

func TestPageOfManyConversationsStaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("2,000 devices")
	}
	with, without := chatty(2000), large(2000)
	start := time.Now()
	page := written(t, HTML, with)
	more := len(page) - len(written(t, HTML, without))
	t.Logf("2,000 devices, %d conversations: %.1f MB in %v, %.1f MB of it for conversations", len(with.Conversations), float64(len(page))/1e6, time.Since(start).Round(time.Millisecond), float64(more)/1e6)
	if n := strings.Count(page, `<tr class="why">`); n == 0 || n > outsideRows {
		t.Errorf("%d conversations with the outside are drawn, want at most %d", n, outsideRows)
	}
	if n := strings.Count(page, `<svg class="chart"`); n == 0 || n > chartsShown {
		t.Errorf("%d charts, want at most %d", n, chartsShown)
	}
	if more > 15e6 {
		t.Errorf("conversations add %d bytes, want at most 15 MB", more)
	}
	if !strings.Contains(page, "more outside, ") || !strings.Contains(page, "the JSON report holds them") {
		t.Error("the page does not say what it leaves out and where that is")
	}
}

func TestPortionDividesTheRows(t *testing.T) {
	for _, c := range []struct {
		counts []int
		budget int
		want   int
	}{{[]int{100}, 4000, 40}, {[]int{100, 100}, 50, 20}, {[]int{3, 100}, 15, 12}, {make([]int, 9), 1, 40}, {[]int{9, 9, 9}, 2, 1}} {
		if got := portion(c.counts, c.budget); got != c.want {
			t.Errorf("portion(%v, %d) = %d, want %d", c.counts, c.budget, got, c.want)
		}
	}
}

// plant sets the nth string reached in v and reports whether there was one.
func plant(v reflect.Value, n *int, s string) bool {
	switch v.Kind() {
	case reflect.String:
		if *n--; *n < 0 {
			v.SetString(s)
			return true
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if plant(v.Field(i), n, s) {
				return true
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if plant(v.Index(i), n, s) {
				return true
			}
		}
	}
	return false
}

func TestNoStringOfAConversationGoesUnseen(t *testing.T) {
	planted := 0
	for ; ; planted++ {
		c := egress.Conversation{Names: []egress.Name{{}}, Evidence: []observation.Evidence{{}}}
		n := planted
		if !plant(reflect.ValueOf(&c).Elem(), &n, evilEscape) {
			break
		}
		if plainConversation(&c) {
			t.Errorf("string %d of a conversation passes as plain: %+v", planted, c)
		}
	}
	if planted < 31 {
		t.Errorf("only %d strings were planted", planted)
	}
}

func TestPlacesAreCountedInTheUnitOfTheirInput(t *testing.T) {
	doc := talking()
	out := explained(t, doc, 0, 200)
	for _, want := range []string{"opened the connection: tls.sni = update.hikvision.com (line 12 of eve-north.json.gz)", "(packet 412)", "(packet 5012)", "video: video (1.6 Mbit/s up", "stands in Ireland (IE), network AMAZON-02 (AS16509) (rented network: says nothing of who controls it), by ip-location-db asn-country 2026-11 (CC0)",
		"controlled by Hikvision, under the law of China (CN); for: p2p; encrypted: yes", "inside: vms-01, port 554 tcp, rtsp, recorder: 3.1 GB sent, 8.0 MB got; video: video"} {
		if !strings.Contains(out, want) {
			t.Errorf("the explanation does not say %q:\n%s", want, out)
		}
	}
	page := written(t, HTML, doc)
	for _, want := range []string{"eve-north.json.gz</bdi>, line 12", "1,288 lines", "not a JSON object: 3 lines", "The format does not hold: sizes of single packets", "125 parts", `<code>asn = AS16509</code></p><p class="where">rule <a class="kb"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	short := terminal(t, doc, TerminalOptions{Width: 200})
	if n := strings.Count(short, "does not hold: sizes of single packets, so that video is told from averages alone; ARP, so that MAC addresses are missing."); n != 1 {
		t.Errorf("the report says %d times what EVE does not hold, want once:\n%s", n, short)
	}
}

func TestTerminalNamesWhoIsTalkedTo(t *testing.T) {
	out := terminal(t, talking(), TerminalOptions{Width: 80})
	for _, want := range []string{
		"Who they talk to\n",
		"  10.20.0.11 Gate-East-2       1.2 GB  Ireland, Unit…  Hikvision       yes\n",
		"  203.0.113.80:8800           48.0 MB  Germany         Dahua           possibly\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("at 80 columns there is no %q:\n%s", want, out)
		}
	}
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		for _, text := range []string{terminal(t, talking(), TerminalOptions{Width: width}), explained(t, talking(), 7, width)} {
			for line := range strings.Lines(text) {
				if got := columns(strings.TrimRight(line, "\n")); got > width {
					t.Errorf("at %d columns a line has %d: %q", width, got, line)
				}
			}
		}
	}
}

func explained(t *testing.T, doc *Document, device, width int) string {
	t.Helper()
	var b strings.Builder
	if err := Explain(&b, &doc.Devices[device], doc, TerminalOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOwnRulesStandBetweenLawAndPolicy(t *testing.T) {
	doc := talking()
	doc.Findings = append(doc.Findings, finding.Finding{Device: doc.Devices[0].ID, Regime: "own-destinations", Name: "Estate's own list", Force: finding.Own, Clause: "closed site", Verdict: finding.Prohibited,
		AsAt: doc.AsAt, Why: "The estate's list forbids servers in Ireland.", Evidence: doc.Conversations[0].Evidence[:1]})
	doc.Regimes = append(doc.Regimes, Regime{ID: "own-destinations", Name: "Estate's own list", Force: string(finding.Own), InForce: "as written"})
	Summarise(doc)
	page := written(t, HTML, doc)
	own, law, policy := strings.Index(page, "<h3>The estate&#39;s own rules</h3>"), strings.Index(page, "<h3>Law</h3>"), strings.Index(page, "<h3>Policy</h3>")
	if law < 0 || own < law || policy < own {
		t.Errorf("law at %d, own rules at %d, policy at %d; want that order", law, own, policy)
	}
	if !strings.Contains(page, "resting on evidence 1 and 7") {
		t.Error("the device does not say that a verdict rests on the evidence of a conversation")
	}
	if err := validate(compiled(t, ""), written(t, JSON, doc)); err != nil {
		t.Error(err)
	}
	for _, n := range []int{80, 200} {
		if out := terminal(t, doc, TerminalOptions{Width: n}); !strings.Contains(out, "wn rule") {
			t.Errorf("the terminal does not name the force:\n%s", out)
		}
	}
}

func TestDeviceSeesAConversationFromItsOwnSide(t *testing.T) {
	k := newTalk(talking())
	got := k.insideRow(k.of["d-a3b4c5d6e7"].inside[0], "d-a3b4c5d6e7")
	want := insideRow{From: endCell{Text: "vms-01", Link: "dev-d-a3b4c5d6e7"}, To: endCell{Text: "Gate-East-2", Link: "dev-d-1a2b3c4d5e"}, Service: "port 554 tcp, rtsp", Purpose: "recorder",
		Up: "8.0 MB", Down: "3.1 GB", When: "2026-11-03 08:00:20 to 09:41:50 UTC", Video: videoCell{"video", "gets video"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the recorder's side (-want +got):\n%s", diff)
	}
}

func TestRatesAreInMegabits(t *testing.T) {
	for _, c := range []struct {
		bytes   uint64
		seconds int64
		want    string
	}{{450e6, 3600, "1.0 Mbit/s"}, {0, 60, "0 Mbit/s"}, {1, 3600, "under 0.001 Mbit/s"}, {400e3, 60, "0.053 Mbit/s"}, {1e12, 60, "133333 Mbit/s"}, {5, 0, "under 0.001 Mbit/s"}} {
		if got := rate(c.bytes, c.seconds); got != c.want {
			t.Errorf("rate(%d, %d) = %q, want %q", c.bytes, c.seconds, got, c.want)
		}
	}
}

func TestTheTerminalGivesADevicesAddressBesideItsName(t *testing.T) {
	doc := talking()
	doc.Devices[0].Name, doc.Devices[0].Addresses = "IPCamera", []Address{{IP: "10.20.0.11", Last: "2026-11-03T08:00:00Z"}, {IP: "10.20.0.12", Last: "2026-11-03T09:00:00Z"}}
	doc.Devices[1].Name, doc.Devices[1].Addresses = "10.20.0.13", []Address{{IP: "10.20.0.13"}}
	k := newTalk(doc)
	if got := k.nameAt(doc.Devices[0].ID); got != "10.20.0.12 IPCamera" {
		t.Errorf("named %q", got)
	}
	if got := k.nameAt(doc.Devices[1].ID); got != "10.20.0.13" {
		t.Errorf("named by its address alone: %q", got)
	}
}
