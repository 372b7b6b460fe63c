package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// object is a part of a JSON document; encoding/json writes its keys in order.
type object = map[string]any

// UsualCookie is what the cookie of a session is called on a hub at its usual
// address; see [access.Guard.CookieName].
const UsualCookie = "lenscap-8470"

// OpenAPI is the description of the whole interface (OpenAPI 3.1), made from
// [Routes] and the Go types. cookie is the name of a session's. It is published,
// with the usual one, as docs/reference/openapi.json.
func OpenAPI(cookie string) ([]byte, error) {
	g := &schemas{defs: object{}}
	paths := object{}
	var tags []object
	seen := map[string]bool{}
	for _, rt := range Routes() {
		at, _ := paths[Prefix+rt.Path].(object)
		if at == nil {
			at = object{}
			paths[Prefix+rt.Path] = at
		}
		op, err := g.operation(&rt)
		if err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", rt.Method, rt.Path, err)
		}
		at[strings.ToLower(rt.Method)] = op
		if !seen[rt.Tag] {
			seen[rt.Tag] = true
			tags = append(tags, object{"name": rt.Tag})
		}
	}
	if _, err := g.of(Problem{}, false); err != nil {
		return nil, err
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Lenscap hub", "version": "1", "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
			"description": "Everything a page of the hub shows or changes. Lists come a page at a time: send the `next` of one as `after` of the following. Answers have an ETag; send it in If-None-Match to be told 304 when nothing changed, and in If-Match with a change, which is refused with 412 when somebody else was faster. Errors are problem+json (RFC 9457). Keys may be added to answers; none is taken away or changes its meaning under /api/v1.",
		},
		"servers":  []object{{"url": "/"}},
		"security": []object{{"token": []string{}}, {"session": []string{}}},
		"tags":     tags,
		"paths":    paths,
		"components": object{
			"schemas": g.defs,
			"securitySchemes": object{
				"token":   object{"type": "http", "scheme": "bearer", "description": "A token made under Your account, or with POST /api/v1/tokens."},
				"session": object{"type": "apiKey", "in": "cookie", "name": cookie, "description": "A browser that is signed in. Changes need the header X-CSRF too. The name has the hub's port, and begins with __Host- where the hub is reached by TLS."},
			},
			"responses": object{"Problem": object{"description": "It could not be done: detail says why, and what would be right.", "content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}},
		},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("write the description: %w", err)
	}
	return b.Bytes(), nil
}

var pathPart = regexp.MustCompile(`\{(\w+)\}`)

func (g *schemas) operation(rt *Route) (object, error) {
	op := object{"operationId": operationID(rt), "summary": strings.ToUpper(rt.Says[:1]) + rt.Says[1:], "tags": []string{rt.Tag}}
	if rt.Action != "" {
		op["description"] = "Needs a role that may " + string(rt.Action) + "."
	}
	var params []object
	for _, m := range pathPart.FindAllStringSubmatch(rt.Path, -1) {
		schema := object{"type": "integer", "format": "int64", "minimum": 1}
		switch m[1] {
		case "device", "regime":
			schema = object{"type": "string"}
		case "upload":
			schema = object{"type": "string", "pattern": "^[0-9a-f]{32}$"}
		}
		params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": schema})
	}
	for _, p := range rt.Params {
		schema := object{"type": cmp.Or(p.Type, "string")}
		if p.Values != nil {
			schema["enum"] = p.Values
		}
		one := object{"name": p.Name, "in": "query", "description": p.Says, "schema": schema}
		if p.Must {
			one["required"] = true
		}
		params = append(params, one)
	}
	if rt.Method == http.MethodPatch && rt.Version {
		params = append(params, object{"name": "If-Match", "in": "header", "required": true, "description": "ETag of what the change was made of", "schema": object{"type": "string"}})
	}
	if params != nil {
		op["parameters"] = params
	}
	if err := g.body(rt, op); err != nil {
		return nil, err
	}
	return op, g.answers(rt, op)
}

func (g *schemas) body(rt *Route, op object) error {
	content := object{}
	for _, k := range rt.Kinds {
		content[k] = object{"schema": object{}}
		if k == "application/x-www-form-urlencoded" {
			content[k] = object{"schema": object{"type": "object", "required": []string{"site", "name"}, "properties": object{"site": object{"type": "integer"}, "name": object{"type": "string"}}}}
		}
	}
	if rt.Body != nil {
		schema, err := g.of(rt.Body, true)
		if err != nil {
			return err
		}
		kind := "application/json"
		if rt.Method == http.MethodPatch {
			kind = "application/merge-patch+json"
		}
		content[kind] = object{"schema": schema}
	}
	if len(content) > 0 {
		op["requestBody"] = object{"required": true, "content": content}
	}
	return nil
}

func (g *schemas) answers(rt *Route, op object) error {
	status := cmp.Or(rt.Status, http.StatusOK)
	ok := object{"description": http.StatusText(status)}
	content := object{}
	for _, k := range rt.Gives {
		content[k] = object{"schema": object{}}
	}
	if rt.Answer != nil {
		schema, err := g.of(rt.Answer, false)
		if err != nil {
			return err
		}
		if rt.Partly {
			schema = g.partly(schema)
		}
		if rt.Items {
			schema = object{"type": "object", "required": []string{"items"}, "properties": object{
				"items":     object{"type": "array", "items": schema},
				"next":      object{"type": "string", "description": "after of the next page; absent at the end"},
				"total":     object{"type": "integer", "description": "items that match, where they are counted"},
				"more_than": object{"type": "boolean", "description": "there are more than total, or more than were asked for where there is no next"},
			}}
		}
		content["application/json"] = object{"schema": schema}
		ok["headers"] = object{"ETag": object{"schema": object{"type": "string"}}}
	}
	if len(content) > 0 {
		ok["content"] = content
	}
	answers := object{strconv.Itoa(status): ok, "default": object{"$ref": "#/components/responses/Problem"}}
	if rt.Method == http.MethodGet && rt.Answer != nil {
		answers["304"] = object{"description": "It is as the If-None-Match says."}
	}
	op["responses"] = answers
	return nil
}

// partly is a type that is spoken of, with none of its keys needed.
func (g *schemas) partly(schema object) object {
	ref, _ := schema["$ref"].(string)
	def, _ := g.defs[path.Base(ref)].(object)
	out := maps.Clone(def)
	delete(out, "required")
	return out
}

// operationID names an operation for programs that make clients: getSitesBySite.
func operationID(rt *Route) string {
	out := strings.ToLower(rt.Method)
	for part := range strings.SplitSeq(strings.Trim(rt.Path, "/"), "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out += "By" + upper(strings.TrimSuffix(name, "}"))
		} else {
			out += upper(part)
		}
	}
	return out
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// schemas are the types that are spoken of.
type schemas struct{ defs object }

// enums are types whose values are a closed list, written as text.
var enums = map[reflect.Type][]any{
	reflect.TypeFor[attribution.Grade](): {"unknown", "possible", "probable", "confirmed"},
	reflect.TypeFor[finding.Verdict]():   {"prohibited", "restricted", "advised-against", "not-covered", "cannot-tell"},
}

// of is the schema of a value's type. What is sent must have no other keys; what
// comes back may.
func (g *schemas) of(v any, sent bool) (object, error) {
	r := &jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: !sent, Namer: typeName, Mapper: func(t reflect.Type) *jsonschema.Schema {
		if values := enums[t]; values != nil {
			return &jsonschema.Schema{Type: "string", Enum: values}
		}
		return nil
	}}
	b, err := json.Marshal(r.Reflect(v))
	if err != nil {
		return nil, err
	}
	b = bytes.ReplaceAll(b, []byte(`"#/$defs/`), []byte(`"#/components/schemas/`))
	var schema object
	if err := json.Unmarshal(b, &schema); err != nil {
		return nil, err
	}
	if defs, ok := schema["$defs"].(object); ok {
		for name, def := range defs {
			if _, there := g.defs[name]; !there || !sent {
				g.defs[name] = def
			}
		}
	}
	delete(schema, "$defs")
	delete(schema, "$schema")
	return schema, nil
}

// typeName tells types of the same name in two packages apart.
func typeName(t reflect.Type) string {
	pkg := path.Base(t.PkgPath())
	switch pkg {
	case "api", "hub", ".":
		if pkg == "hub" && (t.Name() == "Device" || t.Name() == "Decision" || t.Name() == "Ingest" || t.Name() == "Waiver") {
			return "Hub" + t.Name()
		}
		return t.Name()
	}
	return upper(pkg) + t.Name()
}
