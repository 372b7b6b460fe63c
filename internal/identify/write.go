package identify

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/observation"
)

// AppendJSON appends r as one line of JSON:
//
//	{"line":1,"id":…,"kind":claim,"brand":claim,"maker":claim,"platform":claim,"model":claim,"firmware":claim,
//	 "chip":claim,"chip_maker":claim,"network_part":claim,"macs":[…],"serials":[…],"hardware":[…],"others":n,"unread":[…]}
//
// A claim is as in the JSON of an audit. input, id, and what follows the claims
// are left out when empty. A line that could not be read is {"line":n,"error":…}.
func AppendJSON(dst []byte, r *Result, withInput bool) []byte {
	dst = append(dst, '{')
	if withInput {
		dst = appendString(append(dst, `"input":`...), r.Input)
		dst = append(dst, ',')
	}
	if r.Line > 0 {
		dst = strconv.AppendInt(append(dst, `"line":`...), r.Line, 10)
		dst = append(dst, ',')
	}
	if r.ID != "" {
		dst = appendString(append(dst, `"id":`...), r.ID)
		dst = append(dst, ',')
	}
	if r.Bad != "" {
		dst = appendString(append(dst, `"error":`...), r.Bad)
		return append(dst, '}', '\n')
	}
	a := &r.Attribution
	for i, c := range [...]*attribution.Claim{&a.Kind, &a.Brand, &a.Maker, &a.Platform, &a.Model, &a.Firmware, &a.Chip, &a.ChipMaker, &a.NetworkPart} {
		dst = append(dst, claimKeys[i]...)
		dst = appendClaim(dst, c)
	}
	dst = appendList(dst, "macs", r.MACs)
	dst = appendList(dst, "serials", r.Serials)
	dst = appendList(dst, "hardware", r.Hardware)
	if r.Others > 0 {
		dst = strconv.AppendInt(append(dst, `,"others":`...), int64(r.Others), 10)
	}
	if len(r.Unread) > 0 {
		dst = append(dst, `,"unread":`...)
		dst = appendAny(dst, r.Unread)
	}
	return append(dst, '}', '\n')
}

var claimKeys = [...]string{`"kind":`, `,"brand":`, `,"maker":`, `,"platform":`, `,"model":`, `,"firmware":`, `,"chip":`, `,"chip_maker":`, `,"network_part":`}

const unknownClaim = `{"value":"","id":"","grade":"unknown","evidence":[]}`

// appendClaim appends c as encoding/json writes it, which a test holds it to.
func appendClaim(dst []byte, c *attribution.Claim) []byte {
	if c.Value == "" && c.Grade == attribution.Unknown && c.Note == "" && len(c.Evidence)+len(c.Conflicts) == 0 && c.ID == "" {
		return append(dst, unknownClaim...) // most claims of most lines
	}
	dst = appendString(append(dst, `{"value":`...), c.Value)
	dst = appendString(append(dst, `,"id":`...), c.ID)
	dst = appendString(append(dst, `,"grade":`...), c.Grade.String())
	dst = append(dst, `,"evidence":`...)
	dst = appendEvidence(dst, c.Evidence)
	if len(c.Conflicts) > 0 {
		dst = append(dst, `,"conflicts":[`...)
		for i := range c.Conflicts {
			o := &c.Conflicts[i]
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(append(dst, `{"value":`...), o.Value)
			dst = appendString(append(dst, `,"id":`...), o.ID)
			dst = appendString(append(dst, `,"grade":`...), o.Grade.String())
			dst = append(dst, `,"evidence":`...)
			dst = appendEvidence(dst, o.Evidence)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	if c.Note != "" {
		dst = appendString(append(dst, `,"note":`...), c.Note)
	}
	return append(dst, '}')
}

func appendEvidence(dst []byte, list []observation.Evidence) []byte {
	dst = append(dst, '[')
	for i := range list {
		e := &list[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"input":`...), e.Input)
		dst = strconv.AppendInt(append(dst, `,"packet":`...), e.Packet, 10)
		dst = appendString(append(dst, `,"protocol":`...), e.Protocol)
		dst = appendString(append(dst, `,"field":`...), e.Field)
		dst = appendString(append(dst, `,"value":`...), e.Value)
		dst = appendString(append(dst, `,"rule":`...), e.Rule)
		dst = appendString(append(dst, `,"source":`...), e.Source)
		dst = appendString(append(dst, `,"says":`...), e.Says)
		if e.Unverified {
			dst = append(dst, `,"unverified":true`...)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendList(dst []byte, key string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(append(append(dst, ',', '"'), key...), '"', ':', '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

// escaped are the bytes that encoding/json may write in another way.
var escaped = func() (t [256]bool) {
	for c := range t {
		t[c] = c < 0x20 || c >= 0x7f || strings.IndexByte(`"\<>&`, byte(c)) >= 0
	}
	return t
}()

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if escaped[s[i]] {
			return appendAny(dst, s)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

func appendAny(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // strings and structs of strings always marshal
		return append(dst, `""`...)
	}
	return append(dst, b...)
}
