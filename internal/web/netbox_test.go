package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/store"
)

// A netbox answers as NetBox's documentation says: one device that the example
// shows, one that it does not.
type netbox struct {
	*httptest.Server
	mu     sync.Mutex
	serial string
	fields map[string]bool
	told   map[int]map[string]string
	asked  int
}

const netboxToken = "0123456789abcdef-token"

func startNetbox(t *testing.T, serial string) *netbox {
	n := &netbox{serial: serial, fields: map[string]bool{}, told: map[int]map[string]string{}}
	list := func(w http.ResponseWriter, all ...map[string]any) {
		json.NewEncoder(w).Encode(map[string]any{"count": len(all), "next": nil, "previous": nil, "results": append([]map[string]any{}, all...)})
	}
	device := func(id int, name, serial string) map[string]any {
		return map[string]any{"id": id, "name": name, "serial": serial, "device_type": map[string]any{"model": "unknown", "manufacturer": map[string]any{"name": "Acme"}}, "role": map[string]any{"name": "Camera"}, "custom_fields": n.told[id]}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/dcim/devices/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("role") != "camera" {
			t.Errorf("filter: %s", r.URL.RawQuery)
		}
		list(w, device(11, "cam-11", n.serial), device(12, "cam-12 =cmd()", "NOSUCH12345"))
	})
	mux.HandleFunc("GET /api/dcim/interfaces/", func(w http.ResponseWriter, _ *http.Request) { list(w) })
	mux.HandleFunc("GET /api/extras/custom-fields/", func(w http.ResponseWriter, r *http.Request) {
		if name := r.URL.Query().Get("name"); n.fields[name] {
			list(w, map[string]any{"name": name})
			return
		}
		list(w)
	})
	mux.HandleFunc("POST /api/extras/custom-fields/", func(w http.ResponseWriter, r *http.Request) {
		var f struct{ Name string }
		json.NewDecoder(r.Body).Decode(&f)
		n.fields[f.Name] = true
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("PATCH /api/dcim/devices/", func(w http.ResponseWriter, r *http.Request) {
		var list []struct {
			ID     int               `json:"id"`
			Custom map[string]string `json:"custom_fields"`
		}
		json.NewDecoder(r.Body).Decode(&list)
		for _, d := range list {
			n.told[d.ID] = d.Custom
		}
		w.Write([]byte("[]"))
	})
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.asked++
		if r.Header.Get("Authorization") != "Token "+netboxToken {
			http.Error(w, `{"detail":"Invalid token"}`, http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(n.Close)
	return n
}

// aSerial is a serial number that the example shows, and whose device.
func (x *testHub) aSerial() (serial, device string) {
	x.Helper()
	page, err := x.db.Devices(context.Background(), store.DeviceQuery{All: true})
	if err != nil {
		x.Fatal(err)
	}
	for _, d := range page.Devices {
		if len(d.Serial) > 8 && d.Maker != "" {
			return d.Serial, d.Device.Device
		}
	}
	x.Fatal("the example has no device with a serial number")
	return "", ""
}

func hidden(t *testing.T, page, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="`+name+`" value="`)
	if !ok {
		t.Fatalf("no field %s in\n%.2000s", name, page)
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

func TestNetBox(t *testing.T) {
	x := newTestHub(t)
	x.example()
	says(t, x.get("/sites/1/netbox"), "may call no NetBox server")
	serial, device := x.aSerial()
	n := startNetbox(t, serial)
	client, err := access.HTTPClient([]string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	x.Server.NetBox = client
	form := []string{"address", n.URL, "token", netboxToken, "filter", "role=camera"}

	// Read, look, keep.
	to := x.post("/sites/1/netbox", form...)
	page := x.get(to)
	says(t, page, "2 lines of NetBox devices", "cam-11", "1 would be a device that was seen", "1 declared only")
	says(t, x.get("/sites/1/lists"), "No asset list yet")
	x.post(to, "name", "whatever", "do", "keep")
	x.idle()
	says(t, x.get("/sites/1/lists"), `<bdi>NetBox</bdi>`)
	says(t, x.get("/devices/1/"+device), "<bdi>NetBox</bdi></a>, beside what was seen")

	// Preview, then write what was shown and nothing else.
	a := x.do("POST", "/sites/1/netbox/write", formOf(form...))
	says(t, a.body, "1 device of NetBox would be told something new", "cam-11", device)
	if len(n.told) > 0 || len(n.fields) > 0 {
		t.Errorf("the preview wrote %v %v", n.told, n.fields)
	}
	if a := x.do("POST", "/sites/1/netbox/write", formOf(append(form, "do", "write", "sum", "other")...)); a.status != 409 || len(n.told) > 0 {
		t.Errorf("what was not shown: %d, wrote %v", a.status, n.told)
	}
	a = x.do("POST", "/sites/1/netbox/write", formOf(append(form, "do", "write", "sum", hidden(t, a.body, "sum"))...))
	says(t, a.body, "1 device was written")
	if got := n.told[11]; len(n.told) != 1 || got["lenscap_maker"] == "" || got["lenscap_verdict"] == "" || len(n.fields) != 3 {
		t.Errorf("told %v, fields %v", n.told, n.fields)
	}
	a = x.do("POST", "/sites/1/netbox/write", formOf(form...))
	says(t, a.body, "NetBox knows all of it")

	// Both are in the audit log, and the token is nowhere.
	log, err := x.db.AuditLog(context.Background(), nil, true, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v", log)
	for _, want := range []string{"list.keep", "netbox.write", n.URL, "role=camera"} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit log does not say %s", want)
		}
	}
	if strings.Contains(text+page+a.body, netboxToken) {
		t.Error("the token is kept or shown")
	}
}

// Where nobody allowed, nothing is asked, whatever the address looks like.
func TestNetBoxGoesNowhereElse(t *testing.T) {
	x := newTestHub(t)
	x.example()
	n := startNetbox(t, "1")
	client, err := access.HTTPClient([]string{"netbox.example.org", "public"})
	if err != nil {
		t.Fatal(err)
	}
	x.Server.NetBox = client
	_, port, _ := strings.Cut(strings.TrimPrefix(n.URL, "http://"), ":")
	for _, address := range []string{n.URL, "http://localhost:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port, "http://169.254.169.254", "http://10.0.0.1", "file:///etc/passwd", "gopher://x", "http://netbox.example.org@127.0.0.1:" + port, "not an address", ""} {
		for _, path := range []string{"/sites/1/netbox", "/sites/1/netbox/write"} {
			a := x.do("POST", path, formOf("address", address, "token", netboxToken, "filter", "role=camera"))
			if a.status != 422 || strings.Contains(a.body, netboxToken) {
				t.Errorf("%s to %q: %d\n%.500s", path, address, a.status, a.body)
			}
		}
	}
	says(t, x.do("POST", "/sites/1/netbox", formOf("address", "http://169.254.169.254", "token", netboxToken)).body, "(netbox.allow). It was not called: 169.254.169.254")
	if n.asked != 0 {
		t.Errorf("the server was asked %d times", n.asked)
	}
}

func TestEquipment(t *testing.T) {
	x := newTestHub(t)
	x.example()
	const path = "/sites/1/equipment"
	a := x.do("POST", path, formOf("kind", "spaceship", "name", "X", "purchased", "soon"))
	if a.status != 422 || !strings.Contains(a.body, "choose one of the list") || !strings.Contains(a.body, "write YYYY-MM-DD") {
		t.Errorf("%d %.3000s", a.status, a.body)
	}
	x.post(path, "kind", "body-worn", "name", "Officer 7", "model", "VB400", "serial", "VB4-1", "purchased", "2024-05")
	x.post(path, "kind", "drone", "name", "=Drone()", "tags", "roof; bridge")
	x.idle()
	page := x.get(path)
	says(t, page, "2 pieces were entered", "Officer 7", "=Drone()")
	lines, err := x.db.Lines(context.Background(), 1, "Entered by hand")
	if err != nil || len(lines) != 2 || lines[0].Device == "" || lines[1].Line != 2 {
		t.Fatalf("%+v %v", lines, err)
	}
	says(t, x.get("/?q=presence:declared"), "Officer 7")

	// Change one; who had the form open meanwhile is told.
	edit := fmt.Sprintf("%s?line=%d", path, lines[0].ID)
	was := hidden(t, x.get(edit), "was")
	change := []string{"line", fmt.Sprint(lines[0].ID), "was", was, "kind", "body-worn", "model", "VB400", "serial", "VB4-1", "name"}
	x.post(path, append(change, "Officer 8")...)
	if a := x.do("POST", path, formOf(append(change, "Officer 9")...)); a.status != 409 {
		t.Errorf("a change on what was changed: %d", a.status)
	}
	x.idle()
	says(t, x.get(path), "Officer 8")

	// The comparison has them, defused for a spreadsheet.
	rows, err := csv.NewReader(strings.NewReader(x.get("/sites/1/comparison.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range rows[1:] {
		found[r[6]] = r[1]
	}
	if found["Officer 8"] != "declared" || found["'=Drone()"] != "declared" || found[""] != "seen" {
		t.Errorf("comparison.csv: %v", found)
	}
	var list []compared
	if err := json.Unmarshal([]byte(x.get("/sites/1/comparison.json")), &list); err != nil || len(list) != len(rows)-1 { // no device stands on two lines
		t.Errorf("comparison.json: %d of %d, %v", len(list), len(rows)-1, err)
	}

	// Take out a line, and then the list.
	x.post(path, "line", fmt.Sprint(lines[1].ID), "do", "drop")
	if page := x.get(path); strings.Contains(page, "Drone()") {
		t.Error("the line is still there")
	}
	lists, err := x.db.AssetLists(context.Background(), 1)
	if err != nil || len(lists) != 1 {
		t.Fatalf("%+v %v", lists, err)
	}
	x.post("/sites/1/lists/drop", "list", fmt.Sprint(lists[0].ID))
	x.idle()
	says(t, x.get(path), "None was entered yet")
	if page := x.get("/?q=presence:declared"); strings.Contains(page, "Officer 8") {
		t.Error("what the list declared is still in the estate")
	}
}

// upload hands in a list and returns where it waits.
func (x *testHub) upload(site int, name, text string) string {
	x.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		x.Fatal(err)
	}
	f.Write([]byte(text))
	w.Close()
	r, err := http.NewRequest(http.MethodPost, fmt.Sprintf("%s/sites/%d/lists", x.url, site), &b)
	if err != nil {
		x.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		x.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		x.Fatalf("upload: %d", res.StatusCode)
	}
	return res.Header.Get("Location")
}

// What somebody chose for a column is found again by the header, at another site
// of the organisation too; columns without header and of one name keep theirs.
func TestMappingIsRemembered(t *testing.T) {
	x := newTestHub(t)
	x.example()
	x.post("/sites", "organisation", "1", "name", "Second")
	const header = "Bezeichnung;Notiz;Notiz;;IP-Adresse\n"
	to := x.upload(1, "eins.csv", header+"Kamera 1;rot;blau;SN-0001;10.0.0.1\n")
	page := x.get(to)
	says(t, page, "guessed by its header", `name="col.notiz#2"`, `name="col.columnd"`)
	where, _, _ := strings.Cut(to, "?")
	form := []string{"name", "eins.csv", "col.notiz#2", "owner", "col.columnd", "serial", "do"}
	a := x.do("POST", where, formOf(append(form, "look")...))
	says(t, a.body, "as chosen", "SN-0001")
	x.post(where, append(form, "keep")...)
	lines, err := x.db.Declared(context.Background(), 1)
	if err != nil || len(lines) != 1 || !strings.Contains(string(lines[0].Fields), `"serial":"SN-0001"`) || !strings.Contains(string(lines[0].Fields), `"owner":"blau"`) {
		t.Errorf("%+v %v", lines, err)
	}
	for _, site := range []int{1, 2} {
		says(t, x.get(x.upload(site, "zwei.csv", header+"Kamera 2;a;b;SN-0002;10.0.0.2\n")), "as <bdi>eins.csv</bdi> was read")
	}
	says(t, x.get(x.upload(1, "drei.csv", "Name;IP\nA;10.0.0.3\n")), "guessed by its header")
}

func formOf(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}
