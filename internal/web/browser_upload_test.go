package web

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// Two clicks on "Hand in" hand each file in once, and a file of no bytes is
// called that.
func TestBrowserHandsInOnce(t *testing.T) {
	x := newTestHub(t)
	b := newBrowser(t)
	x.oneSite()
	dir := t.TempDir()
	name := func(s, of string) string {
		path := filepath.Join(dir, s)
		if err := os.WriteFile(path, []byte(of), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	arp := "Address HWtype HWaddress Flags Mask Iface\n192.0.2.%s ether 00:00:5e:00:53:01 C eth0\n"
	files := []string{name("one.txt", arp+"1"), name("two.txt", arp+"2"), name("none.txt", "")}
	b.do(chromedp.Navigate(x.url+"/inputs/new"), shown("#upload"), chromedp.SetUploadFiles(chromedp.CSS("#f-file"), files))
	eval[bool](b, `(() => { const go = document.querySelector("#upload button.primary"); go.click(); go.click(); document.querySelector("#upload").requestSubmit(); return true })()`)
	b.until(`document.querySelector("#sending a.button") !== null`)
	rows := eval[[]string](b, `[...document.querySelectorAll("#sending .bar-words span:nth-child(2)")].map(e => e.textContent)`)
	if len(rows) != 3 || rows[0] != "handed in" || rows[1] != "handed in" || rows[2] != "The file is empty." {
		t.Errorf("three files, clicked twice: %q", rows)
	}
	if eval[bool](b, `document.querySelector("#upload button.primary").disabled`) {
		t.Error("the form cannot be used again")
	}
	x.idle()
	list, err := x.db.RecentIngests(t.Context(), nil, true, 0, 10)
	if err != nil || len(list) != 2 {
		t.Errorf("%d inputs, %v", len(list), err)
	}
}
