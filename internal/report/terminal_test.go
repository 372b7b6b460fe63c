package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"
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
		{80, []string{"ADDRESS", "MAKER", "HOW SURE", "MODEL", "WORST VERDICT"}},
		{200, []string{"ADDRESS", "KIND", "BRAND", "MAKER", "HOW SURE", "MODEL", "FIRMWARE", "CHIP", "WORST VERDICT", "WHY THAT MAKER"}},
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

func TestTerminalSays(t *testing.T) {
	out := strings.Join(strings.Fields(terminal(t, sample(), TerminalOptions{Width: 120})), " ")
	for _, want := range []string{
		"17 devices in 2 inputs: 6 cameras, 1 recorder, 1 number-plate camera, 1 video server, 1 of unknown kind and 7 that are not cameras.",
		"Judged as at 2026-11-22 for Eastshire Police (example)",
		"Dahua 2 ●●● confirmed 1, ●○○ possible 1",
		"would be prohibited 4, cannot tell 2, not covered 3",
		"would apply to any organisation that contracts with a US executive agency",
		"Reading ended early: unexpected end of gzip stream",
		"8 other devices (1 of unknown kind, 7 that are not cameras): --all lists them.",
		"PROHIBITED: force standing order 14",
		"CANNOT TELL, would be prohibited: s.889(a)(1)(B) 2 devices: Gate-East-2 (10.20.0.11), iDS-TCM203-A (10.20.0.12)",
		"Not known: who made the device",
		"Disputed: The maker's lawyers",
		"The company's own statement: It says that it has never",
		"Next: Move the device to a network of its own.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the report does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colour without being asked")
	}
	if all := terminal(t, sample(), TerminalOptions{Width: 120, All: true}); !strings.Contains(all, "10.20.1.15") || strings.Contains(all, "other devices") {
		t.Error("all: the other devices are not in the table")
	}
}

func TestExplainShowsEveryStep(t *testing.T) {
	doc := sample()
	var b bytes.Buffer
	if err := Explain(&b, &doc.Devices[0], doc, TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"Maker: Hikvision ●●● confirmed",
		"1. strong: Only Hikvision firmware answers SADP",
		"2. good: The MAC prefix agrees",
		"4. conclusion: Two independent kinds of evidence",
		"site-a.pcapng packet 412: sadp.model = DS-2CD2143G0-I",
		"rule chip/hik-g0, no public source (unverified)",
		"PROHIBITED Why: The force's own order",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the explanation does not say %q:\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := Explain(&b, &doc.Devices[5], doc, TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Maker: unknown  ○○○ unknown", "Against it: Alpha Networks ●○○ possible", "Note: D-Link buys"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the explanation of a conflict does not say %q:\n%s", want, b.String())
		}
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

// FuzzVisible holds text from devices to its promise at any width.
func FuzzVisible(f *testing.F) {
	for _, s := range []string{evilEscape, evilBidi, "監視カメラ", "\xff\xfe", "a\u0301\u200d\U000e0041", ""} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
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
