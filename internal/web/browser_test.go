package web

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is Debian's, or one of the usual names. Without one the test is
// skipped, and fails when CI=true.
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
	t.Skip("no Chromium: the pages are not opened in a browser (apt-get install chromium)")
	return ""
}

// A browser is one tab.
type browser struct {
	context.Context
	t       *testing.T
	mu      sync.Mutex
	console []string // errors and warnings, breaches of the policy, uncaught exceptions
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	end, ok := t.Deadline() // that of the tests, for the machine may do other things too
	if !ok {
		end = time.Now().Add(time.Hour)
	}
	ctx, cancel = context.WithDeadline(ctx, end.Add(-10*time.Second))
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call2(b, runtime.Enable, cdp.Empty{})
	call2(b, cdplog.Enable, cdp.Empty{})
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.console = append(b.console, fmt.Sprint(e.Type, e.Args))
		}
	case *cdplog.EventEntryAdded:
		b.console = append(b.console, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, e.ExceptionDetails.Text)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func call2[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

func eval[T any](b *browser, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

func shown(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// until waits for an expression in the page to be true.
func (b *browser) until(expression string) {
	b.t.Helper()
	// The page itself looks again at each frame; a page that goes away in between
	// is an error, and the next one is asked.
	look := `new Promise(ok => { const end = Date.now() + 30000; const look = () => { let is = false; try { is = !!(` + expression + `) } catch {} if (is || Date.now() > end) ok(is); else setTimeout(look, 30) }; look() })`
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); {
		v, err := chromedp.Run(b, chromedp.Evaluate[bool](look, chromedp.EvalAwaitPromise))
		if err == nil && v {
			return
		}
		if err == nil || b.Err() != nil {
			break
		}
	}
	b.t.Fatalf("never came true: %s\nat %s", expression, eval[string](b, "location.href"))
}

func (b *browser) silent() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.console) > 0 {
		b.t.Errorf("the console says %q", b.console)
	}
}

func (b *browser) media(medium, scheme string) {
	b.t.Helper()
	params := emulation.SetEmulatedMediaParams{Media: medium}
	if scheme != "" {
		params.Features = []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	}
	call2(b, emulation.SetEmulatedMedia, params)
}

// screens is where pictures are kept for a person to look at.
const screens = "../../out/screens"

// shoot keeps the page as it is now: light, dark, on a tablet and on a phone.
func (b *browser) shoot(name string) {
	b.t.Helper()
	if testing.Short() {
		return
	}
	full := true
	for _, s := range []struct {
		suffix, scheme string
		width          int64
	}{{"light", "light", 1440}, {"dark", "dark", 1440}, {"768", "light", 768}, {"320", "light", 320}} {
		b.media("", s.scheme)
		b.do(chromedp.EmulateViewport(s.width, 900))
		eval[bool](b, `new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(() => ok(true))))`, chromedp.EvalAwaitPromise)
		if w := eval[int](b, `document.documentElement.scrollWidth`); int64(w) > s.width {
			b.t.Errorf("%s at %d px is %d px wide: it scrolls sideways", name, s.width, w)
		}
		if narrow := eval[int](b, `[...document.querySelectorAll(".list tbody th[scope=row]")].filter(th => th.offsetWidth > 0 && th.offsetWidth < 72).length`); narrow > 0 && s.width == 320 { // elsewhere no word is broken
			b.t.Errorf("%s at %d px: the first column of %d lines is too narrow to read", name, s.width, narrow)
		}
		if high := eval[int](b, `document.querySelector(".top nav")?.offsetHeight ?? 0`); high > 40 {
			b.t.Errorf("%s at %d px: the menu is %d px high, more than a line", name, s.width, high)
		}
		png := call2(b, cdpage.CaptureScreenshot, cdpage.CaptureScreenshotParams{CaptureBeyondViewport: &full}).Data
		b.keep(name+"-"+s.suffix+".png", png)
	}
	b.media("", "light")
	b.do(chromedp.EmulateViewport(1440, 900))
}

func (b *browser) print(name string) {
	b.t.Helper()
	yes := true
	b.keep(name+".pdf", call2(b, cdpage.PrintToPDF, cdpage.PrintToPDFParams{PreferCSSPageSize: &yes}).Data)
}

func (b *browser) keep(name string, data []byte) {
	b.t.Helper()
	if err := os.MkdirAll(screens, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(screens, name), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axePath is where `make axe` puts axe-core (MPL-2.0), which is not in the
// repository.
const axePath = "../../out/axe/node_modules/axe-core/axe.min.js"

// axe checks the page as it is against WCAG 2.2 AA.
func (b *browser) axe(state string, schemes ...string) {
	b.t.Helper()
	path := os.Getenv("LENSCAP_AXE")
	if path == "" {
		path = axePath
	}
	script, err := os.ReadFile(path)
	if err != nil {
		b.t.Logf("%s: no axe-core (make axe): %v", state, err)
		return
	}
	for _, scheme := range schemes {
		b.media("", scheme)
		eval[bool](b, "(() => {"+string(script)+"; return true})()")
		raw := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " — " + n.failureSummary)}))))`, chromedp.EvalAwaitPromise)
		var found []struct {
			ID, Help string
			Nodes    []string
		}
		if err := json.Unmarshal([]byte(raw), &found); err != nil {
			b.t.Fatal(err)
		}
		for _, v := range found {
			b.t.Errorf("%s, %s: %s (%s)\n%s", state, scheme, v.ID, v.Help, strings.Join(v.Nodes, "\n"))
		}
	}
	b.media("", "light")
}

// What a person does on the first morning: the example, the estate, a device, a
// waiver, the report for the board.
func TestBrowserFirstMorning(t *testing.T) {
	x := newTestHub(t)
	b := newBrowser(t)
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(x.url+"/"), shown("h1"))
	b.look("welcome")
	b.do(click(`form[action="/welcome"] button.primary`))
	b.until(`location.pathname.startsWith("/inputs/") || location.pathname === "/"`)
	b.until(`location.pathname === "/" && document.querySelectorAll(".list tbody tr").length > 3`)
	b.look("estate")

	t.Run("the search shows results as one types, and proposes words", func(t *testing.T) {
		b.do(chromedp.Navigate(x.url+"/"), shown("#q"))
		all := eval[int](b, `document.querySelectorAll(".list tbody tr").length`)
		b.do(click("#q"), chromedp.KeyEvent("mak"))
		b.until(`document.querySelector("#suggest")?.hidden === false && document.querySelector("#suggest").textContent.includes("maker")`)
		b.do(chromedp.KeyEvent("er:hikvision "))
		b.until(fmt.Sprintf(`(n => n > 0 && n < %d)(document.querySelectorAll(".list tbody tr").length)`, all))
		if q := eval[string](b, `new URL(location.href).searchParams.get("q")`); strings.TrimSpace(q) != "maker:hikvision" {
			t.Errorf("the address says %q", q)
		}
		b.do(chromedp.KeyEvent("AND ("))
		b.until(`document.querySelector("#query-error").textContent.includes("Character")`)
	})
	t.Run("keys", func(t *testing.T) {
		b.do(chromedp.Navigate(x.url+"/"), shown(".list"))
		b.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("x"))
		if got := eval[string](b, `document.querySelector("#picked").textContent`); got != "1 chosen" {
			t.Errorf("after j j x: %q", got)
		}
		b.do(chromedp.KeyEvent("k"), chromedp.KeyEvent("\r"))
		b.until(`location.pathname.startsWith("/devices/") && document.readyState === "complete"`)
	})
	b.do(shown("#made"))
	b.look("device")
	t.Run("evidence opens in a drawer, and closing it returns to its line", func(t *testing.T) {
		eval[bool](b, `(() => { document.querySelectorAll("details.proof > summary")[1].focus(); document.querySelectorAll("details.proof > summary")[1].click(); return true })()`)
		b.until(`document.querySelector("#drawer").open && document.querySelector("#drawer .ev, #drawer .where") !== null`)
		b.axe("drawer", "light")
		b.do(chromedp.KeyEvent("\x1b"))
		b.until(`!document.querySelector("#drawer").open && document.activeElement === document.querySelectorAll("details.proof > summary")[1] && document.querySelectorAll("#drawer .ev").length === 0`)
	})

	t.Run("a waiver", func(t *testing.T) {
		b.do(chromedp.Navigate(x.url+"/?q=maker:hikvision"), click(".list tbody th a"), shown("#findings"))
		until := time.Now().AddDate(0, 6, 0).Format(time.DateOnly)
		eval[bool](b, `(() => { const d = document.querySelector(".rule-said"); d.open = true; const f = d.querySelector(".decide"); f.open = true;
			f.querySelector("[name=waiver_why]").value = "Replaced with the next budget"; f.querySelector("[name=waiver_until]").value = "`+until+`"; f.querySelector("form").requestSubmit(); return true })()`)
		b.until(`document.body.textContent.includes("accepted until")`)
		x.idle()
		b.do(chromedp.Navigate(x.url+"/findings?waived=yes"), shown("h1"))
		b.until(`document.querySelectorAll(".list tbody tr").length === 1`)
		b.look("findings-waived")
	})
	x.post("/sites/1", "version", "1", "name", "Example site", "closed", "yes", "sensitive.secret", "yes")
	x.idle()
	x.plan()
	for _, p := range []struct{ name, path string }{
		{"egress", "/egress"}, {"findings", "/findings"}, {"rules", "/rules"}, {"rule", "/rules/us-889a1B"}, {"rule-then", "/rules/us-889a1B?as-at=2020-01-01"}, {"plan", "/plan"}, {"sites", "/sites"}, {"site", "/sites/1"},
		{"inputs", "/inputs"}, {"ingest", "/inputs/1"}, {"upload", "/inputs/new"}, {"knowledge", "/knowledge?q=hik"}, {"company", "/knowledge/hikvision"}, {"audit", "/audit"}, {"settings", "/settings"}, {"lists", "/sites/1/lists"},
		{"organisation", "/organisations/1"}, {"nothing", "/nothing"}, {"no-match", "/?q=maker:nobody"}, {"bad-query", "/?q=maker:("}, {"board", "/board"},
		{"search", "/search"}, {"subscriptions", "/subscriptions"}, {"figures", "/figures"}, {"equipment", "/sites/1/equipment"}, {"netbox", "/sites/1/netbox"}, {"inputs-partial", "/inputs?state=partial"}, {"did-you-mean", "/?q=maker:hikvison"},
	} {
		b.do(chromedp.Navigate(x.url+p.path), shown("h1"))
		b.look(p.name)
	}
	t.Run("a form with a wrong value", func(t *testing.T) {
		b.do(chromedp.Navigate(x.url+"/sites/1"), shown("#f-installed"))
		eval[bool](b, `(() => { const f = document.querySelector("#f-installed"); f.value = "last year"; f.form.requestSubmit(); return true })()`)
		b.until(`document.querySelector("#wrong-installed") !== null && document.querySelector("#f-installed").value === "last year"`)
		b.look("wrong")
	})
	t.Run("without script, pages can be read", func(t *testing.T) {
		call2(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		for _, p := range []string{"/", "/egress", "/findings", "/rules", "/board"} {
			b.do(chromedp.Navigate(x.url+p), shown("table tbody tr"))
		}
		call2(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
	})
	b.media("print", "light")
	b.print("board")
	b.media("", "light")
	b.console = dropped(dropped(b.console, "404"), "422")
	b.silent()
}

// dropped leaves out what a page that is not there makes the browser say.
func dropped(list []string, what string) (out []string) {
	for _, s := range list {
		if !strings.Contains(s, what) {
			out = append(out, s)
		}
	}
	return out
}

// look checks a page and keeps its pictures.
func (b *browser) look(name string) {
	b.t.Helper()
	b.axe(name, "light", "dark")
	b.do(chromedp.EmulateViewport(320, 900))
	b.axe(name+" at 320 px", "light")
	b.do(chromedp.EmulateViewport(1440, 900))
	b.shoot(name)
}
