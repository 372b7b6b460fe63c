package report

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// elements walks a page as a browser reads it.
func elements(t *testing.T, page string, visit func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestHTMLEscapesWhatDevicesSay(t *testing.T) {
	page := written(t, HTML, talking())
	scripts := 0
	elements(t, page, func(n *html.Node) {
		switch n.Data {
		case "script":
			scripts++
		case "img", "iframe", "object", "embed", "form", "base":
			t.Errorf("there is a <%s> in the page", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
				t.Errorf("<%s> has the attribute %s=%q", n.Data, a.Key, a.Val)
			}
		}
		if href := attr(n, "href"); n.Data == "a" && !regexp.MustCompile(`^(#|https?://)`).MatchString(href) {
			t.Errorf("a link leads to %q", href)
		}
	})
	if scripts != 2 {
		t.Errorf("%d scripts in the page, want our 2", scripts)
	}
	for _, raw := range []string{evilScript, evilImage, evilEscape, evilBidi, "\u202e", "\x1b", "ZgotmplZ"} {
		if strings.Contains(page, raw) {
			t.Errorf("the page holds %q as it was sent", raw)
		}
	}
	for _, want := range []string{"&lt;script&gt;window.pwned=1&lt;/script&gt;", "⟨U&#43;202E⟩", "javascript:window.pwned=1"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q as text", want)
		}
	}
}

func TestHTMLPolicyNamesItsOwnScriptsAndStyle(t *testing.T) {
	page := written(t, HTML, talking())
	var policy string
	var inline []string
	elements(t, page, func(n *html.Node) {
		if n.Data == "meta" && attr(n, "http-equiv") == "Content-Security-Policy" {
			policy = attr(n, "content")
		}
		if n.Data == "script" || n.Data == "style" {
			inline = append(inline, n.FirstChild.Data)
		}
	})
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
	if len(inline) != 3 {
		t.Fatalf("%d inline parts, want a style and two scripts", len(inline))
	}
	for _, s := range inline {
		if !strings.Contains(policy, digest(s)) {
			t.Errorf("the policy does not allow %.60q", s)
		}
	}
}

func TestHTMLIdsAreUniqueAndLinksLand(t *testing.T) {
	page := written(t, HTML, talking())
	ids := map[string]bool{}
	var targets []string
	elements(t, page, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = true
		}
		if href := attr(n, "href"); strings.HasPrefix(href, "#") {
			targets = append(targets, href[1:])
		}
		if by := attr(n, "aria-labelledby"); by != "" {
			targets = append(targets, by)
		}
	})
	for _, id := range targets {
		if !ids[id] {
			t.Errorf("a link leads to #%s, and nothing has that id", id)
		}
	}
}

func TestHTMLHoldsTheEvidence(t *testing.T) {
	page := written(t, HTML, talking())
	for _, want := range []string{
		"sadp.model = DS-2CD2143G0-I", "packet 412", "sadp-description/hik-ds", `href="https://github.com/example/sadp"`,
		"3f1c9a0de84b7f6652ad0b1e73c99d41b86f00c2c6ad5e0f97ab83d152e4c7aa", "22 November 2026",
		"sold as Lorex and made by Dahua", "Alpha Networks", "Reading ended early:", "Disputed:", "own statement:",
		"Risk factors", "channel 1 of NVR-BACKOFFICE", "22.1 MB",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

func TestHTMLSaysWhatDevicesShareOnce(t *testing.T) {
	small, big := len(written(t, HTML, large(200))), len(written(t, HTML, large(1000)))
	each := float64(big-small) / 800
	t.Logf("%.0f bytes a device, %.2f MB for 1,000", each, float64(big)/1e6)
	if each > 7000 {
		t.Errorf("a device adds %.0f bytes to the page, want at most 7,000", each)
	}
	page := written(t, HTML, large(1000))
	for _, once := range []string{"The maker&#39;s lawyers", "It says that it would refuse such a request"} {
		if n, most := strings.Count(page, once), strings.Count(page, `class="judgement"`); n == 0 || n > most {
			t.Errorf("%q stands %d times in a page of %d judgements", once, n, most)
		}
	}
}

// A source that is only a number of a catalogue is said in words, and leads nowhere.
func TestSourceWithoutAddressIsSaidInWords(t *testing.T) {
	l := newLink("github-index:57180129079")
	if l.URL != "" || !strings.HasPrefix(l.Text, "a file in a public repository on GitHub, whose address was not noted (no. 57180129079 of") {
		t.Errorf("%+v", l)
	}
	if text, ok := Unaddressed("https://a.example/github-index:1"); ok {
		t.Errorf("an address is said as %q", text)
	}
}

func TestLinksFollowOnlyTheWeb(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x?y=1":      "https://a.example/x?y=1",
		"http://a.example":             "http://a.example",
		"javascript:alert(1)":          "",
		"JaVaScRiPt:alert(1)":          "",
		"data:text/html,x":             "",
		"https:evil":                   "",
		"//evil.example/":              "",
		"https://user:pw@evil.example": "",
		"github-index:12":              "",
		"https://a.example/\" onclick": "",
	} {
		if got := newLink(in).URL; got != want {
			t.Errorf("newLink(%q) leads to %q, want %q", in, got, want)
		}
	}
}
