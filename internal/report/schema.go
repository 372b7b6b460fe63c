package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// SchemaURL names the published schema of [SchemaVersion]. It is a name, and
// nothing is fetched from it.
const SchemaURL = "https://lenscap.dev/schema/report-1.json"

// Schema returns the JSON schema (draft 2020-12) of the document, derived from
// the Go types, so that the two cannot come apart. A line of [JSONL] is its
// #/$defs/Line. It is published as docs/reference/report.schema.json.
func Schema() []byte {
	g := generator{defs: map[string]any{}}
	root := g.of(reflect.TypeFor[Document]())
	g.of(reflect.TypeFor[Line]())
	doc := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         SchemaURL,
		"title":       "Lenscap report",
		"description": "One audit: what was read, which devices are in it, what is claimed of each and why, and which rules each falls under. Fields may be added under the same schema_version; none is taken away or changes its meaning.",
		"$ref":        root["$ref"],
		"$defs":       g.defs,
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		panic("schema of report: " + err.Error()) // only maps, slices and strings of our own
	}
	return b.Bytes()
}

type generator struct{ defs map[string]any }

var textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()

// enums are the types whose values are a closed list.
var enums = map[reflect.Type][]any{
	reflect.TypeFor[attribution.Grade](): {"unknown", "possible", "probable", "confirmed"},
	reflect.TypeFor[finding.Verdict]():   {"prohibited", "restricted", "advised-against", "not-covered", "cannot-tell"},
	reflect.TypeFor[finding.Force]():     {"law", "own rule", "policy", "guidance", "risk factor"},
}

// words are the fields of type string whose values are a closed list.
var words = map[reflect.Type]map[string][]any{
	reflect.TypeFor[egress.Conversation](): {
		"scope":     {egress.ScopeOutside, egress.ScopeInside, egress.ScopeGroup},
		"opened":    {"device", "far end", "both", "unknown"},
		"encrypted": {"yes", "no", "unknown"},
		"purpose":   purposes(),
	},
	reflect.TypeFor[Asked]():        {"answer": {AnswerSeen, AnswerNotSeen, AnswerCannot}, "rule": {askedClosed, askedForbidden}},
	reflect.TypeFor[egress.Video](): {"verdict": {egress.VideoYes, egress.VideoPossibly, egress.VideoNo, egress.VideoTooShort}},
}

func purposes() []any {
	var out []any
	for _, p := range egress.Purposes {
		out = append(out, p)
	}
	return out
}

func (g *generator) of(t reflect.Type) map[string]any {
	if list, ok := enums[t]; ok {
		return map[string]any{"type": "string", "enum": list}
	}
	if t.Implements(textMarshaler) {
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": g.of(t.Elem())}
	case reflect.Array:
		return map[string]any{"type": "array", "items": g.of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": g.of(t.Elem())}
	case reflect.Struct:
		return g.object(t)
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

// object describes a struct under $defs and returns a reference to it.
func (g *generator) object(t reflect.Type) map[string]any {
	ref := map[string]any{"$ref": "#/$defs/" + t.Name()}
	if _, ok := g.defs[t.Name()]; ok {
		return ref
	}
	properties, required := map[string]any{}, []any{}
	g.defs[t.Name()] = nil // found again inside itself
	g.fields(t, properties, &required)
	g.defs[t.Name()] = map[string]any{"type": "object", "properties": properties, "required": required}
	return ref
}

// fields adds the fields of t as encoding/json writes them, those of embedded
// structs among their own.
func (g *generator) fields(t reflect.Type, properties map[string]any, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, given := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if f.Anonymous && !given {
			g.fields(f.Type, properties, required)
			continue
		}
		s := g.of(f.Type)
		if list, ok := words[t][name]; ok {
			s = map[string]any{"type": "string", "enum": list}
		}
		properties[name] = s
		if !strings.Contains(options, "omitempty") {
			*required = append(*required, name)
		}
	}
}
