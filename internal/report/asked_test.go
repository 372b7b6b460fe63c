package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

func TestWhatIsAskedIsAnsweredAlsoWhereNothingShowsIt(t *testing.T) {
	capture := Input{Name: "a.pcap", Format: "pcap", Packets: 3, First: "2026-11-03T08:00:00Z", Last: "2026-11-03T09:00:00Z", NotUnderstood: []Gap{}}
	table := Input{Name: "arp", Format: "ARP table", Packets: 2, First: "2020-01-01T00:00:00Z", Lacks: []string{"traffic: who speaks with whom, and how much"}, NotUnderstood: []Gap{}}
	names := Input{Name: "dns.log", Format: "Zeek dns log (TSV)", Packets: 2, Lacks: []string{"flows: who sent how much to whom (conn.log)"}, NotUnderstood: []Gap{}}
	nobody := to("d-1a2b3c4d5e", "", "192.0.2.9", 443, "NL", 900, 4000)
	const more = " This does not show that it never happens: what was not captured is not known."
	for _, c := range []struct {
		name     string
		inputs   []Input
		estate   Estate
		talks    []egress.Conversation
		findings []finding.Finding
		want     []Asked
	}{
		{name: "nothing asked", inputs: []Input{capture}},
		{name: "no traffic", inputs: []Input{table, names}, estate: Estate{Closed: true, ForbiddenCompanies: []string{"hikvision"}, ForbiddenCountries: []string{"CN"}}, want: []Asked{
			{Rule: "own-closed", Answer: "cannot tell", Says: "Nothing in these inputs could show whether a device reaches outside the site: they hold no traffic. A capture or flow records would."},
			{Rule: "own-destinations", Answer: "cannot tell", Says: "Nothing in these inputs could show whether a device talks to hikvision or CN: they hold no traffic. A capture or flow records would."},
		}},
		{name: "traffic, and nothing left", inputs: []Input{capture, table}, estate: Estate{Closed: true}, want: []Asked{{
			Rule: "own-closed", Answer: "not seen", From: capture.First, To: capture.Last,
			Says: "Nothing was seen leaving the site in what was captured (from 2026-11-03 08:00:00 UTC to 2026-11-03 09:00:00 UTC)." + more + " 1 input holds no traffic and could not show it.",
		}}},
		{name: "to somebody that is not known", inputs: []Input{capture}, estate: Estate{ForbiddenCompanies: []string{"dahua"}}, talks: []egress.Conversation{nobody}, want: []Asked{{
			Rule: "own-destinations", Answer: "not seen", From: capture.First, To: capture.Last,
			Says: "No device was seen to talk to dahua in what was captured (from 2026-11-03 08:00:00 UTC to 2026-11-03 09:00:00 UTC)." + more + " Of 1 server outside it is not known who controls it or where it stands.",
		}}},
		{name: "something left", inputs: []Input{capture}, estate: Estate{Closed: true}, findings: []finding.Finding{{Device: "d-1a2b3c4d5e", Regime: "own-closed"}, {Device: "d-1a2b3c4d5e", Regime: "egress-starts"}}, want: []Asked{{
			Rule: "own-closed", Answer: "seen", Devices: 1, From: capture.First, To: capture.Last, Says: "1 device was seen to reach outside the site, which is said to be closed.",
		}}},
		{name: "much left", inputs: []Input{capture}, estate: Estate{ForbiddenCountries: []string{"CN", "RU"}}, findings: []finding.Finding{{Device: "a", Regime: "own-destinations"}, {Device: "b", Regime: "own-destinations"}}, want: []Asked{{
			Rule: "own-destinations", Answer: "seen", Devices: 2, From: capture.First, To: capture.Last, Says: "2 devices were seen to talk to a destination that is forbidden (CN or RU).",
		}}},
	} {
		doc := sample()
		doc.Inputs, doc.Estate, doc.Conversations, doc.Findings = c.inputs, c.estate, c.talks, c.findings
		Summarise(doc)
		if diff := cmp.Diff(c.want, doc.Asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		for _, a := range doc.Asked {
			if strings.Contains(a.Says, "complian") {
				t.Errorf("%s: %s", c.name, a.Says)
			}
			first, _, _ := strings.Cut(a.Says, " (") // the terminal breaks lines
			for _, name := range []string{"Terminal", "HTML", "JSON"} {
				if text := strings.Join(strings.Fields(written(t, writers[name], doc)), " "); !strings.Contains(text, first) {
					t.Errorf("%s: %s does not say %q", c.name, name, first)
				}
			}
		}
	}
}
