package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"reflect"
)

//go:embed page.html
var pageText string

//go:embed page.css
var style []byte

// A tagView is a heading of the browsable page with its routes.
type tagView struct {
	Name   string
	Anchor string
	Routes []Route
}

// browse draws the page that shows every route: our own template, since the
// hub's pages load nothing from elsewhere.
func browse() ([]byte, error) {
	t, err := template.New("api").Funcs(template.FuncMap{"id": func(rt Route) string { return operationID(&rt) }, "type": schemaName}).Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("page of the interface: %w", err)
	}
	var tags []tagView
	at := map[string]int{}
	for _, rt := range Routes() {
		i, ok := at[rt.Tag]
		if !ok {
			i = len(tags)
			at[rt.Tag] = i
			tags = append(tags, tagView{Name: rt.Tag, Anchor: fmt.Sprintf("tag-%d", i)})
		}
		tags[i].Routes = append(tags[i].Routes, rt)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, struct {
		Prefix string
		Tags   []tagView
	}{Prefix, tags}); err != nil {
		return nil, fmt.Errorf("page of the interface: %w", err)
	}
	return b.Bytes(), nil
}

// schemaName is what the description calls a value's type.
func schemaName(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return ""
	}
	if t.Name() == "" {
		return "object"
	}
	return typeName(t)
}
