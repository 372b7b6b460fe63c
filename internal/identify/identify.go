// Package identify says who made a device from answers that another tool
// recorded: one line, or one file, is one device.
//
// It reads what was handed to it and asks nobody: it opens no connection. It
// draws no conclusion of its own either: answers become observations of one
// device, and package attribution says what follows, as it does in an audit.
package identify

import (
	"slices"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/observation"
)

// An Answer is one answer of a device and what it is an answer to.
type Answer struct {
	Kind  string // one of [Kinds] or their other names
	Value string // as recorded; may be binary
}

// Unread is an answer that said nothing, and why.
type Unread struct {
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// A Result is everything said about the device of one line.
type Result struct {
	Input       string // name of the input
	Line        int64  // from 1; 0 for a file that is one answer
	ID          string // as the line gives it
	Bad         string // why the line could not be read; then nothing else is set
	Attribution attribution.Attribution
	MACs        []string // that the answers give for the device, in their order
	Serials     []string
	Hardware    []string // hardware versions
	Others      int      // further devices that the answers list (cameras of a recorder)
	Unread      []Unread
}

// An Identifier turns answers into results. It keeps buffers between calls and
// is for one goroutine; [New] is cheap.
type Identifier struct {
	resolver *attribution.Resolver
	inputs   [1]string
	device   device.Device
	store    []*observation.Observation // reused
	used     int
	answers  []Answer
	result   Result
}

// New returns an Identifier that attributes with r and names its input so.
func New(r *attribution.Resolver, input string) *Identifier {
	return &Identifier{resolver: r.WithoutSteps(), inputs: [1]string{input}}
}

// maxAnswers bounds the answers of one device.
const maxAnswers = 1024

// Device says who made the device that gave these answers. The result is valid
// until the next call.
func (x *Identifier) Device(answers []Answer) *Result {
	x.reset()
	r := &x.result
	for i, a := range answers {
		if i == maxAnswers {
			r.Unread = append(r.Unread, Unread{a.Kind, "a device has at most 1024 answers; the rest was left out"})
			break
		}
		if why := x.add(a); why != "" {
			r.Unread = append(r.Unread, Unread{a.Kind, why})
		}
	}
	x.keys()
	r.Attribution = x.resolver.Attribute(&x.device, x.inputs[:])
	return r
}

func (x *Identifier) reset() {
	x.used = 0
	d := &x.device
	*d = device.Device{MACs: d.MACs[:0], Observations: d.Observations[:0], Inputs: append(d.Inputs[:0], 0)}
	r := &x.result
	*r = Result{Input: x.inputs[0], MACs: r.MACs[:0], Serials: r.Serials[:0], Hardware: r.Hardware[:0], Unread: r.Unread[:0]}
}

// observe adds an observation of the device and returns it without fields.
func (x *Identifier) observe(protocol string) *observation.Observation {
	if x.used == len(x.store) {
		x.store = append(x.store, new(observation.Observation))
	}
	o := x.store[x.used]
	x.used++
	*o = observation.Observation{ID: int64(x.used), Count: 1, Protocol: protocol, Fields: o.Fields[:0]}
	x.device.Observations = append(x.device.Observations, o)
	return o
}

// add turns one answer into observations; why it could not is the result.
func (x *Identifier) add(a Answer) (why string) {
	k := find(a.Kind)
	switch {
	case k == nil:
		return "no kind of this name (lenscap identify --kinds lists them)"
	case a.Value == "":
		return "empty"
	case len(k.fields) > 0:
		return x.addText(k, a.Value)
	}
	if !k.read(x, a.Value) {
		return "nothing of this kind is in it"
	}
	return ""
}

// addText adds an answer that is one field's text.
func (x *Identifier) addText(k *Kind, value string) (why string) {
	if !plain(value) {
		value = clean(value)
	}
	if k.refine != nil {
		value = k.refine(value)
	}
	if value == "" {
		return "nothing of this kind is in it"
	}
	o := x.observe(k.protocol)
	for _, f := range k.fields {
		o.Fields = append(o.Fields, observation.Field{Name: f, Value: value})
	}
	if k.also != nil {
		k.also(o, value)
	}
	return ""
}

// plain reports short printable ASCII without white space at its ends: most
// banners, which need no cleaning.
func plain(s string) bool {
	if len(s) > observation.MaxValue || s == "" || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// keys gathers what the fields say of the device's identity.
func (x *Identifier) keys() {
	d, r := &x.device, &x.result
	for _, o := range d.Observations {
		for _, f := range o.Fields {
			switch identity[f.Name] {
			case isMAC:
				m, ok := observation.ParseMAC(f.Value)
				if !ok || m.Group() || slices.Contains(d.MACs, m) {
					continue
				}
				d.MACs = append(d.MACs, m)
				r.MACs = append(r.MACs, m.String())
				if o.MAC.IsZero() {
					o.MAC = m
				}
			case isSerial:
				r.Serials = appendOnce(r.Serials, f.Value)
			case isHardware:
				r.Hardware = appendOnce(r.Hardware, f.Value)
			}
		}
	}
	d.Serials = r.Serials
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

type identityKind uint8

const (
	isMAC identityKind = iota + 1
	isSerial
	isHardware
)

// identity says which fields name the device or its hardware.
var identity = map[string]identityKind{
	observation.MAC48: isMAC, observation.ARPMAC: isMAC, observation.DHCPMAC: isMAC, observation.UPnPMAC: isMAC, observation.OnvifScopeMAC: isMAC,
	observation.OnvifMAC: isMAC, observation.SADPMAC: isMAC, observation.IsapiMAC: isMAC, observation.DHIPMAC: isMAC, observation.HNAPMAC: isMAC,
	observation.MDNSMAC: isMAC, observation.VapixMAC: isMAC, observation.DahuaCGIMAC: isMAC, observation.LapiMAC: isMAC, observation.DVRIPMAC: isMAC,
	observation.TVTMAC: isMAC, observation.LLDPMAC: isMAC, observation.UbntMAC: isMAC, observation.UniFiMAC: isMAC, observation.KasaMAC: isMAC,
	observation.TapoMAC: isMAC, observation.SNMPMAC: isMAC,

	observation.UPnPSerial: isSerial, observation.OnvifSerial: isSerial, observation.SADPSerial: isSerial, observation.IsapiSerial: isSerial,
	observation.DHIPSerial: isSerial, observation.VapixSerial: isSerial, observation.DahuaCGISerial: isSerial, observation.LapiSerial: isSerial,
	observation.DVRIPSerial: isSerial, observation.DahuaSerial: isSerial, observation.LLDPSerial: isSerial, observation.BaichuanSerial: isSerial,
	observation.DJISerial: isSerial,

	observation.HNAPHardware: isHardware, observation.VapixHardware: isHardware, observation.DahuaCGIHardware: isHardware, observation.LapiHardware: isHardware,
	observation.DVRIPHardware: isHardware, observation.LLDPHardware: isHardware, observation.BaichuanHardware: isHardware, observation.UniFiHardware: isHardware,
	observation.KasaHardware: isHardware, observation.TapoHardware: isHardware, observation.OnvifHardware: isHardware,
}
