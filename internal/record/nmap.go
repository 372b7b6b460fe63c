package record

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/observation"
)

// What nmap writes with -oX, one run or several behind each other. Only hosts that
// are up and ports that are open say anything.
//
// Format: https://nmap.org/book/output-formats-xml-output.html and the DTD,
// https://svn.nmap.org/nmap/docs/nmap.dtd.
var nmapReader = Reader{Name: "nmap XML", Fuzz: "FuzzNmap", Is: isNmap, Read: readNmap}

func isNmap(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("<nmaprun"))
}

// maxToken bounds one tag with its attributes, or one run of text, in bytes.
const maxToken = 4 << 20

// errToken is returned for one that is longer.
var errToken = errors.New("a tag or text of more than 4 MiB")

// A tokenGuard bounds what is read for one token.
type tokenGuard struct {
	r     io.Reader
	left  int
	bytes int64
	err   error // of r
}

func (g *tokenGuard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, errToken
	}
	n, err := g.r.Read(b[:min(len(b), g.left)])
	g.left -= n
	g.bytes += int64(n)
	if err != nil {
		g.err = err
	}
	return n, err
}

func readNmap(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	guard := &tokenGuard{r: r}
	d := xml.NewDecoder(guard)
	d.Strict = false
	d.Entity = map[string]string{}
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	n := nmapRun{job: job}
	var err error
	for err == nil {
		guard.left = maxToken
		var token xml.Token
		if token, err = d.RawToken(); err != nil {
			break
		}
		n.offset = d.InputOffset()
		switch t := token.(type) {
		case xml.StartElement:
			n.start(t)
		case xml.EndElement:
			if n.end(t.Name.Local) {
				err = ctx.Err()
			}
		case xml.CharData:
			n.chars(t)
		}
	}
	if n.inside = n.host != nil; n.inside {
		n.finish() // what came before the cut
		n.res.Gaps = addGap(n.res.Gaps, capture.Gap{Offset: n.offset, Packets: 1, Why: "a device that the file ends within"})
	}
	n.res.Format, n.res.Unit, n.res.Bytes = "nmap XML", "element", guard.bytes
	n.res.Lacks = []string{"traffic: who speaks with whom, and how much", "multicast discovery, unless scripts asked for it", "hardware addresses of devices behind a router", "what no probe or script asked for"}
	return n.res, n.why(err, guard.err)
}

// why turns the end of reading into a gap, or into an error of the input.
func (n *nmapRun) why(err, source error) error {
	var damage *capture.DamageError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(source, &damage):
		n.res.Gaps = append(n.res.Gaps, capture.Gap{Offset: n.offset, Why: damage.Why})
	case source != nil && !errors.Is(source, io.EOF):
		return source
	case errors.Is(err, errToken):
		n.res.Gaps = append(n.res.Gaps, capture.Gap{Offset: n.offset, Why: errToken.Error()})
	case errors.Is(err, io.EOF):
		if n.open && !n.inside {
			n.res.Gaps = append(n.res.Gaps, capture.Gap{Offset: n.offset, Why: "the file ends before the run does (</nmaprun>): it was cut, or nmap was stopped"})
		}
	default:
		n.res.Gaps = append(n.res.Gaps, capture.Gap{Offset: n.offset, Why: "the file is no XML from here on, or was cut"})
	}
	return nil
}

// An nmapRun is a file being read.
type nmapRun struct {
	job    *Job
	res    Result
	offset int64
	open   bool // a run was begun and not ended
	inside bool // and the file ended within a device
	host   *nmapHost
	port   *nmapPort
	script *nmapScript
}

// An nmapHost is one host element.
type nmapHost struct {
	number     int64
	start, end int64
	up         bool
	ips        []netip.Addr
	mac        observation.MAC
	said       []observation.Observation
}

// An nmapPort is one port element.
type nmapPort struct {
	number  uint16
	udp     bool
	open    bool
	service string
	fields  fieldList // what nmap concludes
	said    []observation.Observation
}

// An nmapScript is the output of one script.
type nmapScript struct {
	id, output string
	keys       []string // of the tables that are open
	key        string   // of the element that is open
	inElem     bool
	text       []byte
	values     []nmapValue
}

// An nmapValue is one element of a script's output.
type nmapValue struct{ path, text string }

const (
	maxValues = 4096 // of one script
	maxDepth  = 32   // of its tables
	maxSaid   = 4096 // observations of one host
	maxText   = 64 << 10
)

// attr is the value of an attribute, "" if there is none.
func attr(t xml.StartElement, name string) string {
	for i := range t.Attr {
		if t.Attr[i].Name.Local == name {
			return t.Attr[i].Value
		}
	}
	return ""
}

// start takes the beginning of an element.
func (n *nmapRun) start(t xml.StartElement) {
	if t.Name.Local == "nmaprun" {
		n.open = true
	}
	if t.Name.Local == "host" {
		n.res.Records++
		n.host = &nmapHost{number: n.res.Records, start: epoch(attr(t, "starttime")), end: epoch(attr(t, "endtime"))}
		n.port, n.script = nil, nil
		return
	}
	if n.host == nil {
		return
	}
	switch t.Name.Local {
	case "status":
		n.host.up = attr(t, "state") == "up"
	case "address":
		n.address(t)
	case "port":
		number, _ := strconv.ParseUint(attr(t, "portid"), 10, 16)
		n.port = &nmapPort{number: uint16(number), udp: attr(t, "protocol") == "udp"}
	case "state":
		if n.port != nil {
			n.port.open = attr(t, "state") == "open"
		}
	case "service":
		if n.port != nil {
			n.service(t)
		}
	case "script":
		n.script = &nmapScript{id: attr(t, "id"), output: attr(t, "output")}
	case "table":
		if n.script != nil && len(n.script.keys) < maxDepth {
			n.script.keys = append(n.script.keys, attr(t, "key"))
		}
	case "elem":
		if n.script != nil {
			n.script.key, n.script.inElem, n.script.text = attr(t, "key"), true, n.script.text[:0]
		}
	}
}

func (n *nmapRun) address(t xml.StartElement) {
	if attr(t, "addrtype") == "mac" {
		if m, ok := observation.ParseMAC(attr(t, "addr")); ok && !m.Group() {
			n.host.mac = m
		}
		return
	}
	if ip := address([]byte(attr(t, "addr"))); ip.IsValid() && len(n.host.ips) < 16 {
		n.host.ips = append(n.host.ips, ip)
	}
}

// service keeps what nmap concludes of a port by its probes.
func (n *nmapRun) service(t xml.StartElement) {
	p := n.port
	p.service = attr(t, "name")
	if attr(t, "method") != "probed" {
		return // taken from the number of the port
	}
	line := attr(t, "product")
	if v := attr(t, "version"); v != "" && line != "" {
		line += " " + v
	}
	if x := attr(t, "extrainfo"); x != "" && line != "" {
		line += " (" + x + ")"
	}
	p.fields.add(observation.NmapService, []byte(line))
	p.fields.add(observation.NmapDeviceType, []byte(attr(t, "devicetype")))
}

// chars takes text.
func (n *nmapRun) chars(b []byte) {
	s := n.script
	if s != nil && s.inElem && len(s.text) < maxText {
		s.text = append(s.text, b[:min(len(b), maxText-len(s.text))]...)
		return
	}
	if n.port != nil && s == nil && bytes.HasPrefix(b, []byte("cpe:/")) {
		n.port.fields.addOnce(observation.NmapCPE, b)
	}
}

// end takes the end of an element, and reports whether that ended a host.
func (n *nmapRun) end(name string) bool {
	if name == "nmaprun" {
		n.open = false
	}
	if n.host == nil {
		return false
	}
	switch name {
	case "elem":
		if s := n.script; s != nil && s.inElem {
			s.inElem = false
			s.add()
		}
	case "table":
		if s := n.script; s != nil && len(s.keys) > 0 {
			s.keys = s.keys[:len(s.keys)-1]
		}
	case "script":
		if n.script != nil {
			n.say(n.script)
			n.script = nil
		}
	case "port":
		n.endPort()
	case "host":
		n.finish()
		return true
	}
	return false
}

// add keeps the element that ended, under the keys of its tables.
func (s *nmapScript) add() {
	if len(s.values) >= maxValues {
		return
	}
	path := ""
	for _, k := range s.keys {
		path += k + "/"
	}
	s.values = append(s.values, nmapValue{path + s.key, string(s.text)})
}

// get is the first value at path, "" if there is none.
func (s *nmapScript) get(path string) string {
	for _, v := range s.values {
		if v.path == path {
			return v.text
		}
	}
	return ""
}

func (n *nmapRun) endPort() {
	p := n.port
	n.port = nil
	if p == nil || !p.open {
		return
	}
	if len(p.fields) > 0 {
		p.said = append(p.said, observation.Observation{Protocol: "nmap", Fields: p.fields})
	}
	for _, o := range p.said {
		o.From = netip.AddrPortFrom(netip.Addr{}, p.number)
		n.host.keep(o)
	}
}

func (h *nmapHost) keep(o observation.Observation) {
	if len(o.Fields) > 0 && len(h.said) < maxSaid {
		h.said = append(h.said, o)
	}
}

// finish hands over what a host said.
func (n *nmapRun) finish() {
	h := n.host
	n.host, n.port, n.script = nil, nil, nil
	if !h.up || len(h.ips) == 0 {
		return
	}
	if !slices.ContainsFunc(h.ips, func(ip netip.Addr) bool { return !ip.IsLoopback() }) {
		n.res.Gaps = addGap(n.res.Gaps, capture.Gap{Offset: n.offset, Packets: 1, Why: "loopback addresses, which are the scanning machine's own: left out"})
		return
	}
	if h.end == 0 {
		h.end = h.start
	}
	if h.start != 0 && (n.res.First == 0 || h.start < n.res.First) {
		n.res.First = h.start
	}
	n.res.Last = max(n.res.Last, h.end)
	for i, ip := range h.ips {
		n.job.Sink.Sight(device.Sighting{Input: n.job.Input, MAC: h.mac, IP: ip, First: nano(h.start), Last: nano(h.end)})
		if i == 0 && !h.mac.IsZero() { // nmap prints a hardware address of what answers ARP itself
			n.hand(h, observation.Observation{Protocol: "arp", From: netip.AddrPortFrom(ip, 0), Fields: []observation.Field{
				{Name: observation.ARPMAC, Value: h.mac.String()}, {Name: observation.ARPIP, Value: ip.String()},
			}})
		}
	}
	for _, o := range h.said {
		o.From = netip.AddrPortFrom(h.ips[0], o.From.Port())
		n.hand(h, o)
	}
}

func (n *nmapRun) hand(h *nmapHost, o observation.Observation) {
	o.Input, o.Packet, o.Seen, o.Count, o.MAC = n.job.Input, h.number, nano(h.end), 1, h.mac
	o.Last = o.Seen
	n.job.Sink.Observe(o)
}

// epoch reads seconds since 1970 as nanoseconds, 0 for none.
func epoch(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 || v > 1<<33 {
		return 0
	}
	return v * int64(time.Second)
}
