package lab

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
)

// index is estate.json: what people say of the organisation and its sites. Its
// names are those of package hub.
type index struct {
	Says          string              `json:"says"`
	Organisations []indexOrganisation `json:"organisations"`
}

type indexOrganisation struct {
	Name    string      `json:"name"`
	Type    string      `json:"type"`
	Country string      `json:"country"`
	Sites   []indexSite `json:"sites"`
}

type indexSite struct {
	Folder string      `json:"folder"` // of its asset list and captures
	Name   string      `json:"name"`
	Says   string      `json:"says"` // what is to be found there
	Facts  indexFacts  `json:"facts"`
	Zones  []indexZone `json:"zones"`
	Lists  []string    `json:"lists"`
}

type indexFacts struct {
	Address        string          `json:"address,omitempty"`
	Owner          string          `json:"owner,omitempty"`
	Landlord       string          `json:"landlord,omitempty"`
	DataController string          `json:"data_controller,omitempty"`
	Lead           string          `json:"lead,omitempty"`
	Sensitive      map[string]bool `json:"sensitive,omitempty"`
	Purpose        map[string]bool `json:"purpose,omitempty"`
	Facts          map[string]bool `json:"facts,omitempty"`
	Purchased      string          `json:"purchased,omitempty"`
	Installed      string          `json:"installed,omitempty"`
	Closed         bool            `json:"closed,omitempty"`
	Tags           []string        `json:"tags,omitempty"`
}

type indexZone struct {
	Name     string   `json:"name"`
	VLAN     uint16   `json:"vlan,omitempty"`
	Networks []string `json:"networks,omitempty"`
}

func estateIndex(places []place) index {
	org := indexOrganisation{Name: "Northshire Council", Type: "uk-council", Country: "GB"}
	for i := range places {
		pl := &places[i]
		s := pl.site
		s.Folder, s.Lists = pl.folder, []string{"assets.csv"}
		net := "10." + strconv.Itoa(int(pl.net))
		s.Zones = []indexZone{{"Cameras", 20, []string{net + ".20.0/24"}}, {"Office", 0, []string{net + ".10.0/24"}}}
		org.Sites = append(org.Sites, s)
	}
	return index{
		Says:          "An estate that does not exist, made by Lenscap's lab (internal/lab/estate). Each site has a folder with its asset list and a capture for each day on which it was watched.",
		Organisations: []indexOrganisation{org},
	}
}

// declared is what a list says of a member, where that is not the truth.
type declared struct {
	not               bool   // nobody declared it
	name, place, when string // as the list calls it; where it hangs; when it was installed
	maker, model, mac string // in place of the truth
}

// said is a line of a list: what is left out is known to nobody.
type said struct{ name, address, mac, maker, model, serial, firmware, place, when string }

// told is what the site's list says of members that are cameras or recorders.
func (pl *place) told() []said {
	var out []said
	for i := range pl.members {
		m := &pl.members[i]
		if !m.truth.Camera || m.declared.not {
			continue
		}
		s := said{m.declared.name, pl.address(m).String(), m.mac, m.truth.Brand, m.truth.Model, m.truth.Serial, m.truth.Firmware, m.declared.place, m.declared.when}
		for _, o := range [][2]*string{{&s.maker, &m.declared.maker}, {&s.model, &m.declared.model}, {&s.mac, &m.declared.mac}} {
			if *o[1] != "" {
				*o[0] = *o[1]
			}
		}
		if m.declared.maker != "" { // who wrote the list never saw the label
			s.serial, s.firmware = "", ""
		}
		out = append(out, s)
	}
	return out
}

// assets is the site's list as a file.
func (pl *place) assets() []byte {
	rows := append(pl.list(pl), pl.extra...)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = pl.comma, true
	_ = w.WriteAll(rows) // a buffer takes all
	return b.Bytes()
}

// exported is what a video management system exports of its hardware.
func exported(pl *place) [][]string {
	out := [][]string{{"Recording server", "Hardware name", "Enabled", "Address", "MAC address", "Manufacturer", "Model", "Serial number", "Firmware version", "Driver", "Location", "Installed"}}
	for _, s := range pl.told() {
		out = append(out, []string{"NSC-VMS-" + strconv.Itoa(int(pl.net)), s.name, "True", "http://" + s.address + "/", s.mac, s.maker, s.model, s.serial, s.firmware, "ONVIF Conformant Device", s.place, s.when})
	}
	return out
}

// spreadsheet is what the people of a depot keep by hand.
func spreadsheet(pl *place) [][]string {
	out := [][]string{{"Asset no.", "Description", "Type", "Make", "Model no.", "Serial", "IP", "Location", "In service since", "Remarks"}}
	for i, s := range pl.told() {
		out = append(out, []string{"NSC-" + strconv.Itoa(int(pl.net)*100+i+1), s.name, "CCTV camera", s.maker, s.model, s.serial, s.address, s.place, s.when, ""})
	}
	return out
}

// columns fills a line up that has less.
func columns(n int, cells ...string) []string {
	return append(cells, slices.Repeat([]string{""}, max(n-len(cells), 0))...)
}
