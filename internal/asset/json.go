package asset

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// readJSON reads runZero's export of assets (one a line, or all in a list) and
// what NetBox answers for /api/dcim/devices/ (a page, a list or one a line).
func readJSON(text string) (*List, error) {
	l := &List{}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(first) > maxEntry || !strings.HasPrefix(first, "{") || !json.Valid([]byte(first)) || strings.Contains(first, `"results"`) {
		return l.whole(text)
	}
	line := 0
	for s := range strings.Lines(text) {
		line++
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		var o object
		if len(s) > maxEntry {
			l.fault(Fault{Row: line, Value: s, Says: tooLong})
			continue
		}
		if err := json.Unmarshal([]byte(s), &o); err != nil {
			l.fault(Fault{Row: line, Value: s, Says: "no JSON object: " + err.Error()})
			continue
		}
		if !l.object(o, line) {
			break
		}
	}
	return l.known()
}

var errFull = errors.New("the list is full") // a fault says so already

var tooLong = fmt.Sprintf("an entry with more than %d kB; it was left out", maxEntry>>10)

// whole reads JSON that is one value: a list of objects, or a page that has it
// under results or assets. One object is held at a time.
func (l *List) whole(text string) (*List, error) {
	fits := &bounded{r: strings.NewReader(text), most: maxEntry}
	d := json.NewDecoder(fits)
	n := 0
	entries := func() error {
		for d.More() {
			var o object
			fits.from = d.InputOffset()
			if err := d.Decode(&o); err != nil {
				return err
			}
			if n++; !l.object(o, n) {
				return errFull
			}
		}
		_, err := d.Token()
		return err
	}
	err := func() error {
		switch t, err := d.Token(); {
		case err != nil:
			return err
		case t == json.Delim('['):
			return entries()
		}
		for d.More() {
			fits.from = d.InputOffset()
			k, err := d.Token()
			if err != nil {
				return err
			}
			if k != "results" && k != "assets" {
				var other json.RawMessage
				if err := d.Decode(&other); err != nil {
					return err
				}
				continue
			}
			t, err := d.Token()
			if err == nil && t == json.Delim('[') {
				err = entries()
			}
			if err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}()
	switch {
	case err == nil || errors.Is(err, errFull):
		return l.known()
	case l.Format == "":
		return nil, fmt.Errorf("the file is no JSON: %w", err)
	}
	l.fault(Fault{Row: n + 1, Says: "the file cannot be read from here on: " + err.Error()})
	return l, nil
}

// known is the list, if it held objects of a known shape.
func (l *List) known() (*List, error) {
	if l.Format == "" {
		return nil, ErrNotList
	}
	return l, nil
}

// An object is one of JSON, whose values may be of any type.
type object map[string]any

// formatNetBox is the format of what NetBox says.
const formatNetBox = "NetBox devices"

// object takes one object; it is false when the list is full.
func (l *List) object(o object, line int) bool {
	var d Declared
	switch {
	case o["device_type"] != nil:
		l.Format = formatNetBox
		d = netboxDevice(o)
	case o["addresses"] != nil || o["macs"] != nil || o["names"] != nil:
		l.Format = "runZero assets"
		d = runZeroAsset(o)
	default:
		l.fault(Fault{Row: line, Says: "neither an asset of runZero (addresses, names) nor a device of NetBox (device_type)"})
		return true
	}
	if d.Line == 0 {
		d.Line = line
	}
	if !d.named() {
		l.fault(Fault{Row: line, Says: "no name, serial number, address or model by which the device could be known; it was left out"})
		return true
	}
	return l.add(d)
}

// str is a value as text; of a list its first.
func (o object) str(key string) string {
	switch v := o[key].(type) {
	case string:
		return cut(clean(v), maxCell)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		if len(v) > 0 {
			return object{"": v[0]}.str("")
		}
	}
	return ""
}

// in is a value of an object inside.
func (o object) in(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

func (o object) list(key string) []any {
	l, _ := o[key].([]any)
	return l[:min(len(l), 1024)]
}

// extra keeps a value that stands for no field.
func (d *Declared) extra(name, value string) {
	if value == "" || len(d.Extra) >= maxCols || headerWord(name).field == Secret {
		return
	}
	if d.Extra == nil {
		d.Extra = map[string]string{}
	}
	d.Extra[cut(clean(name), 80)] = value
}

// runZeroAsset takes an asset of runZero's export.
//
// Format: https://help.runzero.com/docs/data-formats/ and the Asset schema of
// github.com/runZeroInc/runzero-api.
func runZeroAsset(o object) Declared {
	d := Declared{Brand: o.str("hw_vendor"), Model: o.str("hw_product"), Site: o.str("site_name"), Kind: KindOf(o.str("type"))}
	if d.Kind == "" {
		d.Kind = strings.ToLower(o.str("type"))
	}
	if d.Model == "" {
		d.Model = o.str("hw")
	}
	d.Firmware = o.str("hw_version")
	for _, a := range o.list("addresses") {
		if ip, _, ok := addressOf(fmt.Sprint(a)); ok && d.IP == "" {
			d.IP = ip.String()
		}
	}
	for _, a := range o.list("macs") {
		if m, ok := observation.ParseMAC(fmt.Sprint(a)); ok && !m.Group() && d.MAC == "" {
			d.MAC = m.String()
		}
	}
	for _, a := range o.list("names") {
		if h := hostOf(fmt.Sprint(a)); h != "" && d.Hostname == "" {
			d.Hostname = h
		}
	}
	for _, k := range []string{"serialNumbers", "serial_number", "serial"} {
		if d.Serial == "" {
			d.Serial = o.str(k)
		}
	}
	tags := o.in("tags")
	keys := make([]string, 0, len(tags))
	for k := range tags {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys[:min(len(keys), 64)] {
		if v := tags.str(k); v != "" {
			k += "=" + v
		}
		d.Tags = append(d.Tags, cut(clean(k), 80))
	}
	for _, k := range []string{"id", "os", "comments", "last_seen", "newest_mac_vendor"} {
		d.extra("runZero "+k, o.str(k))
	}
	for _, owner := range o.list("owners") {
		if m, ok := owner.(map[string]any); ok && d.Owner == "" {
			d.Owner = object(m).str("name")
		}
	}
	return d
}

// netboxDevice takes a device as NetBox's REST interface writes it. Its Line is
// NetBox's id, which [NetBox.Write] wants back.
//
// Shape: https://netboxlabs.com/docs/netbox/integrations/rest-api/, DeviceSerializer.
func netboxDevice(o object) Declared {
	kind := o.in("device_type")
	d := Declared{
		Name: o.str("name"), Brand: kind.in("manufacturer").str("name"), Model: kind.str("model"), Serial: o.str("serial"),
		Site: o.in("site").str("name"), Location: o.in("location").str("name"), Owner: o.in("tenant").str("name"),
	}
	if id, ok := o["id"].(float64); ok && id > 0 && id < 1<<53 {
		d.Line = int(id)
	}
	role := o.in("role")
	if role == nil {
		role = o.in("device_role") // before NetBox 4.0
	}
	if d.Kind = KindOf(role.str("name")); d.Kind == "" {
		d.Kind = strings.ToLower(role.str("name"))
	}
	for _, k := range []string{"primary_ip", "primary_ip4", "primary_ip6"} {
		if a, _, ok := addressOf(o.in(k).str("address")); ok && d.IP == "" {
			d.IP = a.String()
		}
	}
	for _, t := range o.list("tags") {
		if m, ok := t.(map[string]any); ok && len(d.Tags) < 64 {
			if name := object(m).str("name"); name != "" && !slices.Contains(d.Tags, name) {
				d.Tags = append(d.Tags, name)
			}
		}
	}
	d.extra("asset tag", o.str("asset_tag"))
	d.extra("status", o.in("status").str("value"))
	custom := o.in("custom_fields")
	keys := make([]string, 0, len(custom))
	for k := range custom {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		v := custom.str(k)
		switch f := headerWord(k).field; {
		case strings.HasPrefix(k, "lenscap_") || v == "":
		case f == Firmware && d.Firmware == "", f == MAC && d.MAC == "", f == Purchased, f == Installed, f == SupportEnds:
			if d.set(cell{field: f, value: v}) != "" {
				d.extra(k, v)
			}
		default:
			d.extra(k, v)
		}
	}
	return d
}
