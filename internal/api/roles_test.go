package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/api"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// needsAll are routes for which a role in one organisation is not enough.
var needsAll = map[string]bool{"POST /organisations": true, "DELETE /organisations/{organisation}": true, "GET /tasks": true, "POST /tasks": true, "GET /tasks/{task}": true}

// Every endpoint, for every role of the organisation that its address names, for
// an administrator of another one, for a token without the scope, and for nobody.
// What is sent is empty: what is asked is whether it is looked at.
func TestEveryEndpointAndRole(t *testing.T) {
	r := newRig(t)
	ash, err := r.app.Hub.FindSite(t.Context(), "test", "Ash Zzyzx council", "Zzyzx hall")
	if err != nil {
		t.Fatal(err)
	}
	birch, err := r.app.Hub.FindSite(t.Context(), "test", "Birch police", "Birch yard")
	if err != nil {
		t.Fatal(err)
	}
	in := &hub.Ingest{Site: ash.ID, Name: "Zzyzx.pcap", State: hub.Failed, Error: "none"}
	q := &hub.Query{Organisation: ash.Organisation, Name: "Zzyzx search", Text: "kind:camera", By: "test"}
	w := &store.Webhook{Organisation: ash.Organisation, URL: "https://zzyzx.example.org", Events: []string{"*"}, Active: true}
	if err := r.app.Store.Change(t.Context(), hub.Deed{Actor: "test", Action: "test"}, func(tx *store.Tx) error {
		for _, err := range []error{tx.AddIngest(in), tx.SaveQuery(q), tx.SetWebhook(w), tx.AddDeclared(ash.ID, "Zzyzx list", []byte("{}"), "test", nil)} {
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	lists, err := r.app.Store.AssetLists(t.Context(), ash.ID)
	if err != nil || len(lists) != 1 {
		t.Fatal(lists, err)
	}
	fill := strings.NewReplacer("{organisation}", fmt.Sprint(ash.Organisation), "{site}", fmt.Sprint(ash.ID), "{ingest}", fmt.Sprint(in.ID), "{query}", fmt.Sprint(q.ID), "{subscription}", fmt.Sprint(w.ID),
		"{list}", fmt.Sprint(lists[0].ID), "{device}", "d-none", "{regime}", "us-ndaa-889", "{upload}", strings.Repeat("b", 32), "{task}", "1", "{token}", "999")
	type visitor struct {
		name, token string
		role        access.Role // in ash
		none        bool        // no scope of the token covers anything
	}
	visitors := []visitor{{name: "nobody"}}
	for _, role := range access.Roles {
		scopes := access.Scopes
		if !role.Allows(access.Administer) {
			scopes = []access.Scope{access.Read, access.HandIn, access.Write}
		}
		visitors = append(visitors, visitor{name: string(role), role: role, token: r.token(string(role), map[int64]access.Role{ash.Organisation: role}, scopes)})
	}
	visitors = append(visitors, visitor{name: "birch", token: r.token("birch", map[int64]access.Role{birch.Organisation: access.Admin}, access.Scopes)},
		visitor{name: "hands in only", role: access.Admin, none: true, token: r.token("handin", map[int64]access.Role{ash.Organisation: access.Admin}, []access.Scope{access.HandIn})})
	before, err := r.app.Store.AuditLog(t.Context(), []int64{ash.Organisation}, false, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, rt := range api.Routes() {
		if !strings.HasPrefix(rt.Method+rt.Path, "DELETE") { // those come last: they take away what is asked for
			for _, v := range visitors {
				askAs(r, rt, fill, v.name, v.token, v.role, v.none)
			}
		}
	}
	for _, rt := range api.Routes() {
		if rt.Method != http.MethodDelete {
			continue
		}
		for _, v := range visitors { // the least role first
			if v.role == access.Admin && !v.none || v.role.Allows(rt.Action) {
				continue // would do it; TestAProgramRunsAnEstate does
			}
			askAs(r, rt, fill, v.name, v.token, v.role, v.none)
		}
	}
	after, err := r.app.Store.AuditLog(t.Context(), []int64{ash.Organisation}, false, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range after[:len(after)-len(before)] {
		if strings.HasPrefix(e.Actor, "birch") || strings.HasPrefix(e.Actor, "handin") || strings.HasPrefix(e.Actor, "watchdog") || strings.HasPrefix(e.Actor, "viewer") && e.Action != "subscription.create" {
			t.Errorf("%s did %s of %s", e.Actor, e.Action, e.Object)
		}
	}
}

func askAs(r *rig, rt api.Route, fill *strings.Replacer, name, token string, role access.Role, none bool) {
	r.Helper()
	path := api.Prefix + fill.Replace(rt.Path)
	if !strings.Contains(rt.Path, "{") {
		ask := url.Values{}
		for _, p := range rt.Params { // what is ash's, wherever an address may name something
			switch p.Name {
			case "site", "organisation":
				ask.Set(p.Name, fill.Replace("{"+p.Name+"}"))
			case "by":
				ask.Set("by", "maker")
				if rt.Path == "/egress" {
					ask.Set("by", "country")
				}
			}
		}
		if len(ask) > 0 {
			path += "?" + ask.Encode()
		}
	}
	var body any
	if rt.Method != http.MethodGet && rt.Method != http.MethodDelete {
		body = "{}"
	}
	a := r.do(token, rt.Method, path, body)
	what := fmt.Sprintf("%s %s as %s: %d", rt.Method, path, name, a.status)
	named := strings.Contains(rt.Path, "{site}") || strings.Contains(rt.Path, "{organisation}") || strings.Contains(rt.Path, "{ingest}") || strings.Contains(rt.Path, "{query}") || strings.Contains(rt.Path, "{subscription}") || strings.Contains(path, "?")
	refused := a.status == http.StatusForbidden || a.status == http.StatusNotFound
	shown := bytes.Contains(bytes.ToLower(a.body), []byte("zzyzx"))
	may := rt.Action == "" || role.Allows(rt.Action) && (!none || rt.Action == access.Ingest)
	switch {
	case a.status >= 500:
		r.Errorf("%s\n%s", what, a.body)
	case token == "":
		if a.status != http.StatusUnauthorized || shown {
			r.Errorf("%s, want 401\n%s", what, a.body)
		}
	case name == "birch":
		if shown || named && !refused {
			r.Errorf("%s: of another organisation\n%.300s", what, a.body)
		}
	case rt.Method+rt.Path == "POST/tokens":
		if a.status != http.StatusForbidden {
			r.Errorf("%s: a token makes a token", what)
		}
	case needsAll[rt.Method+" "+rt.Path]:
		if !refused {
			r.Errorf("%s, and it needs a role in every organisation", what)
		}
	case !may:
		if !refused || shown {
			r.Errorf("%s: may not %s, want 403 or 404\n%.300s", what, rt.Action, a.body)
		}
	case a.status == http.StatusForbidden || a.status == http.StatusUnauthorized:
		r.Errorf("%s, though it may %s\n%s", what, rt.Action, a.body)
	}
}
