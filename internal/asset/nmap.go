package asset

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// readNmap takes the devices that were up in an nmap run. Its own conclusions
// are kept as Extra: nmap says what answers, not what somebody owns.
//
// Format: https://nmap.org/book/nmap-dtd.html.
func readNmap(text string) *List {
	l := &List{Format: "nmap XML"}
	fits := &bounded{r: strings.NewReader(text), most: maxEntry}
	d := xml.NewDecoder(fits)
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	deep := 0 // the decoder keeps every element that has not ended
	for {
		t, err := d.Token()
		fits.from = d.InputOffset()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				line, _ := d.InputPos()
				l.fault(Fault{Row: line, Says: "the file is no XML from here on, or was cut: " + err.Error()})
			}
			return l
		}
		if _, ok := t.(xml.EndElement); ok {
			deep--
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "host" {
			if deep++; deep > 100 {
				line, _ := d.InputPos()
				l.fault(Fault{Row: line, Says: "more than 100 elements in each other, which nmap does not write; what follows was not read"})
				return l
			}
			continue
		}
		var h nmapHost
		line, _ := d.InputPos()
		if err := d.DecodeElement(&h, &start); err != nil {
			l.fault(Fault{Row: line, Says: "a device that cannot be read: " + err.Error()})
			return l
		}
		if h.Status.State != "" && h.Status.State != "up" {
			continue
		}
		if row := h.declared(line); row.named() && !l.add(row) {
			return l
		}
	}
}

type nmapHost struct {
	Status struct {
		State string `xml:"state,attr"`
	} `xml:"status"`
	Addresses []struct {
		Addr string `xml:"addr,attr"`
		Type string `xml:"addrtype,attr"`
		Of   string `xml:"vendor,attr"`
	} `xml:"address"`
	Names []struct {
		Name string `xml:"name,attr"`
	} `xml:"hostnames>hostname"`
	Ports []struct {
		Number string `xml:"portid,attr"`
		State  struct {
			State string `xml:"state,attr"`
		} `xml:"state"`
		Service struct {
			Product string `xml:"product,attr"`
			Type    string `xml:"devicetype,attr"`
		} `xml:"service"`
	} `xml:"ports>port"`
}

func (h *nmapHost) declared(line int) Declared {
	d := Declared{Line: line}
	extra := func(name, value string) {
		if value = cut(clean(value), maxCell); value == "" {
			return
		}
		if d.Extra == nil {
			d.Extra = map[string]string{}
		}
		d.Extra[name] = value
	}
	for _, a := range h.Addresses {
		if m, ok := observation.ParseMAC(a.Addr); ok && a.Type == "mac" && !m.Group() {
			d.MAC = m.String()
			extra("MAC registered to", a.Of)
		} else if ip, _, ok := addressOf(a.Addr); ok && d.IP == "" {
			d.IP = ip.String()
		}
	}
	if len(h.Names) > 0 {
		d.Hostname = hostOf(h.Names[0].Name)
	}
	var open []string
	for _, p := range h.Ports[:min(len(h.Ports), 256)] {
		if p.State.State != "open" {
			continue
		}
		if _, err := strconv.ParseUint(p.Number, 10, 16); err == nil {
			open = append(open, p.Number)
		}
		if k := KindOf(p.Service.Type); k != "" && d.Kind == "" {
			d.Kind = k
		}
		if d.Extra["service"] == "" {
			extra("service", p.Service.Product)
		}
	}
	extra("open ports", strings.Join(open, " "))
	return d
}
