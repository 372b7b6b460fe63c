package exchange

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/report"
)

// Nmap writes the devices in the form nmap writes a run (-oX), for tools that
// read that: a device is a host, a service that others were seen to use is an
// open port, and the claims are a script's output. Devices without an address
// are left out: the form has no place for them. Nothing was sent to anybody to
// find this out, which the reason "passive" says.
//
// Form: nmap's DTD, https://svn.nmap.org/nmap/docs/nmap.dtd, version 1.05.
func Nmap(w io.Writer, doc *report.Document) error {
	run := nmapRun{Scanner: "nmap", Args: "lenscap audit", Version: doc.Lenscap, Output: "1.05", Hosts: []nmapHost{}}
	services := servicesOf(doc)
	var last int64
	for i := range doc.Devices {
		d := &doc.Devices[i]
		if len(d.Addresses) == 0 {
			continue
		}
		run.Hosts = append(run.Hosts, hostOf(d, services[d.ID]))
		if at := unix(d.LastSeen); at > last {
			last = at
		}
		if at := unix(d.FirstSeen); at > 0 && (run.Start == 0 || at < run.Start) {
			run.Start = at
		}
	}
	n := len(run.Hosts)
	run.Stats = nmapStats{
		Finished: nmapFinished{Time: last, Elapsed: last - run.Start, Summary: fmt.Sprintf("Lenscap %s as at %s; %d devices with an address", doc.Lenscap, doc.AsAt, n), Exit: "success"},
		Hosts:    nmapCount{Up: n, Total: n},
	}
	if _, err := io.WriteString(w, xml.Header+"<!DOCTYPE nmaprun>\n"); err != nil {
		return fmt.Errorf("write nmap XML: %w", err)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(run); err != nil {
		return fmt.Errorf("write nmap XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type (
	nmapRun struct {
		XMLName   xml.Name   `xml:"nmaprun"`
		Scanner   string     `xml:"scanner,attr"`
		Args      string     `xml:"args,attr"`
		Start     int64      `xml:"start,attr"`
		Version   string     `xml:"version,attr"`
		Output    string     `xml:"xmloutputversion,attr"`
		Verbose   nmapLevel  `xml:"verbose"`
		Debugging nmapLevel  `xml:"debugging"`
		Hosts     []nmapHost `xml:"host"`
		Stats     nmapStats  `xml:"runstats"`
	}
	nmapLevel struct {
		Level int `xml:"level,attr"`
	}
	nmapHost struct {
		Start     int64          `xml:"starttime,attr,omitempty"`
		End       int64          `xml:"endtime,attr,omitempty"`
		Status    nmapState      `xml:"status"`
		Addresses []nmapAddress  `xml:"address"`
		Names     []nmapName     `xml:"hostnames>hostname,omitempty"`
		Ports     *nmapPorts     `xml:"ports"`
		Script    nmapHostScript `xml:"hostscript"`
	}
	nmapState struct {
		State  string `xml:"state,attr"`
		Reason string `xml:"reason,attr"`
		TTL    int    `xml:"reason_ttl,attr"`
	}
	nmapAddress struct {
		Addr   string `xml:"addr,attr"`
		Type   string `xml:"addrtype,attr"`
		Vendor string `xml:"vendor,attr,omitempty"`
	}
	nmapName struct {
		Name string `xml:"name,attr"`
		Type string `xml:"type,attr"`
	}
	nmapPorts struct {
		Ports []nmapPort `xml:"port"`
	}
	nmapPort struct {
		Protocol string       `xml:"protocol,attr"`
		ID       uint16       `xml:"portid,attr"`
		State    nmapState    `xml:"state"`
		Service  *nmapService `xml:"service"`
	}
	nmapService struct {
		Name    string   `xml:"name,attr"`
		Conf    int      `xml:"conf,attr"`
		Method  string   `xml:"method,attr"`
		Version string   `xml:"version,attr,omitempty"`
		Product string   `xml:"product,attr,omitempty"`
		Type    string   `xml:"devicetype,attr,omitempty"`
		CPEs    []string `xml:"cpe"`
	}
	nmapHostScript struct {
		Script nmapScript `xml:"script"`
	}
	nmapScript struct {
		ID     string     `xml:"id,attr"`
		Output string     `xml:"output,attr"`
		Elems  []nmapElem `xml:"elem"`
	}
	nmapElem struct {
		Key   string `xml:"key,attr"`
		Value string `xml:",chardata"`
	}
	nmapStats struct {
		Finished nmapFinished `xml:"finished"`
		Hosts    nmapCount    `xml:"hosts"`
	}
	nmapFinished struct {
		Time    int64  `xml:"time,attr"`
		Elapsed int64  `xml:"elapsed,attr"`
		Summary string `xml:"summary,attr"`
		Exit    string `xml:"exit,attr"`
	}
	nmapCount struct {
		Up    int `xml:"up,attr"`
		Down  int `xml:"down,attr"`
		Total int `xml:"total,attr"`
	}
)

// A used is a service of a device that somebody used.
type used struct {
	protocol string
	port     uint16
	app      string
}

// servicesOf finds the services of each device: its own port where the far end
// opened, and the far end's where the device did and that is a device too.
func servicesOf(doc *report.Document) map[string][]used {
	out := map[string][]used{}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		if c.Port == 0 || c.PacketsUp == 0 || c.PacketsDown == 0 || c.Protocol != "tcp" && c.Protocol != "udp" || c.Scope == egress.ScopeGroup {
			continue
		}
		owner := ""
		switch c.Opened {
		case "far end":
			owner = c.Device
		case "device":
			owner = c.Peer
		}
		u := used{c.Protocol, c.Port, c.App}
		if owner != "" && !slices.ContainsFunc(out[owner], func(o used) bool { return o.protocol == u.protocol && o.port == u.port }) {
			out[owner] = append(out[owner], u)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b used) int {
			return cmp.Or(strings.Compare(a.protocol, b.protocol), cmp.Compare(a.port, b.port))
		})
	}
	return out
}

func hostOf(d *report.Device, services []used) nmapHost {
	seen := nmapState{State: "up", Reason: "passive"}
	h := nmapHost{Start: unix(d.FirstSeen), End: unix(d.LastSeen), Status: seen}
	for _, a := range d.Addresses {
		kind := "ipv4"
		if strings.Contains(a.IP, ":") {
			kind = "ipv6"
		}
		h.Addresses = append(h.Addresses, nmapAddress{Addr: a.IP, Type: kind})
	}
	for _, m := range d.MACs {
		h.Addresses = append(h.Addresses, nmapAddress{Addr: strings.ToUpper(m), Type: "mac", Vendor: d.NetworkPart.Value})
	}
	for _, n := range d.Hostnames {
		h.Names = append(h.Names, nmapName{Name: n, Type: "user"})
	}
	names := candidate(d)
	for _, u := range services {
		p := nmapPort{Protocol: u.protocol, ID: u.port, State: nmapState{State: "open", Reason: "passive"}}
		s := nmapService{Name: cmp.Or(u.app, "unknown"), Conf: conf(d.Model.Grade), Method: "probed", Product: product(d), Version: d.Firmware.Value}
		if d.Kind.Value == attribution.KindCamera || d.Kind.Value == attribution.KindRecorder {
			s.Type = "webcam" // nmap's word for both
		}
		if names.hardware != "" {
			s.CPEs = []string{uri(names.hardware)}
		}
		p.Service = &s
		if h.Ports == nil {
			h.Ports = &nmapPorts{}
		}
		h.Ports.Ports = append(h.Ports.Ports, p)
	}
	h.Script.Script = scriptOf(d)
	return h
}

func product(d *report.Device) string {
	return strings.TrimSpace(cmp.Or(d.Brand.Value, d.Maker.Value) + " " + d.Model.Value)
}

// conf is nmap's scale of 0 to 10.
func conf(g attribution.Grade) int { return [...]int{0, 4, 7, 10}[g] }

// uri writes a name of the enumeration in the older form nmap uses: the
// separators the two share, up to the version (NIST IR 7695, section 6.1).
func uri(name string) string {
	parts := strings.SplitN(strings.TrimPrefix(name, "cpe:2.3:"), ":", 4)
	for i := range parts[:min(len(parts), 3)] {
		parts[i] = percent(parts[i])
	}
	return "cpe:/" + strings.Join(parts[:min(len(parts), 3)], ":")
}

// percent writes what is quoted by a backslash as a percent sign and digits.
func percent(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			fmt.Fprintf(&b, "%%%02x", s[i])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// scriptOf puts the claims where nmap puts what its scripts find out.
func scriptOf(d *report.Device) nmapScript {
	s := nmapScript{ID: "lenscap"}
	var words []string
	for _, c := range claims(d) {
		if c.claim.Value == "" {
			continue
		}
		words = append(words, fmt.Sprintf("%s: %s (%s)", c.name, c.claim.Value, c.claim.Grade))
		s.Elems = append(s.Elems, nmapElem{c.name, c.claim.Value}, nmapElem{c.name + "_grade", c.claim.Grade.String()})
	}
	s.Output = cmp.Or(strings.Join(words, "; "), "nothing is known of this device")
	s.Elems = append(s.Elems, nmapElem{"id", d.ID})
	return s
}

func unix(stamp string) int64 {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return 0
	}
	return t.Unix()
}
