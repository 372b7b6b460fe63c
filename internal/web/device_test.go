package web

import (
	"regexp"
	"strings"
	"testing"
)

// A page about a device uses the words of the other pages, and has the statement
// of a company once.
func TestDeviceWords(t *testing.T) {
	x := newTestHub(t)
	x.example()
	plates, statements := 0, 0
	for _, m := range regexp.MustCompile(`<th scope="row"><a href="(/devices/1/[^"#?]+)"`).FindAllStringSubmatch(x.get("/"), -1) {
		page := x.get(m[1])
		for _, raw := range []string{"<bdi>anpr</bdi>", "<bdi>vms server</bdi>", "<td>ntp<", "<td>dns<", "<td>p2p<"} {
			if strings.Contains(page, raw) {
				t.Errorf("%s shows the word of a machine, %s", m[1], raw)
			}
		}
		if strings.Contains(page, `Kind</span> <strong><bdi>number-plate camera</bdi>`) {
			plates++
		}
		n := strings.Count(page, "Hikvision calls it categorically false")
		if n > 1 {
			t.Errorf("%s has the statement of the company %d times", m[1], n)
		}
		statements += n
		if strings.Contains(page, "says: Hikvision") {
			t.Errorf("%s says twice who says it", m[1])
		}
	}
	if plates == 0 || statements == 0 {
		t.Errorf("%d number-plate cameras and %d statements were looked at", plates, statements)
	}
}
