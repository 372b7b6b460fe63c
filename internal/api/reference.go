package api

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Reference is the page docs/reference/api.md: every route, from the table that
// the hub serves and openapi.json is made of.
func Reference() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from internal/api/routes.go by `make docs`. -->\n# The hub for programs\n\n" +
		"Addresses begin with `" + Prefix + "`. [openapi.json](openapi.json) has the same for machines, with the shape of everything that is sent and answered; a hub shows both at `/api`.\n\n" +
		"- Send a token: `Authorization: Bearer lenscap_…`. What an action is, and which scope a token needs for it, is in [who may do what](access.md). Where no action stands, anybody who is signed in may. " +
		"What an account may not see is answered with 404, as what is not there.\n" +
		"- Lists come a page at a time: send the `next` of one as `after` of the following.\n" +
		"- Answers have an ETag. `If-None-Match` is answered with 304 when nothing changed. A change of what has a version needs `If-Match`: 428 without one, 412 when somebody else was faster.\n" +
		"- A change is a JSON merge patch (RFC 7396): a key that is absent stays, null takes it away. A key or parameter that does not exist is refused.\n" +
		"- Errors are problem+json (RFC 9457); `detail` says what would be right, `field` which value is wrong.\n" +
		"- Under `" + Prefix + "` keys may be added to answers. None is taken away or changes its meaning.\n")
	tag := ""
	for _, rt := range Routes() {
		if rt.Tag != tag {
			tag = rt.Tag
			fmt.Fprintf(&b, "\n## %s\n", tag)
		}
		fmt.Fprintf(&b, "\n### %s %s\n\n%s.\n", rt.Method, rt.Path, upper(strings.ReplaceAll(rt.Says, "|", `\|`)))
		var facts []string
		if rt.Action != "" {
			facts = append(facts, "action "+string(rt.Action))
		}
		if sent := rt.sent(); sent != "" {
			facts = append(facts, "sends "+sent)
		}
		facts = append(facts, fmt.Sprintf("answers %d", cmp.Or(rt.Status, http.StatusOK)))
		if got := rt.gives(); got != "" {
			facts[len(facts)-1] += " with " + got
		}
		if rt.Version && rt.Method == http.MethodPatch {
			facts = append(facts, "needs `If-Match`")
		}
		fmt.Fprintf(&b, "\n%s.\n", upper(strings.Join(facts, "; ")))
		if len(rt.Params) == 0 {
			continue
		}
		b.WriteString("\n| parameter | is |\n|---|---|\n")
		for _, p := range rt.Params {
			says := p.Says
			if p.Values != nil {
				says += ": " + strings.Join(p.Values, ", ")
			}
			if p.Must {
				says += "; must be given"
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", p.Name, strings.ReplaceAll(says, "|", `\|`))
		}
	}
	return b.String()
}

// sent is what a request of the route has as its body.
func (rt *Route) sent() string {
	kinds := make([]string, len(rt.Kinds))
	for i, k := range rt.Kinds {
		kinds[i] = "`" + k + "`"
	}
	if rt.Body != nil {
		kinds = append(kinds, "`"+schemaName(rt.Body)+"`")
	}
	return strings.Join(kinds, " or ")
}

// gives is what an answer of the route has as its body.
func (rt *Route) gives() string {
	switch {
	case rt.Answer != nil && rt.Items:
		return "a page of `" + schemaName(rt.Answer) + "`"
	case rt.Answer != nil:
		return "`" + schemaName(rt.Answer) + "`"
	case len(rt.Gives) > 0:
		return "`" + strings.Join(rt.Gives, "`, `") + "`"
	}
	return ""
}
