package settings

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Show writes the settings as a file that could be read again, but for secrets,
// which are hidden. Each key has what it means above it.
func (s *Settings) Show() string {
	var b strings.Builder
	show(&b, reflect.ValueOf(s).Elem(), "", "")
	return b.String()
}

func show(b *strings.Builder, v reflect.Value, key, indent string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("yaml")
		k := join(key, name)
		if f.Type.Kind() == reflect.Struct && !isText(f.Type) {
			fmt.Fprintf(b, "\n%s# %s\n%s%s:\n", indent, says[f.Type.Name()], indent, name)
			show(b, v.Field(i), k, indent+"  ")
			continue
		}
		fmt.Fprintf(b, "%s# %s\n", indent, says[k])
		out, err := yaml.Marshal(map[string]any{name: v.Field(i).Interface()})
		if err != nil { // no type of ours can fail
			out = fmt.Appendf(nil, "%s: # %v\n", name, err)
		}
		for line := range strings.Lines(string(out)) {
			b.WriteString(indent + line)
		}
	}
}

// Reference is the page of all settings, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Settings of the hub\n\n<!-- Written from the source by the tests of internal/settings; change internal/settings/sections.go. -->\n\n" +
		"`lenscap hub --config hub.yaml` reads one YAML file. Every key may be left out. A key that does not exist is an error.\n" +
		"Each key may also come from the environment: `listen.address` as `" + Prefix + "LISTEN_ADDRESS`, which wins over the file. A list is given\n" +
		"with commas between, or, where its entries have keys of their own, as YAML in one line.\n\n" +
		"A size is written as `512 MB` or `16 GB`; a time span as `90s`, `15m`, `12h` or `30d`. Files and folders are meant from where the settings\n" +
		"file stands. `lenscap hub config check` says what is wrong, `lenscap hub config show` what holds, without secrets.\n")
	reference(&b, reflect.ValueOf(Usual()).Elem(), "", "Settings")
	return b.String()
}

func reference(b *strings.Builder, v reflect.Value, key, name string) {
	if key == "" {
		b.WriteString("\n")
	} else {
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n", key, says[name])
	}
	b.WriteString("| key | value | usual | what it says |\n|---|---|---|---|\n")
	type section struct {
		v         reflect.Value
		key, name string
	}
	var sections []section
	for i := range v.NumField() {
		f := v.Type().Field(i)
		k := join(key, f.Tag.Get("yaml"))
		switch {
		case f.Type.Kind() == reflect.Struct && !isText(f.Type):
			sections = append(sections, section{v.Field(i), k, f.Type.Name()})
			continue
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && !isText(f.Type.Elem()):
			sections = append(sections, section{reflect.New(f.Type.Elem()).Elem(), k + "[]", f.Type.Elem().Name()})
		}
		kind := kindOf(f.Type)
		if c := f.Tag.Get("choices"); c != "" {
			kind = "`" + strings.ReplaceAll(c, ",", "`, `") + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", k, kind, shown(v.Field(i)), says[k])
	}
	for _, s := range sections {
		if w, ok := s.v.Addr().Interface().(*Watch); ok {
			w.usual()
		}
		reference(b, s.v, s.key, s.name)
	}
}

// shown is a usual value in a table.
func shown(v reflect.Value) string {
	text := fmt.Sprint(v.Interface())
	if v.Kind() == reflect.Slice {
		text = strings.Trim(text, "[]")
	}
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
