package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium is the browser of the tests: Debian's, or one of the usual names.
// Without one the test is skipped, and fails when CI=true.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Chromium: install Debian's package chromium")
	}
	t.Skip("no Chromium: the page is not opened in a browser (apt-get install chromium)")
	return ""
}

// A browser is one tab, and what it must not do.
type browser struct {
	context.Context
	t        *testing.T
	mu       sync.Mutex
	requests []string // other than for the page itself
	console  []string // errors and warnings, uncaught exceptions
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute) // of a machine that does other things too
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, runtime.Enable, cdp.Empty{})
	call(b, cdplog.Enable, cdp.Empty{})
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument && !strings.HasPrefix(e.Request.URL, "data:") {
			b.requests = append(b.requests, e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.console = append(b.console, fmt.Sprint(e.Type, e.Args))
		}
	case *cdplog.EventEntryAdded: // where a breach of the page's policy is told
		b.console = append(b.console, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, e.ExceptionDetails.Text)
	}
}

// do takes steps one after the other; any that fails ends the test.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// call sends one command of the browser's own protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// eval returns the value of an expression in the page.
func eval[T any](b *browser, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// press strikes a key once, as a keyboard does: a page that takes the key for
// itself keeps it out of the input it moves to.
func (b *browser) press(key string) {
	b.t.Helper()
	call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key})
	call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key})
}

// script runs statements in the page for what they do.
func (b *browser) script(statements string) {
	b.t.Helper()
	eval[bool](b, "(() => {"+statements+"; return true})()")
}

// media makes the page believe in a colour scheme, or in paper.
func (b *browser) media(medium, scheme string) {
	b.t.Helper()
	params := emulation.SetEmulatedMediaParams{Media: medium}
	if scheme != "" {
		params.Features = []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	}
	call(b, emulation.SetEmulatedMedia, params)
}

func visibleNow(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.requests) > 0 || len(b.console) > 0 {
		b.t.Errorf("the page made requests %q and said %q; want neither", b.requests, b.console)
	}
}

// drawn waits until the page was drawn anew.
func (b *browser) drawn() {
	b.t.Helper()
	eval[bool](b, `new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(() => ok(true))))`, chromedp.EvalAwaitPromise)
}

// shoot keeps a picture for a person to look at, when LENSCAP_SCREENSHOTS names
// a folder; height 0 is the whole page.
func (b *browser) shoot(name string, width, height int64, scheme string) {
	b.t.Helper()
	dir := os.Getenv("LENSCAP_SCREENSHOTS")
	if dir == "" {
		return
	}
	full := height == 0
	if full {
		height = 900
	}
	b.media("", scheme)
	b.do(chromedp.EmulateViewport(width, height))
	b.drawn()
	png := call(b, cdpage.CaptureScreenshot, cdpage.CaptureScreenshotParams{CaptureBeyondViewport: &full}).Data
	b.write(dir, name+".png", png)
}

func (b *browser) write(dir, name string, data []byte) {
	b.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// serve offers a document as a page on this machine, and nothing else.
func serve(t *testing.T, doc *Document) string {
	t.Helper()
	var page bytes.Buffer
	if err := HTML(&page, doc); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("the page asked for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page.Bytes())
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

const shownRows = `[...document.querySelectorAll("#t tbody tr")].filter(r => !r.hidden).map(r => r.querySelector("a").textContent)`

func TestBrowserReadsReport(t *testing.T) {
	b := newBrowser(t)
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(serve(t, sample())), visibleNow("#t"))
	b.shoot("light", 1440, 0, "light")
	b.shoot("dark", 1440, 0, "dark")
	b.shoot("narrow-320", 320, 0, "light")
	b.shoot("narrow-375-dark", 375, 0, "dark")
	b.shoot("wide", 1920, 1080, "light")
	b.do(chromedp.EmulateViewport(1440, 900))

	t.Run("no string of a device runs", func(t *testing.T) {
		if eval[bool](b, `"pwned" in window || document.querySelector("main img, main script") !== null`) {
			t.Error("a string from a device became markup")
		}
		if got := eval[[]string](b, `[...document.links].map(a => a.protocol).filter(p => p !== "http:" && p !== "https:")`); len(got) > 0 {
			t.Errorf("links with schemes %q, want http and https only", got)
		}
	})
	t.Run("search narrows and Escape clears", func(t *testing.T) {
		b.press("/")
		b.do(chromedp.KeyEvent("lorex"))
		if got := eval[[]string](b, shownRows); !slices.Equal(got, []string{"NVR-BACKOFFICE"}) {
			t.Errorf("search lorex shows %q, want NVR-BACKOFFICE alone", got)
		}
		if got := eval[string](b, `document.querySelector("#count").textContent`); got != "1 of 17 devices" {
			t.Errorf("count says %q", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape))
		if got := eval[[]string](b, shownRows); len(got) != 17 {
			t.Errorf("after Escape %d devices, want 17", len(got))
		}
	})
	t.Run("search finds a MAC that no column shows", func(t *testing.T) {
		b.do(chromedp.KeyEvent("b0:c5:54"))
		if got := eval[[]string](b, shownRows); !slices.Equal(got, []string{"DCS-936L"}) {
			t.Errorf("search for a MAC prefix shows %q, want DCS-936L alone", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape))
		b.script(`document.activeElement.blur()`)
	})
	t.Run("every number leads to a list of that length", func(t *testing.T) {
		wrong := eval[[]string](b, `[...document.querySelectorAll("a[data-set]")].map(a => {
			a.click();
			const n = [...document.querySelectorAll("#t tbody tr")].filter(r => !r.hidden).length;
			return parseInt(a.textContent, 10) === n ? "" : a.dataset.set + ": says " + a.textContent + ", lists " + n;
		}).filter(Boolean)`)
		if len(wrong) > 0 {
			t.Errorf("numbers and lists differ:\n%s", strings.Join(wrong, "\n"))
		}
		if n := eval[int](b, `document.querySelectorAll("a[data-set]").length`); n < 40 {
			t.Errorf("only %d numbers are links", n)
		}
		b.script(`document.querySelector("#clear").click()`)
	})
	t.Run("a facet narrows the table and counts the others again", func(t *testing.T) {
		b.do(click(`[data-facet=maker] summary`), click(`[data-facet=maker] input[value=Hikvision]`))
		b.shoot("filter", 1440, 900, "light")
		if got := eval[[]string](b, shownRows); !slices.Equal(got, []string{"Gate-East-2", "iDS-TCM203-A"}) {
			t.Errorf("maker Hikvision shows %q", got)
		}
		if got := eval[string](b, `document.querySelector("[data-facet=kind] input[value=camera]").parentElement.querySelector(".num").textContent`); got != "1" {
			t.Errorf("kind camera counts %s under Hikvision, want 1", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape), click("#clear"))
	})
	t.Run("a heading sorts and says so", func(t *testing.T) {
		b.do(click(`#t thead th:nth-child(2) button`))
		if got := eval[[]string](b, shownRows)[:3]; !slices.Equal(got, []string{"Gate-East-2", "iDS-TCM203-A", "NVR-BACKOFFICE"}) {
			t.Errorf("by address: %q first", got)
		}
		b.do(click(`#t thead th:nth-child(2) button`))
		if got := eval[string](b, `document.querySelector("#t thead th:nth-child(2)").ariaSort`); got != "descending" {
			t.Errorf("aria-sort is %q, want descending", got)
		}
		if got := eval[[]string](b, shownRows)[0]; got != "office-6" {
			t.Errorf("by address, descending: %q first, want office-6", got)
		}
		b.do(click(`#t thead th:nth-child(2) button`))
		b.script(`document.activeElement.blur()`)
	})
	t.Run("keys open a device and return to its line", func(t *testing.T) {
		b.do(chromedp.KeyEvent("jj"), chromedp.KeyEvent("k"), chromedp.KeyEvent(kb.Enter), visibleNow("#drawer .dev"))
		b.shoot("device", 1440, 900, "light")
		b.shoot("device-dark", 1440, 900, "dark")
		b.shoot("device-320", 320, 800, "light")
		if got := eval[string](b, `document.querySelector("#drawer-title").textContent`); got != "Gate-East-2" {
			t.Errorf("Enter opened %q, want Gate-East-2", got)
		}
		b.do(chromedp.EmulateViewport(1440, 900))
		if got := eval[string](b, `document.querySelector("#drawer .says .finding").textContent + document.querySelector("#drawer .src").textContent`); !strings.Contains(got, "prohibited") || !strings.Contains(got, "hikvision.com") {
			t.Errorf("the open device shows %q, want what the rules say and the source of its first evidence", got)
		}
		b.do(chromedp.KeyEvent("j"))
		if got := eval[string](b, `document.querySelector("#drawer-title").textContent`); got != "iDS-TCM203-A" {
			t.Errorf("j in the open device shows %q, want the next", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape))
		b.drawn()
		if got := eval[string](b, `document.querySelector("#drawer").open + " " + document.activeElement.textContent`); got != "false iDS-TCM203-A" {
			t.Errorf("after Escape: drawer open and focus %q, want false iDS-TCM203-A", got)
		}
		if got := eval[int](b, `document.querySelectorAll("#each .added").length`); got != 0 {
			t.Errorf("%d copies left in closed devices", got)
		}
		if got := eval[int](b, `document.querySelectorAll("#each > .dev").length`); got != 17 {
			t.Errorf("%d devices back in their part, want 17", got)
		}
	})
	t.Run("the list of keys opens", func(t *testing.T) {
		b.do(chromedp.KeyEvent("?"), visibleNow("#help"), chromedp.KeyEvent(kb.Escape))
	})
	t.Run("the theme is a choice", func(t *testing.T) {
		before := eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`)
		b.do(click("#theme"))
		if after := eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`); after == before {
			t.Errorf("the background stays %s", after)
		}
		b.do(click("#theme"))
	})
	t.Run("nothing is wider than a phone", func(t *testing.T) {
		for _, width := range []int64{320, 375, 768, 1440} {
			b.do(chromedp.EmulateViewport(width, 800))
			if got := eval[int64](b, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("at %d px the page is %d px wide: %s", width, got, eval[string](b, `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 5).map(e => e.tagName + "." + e.className + "#" + e.id).join(" ")`))
			}
		}
	})
	b.quiet()
	b.print(t)
}

// print keeps the printed page, and checks that it holds what the screen hides.
func (b *browser) print(t *testing.T) {
	b.media("print", "")
	b.do(chromedp.EmulateViewport(794, 1123))
	if got := eval[string](b, `getComputedStyle(document.querySelector("#each")).display`); got != "block" {
		t.Errorf("printed, a device's part has display %q, want block", got)
	}
	yes := true
	png := call(b, cdpage.CaptureScreenshot, cdpage.CaptureScreenshotParams{CaptureBeyondViewport: &yes}).Data
	b.media("", "light")
	pdf := call(b, cdpage.PrintToPDF, cdpage.PrintToPDFParams{PreferCSSPageSize: &yes, PaperWidth: 8.27, PaperHeight: 11.69}).Data
	if dir := os.Getenv("LENSCAP_SCREENSHOTS"); dir != "" {
		b.write(dir, "print.png", png)
		b.write(dir, "print.pdf", pdf)
	}
}

// axePath is where `make axe` puts axe-core (MPL-2.0), which is not in the
// repository.
const axePath = "../../out/axe/node_modules/axe-core/axe.min.js"

func TestBrowserAccessibility(t *testing.T) {
	path := os.Getenv("LENSCAP_AXE")
	if path == "" {
		path = axePath
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no axe-core: %v (npm install --prefix out/axe axe-core)", err)
	}
	b := newBrowser(t)
	url := serve(t, talking())
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{320, 1440} {
			for _, open := range []bool{false, true} {
				b.media("", scheme)
				b.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(url))
				b.script(string(axe))
				if open {
					b.do(chromedp.KeyEvent("j"), chromedp.KeyEvent(kb.Enter), visibleNow("#drawer .dev"))
				}
				b.axe(fmt.Sprintf("%s, %d px, device open %t", scheme, width, open))
			}
		}
	}
}

func (b *browser) axe(state string) {
	b.t.Helper()
	raw := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 160) + " — " + n.failureSummary)}))))`, chromedp.EvalAwaitPromise)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(raw), &violations); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range violations {
		b.t.Errorf("%s: %s: %s\n\t%s", state, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

func TestBrowserOpensLargeReport(t *testing.T) {
	if testing.Short() {
		t.Skip("5,000 devices")
	}
	b := newBrowser(t)
	url := serve(t, large(5000))
	start := time.Now()
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(url), visibleNow("#t"))
	opened := time.Since(start)
	took := eval[[]float64](b, `(() => {
		const timed = f => { const t = performance.now(); f(); document.body.offsetHeight; return performance.now() - t; };
		const q = document.querySelector("#q");
		return [
			timed(() => { q.value = "axis"; q.dispatchEvent(new Event("input", {bubbles: true})); }),
			timed(() => { q.value = ""; q.dispatchEvent(new Event("input", {bubbles: true})); }),
			timed(() => document.querySelector("#t thead th:nth-child(2) button").click()),
			timed(() => document.querySelector("#t tbody a").click()),
		];
	})()`)
	t.Logf("5,000 devices: opened in %v; search %.0f ms, clear %.0f ms, sort %.0f ms, open a device %.0f ms", opened.Round(time.Millisecond), took[0], took[1], took[2], took[3])
	b.quiet()
}

func TestBrowserShowsWhoTalksToWhom(t *testing.T) {
	b := newBrowser(t)
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(serve(t, talking())), visibleNow("#talk .sankey"))
	for _, s := range []struct {
		name   string
		width  int64
		scheme string
	}{{"light", 1440, "light"}, {"dark", 1440, "dark"}, {"320", 320, "light"}, {"900", 900, "light"}} {
		b.do(chromedp.EmulateViewport(s.width, 900))
		b.shoot("talk-"+s.name, s.width, 0, s.scheme)
		b.part("talk-part-"+s.name, "#talk")
	}
	b.do(chromedp.EmulateViewport(1440, 900))
	t.Run("no name that a device used runs or widens the page", func(t *testing.T) {
		if eval[bool](b, `"pwned" in window || document.querySelector("main img, main script") !== null`) {
			t.Error("a string from a device became markup")
		}
		for _, width := range []int64{320, 375, 768, 1440} {
			b.do(chromedp.EmulateViewport(width, 800))
			if got := eval[int64](b, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("at %d px the page is %d px wide", width, got)
			}
		}
		b.do(chromedp.EmulateViewport(1440, 900))
	})
	t.Run("every number leads to a list of that length", func(t *testing.T) {
		wrong := eval[[]string](b, `[...document.querySelectorAll("#talk a[data-set]")].map(a => {
			a.click();
			const n = [...document.querySelectorAll("#t tbody tr")].filter(r => !r.hidden).length;
			return parseInt(a.textContent, 10) === n ? "" : a.dataset.set + ": says " + a.textContent + ", lists " + n;
		}).filter(Boolean)`)
		if len(wrong) > 0 {
			t.Errorf("numbers and lists differ:\n%s", strings.Join(wrong, "\n"))
		}
		if n := eval[int](b, `document.querySelectorAll("#talk a[data-set]").length`); n < 15 {
			t.Errorf("only %d numbers are links", n)
		}
		b.script(`document.querySelector("#clear").click()`)
	})
	t.Run("filters by country and company", func(t *testing.T) {
		b.do(click(`[data-facet=country] summary`), click(`[data-facet=country] input[value=DE]`))
		if got := eval[[]string](b, shownRows); !slices.Equal(got, []string{"NVR-BACKOFFICE", "smart-plug-kitchen"}) {
			t.Errorf("servers in Germany: %q", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape), click("#clear"))
		b.do(click(`[data-facet=company] summary`), click(`[data-facet=company] input[value="0"]`))
		if got := eval[[]string](b, shownRows); !slices.Equal(got, []string{"Gate-East-2"}) {
			t.Errorf("controlled by Hikvision: %q", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape), click("#clear"))
	})
	t.Run("a device shows its traffic and its conversations", func(t *testing.T) {
		b.do(click(`#t a[href="#dev-d-1a2b3c4d5e"]`), visibleNow("#drawer .chart"))
		for _, s := range []struct {
			name   string
			width  int64
			scheme string
		}{{"light", 1440, "light"}, {"dark", 1440, "dark"}, {"320", 320, "light"}} {
			b.do(chromedp.EmulateViewport(s.width, 1100))
			b.script(`document.querySelector("#drawer .talks").scrollIntoView()`)
			b.shoot("talk-device-"+s.name, s.width, 1100, s.scheme)
		}
		b.do(chromedp.EmulateViewport(1440, 900))
		if got := eval[int](b, `document.querySelectorAll("#drawer .convs tbody").length`); got != 2 {
			t.Errorf("%d conversations with the outside, want 2", got)
		}
		b.do(chromedp.KeyEvent(kb.Escape))
	})
	b.quiet()
	b.print(t)
}

// part keeps a picture of one part of the page.
func (b *browser) part(name, selector string) {
	b.t.Helper()
	dir := os.Getenv("LENSCAP_SCREENSHOTS")
	if dir == "" {
		return
	}
	at := eval[[]float64](b, fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + scrollX, r.y + scrollY, r.width, r.height]; })()`, selector))
	yes := true
	b.write(dir, name+".png", call(b, cdpage.CaptureScreenshot, cdpage.CaptureScreenshotParams{CaptureBeyondViewport: &yes, Clip: &cdpage.Viewport{X: at[0], Y: at[1], Width: at[2], Height: at[3], Scale: 1}}).Data)
}

// TestBrowserReadsWithoutScript opens the page with scripts off: all of it is there.
func TestBrowserReadsWithoutScript(t *testing.T) {
	b := newBrowser(t)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(serve(t, sample())))
	b.shoot("no-script", 1440, 0, "light")
	text, err := chromedp.Run(b, chromedp.TextContent(chromedp.CSS("main")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Gate-East-2", "Only Hikvision firmware answers SADP", "Disputed:"} {
		if !strings.Contains(text, want) {
			t.Errorf("without script the page does not show %q", want)
		}
	}
	if got := eval[string](b, `getComputedStyle(document.querySelector("#each")).display`); got != "block" {
		t.Errorf("without script a device's part has display %q, want block", got)
	}
	b.quiet()
}
