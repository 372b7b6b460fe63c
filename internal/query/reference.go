package query

import (
	"fmt"
	"strings"
)

// ways are how a text is written, and what it finds; both in Markdown.
var ways = [][2]string{
	{"`gate`", "holds that text anywhere, or in the name of its site or organisation, whatever the case"},
	{"`maker:axis`", "has that value and no other text around it, whatever the case; `=` means the same"},
	{"`model:DS-2CD*`", "has a value that begins so; `*` stands for any text, anywhere in the value"},
	{"`maker:axis,bosch`", "has one of these"},
	{"`egress.country!=GB`", "has no such value, also what has none at all; the same as `NOT egress.country:GB`"},
	{"`egress.country:!GB`", "has a value that is another: what reaches somewhere outside Britain"},
	{"`maker:*`, `-maker:*`", "has any value; has none"},
	{"`up>10M`, `vlan:10..20`", "is more; lies between, both included; k, M, G and T count in thousands"},
	{"`grade>=probable`", "has that value of an ordered choice, or a higher one"},
	{"`last<2026-11-01`", "was before that day; `last:2026-11` in that month; `last:2026-11-01..2026-11-07` in those days"},
	{"`first>7d`, `last<30d`", "was within the last 7 days; is longer ago than 30 (min, h, d, w, mo, y; today, yesterday)"},
	{"`waiver<+90d`", "will end before 90 days have passed"},
	{"`site.sensitive:unknown`", "is not known, which is not \"no\""},
	{"`ip:10.0.0.0/8`, `mac:44:19:b6:*`", "lies in that network; begins so, in any spelling"},
	{"`a b`, `a AND b`, `a OR b`, `NOT a`, `-a`, `(…)`", "both; both; one of them; not; not; together. AND binds stronger than OR"},
	{"`\"a b\"`", "is that text as it stands: spaces, parentheses, stars, AND"},
}

// Ways tells how a text is written, and what it finds, in plain text.
func Ways() [][2]string {
	out := make([][2]string, len(ways))
	for i, w := range ways {
		out[i] = [2]string{strings.ReplaceAll(w[0], "`", ""), strings.ReplaceAll(w[1], "`", "")}
	}
	return out
}

// Reference is the page of the language and of these fields, in Markdown.
func Reference(fields []Field) string {
	var b strings.Builder
	b.WriteString(`# Asking for part of an estate

<!-- Written by make docs from the source; change that. -->

` + "`maker:hikvision AND site.sensitive:true AND egress.country!=GB`" + ` finds the cameras of one maker at sensitive sites that reach nothing in Britain.

| write | finds what |
|---|---|
`)
	for _, w := range ways {
		fmt.Fprintf(&b, "| %s | %s |\n", w[0], w[1])
	}
	b.WriteString(`
A relative time counts from when the question is asked, also in a saved one. A text has at most 4096 bytes and 400 words and values.

| field | holds | says |
|---|---|---|
`)
	for _, f := range fields {
		holds := f.Type.String()
		if f.Type == Choice {
			holds = "`" + strings.Join(f.Values, "`, `") + "`"
			if f.Ranked {
				holds += ", the highest first"
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, holds, strings.ReplaceAll(f.Says, "|", `\|`))
	}
	return b.String()
}
