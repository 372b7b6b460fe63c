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

// brief is an object of NetBox as others speak of it.
func brief(kind string, id int, name string, more map[string]any) map[string]any {
	out := map[string]any{"id": id, "url": fmt.Sprintf("http://netbox/api/%s/%d/", kind, id), "display": name}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func called(kind string, id int, name, slug string) map[string]any {
	return brief(kind, id, name, map[string]any{"name": name, "slug": slug})
}

// netboxJSON is a device in the shape of NetBox's DeviceSerializer of version 4.3,
// or of 3.4 where that is asked for; see TestNetBoxAsItsSchemaHasIt.
func netboxJSON(version string, id int) map[string]any {
	kind := brief("dcim/device-types", 1, "DS-2CD2143G2-I", map[string]any{"manufacturer": called("dcim/manufacturers", 1, "Hikvision", "hikvision"), "model": "DS-2CD2143G2-I", "slug": "ds-2cd2143g2-i"})
	role := called("dcim/device-roles", 2, "CCTV camera", "cctv-camera")
	d := brief("dcim/devices", id, fmt.Sprintf("cam-%d", id), map[string]any{
		"name": fmt.Sprintf("cam-%d", id), "device_type": kind, "tenant": called("tenancy/tenants", 3, "Estates", "estates"), "platform": nil,
		"serial": fmt.Sprintf("D%08d", id), "asset_tag": nil, "site": called("dcim/sites", 4, "Depot", "depot"), "location": nil,
		"status": map[string]any{"value": "active", "label": "Active"}, "primary_ip": brief("ipam/ip-addresses", 9, "", map[string]any{"family": map[string]any{"value": 4, "label": "IPv4"}, "address": fmt.Sprintf("10.0.%d.%d/24", id>>8, id&255)}),
		"tags": []any{called("extras/tags", 1, "cctv", "cctv")}, "custom_fields": map[string]any{"warranty_end": "2027-01-31", "lenscap_maker": "old", "support_end": "2028-05-01"},
	})
	if version == "3.4" {
		d["device_role"] = role
		d["primary_ip"].(map[string]any)["family"] = 4
		delete(d, "platform") // that interface describes neither as one that may be null
		delete(d, "location")
		return d
	}
	role["_depth"] = 0
	d["role"] = role
	for _, count := range []string{"console_port", "console_server_port", "power_port", "power_outlet", "front_port", "rear_port", "device_bay", "module_bay", "inventory_item"} {
		d[count+"_count"] = 0
	}
	return d
}

// netboxInterface is one of a device, with its address where that version has it.
func netboxInterface(version string, id int, mac string) map[string]any {
	of := brief("dcim/devices", id, fmt.Sprintf("cam-%d", id), nil)
	i := brief("dcim/interfaces", id, "eth0", map[string]any{"device": of, "name": "eth0", "type": map[string]any{"value": "100base-tx", "label": "100BASE-TX (10/100ME)"}, "mac_address": mac})
	if version == "3.4" {
		return i
	}
	for k, v := range map[string]any{"_occupied": false, "connected_endpoints_reachable": false, "count_fhrp_groups": 0, "count_ipaddresses": 1, "link_peers": []any{}} {
		i[k] = v
	}
	if id%2 == 0 {
		i["mac_address"], i["primary_mac_address"] = nil, brief("dcim/mac-addresses", 1, mac, map[string]any{"mac_address": mac})
	}
	return i
}

// netboxField is a custom field as that version answers it.
func netboxField(version, name string) map[string]any {
	f := brief("extras/custom-fields", 1, name, map[string]any{"name": name, "type": map[string]any{"value": "text", "label": "Text"}, "data_type": "string"})
	f[map[bool]string{true: "content_types", false: "object_types"}[version == "3.4"]] = []any{"dcim.device"}
	return f
}

func netboxPageOf(id int) string {
	b, _ := json.Marshal(map[string]any{"count": 1, "next": nil, "previous": nil, "results": []any{netboxJSON("4.3", id)}})
	return string(b)
}

func wantDevice(id int, mac string) Declared {
	return Declared{Line: id, Name: fmt.Sprintf("cam-%d", id), Kind: "camera", Brand: "Hikvision", Model: "DS-2CD2143G2-I", Serial: fmt.Sprintf("D%08d", id), MAC: mac, IP: fmt.Sprintf("10.0.%d.%d", id>>8, id&255),
		Site: "Depot", Owner: "Estates", SupportEnds: "2028-05-01", Tags: []string{"cctv"}, Extra: map[string]string{"status": "active", "warranty_end": "2027-01-31"}}
}

// A netboxServer answers as NetBox's documentation and its schema say. NetBox itself needs
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
	version  string // whose shapes it answers in
}

func startNetBox(t *testing.T, devices int) *netboxServer {
	s := &netboxServer{version: "4.3", devices: devices, fields: map[string]bool{}, written: map[int]map[string]string{}}
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
		json.NewEncoder(w).Encode(map[string]any{"count": len(all), "next": next, "previous": nil, "results": append([]any{}, all[min(offset, end):end]...)})
	}
	mux.HandleFunc("GET /netbox/api/dcim/devices/", func(w http.ResponseWriter, r *http.Request) {
		var all []any
		for id := 1; id <= s.devices; id++ {
			all = append(all, netboxJSON(s.version, id))
		}
		page(w, r, all)
	})
	mux.HandleFunc("GET /netbox/api/dcim/interfaces/", func(w http.ResponseWriter, r *http.Request) {
		var all []any
		for _, id := range r.URL.Query()["device_id"] {
			n, _ := strconv.Atoi(id)
			mac := fmt.Sprintf("44:19:B6:00:%02X:%02X", n>>8, n&255)
			all = append(all, netboxInterface(s.version, n, mac))
		}
		page(w, r, all)
	})
	mux.HandleFunc("GET /netbox/api/extras/custom-fields/", func(w http.ResponseWriter, r *http.Request) {
		var all []any
		if name := r.URL.Query().Get("name"); s.fields[name] {
			all = append(all, netboxField(s.version, name))
		}
		page(w, r, all)
	})
	mux.HandleFunc("POST /netbox/api/extras/custom-fields/", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		json.NewDecoder(r.Body).Decode(&in)
		s.fields[in["name"].(string)] = true
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(netboxField(s.version, in["name"].(string)))
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
		all := []any{}
		for _, d := range in {
			s.written[d.ID] = d.Custom
			all = append(all, netboxJSON(s.version, d.ID))
		}
		json.NewEncoder(w).Encode(all)
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
