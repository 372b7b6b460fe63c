package asset

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// netboxJSON is a device in the shape of NetBox's DeviceSerializer, version 4.3.
func netboxJSON(id int) map[string]any {
	return map[string]any{
		"id": id, "url": fmt.Sprintf("http://netbox/api/dcim/devices/%d/", id), "display": fmt.Sprintf("cam-%d", id), "name": fmt.Sprintf("cam-%d", id),
		"device_type": map[string]any{"id": 1, "manufacturer": map[string]any{"id": 1, "name": "Hikvision", "slug": "hikvision"}, "model": "DS-2CD2143G2-I", "slug": "ds-2cd2143g2-i"},
		"role":        map[string]any{"id": 2, "name": "CCTV camera", "slug": "cctv-camera"}, "tenant": map[string]any{"id": 3, "name": "Estates"}, "platform": nil,
		"serial": fmt.Sprintf("D%08d", id), "asset_tag": nil, "site": map[string]any{"id": 4, "name": "Depot", "slug": "depot"}, "location": nil,
		"status": map[string]any{"value": "active", "label": "Active"}, "primary_ip": map[string]any{"id": 9, "family": map[string]any{"value": 4}, "address": fmt.Sprintf("10.0.%d.%d/24", id>>8, id&255)},
		"tags": []any{map[string]any{"id": 1, "name": "cctv", "slug": "cctv"}}, "custom_fields": map[string]any{"warranty_end": "2027-01-31", "lenscap_maker": "old", "support_end": "2028-05-01"},
	}
}

func netboxPageOf(id int) string {
	b, _ := json.Marshal(map[string]any{"count": 1, "next": nil, "previous": nil, "results": []any{netboxJSON(id)}})
	return string(b)
}

func wantDevice(id int, mac string) Declared {
	return Declared{Line: id, Name: fmt.Sprintf("cam-%d", id), Kind: "camera", Brand: "Hikvision", Model: "DS-2CD2143G2-I", Serial: fmt.Sprintf("D%08d", id), MAC: mac, IP: fmt.Sprintf("10.0.%d.%d", id>>8, id&255),
		Site: "Depot", Owner: "Estates", SupportEnds: "2028-05-01", Tags: []string{"cctv"}, Extra: map[string]string{"status": "active", "warranty_end": "2027-01-31"}}
}

// A netboxServer answers as NetBox's documentation says. NetBox itself needs
// PostgreSQL, Redis and Python packages that no registry reachable here has.
type netboxServer struct {
	*httptest.Server
	mu       sync.Mutex
	devices  int
	fields   map[string]bool
	written  map[int]map[string]string
	refuse   int // id of a device that cannot be written
	requests []string
	evilNext bool
}

func startNetBox(t *testing.T, devices int) *netboxServer {
	s := &netboxServer{devices: devices, fields: map[string]bool{}, written: map[int]map[string]string{}}
	mux := http.NewServeMux()
	page := func(w http.ResponseWriter, r *http.Request, all []any) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		end := min(offset+limit, len(all))
		var next any
		if end < len(all) {
			q := r.URL.Query()
			q.Set("offset", strconv.Itoa(end))
			base := s.URL
			if s.evilNext {
				base = "http://192.0.2.1:1"
			}
			next = base + r.URL.Path + "?" + q.Encode()
		}
		json.NewEncoder(w).Encode(map[string]any{"count": len(all), "next": next, "previous": nil, "results": all[min(offset, end):end]})
	}
	mux.HandleFunc("GET /netbox/api/dcim/devices/", func(w http.ResponseWriter, r *http.Request) {
		var all []any
		for id := 1; id <= s.devices; id++ {
			all = append(all, netboxJSON(id))
		}
		page(w, r, all)
	})
	mux.HandleFunc("GET /netbox/api/dcim/interfaces/", func(w http.ResponseWriter, r *http.Request) {
		var all []any
		for _, id := range r.URL.Query()["device_id"] {
			n, _ := strconv.Atoi(id)
			mac := fmt.Sprintf("44:19:B6:00:%02X:%02X", n>>8, n&255)
			i := map[string]any{"id": n, "device": map[string]any{"id": n}, "name": "eth0", "mac_address": mac}
			if n%2 == 0 {
				i["mac_address"], i["primary_mac_address"] = nil, map[string]any{"id": 1, "mac_address": mac}
			}
			all = append(all, i)
		}
		page(w, r, all)
	})
	mux.HandleFunc("GET /netbox/api/extras/custom-fields/", func(w http.ResponseWriter, r *http.Request) {
		var all []any
		if name := r.URL.Query().Get("name"); s.fields[name] {
			all = append(all, map[string]any{"id": 1, "name": name})
		}
		page(w, r, all)
	})
	mux.HandleFunc("POST /netbox/api/extras/custom-fields/", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		json.NewDecoder(r.Body).Decode(&in)
		s.fields[in["name"].(string)] = true
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(in)
	})
	mux.HandleFunc("PATCH /netbox/api/dcim/devices/", func(w http.ResponseWriter, r *http.Request) {
		var in []struct {
			ID     int               `json:"id"`
			Custom map[string]string `json:"custom_fields"`
		}
		json.NewDecoder(r.Body).Decode(&in)
		for _, d := range in {
			if d.ID == s.refuse || !s.fields["lenscap_maker"] {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, `{"custom_fields":["Custom field is wrong"]}`)
				return
			}
		}
		for _, d := range in {
			s.written[d.ID] = d.Custom
		}
		fmt.Fprint(w, "[]")
	})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		if r.Header.Get("Authorization") != "Token t0ken" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"detail":"Invalid token"}`)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestNetBoxDevices(t *testing.T) {
	s := startNetBox(t, 601)
	s.evilNext = true // the next page's address names another server: it must not be asked
	n := &NetBox{URL: s.URL + "/netbox/", Token: "t0ken", Client: s.Client(), Filter: url.Values{"role": {"camera"}}}
	l, err := n.Devices(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Rows) != 601 || len(l.Faults) > 0 {
		t.Fatalf("%d devices, %v", len(l.Rows), l.Faults)
	}
	for _, id := range []int{1, 2, 601} {
		if diff := cmp.Diff(wantDevice(id, fmt.Sprintf("44:19:b6:00:%02x:%02x", id>>8, id&255)), l.Rows[id-1]); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNetBoxFile(t *testing.T) {
	l := readText(t, netboxPageOf(7), nil)
	if diff := cmp.Diff([]Declared{wantDevice(7, "")}, l.Rows); diff != "" {
		t.Error(diff)
	}
}

func TestNetBoxWrite(t *testing.T) {
	s := startNetBox(t, 250)
	s.refuse = 120
	n := &NetBox{URL: s.URL + "/netbox", Token: "t0ken", Client: s.Client()}
	var updates []Update
	for id := 1; id <= 250; id++ {
		updates = append(updates, Update{ID: id, Maker: "Hikvision", Firmware: "V5.7.3", Verdict: "prohibited"})
	}
	if err := n.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := n.Prepare(context.Background()); err != nil || len(s.fields) != 3 {
		t.Fatalf("a second time: %v, %v", err, s.fields)
	}
	written, faults, err := n.Write(context.Background(), updates)
	if err != nil || written != 249 || len(faults) != 1 || faults[0].Row != 120 || !strings.Contains(faults[0].Says, "Custom field is wrong") {
		t.Errorf("%d written, faults %v, %v", written, faults, err)
	}
	if diff := cmp.Diff(map[string]string{"lenscap_maker": "Hikvision", "lenscap_firmware": "V5.7.3", "lenscap_verdict": "prohibited"}, s.written[1]); diff != "" {
		t.Error(diff)
	}
	if _, ok := s.written[120]; ok || len(s.written) != 249 {
		t.Errorf("%d written", len(s.written))
	}
}

func TestNetBoxErrorsSayWhatToDoAndNoToken(t *testing.T) {
	s := startNetBox(t, 1)
	for _, c := range []struct{ url, token, want string }{
		{s.URL + "/netbox", "secret-t0ken", "token is wrong"}, {s.URL, "t0ken", "is the address right"}, {"netbox.example", "t0ken", "write https://"}, {"http://127.0.0.1:1", "secret-t0ken", "refused"},
	} {
		n := &NetBox{URL: c.url, Token: c.token, Client: s.Client()}
		_, err := n.Devices(context.Background())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.token) {
			t.Errorf("%s: %v, want %q", c.url, err, c.want)
		}
	}
	s.Close()
}
