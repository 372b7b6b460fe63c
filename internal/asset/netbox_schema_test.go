package asset

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// An operation of NetBox's REST interface, as its own schema has it.
type operation struct {
	Send   map[string]any `json:"send"`
	Answer map[string]any `json:"answer"`
	Status int            `json:"status"`
	Asks   []string       `json:"asks"` // parameters that it knows, of those that Lenscap sends
}

// A watched client holds what goes to and fro to the schema of a version.
type watched struct {
	t       *testing.T
	version string
	client  *http.Client
	doc     map[string]any
	ops     map[string]operation
	seen    map[string]int
	unknown map[string]bool // keys that were sent and that the version does not know
}

func watch(t *testing.T, version string, client *http.Client) *watched {
	t.Helper()
	b, err := os.ReadFile("testdata/netbox/" + version + ".json")
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{t: t, version: version, client: client, seen: map[string]int{}, unknown: map[string]bool{}}
	var ops struct {
		Operations map[string]operation `json:"operations"`
	}
	if err := json.Unmarshal(b, &w.doc); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &ops); err != nil {
		t.Fatal(err)
	}
	w.ops = ops.Operations
	return w
}

// valid holds a value to a schema of the version.
func (w *watched) valid(what string, schema map[string]any, v any) {
	w.t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	root := maps.Clone(schema)
	root["$defs"] = w.doc["$defs"]
	if err := c.AddResource("mem:///x.json", root); err != nil {
		w.t.Fatal(err)
	}
	s, err := c.Compile("mem:///x.json")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		w.t.Errorf("NetBox %s, %s: %v", w.version, what, err)
	}
}

// sent holds one object that is sent to its schema. NetBox passes over keys that it
// does not know. A partial update needs no key but id, which its schema leaves out
// (https://netboxlabs.com/docs/netbox/integrations/rest-api/, updating multiple objects).
func (w *watched) sent(what string, schema map[string]any, v map[string]any, partial bool) {
	w.t.Helper()
	ref, _ := schema["$ref"].(string)
	def, _ := w.doc["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	if def == nil {
		w.t.Fatalf("NetBox %s, %s: no schema %q", w.version, what, ref)
	}
	def = maps.Clone(def)
	if partial {
		delete(def, "required")
	}
	known, _ := def["properties"].(map[string]any)
	v = maps.Clone(v)
	for k := range v {
		if known[k] == nil && !(partial && k == "id") {
			w.unknown[k] = true
			delete(v, k)
		}
	}
	w.valid(what, def, v)
}

func (w *watched) Do(r *http.Request) (*http.Response, error) {
	w.t.Helper()
	what := r.Method + " /" + strings.TrimPrefix(r.URL.Path, "/netbox/")
	op, ok := w.ops[what]
	if !ok {
		w.t.Fatalf("NetBox %s has no %s among what was taken from its schema", w.version, what)
	}
	w.seen[what]++
	for k := range r.URL.Query() {
		if !slices.Contains(op.Asks, k) {
			w.t.Errorf("NetBox %s, %s: it knows no parameter %s", w.version, what, k)
		}
	}
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
		var in any
		if err := json.Unmarshal(b, &in); err != nil {
			w.t.Fatal(err)
		}
		schema := op.Send
		if items, ok := schema["items"].(map[string]any); ok {
			schema = items
		}
		list, many := in.([]any)
		if !many {
			list = []any{in}
		}
		for _, one := range list {
			w.sent("sent to "+what, schema, one.(map[string]any), r.Method == http.MethodPatch)
		}
	}
	res, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(b))
	if res.StatusCode != op.Status {
		w.t.Errorf("NetBox %s, %s: the stand-in answers %d, the schema %d", w.version, what, res.StatusCode, op.Status)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		w.t.Fatal(err)
	}
	schema := op.Answer
	if list, many := out.([]any); many && schema["items"] == nil { // of 3.4 the schema has one, the interface a list
		for _, one := range list {
			w.valid("answer to "+what, schema, one)
		}
		return res, nil
	}
	w.valid("answer to "+what, schema, out)
	return res, nil
}

// NetBox itself runs in no test: it needs PostgreSQL, Redis and its own packages.
// What is sent to the stand-in, and what it answers, is held to NetBox's own
// schemas (testdata/netbox/README.md), of before and after the names changed.
func TestNetBoxAsItsSchemaHasIt(t *testing.T) {
	for version, unknown := range map[string]string{"3.4": "object_types", "4.3": "content_types"} {
		s := startNetBox(t, 251)
		s.version = version
		w := watch(t, version, s.Client())
		n := &NetBox{URL: s.URL + "/netbox", Token: "t0ken", Client: w, Filter: url.Values{"role": {"camera"}}}
		l, err := n.Devices(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Rows) != 251 || l.Rows[1].Kind != "camera" || l.Rows[1].MAC != "44:19:b6:00:00:02" || l.Rows[1].Brand != "Hikvision" || l.Rows[1].IP != "10.0.0.2" || l.Rows[1].Owner != "Estates" {
			t.Errorf("NetBox %s: %d devices, the second %+v", version, len(l.Rows), l.Rows[min(1, len(l.Rows)-1)])
		}
		for range 2 { // the fields are missing, and then there
			if err := n.Prepare(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		written, faults, err := n.Write(context.Background(), []Update{{1, "Hikvision (probable)", "V5.7.3", "prohibited"}, {2, "", "", "not-covered"}})
		if err != nil || written != 2 || len(faults) > 0 {
			t.Errorf("NetBox %s: %d written, %v, %v", version, written, faults, err)
		}
		for what := range w.ops {
			if w.seen[what] == 0 {
				t.Errorf("NetBox %s: nobody asked %s", version, what)
			}
		}
		if got := slices.Sorted(maps.Keys(w.unknown)); len(got) != 1 || got[0] != unknown {
			t.Errorf("NetBox %s: keys that it does not know: %v, want %s only", version, got, unknown)
		}
	}
}
