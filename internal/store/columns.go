package store

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

// VideoKinds are the kinds of devices that count as video equipment: those that are
// seen, and those that only lists know.
var VideoKinds = []string{"camera", "recorder", "encoder", "anpr", "doorbell", "intercom", "body-worn", "body-worn dock", "dash cam", "drone", "helicopter camera", "mobile camera", "vms server"}

// asked is what can be asked of the estate, and where it is found. Columns of text
// ignore the case of A to Z or hold lower case, so that their indices serve.
//
// BUG(store): letters beyond A to Z in names and models are told apart by case
// when a field is asked for; words are not.
var asked = []struct {
	query.Field
	query.Column
}{
	{everywhere, query.Column{Expr: "j.value", Of: "%s", Kept: query.Folded, Find: find}},
	{text("name", "what the device is called"), own("name")},
	{text("kind", "camera, recorder, router …"), own("kind")},
	{yesNo("cameras", "it is a camera, recorder or other video equipment; unknown where its kind is not known"), query.Column{Expr: "(nullif(nullif(d.kind, ''), 'unknown') IN ('" + strings.Join(VideoKinds, "', '") + "'))"}},
	{text("brand", "name on the box"), own("brand")},
	{text("maker", "who made it, by id or as shown"), of("n.name", "device_maker_name n", "n.device")},
	{graded("grade", "how well the maker stands", "confirmed", "probable", "possible", "unknown"), own("maker_grade")},
	{text("platform", "platform it is built on"), own("platform")},
	{text("chip", "system on chip"), own("chip")},
	{text("chip.maker", "who made the chip"), own("chip_maker")},
	{text("model", "model"), own("model")},
	{text("firmware", "version of its firmware"), own("firmware")},
	{query.Field{Name: "ip", Type: query.Address, Says: "an address it held, or a network of such"}, query.Column{Expr: "a.place", Of: "d.id IN (SELECT a.device FROM device_address a WHERE %s)", Kept: query.InBytes}},
	{query.Field{Name: "address", Type: query.Address, Says: "the same as ip"}, query.Column{Expr: "a.place", Of: "d.id IN (SELECT a.device FROM device_address a WHERE %s)", Kept: query.InBytes}},
	{query.Field{Name: "mac", Type: query.MAC, Says: "a hardware address"}, key("mac")},
	{text("serial", "a serial number"), key("serial")},
	{text("uuid", "a UUID it gave"), key("uuid")},
	{text("hostname", "a name it gave itself"), key("hostname")},
	{text("protocol", "a protocol it was seen to speak"), key("protocol")},
	{number("vlan", "VLAN it was seen in"), query.Column{Expr: "nullif(d.vlan, 0)"}},
	{text("zone", "zone of its site"), own("zone")},
	{text("behind", "id of the recorder it is a channel of"), own("behind")},
	{text("id", "device id"), own("device")},
	{choice("presence", "seen, declared in an asset list, or both", hub.Both, hub.SeenOnly, hub.DeclaredOnly), own("presence")},
	{graded("verdict", "gravest verdict that nobody waived; `accepted`: a waiver holds for all there is", verdicts...), own("verdict")},
	{number("severity", "4 prohibited, 3 restricted or would be prohibited or restricted, 2 advised against, 1 cannot tell, 0 none"), query.Column{Expr: "d.severity"}},
	{text("rule", "id of a rule that prohibits, restricts or advises against it"), of("f.regime", "finding f", "f.device", "f.severity >= 2")},
	{text("rule.unclear", "id of a rule that cannot tell"), of("f.regime", "finding f", "f.device", "f.severity = 1")},
	{choice("status", "what was decided on one of its findings", "open", "accepted", "in-hand", "done"), decision("status")},
	{text("owner", "who has one of its findings in hand"), decision("owner")},
	{query.Field{Name: "due", Type: query.Time, Says: "day by which a finding is to be settled"}, query.Column{Expr: "c.due", Of: ofDecision, Kept: query.InDays}},
	{query.Field{Name: "waiver", Type: query.Time, Says: "last day on which a waiver counts"}, query.Column{Expr: "c.waiver_until", Of: ofDecision, Kept: query.InDays}},
	{choice("video", "whether video leaves", "video", "possibly video", "no", "too short to tell"), own("video")},
	{yesNo("outside", "it reaches outside the estate"), query.Column{Expr: "d.outside"}},
	{number("up", "bytes it sent outside"), query.Column{Expr: "d.bytes_up"}},
	{number("down", "bytes it got from outside"), query.Column{Expr: "d.bytes_down"}},
	{moment("first", "when it was seen first"), query.Column{Expr: "nullif(d.first, 0)"}},
	{moment("last", "when it was seen last"), query.Column{Expr: "nullif(d.last, 0)"}},
	{moment("changed", "when it changed last"), query.Column{Expr: "nullif(d.changed, 0)"}},
	{choice("change", "a change on its timeline; country, company and left are of whom it reaches outside, video that it began to leave", hub.Changes...), of("h.what", "change h", "h.device")},
	{text("egress.country", "country of a server it reaches, two letters"), reach("country")},
	{text("egress.controller", "company that controls a server it reaches, by id or as shown"), of("r.name", "reach_controller_name r", "r.device")},
	{text("egress.jurisdiction", "country whose law that company is under, two letters"), reach("jurisdiction")},
	{text("egress.network", "network such a server is in"), reach("network")},
	{text("egress.purpose", "what for"), reach("purpose")},
	{text("egress.name", "name it used for a server"), reach("name")},
	{text("egress.address", "address of a server it reaches"), reach("address")},
	{number("egress.port", "port of a service it reaches"), reach("port")},
	{choice("egress.encrypted", "whether it is encrypted", "yes", "no", "unknown"), reach("encrypted")},
	{choice("egress.video", "whether video goes there", "video", "possibly video", "no", "too short to tell"), reach("video")},
	{text("tag", "a tag people gave it"), query.Column{Expr: "g.tag", Of: "d.id IN (SELECT e.id FROM tag g CROSS JOIN device e ON e.site = g.site AND e.device = g.device WHERE %s)", Kept: query.Folded}},
	{choice("plan", "what is planned for it", "remove", "replace", "isolate", "keep"), planned("action", query.Folded)},
	{query.Field{Name: "plan.target", Type: query.Time, Says: "day by which that is to be done"}, planned("target", query.InDays)},
	{query.Field{Name: "plan.done", Type: query.Time, Says: "day on which it was done"}, planned("done", query.InDays)},
	{text("site", "name of its site"), query.Column{Expr: "s.name", Kept: query.Folded}},
	{yesNo("site.sensitive", "the site is sensitive: a limb is answered yes; no when all are answered no"), query.Column{Expr: "s.sensitive"}},
	{yesNo("site.closed", "the site is said to reach nothing outside"), query.Column{Expr: "s.closed"}},
	{text("site.tag", "a tag of its site"), query.Column{Expr: "j.value", Of: "EXISTS (SELECT 1 FROM json_each(s.facts, '$.tags') j WHERE %s)"}},
	{text("organisation", "name of the organisation"), query.Column{Expr: "o.name", Kept: query.Folded}},
	{text("organisation.country", "its country, two letters"), query.Column{Expr: "o.country", Kept: query.Folded}},
	{text("organisation.type", "what kind of organisation it is"), query.Column{Expr: "o.type", Kept: query.Folded}},
}

var (
	everywhere = query.Field{}
	verdicts   = outcomes()
)

func outcomes() (out []string) {
	for _, v := range finding.OfDevice {
		out = append(out, string(v))
	}
	return out
}

const ofDecision = "d.id IN (SELECT e.id FROM decision c CROSS JOIN device e ON e.site = c.site AND e.device = c.device WHERE %s)"

func text(name, says string) query.Field {
	return query.Field{Name: name, Type: query.Text, Says: says}
}
func number(name, says string) query.Field {
	return query.Field{Name: name, Type: query.Number, Says: says}
}
func moment(name, says string) query.Field {
	return query.Field{Name: name, Type: query.Time, Says: says}
}
func yesNo(name, says string) query.Field {
	return query.Field{Name: name, Type: query.Bool, Says: says}
}
func choice(name, says string, values ...string) query.Field {
	return query.Field{Name: name, Type: query.Choice, Says: says, Values: values}
}

// graded is a choice whose values go from the highest to the lowest.
func graded(name, says string, values ...string) query.Field {
	return query.Field{Name: name, Type: query.Choice, Says: says, Values: values, Ranked: true}
}

// own is a column of the device itself.
func own(column string) query.Column {
	return query.Column{Expr: "d." + column, Kept: query.Folded}
}

// of is a column of a table that has a device's values in many rows.
func of(expr, table, id string, and ...string) query.Column {
	return query.Column{Expr: expr, Of: "d.id IN (SELECT " + id + " FROM " + table + " WHERE " + strings.Join(append(and, "%s"), " AND ") + ")", Kept: query.Folded}
}

func key(kind string) query.Column {
	return of("k.value", "device_key k", "k.device", "k.kind = '"+kind+"'")
}

func reach(column string) query.Column { return of("r."+column, "reach r", "r.device") }

func decision(column string) query.Column {
	return query.Column{Expr: "c." + column, Of: ofDecision, Kept: query.Folded}
}

func planned(column string, kept query.Kept) query.Column {
	return query.Column{Expr: "p." + column, Of: "d.id IN (SELECT e.id FROM plan p CROSS JOIN device e ON e.site = p.site AND e.device = p.device WHERE %s)", Kept: kept}
}

// find looks for parts of a word in what the device is known by, and in the names
// of its site and organisation.
func find(parts []string) (where string, args []any, ok bool) {
	where, args, ok = findText(parts)
	marked := make([]string, len(parts))
	for i, p := range parts {
		marked[i] = likeMarks.Replace(query.Fold(p))
	}
	like := "%" + strings.Join(marked, "%") + "%"
	return "(" + where + ` OR d.site IN (SELECT w.id FROM site w JOIN organisation v ON v.id = w.organisation WHERE w.name LIKE ? ESCAPE '\' OR v.name LIKE ? ESCAPE '\'))`, append(args, like, like), ok
}

// findText looks for parts of a word in device_text. Parts of three letters or
// more are in its index. Where there are several, they must be in one of the
// texts, in order.
func findText(parts []string) (where string, args []any, ok bool) {
	like := func(list []string) string {
		for i, p := range list {
			list[i] = likeMarks.Replace(p)
		}
		return "%" + strings.Join(list, "%") + "%"
	}
	var phrases, plain, encoded []string
	for _, p := range parts {
		p = query.Fold(p)
		text := jsonText(p)
		text = text[1 : len(text)-1]
		plain, encoded = append(plain, p), append(encoded, text)
		if utf8.RuneCountInString(text) >= 3 {
			phrases = append(phrases, `"`+strings.ReplaceAll(text, `"`, `""`)+`"`)
		}
	}
	if len(phrases) > 0 {
		where, args = "d.id IN (SELECT rowid FROM device_text WHERE device_text MATCH ?)", []any{strings.Join(phrases, " AND ")}
		if len(parts) == 1 {
			return where, args, true
		}
		where += " AND "
	}
	if len(parts) == 1 && !strings.ContainsAny(parts[0], "[],") { // which stand between the texts too
		return where + `d.id IN (SELECT id FROM device_text_content WHERE instr(c0, ?) > 0)`, append(args, encoded[0]), true
	}
	return where + `EXISTS (SELECT 1 FROM device_text t, json_each(t.words) j WHERE t.rowid = d.id AND j.value LIKE ? ESCAPE '\')`, append(args, like(plain)), true
}

var likeMarks = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// jsonText is v as device_text has it.
func jsonText(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // texts
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Fields lists what can be asked of the estate, for [query.Parse].
func Fields() []query.Field {
	var out []query.Field
	for _, a := range asked {
		if a.Name != "" {
			out = append(out, a.Field)
		}
	}
	slices.SortFunc(out, func(a, b query.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Columns tells where each of [Fields] and the words are, for [query.Query.SQL];
// what that gives goes into [DeviceQuery].
func Columns() map[string]query.Column {
	out := map[string]query.Column{}
	for _, a := range asked {
		out[a.Name] = a.Column
	}
	return out
}
