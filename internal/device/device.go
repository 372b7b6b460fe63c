// Package device says which observations are of one device.
//
// It joins sightings by what a device cannot help repeating: its MAC, serial,
// UUID and certificate, and the address it held at the time. It refuses to
// join by a name alone, by a key that several devices share, or through a
// router: what stands behind a router never inherits the router's MAC. It says
// nothing of what a device is or who made it.
package device

import (
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// An ID names a device: "d-" and ten hexadecimal digits, taken from the
// device's strongest key (MAC given by its manufacturer, serial, UUID, locally
// administered MAC, certificate, address). It is the same whatever the order
// of inputs.
type ID string

// An Address is one IP address a device held, and when.
type Address struct {
	IP    netip.Addr
	First time.Time // UTC, first time seen at this address
	Last  time.Time // UTC, last time
}

// A Device is what a run of observations has in common.
type Device struct {
	ID           ID
	MACs         []observation.MAC // sorted; manufacturer-given before locally administered
	Addresses    []Address         // sorted by address
	Serials      []string          // sorted, as sent
	UUIDs        []string          // sorted, lower case
	Hostnames    []string          // sorted, as sent
	Certs        []string          // sorted SHA-256 of public keys, hexadecimal
	First, Last  time.Time         // UTC; zero when no packet and no observation carried a time
	Inputs       []int             // sorted, the inputs that saw it
	VLANs        []uint16          // sorted, without 0
	Observations []*observation.Observation
	Behind       ID      // the recorder that reports it, "" for none; the camera may have been seen itself too
	Channel      string  // its channel there, as the recorder writes it
	Alike        []Alike // locally administered MACs of several inputs that are taken for it, sorted; nil for none
	OnLink       bool    // its own frames, or ARP, DHCP or a multicast answer, proved the MAC
	Router       bool    // its MAC sends for other devices' addresses too
	Packets      int64   // sent by it
	Bytes        int64   // on the wire, sent by it
}

// An Alike is why a MAC that software chose is one device in several inputs: it
// had that address in each.
type Alike struct {
	MAC observation.MAC
	IP  netip.Addr
}

// A Sighting is one (MAC, IP) pair seen as the sender of frames.
type Sighting struct {
	Input       int
	MAC         observation.MAC // zero when the link has none
	IP          netip.Addr      // zero when the frames carried no IP
	First, Last time.Time
	Packets     int64
	Bytes       int64
	VLAN        uint16
	TTL         uint8 // highest TTL or hop limit seen; 0 when unknown
}

// Get returns the first value of the named field among the device's
// observations, in their order, and "" if there is none.
func (d *Device) Get(name string) string {
	for _, o := range d.Observations {
		if v := o.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// Of returns the device's observations of one protocol, in their order.
func (d *Device) Of(protocol string) []*observation.Observation {
	var out []*observation.Observation
	for _, o := range d.Observations {
		if o.Protocol == protocol {
			out = append(out, o)
		}
	}
	return out
}
