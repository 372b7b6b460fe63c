package web

import (
	"cmp"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// called is what a page calls who did something: the full name where the account
// has one, else the name that is signed in with. actor is as the audit log has it,
// "anna" or "anna token collector"; the command line and the hub stay as they are.
func (c *call) called(actor string) string {
	if c.fullNames == nil {
		var err error
		if c.fullNames, err = c.s.Store.ShownNames(c.ctx()); err != nil {
			c.s.Log.WarnContext(c.ctx(), "full names of people could not be read", slog.Any("error", err))
			c.fullNames = map[string]string{}
		}
	}
	name, token, _ := strings.Cut(actor, " token ")
	if full := c.fullNames[strings.ToLower(name)]; full != "" {
		if actor = full; token != "" {
			actor += ", token " + token
		}
	}
	return report.Visible(actor)
}

// thing is how the audit log names what was changed, by number.
var thing = regexp.MustCompile(`\b(organisation|site|ingest|input|device) (\d{1,18}|[da]-[0-9a-f]{10})\b(?: of site (\d{1,18})\b)?`)

// A namer puts names in the place of numbers, for what the person may see.
type namer struct {
	c     *call
	sites map[int64]siteOf
	orgs  map[int64]string
	known map[string]linked // by what the log says
}

// name cuts text into parts, those of things that are there with a link and the
// name. What is gone stays as it is written.
func (n *namer) name(text string) []linked {
	var out []linked
	at := 0
	for _, m := range thing.FindAllStringSubmatchIndex(text, -1) {
		words := text[m[0]:m[1]]
		l, ok := n.known[words]
		if !ok {
			site := ""
			if m[6] >= 0 {
				site = text[m[6]:m[7]]
			}
			l = n.find(text[m[2]:m[3]], text[m[4]:m[5]], site)
			n.known[words] = l
		}
		if l.Href == "" {
			continue
		}
		out = append(out, linked{Text: report.Visible(text[at:m[0]])}, l)
		at = m[1]
	}
	return append(out, linked{Text: report.Visible(text[at:])})
}

// find is a thing with its name; without a link when it is gone or not to be seen.
func (n *namer) find(kind, id, site string) linked {
	number, _ := strconv.ParseInt(id, 10, 64) // 0 of a device: none
	place, known := n.sites[number]
	switch kind {
	case "organisation":
		if name := n.orgs[number]; name != "" {
			return linked{"organisation " + report.Visible(name), fmt.Sprintf("/organisations/%d", number)}
		}
		return linked{}
	case "site":
		if known {
			return linked{"site " + report.Visible(place.Name), fmt.Sprintf("/sites/%d", number)}
		}
		return linked{}
	}
	of, _ := strconv.ParseInt(site, 10, 64)
	if place, known = n.sites[of]; kind == "device" {
		if !known {
			return linked{}
		}
		row, err := n.c.s.Store.Device(n.c.ctx(), of, id)
		if err != nil {
			return linked{}
		}
		return linked{"device " + report.Visible(cmp.Or(row.Name, id)) + " of " + report.Visible(place.Name), deviceHref(of, id)}
	}
	in, err := n.c.s.Store.Ingest(n.c.ctx(), number)
	if err != nil {
		return linked{}
	}
	if place, known = n.sites[in.Site]; !known {
		return linked{}
	}
	return linked{"input " + report.Visible(in.Name) + " of " + report.Visible(place.Name), fmt.Sprintf("/inputs/%d", number)}
}

// inputNames are the names of inputs that a timeline speaks of.
func (c *call) inputNames(changes []hub.Change) map[int64]string {
	out := map[int64]string{}
	for i := range changes {
		id := changes[i].Ingest
		if id == 0 || out[id] != "" {
			continue
		}
		out[id] = fmt.Sprintf("input %d", id)
		if in, err := c.s.Store.Ingest(c.ctx(), id); err == nil {
			out[id] = cmp.Or(report.Visible(in.Name), out[id])
		}
	}
	return out
}
