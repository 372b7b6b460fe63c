package access_test

import (
	"context"
	"encoding/json"
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
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/web"
)

// A tab is a real browser's.
type tab struct {
	context.Context
	*testing.T
	loaded  chan struct{} // gets one when a page has loaded, unless one is in it
	mu      sync.Mutex
	console []string // errors, breaches of the policy, uncaught exceptions
}

func newTab(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium: install Debian's package chromium")
		}
		t.Skip("no Chromium: the pages are not opened in a browser (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	b := &tab{Context: ctx, T: t, loaded: make(chan struct{}, 1)}
	err = chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *cdpage.EventLoadEventFired:
			select {
			case b.loaded <- struct{}{}:
			default:
			}
		case *cdplog.EventEntryAdded:
			if (e.Entry.Level == "error" || e.Entry.Level == "warning") && !strings.Contains(e.Entry.Text, "status of 4") { // a refused form is told there too
				b.console = append(b.console, e.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			b.console = append(b.console, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ask(b, runtime.Enable, cdp.Empty{})
	ask(b, cdplog.Enable, cdp.Empty{})
	ask(b, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	return b
}

func ask[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	result, err := chromedp.Call(b.Context, command, params)
	if err != nil {
		b.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

func eval[V any](b *tab, expression string, options ...chromedp.EvaluateOption) V {
	b.Helper()
	v, err := chromedp.Run(b.Context, chromedp.Evaluate[V](expression, options...))
	if err != nil {
		b.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

func (b *tab) open(url string) {
	b.Helper()
	if err := chromedp.Do(b.Context, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
		b.Fatal(err)
	}
}

// send fills fields of the form that goes to action, sends it, and waits for the
// heading of the page that comes; "" is any.
func (b *tab) send(action, heading string, pairs ...string) {
	b.Helper()
	form := `form[action="` + action + `"]`
	if eval[bool](b, `!!document.querySelector('details:has(`+form+`):not([open])')`) {
		eval[bool](b, `document.querySelector('details:has(`+form+`)').open = true`)
	}
	for i := 0; i < len(pairs); i += 2 {
		field := form + ` [name="` + pairs[i] + `"]`
		eval[bool](b, `(() => { document.querySelector('`+field+`').value = ""; return true })()`)
		if err := chromedp.Do(b.Context, chromedp.SendKeys(chromedp.CSS(field), pairs[i+1])); err != nil {
			b.Fatal(err)
		}
	}
	eval[bool](b, `(() => { window.stale = true; document.querySelector('`+form+`').requestSubmit(); return true })()`)
	for {
		select {
		case <-b.loaded: // or of the page before
		case <-b.Done():
			b.Fatalf("no page came after %s", action)
		}
		v, err := chromedp.Run(b.Context, chromedp.Evaluate[string](`window.stale || document.readyState !== "complete" ? "" : document.querySelector("h1")?.textContent ?? ""`))
		if err == nil && v != "" {
			if heading != "" && v != heading {
				b.Fatalf("after %s the page asks %q, want %q\n%s", action, v, heading, eval[string](b, `document.querySelector("main").innerText`))
			}
			return
		}
	}
}

// screens is where pictures are kept for a person to look at.
const screens = "../../out/screens"

// look keeps pictures of the page, light, dark and narrow, asks axe about it
// when that is there (make axe), and fails when it is wider than a phone.
func (b *tab) look(name string) {
	b.Helper()
	axe, err := os.ReadFile("../../out/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		b.Logf("%s: no axe-core (make axe)", name)
	}
	full := true
	for _, s := range []struct {
		suffix, scheme string
		width          int64
	}{{"light", "light", 1200}, {"dark", "dark", 1200}, {"320", "light", 320}} {
		ask(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}}})
		if err := chromedp.Do(b.Context, chromedp.EmulateViewport(s.width, 900)); err != nil {
			b.Fatal(err)
		}
		eval[bool](b, `new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(() => ok(true))))`, chromedp.EvalAwaitPromise)
		if w := eval[int64](b, `document.documentElement.scrollWidth`); w > s.width {
			b.Errorf("%s at %d px is %d px wide", name, s.width, w)
		}
		if axe != nil && s.width > 320 {
			b.axe(name+" "+s.suffix, string(axe))
		}
		png := ask(b, cdpage.CaptureScreenshot, cdpage.CaptureScreenshotParams{CaptureBeyondViewport: &full}).Data
		if err := os.MkdirAll(screens, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(screens, name+"-"+s.suffix+".png"), png, 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *tab) axe(state, script string) {
	b.Helper()
	eval[bool](b, "(() => {"+script+"; return true})()")
	raw := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " — " + n.failureSummary)}))))`, chromedp.EvalAwaitPromise)
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		b.Fatal(err)
	}
	for _, v := range found {
		b.Errorf("%s: %s (%s)\n%s", state, v.ID, v.Help, strings.Join(v.Nodes, "\n"))
	}
}

// A person makes the first account, a token and another account, and signs in
// again, in a real browser with the real pages, cookies and policy.
func TestBrowserSignsIn(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser")
	}
	r := newRig(t, func(c *access.Config) {
		c.OIDC = &access.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "lenscap", Name: "Council sign-in"}
	})
	pages, err := web.New(web.Config{Store: r.db, Guard: r.guard, Version: "test", Now: r.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	r.guard.Render = pages.Render
	r.srv.Config.Handler = pages
	b := newTab(t)
	link, err := r.guard.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.open(link)
	b.look("access-first")
	b.send("/first", "Who keeps this hub?", "name", "ana", "shown", "Ana <b>Meier</b>", "password", "password1234567", "again", "password1234567")
	if got := eval[string](b, `document.querySelector(".error").textContent`); !strings.Contains(got, "four unusual words") {
		t.Errorf("a weak password: the page says %q", got)
	}
	b.send("/first", "", "name", "ana", "shown", "Ana <b>Meier</b>", "password", good, "again", good)

	b.open(r.srv.URL + "/account")
	b.send("/account/tokens", "What may you do here?", "name", "nightly import")
	if got := eval[string](b, `[...document.querySelectorAll("code")].map(c => c.textContent).join(" ")`); !strings.HasPrefix(got, "lenscap_") {
		t.Errorf("the page shows %q and no token", got)
	}
	b.look("access-account")
	b.open(r.srv.URL + "/accounts")
	b.send("/accounts", "Who may do what here?", "name", "bob", "shown", "Bob Ash")
	invite := eval[string](b, `document.querySelector("code").textContent`)
	b.look("access-accounts")
	b.open(r.srv.URL + "/accounts")
	const long = "anna.maria.of.the.estates.department@facilities.northshire-council.example.org"
	b.send("/accounts", "Who may do what here?", "name", long, "shown", strings.Repeat("Donaudampfschiff", 6))
	invited := eval[string](b, `document.querySelector("code").textContent`)
	b.open(r.srv.URL + "/accounts/2")
	b.send("/accounts/2", "What may bob do?", "shown", "Bob Ashton")
	b.look("access-account-edit")
	b.open(r.srv.URL + "/account")
	b.send("/sign-out", "Who are you?")
	b.send("/sign-in", "Who are you?", "name", "ana", "password", "wrong")
	b.look("access-sign-in")
	b.send("/sign-in", "", "password", good)
	b.open(invite)
	b.look("access-invite-signed-in")
	b.open(invited)
	b.look("access-invite-long-signed-in")
	b.open(invite)
	b.send("/sign-out", "Which password will you use?")
	b.look("access-invite")
	b.open(invited)
	b.look("access-invite-long")
	b.open(invite)
	b.send("/invite", "", "password", good, "again", good)
	bob, err := r.db.AccountNamed(t.Context(), "bob")
	if err != nil || bob.Shown != "Bob Ashton" {
		t.Errorf("bob is %+v, %v", bob, err)
	}
	b.open(r.srv.URL + "/account")
	if got := eval[string](b, `document.querySelector("main strong").textContent`); got != "bob" {
		t.Errorf("signed in as %q", got)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.console) > 0 {
		t.Errorf("the console says %q", b.console)
	}
}
