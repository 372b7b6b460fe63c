package web

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// What a menu opens lies on the page at any width, and each of its links is a
// line of words; so is what a decision says of itself.
func TestBrowserMenusStayOnThePage(t *testing.T) {
	x := newTestHub(t)
	b := newBrowser(t)
	x.example()
	device := x.link("/?q=maker:hikvision", `href="(/devices/1/d-[0-9a-f]+)"`)
	rule := x.link(device, `action="`+device+`/findings/([^"]+)"`)
	x.post(device+"/findings/"+rule, "version", "0", "status", "in-hand", "owner", "Bartholomew Featherstonehaugh-Montgomery", "due", "2030-01-01")
	for _, path := range []string{"/", "/findings", "/egress", "/board", "/sites/1", device} {
		b.do(chromedp.Navigate(x.url+path), shown("h1"))
		for _, width := range []int64{320, 768, 1366} {
			b.do(chromedp.EmulateViewport(width, 900))
			eval[bool](b, `new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(() => ok(true))))`, chromedp.EvalAwaitPromise)
			wrong := eval[[]string](b, `(() => {
				const out = [], wide = innerWidth
				for (const d of document.querySelectorAll("details:not(.menu)")) d.open = true
				if (document.documentElement.scrollWidth > wide) out.push("the page is " + document.documentElement.scrollWidth + " px wide: " + [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > wide).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | "))
				for (const m of document.querySelectorAll("details.menu")) {
					if (m.offsetWidth === 0) continue
					m.open = true
					const name = m.querySelector("summary").textContent, box = m.querySelector(".list-of").getBoundingClientRect()
					if (box.left < 0 || box.right > wide || box.width < 200) out.push(name + " lies from " + box.left + " to " + box.right)
					if (document.documentElement.scrollWidth > wide) out.push(name + " makes the page " + document.documentElement.scrollWidth + " px wide")
					if (Math.abs(box.top - m.querySelector("summary").getBoundingClientRect().bottom) > 400) out.push(name + " opens at " + box.top)
					for (const a of m.querySelectorAll("a")) if (a.textContent.length > 15 && a.offsetWidth < 60) out.push(name + ": " + a.textContent + " is " + a.offsetWidth + " px wide")
					m.open = false
				}
				return out
			})()`)
			for _, w := range wrong {
				t.Errorf("%s at %d px: %s", path, width, w)
			}
		}
	}
}
