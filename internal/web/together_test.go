package web

import (
	"bytes"
	"io/fs"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/examples"
)

// handIn sends several files in one form.
func (x *testHub) handIn(files ...[2]string) answer {
	x.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"csrf", ""}, {"site", "1"}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			x.Fatal(err)
		}
	}
	for _, f := range files {
		p, err := w.CreateFormFile("file", f[0])
		if err != nil {
			x.Fatal(err)
		}
		if _, err := p.Write([]byte(f[1])); err != nil {
			x.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		x.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, x.url+"/inputs", &b)
	if err != nil {
		x.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(r)
	if err != nil {
		x.Fatal(err)
	}
	defer a.Body.Close()
	return answer{a.StatusCode, "", a.Header}
}

// Files that were handed in at once have one page, which says what became of each.
func TestFilesHandedInTogether(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	capture, err := fs.ReadFile(examples.Captures, "lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	a := x.handIn([2]string{"station.pcapng", string(capture)}, [2]string{"junk.bin", strings.Repeat("no capture", 500)}, [2]string{"empty.pcap", ""}, [2]string{"again.pcapng", string(capture)})
	to := a.header.Get("Location")
	if a.status != 303 || to != "/inputs?of=1%2C2" {
		t.Fatalf("%d, on to %q", a.status, to)
	}
	x.idle()
	r := x.do("GET", to, nil, "Cookie", strings.Join(cookiesOf(a), "; "))
	says(t, r.body, "What became of these files?", "2 files were handed in together", "station.pcapng", "junk.bin", "1 could not be read at all", "1 file has the bytes of another, and was taken once: again.pcapng. Not taken: empty.pcap: The file is empty.")
	junk := x.get("/inputs/2")
	if n := strings.Count(junk, "a pcap or pcapng capture is wanted"); n != 1 {
		t.Errorf("the page says %d times why it could not be read, want once", n)
	}
	both := x.handIn([2]string{"again.pcapng", string(capture)}, [2]string{"other.bin", strings.Repeat("other", 500)})
	if to := both.header.Get("Location"); to != "/inputs?again=1&of=1%2C3" {
		t.Errorf("one that is here already and one that is not lead to %q", to)
	}
	says(t, x.get("/inputs?again=1&of=1%2C3"), "here already")
	one := x.handIn([2]string{"third.bin", strings.Repeat("third", 500)})
	if to := one.header.Get("Location"); to != "/inputs/4?wait=1" {
		t.Errorf("one file leads to %q", to)
	}
}

func cookiesOf(a answer) (out []string) {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		out = append(out, c.Name+"="+c.Value)
	}
	return out
}
