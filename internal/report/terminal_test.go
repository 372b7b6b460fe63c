package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

func terminal(t *testing.T, doc *Document, opts TerminalOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Terminal(&b, doc, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTerminalFitsItsWidth(t *testing.T) {
	doc := sample()
	doc.Devices[4].Model.Value = strings.Repeat("監視カメラ", 20)
	doc.Findings[0].Why = strings.Repeat("x", 500)
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		for line := range strings.Lines(terminal(t, doc, TerminalOptions{Width: width})) {
			if got := columns(strings.TrimRight(line, "\n")); got > width {
				t.Errorf("at %d columns a line has %d: %q", width, got, line)
			}
		}
	}
}

func TestTerminalTableKeepsWhatMatters(t *testing.T) {
	for _, c := range []struct {
		width int
		want  []string
	}{
		{80, []string{"ADDRESS", "MAKER", "HOW SURE", "MODEL", "GRAVEST VERDICT"}},
		{200, []string{"ADDRESS", "KIND", "BRAND", "MAKER", "HOW SURE", "MODEL", "FIRMWARE", "CHIP", "WHY", "GRAVEST VERDICT"}},
	} {
		out := terminal(t, sample(), TerminalOptions{Width: c.width})
		head := regexp.MustCompile(`(?m)^ADDRESS.*$`).FindString(out)
		at := 0
		for _, title := range c.want {
			i := strings.Index(head[at:], title)
			if i < 0 {
				t.Errorf("at %d columns the table is headed %q, want %q", c.width, head, c.want)
				break
			}
			at += i
		}
	}
	if out := terminal(t, sample(), TerminalOptions{Width: 80}); !regexp.MustCompile(`10\.20\.0\.11 +Hikvision +●●● confirmed +DS-2CD2143G0-I +prohibited\n`).MatchString(out) {
		t.Errorf("the first camera's line is not whole at 80 columns:\n%s", out)
	}
	if out := terminal(t, sample(), TerminalOptions{Width: 60, Wide: true}); !strings.Contains(out, "10.20.0.11  camera               Hikvision  Hikvision") {
		t.Error("wide: a value is cut or a column left out")
	}
}

func TestTerminalLetsNothingActOnIt(t *testing.T) {
	doc := sample()
	for name, opts := range map[string]TerminalOptions{"plain": {Width: 100, All: true}, "wide": {Wide: true, All: true}, "colour": {Width: 100, Colour: true, All: true}} {
		out := terminal(t, doc, opts)
		var b bytes.Buffer
		if err := Explain(&b, &doc.Devices[7], doc, opts); err != nil {
			t.Fatal(err)
		}
		out += b.String()
		if opts.Colour {
			if !strings.Contains(out, "\x1b[1;31m") {
				t.Error("colour was asked for and there is none")
			}
			out = regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(out, "") // those we may have written
		}
		for _, r := range out {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%s: U+%04X reaches the terminal", name, r)
				break
			}
		}
		if !strings.Contains(out, "⟨U+202E⟩") || !strings.Contains(out, "⟨U+001B⟩") {
			t.Errorf("%s: what was neutralised is not shown", name)
		}
		if strings.Contains(out, "\x1b[31m") || strings.Contains(out, "\x1b[2J") {
			t.Errorf("%s: an escape sequence of a device is whole", name)
		}
	}
}

// oneLine is a report without its line breaks, for looking for sentences in it.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func mustSay(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(oneLine(out), w) {
			t.Errorf("it does not say %q:\n%s", w, out)
		}
	}
}

func TestTerminalSays(t *testing.T) {
	out := terminal(t, sample(), TerminalOptions{Width: 120})
	mustSay(t, out,
		"17 devices in 2 inputs: 6 cameras, 1 recorder, 1 number-plate camera, 1 video server, 1 of unknown kind and 7 that are not cameras.",
		"Not understood: 122 packets, 20.4 kB in 2 of 2 inputs (ethertype 0x88cc (LLDP) is not decoded, and 2 more reasons).",
		"north-gate.pcap.gz: reading ended early: unexpected end of gzip stream",
		"8 other devices (1 of unknown kind, 7 that are not cameras): --all lists them.",
		"Dahua 2 ●●● confirmed 1, ●○○ possible 1",
		"Law: would be prohibited 4 NDAA FY2019 s.889(a)(1)(B) s.889(a)(1)(B) any organisation that contracts with a",
		"Guidance: prohibited 1 NPSA/NCSC guidance",
		"Risk factors: advised against 5 National Intelligence Law arts 7, 14",
		"cannot tell under 2 rules for 2 devices: not known: who made the device (",
		"Judged as at 2026-11-22 for Eastshire Police (example)",
		"(sha256:3f1c9a0de84b…)",
		"Full clauses, evidence and sources: -o report.html, --json, --rules or --explain DEVICE.",
	)
	for _, long := range []string{"Disputed:", "The company's own statement:", "PROHIBITED:", "\x1b"} {
		if strings.Contains(out, long) {
			t.Errorf("the short form holds %q", long)
		}
	}
	if all := terminal(t, sample(), TerminalOptions{Width: 120, All: true}); !strings.Contains(all, "10.20.1.15") || strings.Contains(all, "other devices") {
		t.Error("all: the other devices are not in the table")
	}
}

func TestTerminalPutsTheTableFirst(t *testing.T) {
	for _, width := range []int{80, 100, 120, 200} {
		out := terminal(t, sample(), TerminalOptions{Width: width})
		at := 0
		for _, part := range []string{"17 devices", "Not understood:", "\nADDRESS", "other devices", "\nWho made", "\nWhich rules", "  Law:", "  Policy:", "  Guidance:", "  Risk factors:", "\nWhat to do next", "\nJudged as at"} {
			i := strings.Index(out[at:], part)
			if i < 0 {
				t.Fatalf("at %d columns %q is missing or out of its place:\n%s", width, part, out)
			}
			at += i
		}
		if n := strings.Count(out, "\n"); n > 60 {
			t.Errorf("at %d columns the report has %d lines, want at most 60", width, n)
		}
	}
}

func TestTerminalShowsFortyOfALongList(t *testing.T) {
	doc := large(1000)
	short, all := terminal(t, doc, TerminalOptions{Width: 120}), terminal(t, doc, TerminalOptions{Width: 120, All: true})
	mustSay(t, short, "… 160 more (", "): --all, or -o report.html", "800 other devices (", "models: ")
	if n := strings.Count(short, "\n10."); n != rowsShown {
		t.Errorf("%d rows, want %d", n, rowsShown)
	}
	if n := strings.Count(short, "\n"); n > 110 {
		t.Errorf("the report of 1,000 devices has %d lines", n)
	}
	if n := strings.Count(all, "\n10."); n != 1000 {
		t.Errorf("all: %d rows, want 1,000", n)
	}
}

func TestTerminalRulesInFull(t *testing.T) {
	out := terminal(t, sample(), TerminalOptions{Width: 120, Rules: true})
	mustSay(t, out,
		"What each rule says of them",
		"PROHIBITED: force standing order 14",
		"CANNOT TELL, would be prohibited: s.889(a)(1)(B)",
		"2 devices: Gate-East-2 (10.20.0.11), iDS-TCM203-A (10.20.0.12)",
		"Not known: who made the device",
		"Disputed: The maker's lawyers",
		"statement: as above, “It says that it has never been found",
		"The company's own statement: It says that it has never",
		"Next: Move the device to a network of its own.",
		"Source: https://www.acquisition.gov/far/52.204-25",
		"NOT COVERED, 3 devices: The maker is not one the section names.",
	)
	doc := large(1000)
	if n := strings.Count(terminal(t, doc, TerminalOptions{Width: 120, Rules: true}), "\n"); n > 260 {
		t.Errorf("the long form of 1,000 devices has %d lines: what is the same is not said once", n)
	}
}

func TestTerminalSaysHowToNameTheOrganisation(t *testing.T) {
	doc := sample()
	doc.Estate = Estate{}
	mustSay(t, terminal(t, doc, TerminalOptions{Width: 100}), "Whose they are was not said, so each line names whom it would bind: say it with --org-type or --estate.")
}

func TestNextStepsAreFewAndTheGravestFirst(t *testing.T) {
	doc := sample()
	for i := range 8 {
		doc.Findings = append(doc.Findings, finding.Finding{Regime: "us-889a1B", Device: doc.Devices[0].ID, Verdict: finding.CannotTell, Next: fmt.Sprintf("Step %d.", i)})
	}
	out := terminal(t, doc, TerminalOptions{Width: 120})
	out = out[strings.Index(out, "What to do next"):]
	mustSay(t, out, "1. Move the device to a network of its own. (4 devices, 1 rule)", " 5. ")
	if strings.Contains(out, " 6. ") {
		t.Errorf("more than five steps:\n%s", out)
	}
}

func TestExplainShowsEveryStep(t *testing.T) {
	doc := sample()
	var b bytes.Buffer
	if err := Explain(&b, &doc.Devices[0], doc, TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, b.String(),
		"Maker: Hikvision ●●● confirmed",
		"1. strong: Only Hikvision firmware answers SADP (as Kind 1)",
		"2. good: The MAC prefix agrees",
		"sadp.model = DS-2CD2143G0-I (packet 412)",
		"So: strong (SADP) + good (ARP, RTSP) → confirmed; Two independent kinds of evidence",
		"rule chip/hik-g0, no public source (unverified)",
		"Guidance: prohibited",
		"The company's own statement: It says",
		"Disputed (National Intelligence Law arts 7, 14): The maker's lawyers",
	)
	b.Reset()
	if err := Explain(&b, &doc.Devices[0], doc, TerminalOptions{Width: 100, Rules: true}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, b.String(), "PROHIBITED Why: The force's own order")
	b.Reset()
	if err := Explain(&b, &doc.Devices[5], doc, TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, b.String(), "Maker: unknown ○○○ unknown", "Against it: Alpha Networks ●○○ possible", "Note: D-Link buys")
}

func TestExplainSaysRepeatedEvidenceOnce(t *testing.T) {
	doc := sample()
	d := &doc.Devices[0]
	d.Steps, d.Maker.Evidence = nil, nil
	for i := range 40 {
		e := ev(siteA, int64(100+i), "ssdp.server", "UPnP/1.0 DCS-935L", "ssdp-server/dlink", "https://example.org/", "this text is typical of D-Link")
		weight := "good"
		if i == 39 {
			e.Rule, weight = "upnp-device/dlink", "strong"
		}
		d.Steps = append(d.Steps, attribution.Step{Claim: "maker", Weight: weight, Says: "its web interface: " + e.Says, From: []observation.Evidence{e}})
	}
	var b bytes.Buffer
	if err := Explain(&b, d, doc, TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, b.String(), "1. strong: its web interface: this text is typical of D-Link ssdp.server = UPnP/1.0 DCS-935L (packet 139)",
		"2. good: its web interface: this text is typical of D-Link ssdp.server = UPnP/1.0 DCS-935L (packets 100, 101, 102) and 36 more packets",
		"So: strong (SSDP) + good (SSDP) → confirmed")
	if n := strings.Count(b.String(), "this text is typical"); n != 2 {
		t.Errorf("the sentence stands %d times, want once a rule", n)
	}
	if n := strings.Count(b.String(), "\n"); n > 80 {
		t.Errorf("the explanation has %d lines", n)
	}
}

func TestCutMiddleKeepsBothEnds(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"DS-2CD2143G0-I", 20, "DS-2CD2143G0-I"},
		{"DS-2CD2143G0-I", 11, "DS-2C…3G0-I"},
		{"DS-2CD2143G0-I", 1, "…"},
		{"DS-2CD2143G0-I", 0, ""},
		{"監視カメラ監視", 7, ""},
	} {
		got := cutMiddle(c.in, c.width)
		if columns(got) > c.width {
			t.Errorf("cutMiddle(%q, %d) = %q, %d columns", c.in, c.width, got, columns(got))
		}
		if c.in[0] == 'D' && got != c.want {
			t.Errorf("cutMiddle(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

// A megabyte, whatever it is made of, takes a fraction of a second. Looked at from
// every place anew it takes a quarter of an hour, which go test cuts short.
func TestTextTakesLinearTime(t *testing.T) {
	const n = 1 << 20
	for name, unit := range map[string]string{"letters": "a", "words": "a ", "wide": "監", "marks": "a\u0301\u0301", "lone marks": "\u0301 ", "joined": "\U0001F468\u200d", "flags": "\U0001F1E9", "Hangul": "\u1100\u1161"} {
		t.Run(name, func(*testing.T) {
			v := visible(strings.Repeat(unit, n/len(unit)))
			cutMiddle(v, 40)
			cutEnd(v, 40)
			wrap(v, 80)
		})
	}
}

// FuzzVisible holds text from devices to its promise at any width.
func FuzzVisible(f *testing.F) {
	for _, s := range []string{evilEscape, evilBidi, "監視カメラ", "\xff\xfe", "a\u0301\u200d\U000e0041", ""} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		s = s[:min(len(s), observation.MaxValue)] // no field is longer
		v := visible(s)
		for _, r := range v {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("visible(%q) = %q holds U+%04X", s, v, r)
			}
		}
		if again := visible(v); again != v {
			t.Fatalf("visible is not settled: %q, then %q", v, again)
		}
		width = width & 127
		if got := columns(cutMiddle(v, width)); got > width {
			t.Fatalf("cutMiddle(%q, %d) has %d columns", v, width, got)
		}
		if got := columns(cutEnd(v, width)); got > width {
			t.Fatalf("cutEnd(%q, %d) has %d columns", v, width, got)
		}
		for _, line := range wrap(v, width) {
			if got := columns(line); got > max(width, 8) {
				t.Fatalf("wrap(%q, %d) has a line of %d columns", v, width, got)
			}
		}
	})
}
