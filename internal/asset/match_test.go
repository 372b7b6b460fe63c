package asset

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name     string
		declared []Declared
		seen     []Seen
		want     []Pair
	}{
		{"serial before address", []Declared{{Serial: "ds-1 ABC12345", IP: "10.0.0.1"}}, []Seen{{IPs: []string{"10.0.0.1"}}, {Serials: []string{"DS1ABC12345"}, IPs: []string{"10.0.0.2"}}},
			[]Pair{{0, 1, "serial", ""}, {-1, 0, "", ""}}},
		{"the short form of a serial", []Declared{{Serial: "D12345678"}}, []Seen{{Serials: []string{"DS-2CD2143G2-I20220112AAWRD12345678"}}}, []Pair{{0, 0, "serial", ""}}},
		{"hardware address", []Declared{{MAC: "44:19:b6:00:00:01"}}, []Seen{{MACs: []string{"44:19:b6:00:00:02"}}, {MACs: []string{"44:19:b6:00:00:09", "44:19:b6:00:00:01"}}}, []Pair{{0, 1, "mac", ""}, {-1, 0, "", ""}}},
		{"an address, where nothing is against it", []Declared{{IP: "10.0.0.1", Model: "P3245"}}, []Seen{{IPs: []string{"10.0.0.1"}, Models: []string{"DS-2CD"}, MACs: []string{"44:19:b6:00:00:01"}}}, []Pair{{0, 0, "ip", ""}}},
		{"an address that passed on", []Declared{{IP: "10.0.0.1", MAC: "44:19:b6:00:00:01"}}, []Seen{{IPs: []string{"10.0.0.1"}, MACs: []string{"44:19:b6:00:00:02"}}},
			[]Pair{{0, -1, "", "the device seen with this ip has another hardware address"}, {-1, 0, "", ""}}},
		{"two lines", []Declared{{IP: "10.0.0.1"}, {IP: "10.0.0.1"}}, []Seen{{IPs: []string{"10.0.0.1"}}},
			[]Pair{{0, -1, "", "2 lines of the list have this ip"}, {1, -1, "", "2 lines of the list have this ip"}, {-1, 0, "", ""}}},
		{"two devices", []Declared{{IP: "10.0.0.1"}}, []Seen{{IPs: []string{"10.0.0.1"}}, {IPs: []string{"10.0.0.1"}}}, []Pair{{0, -1, "", "2 devices were seen with this ip"}, {-1, 0, "", ""}, {-1, 1, "", ""}}},
		{"two lines of one device", []Declared{{Serial: "ABC12345"}, {MAC: "44:19:b6:00:00:01"}}, []Seen{{Serials: []string{"ABC12345"}, MACs: []string{"44:19:b6:00:00:01"}}},
			[]Pair{{0, 0, "serial", ""}, {1, -1, "", "the device seen with this mac is that of another line"}}},
		{"an ambiguous address, a clear name", []Declared{{IP: "10.0.0.1", Hostname: "cam1"}, {IP: "10.0.0.1", Hostname: "cam2"}}, []Seen{{IPs: []string{"10.0.0.1"}, Hostnames: []string{"CAM2"}}},
			[]Pair{{0, -1, "", "2 lines of the list have this ip"}, {1, 0, "host name", ""}}},
		{"a serial of zeros", []Declared{{Serial: "00000000"}}, []Seen{{Serials: []string{"00000000"}}}, []Pair{{0, -1, "", ""}, {-1, 0, "", ""}}},
		{"what no network shows", []Declared{{Name: "BW 17", Kind: "body-worn"}}, nil, []Pair{{0, -1, "", ""}}},
	} {
		if diff := cmp.Diff(c.want, Match(c.declared, c.seen)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		name     string
		declared Declared
		seen     Seen
		want     []Difference
	}{
		{"punctuation, case, accents", Declared{Maker: "HIKVISION", Model: "ds 2cd2143g2 i", Hostname: "cam1", MAC: "44:19:B6:00:00:01"},
			Seen{Makers: []string{"Hangzhou Hikvision Digital Technology Co., Ltd."}, Models: []string{"DS-2CD2143G2-I"}, Hostnames: []string{"cam1.example.org"}, MACs: []string{"44:19:b6:00:00:01"}}, nil},
		{"one goes on", Declared{Model: "DS-2CD2143G2-I", Firmware: "5.7.3", Serial: "D12345678"}, Seen{Models: []string{"DS-2CD2143G2-I(2.8mm)"}, Firmwares: []string{"V5.7.3 build 220112"}, Serials: []string{"DS-2CD2143G2-I20220112AAWRD12345678"}}, nil},
		{"a brand before the model", Declared{Model: "AXIS P3245-LV"}, Seen{Models: []string{"P3245-LV"}}, nil},
		{"a neighbour in the catalogue", Declared{Model: "P3245"}, Seen{Models: []string{"P3245-LV-2"}}, nil},
		{"another model", Declared{Model: "P3245"}, Seen{Models: []string{"P32451"}}, []Difference{{Model, "P3245", "P32451"}}},
		{"a rebadge", Declared{Maker: "Honeywell", Brand: "Honeywell"}, Seen{Makers: []string{"Dahua", "Zhejiang Dahua"}, Brands: []string{"Honeywell"}}, []Difference{{Maker, "Honeywell", "Dahua"}}},
		{"a joined build", Declared{Firmware: "V5.5.82 build 190220"}, Seen{Firmwares: []string{"V5.5.82build 190220"}}, nil},
		{"another version", Declared{Firmware: "5.7.3"}, Seen{Firmwares: []string{"5.7.30"}}, []Difference{{Firmware, "5.7.3", "5.7.30"}}},
		{"nothing said", Declared{}, Seen{Models: []string{"x"}, VLANs: []int{3}}, nil},
		{"network", Declared{VLAN: 12, IP: "10.0.0.1", Zone: "CCTV"}, Seen{VLANs: []int{30}, IPs: []string{"10.0.0.2"}, Zone: []string{"Office"}}, []Difference{{IP, "10.0.0.1", "10.0.0.2"}, {Zone, "CCTV", "Office"}, {VLAN, "12", "30"}}},
		{"kinds", Declared{Kind: "camera"}, Seen{Kind: "recorder"}, []Difference{{Kind, "camera", "recorder"}}},
		{"a camera that reads plates", Declared{Kind: "anpr"}, Seen{Kind: "camera"}, nil},
	} {
		if diff := cmp.Diff(c.want, Differences(&c.declared, &c.seen)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestGuess(t *testing.T) {
	for _, c := range []struct {
		header []string
		sample [][]string
		want   map[string]Field
	}{
		{[]string{"Camera Name", "Description", "Address"}, [][]string{{"A", "x", "12 High Street, London"}}, map[string]Field{"cameraname": Name, "description": Extra, "address": Extra}},
		{[]string{"Address", "IP"}, [][]string{{"10.0.0.1", "10.0.0.1"}}, map[string]Field{"address": Extra, "ip": IP}},
		{[]string{"Merk", "Type apparaat", "Serienummer", "MAC adres", "Locatie", "Aankoopdatum"}, nil, map[string]Field{"merk": Brand, "typeapparaat": Extra, "serienummer": Serial, "macadres": MAC, "locatie": Site, "aankoopdatum": Purchased}},
		{[]string{"", "x"}, [][]string{{"44:19:b6:00:00:01", "5.7.3"}, {"44:19:b6:00:00:02", "5.6"}}, map[string]Field{"columna": MAC, "x": Firmware}},
		{[]string{"Name", "Angeschafft", "Eingebaut am", "Gewartet", "Verkauft", "Stand"}, [][]string{{"A", "03.04.2021", "2021-05-03", "15.06.2022", "1.2.2024", "5.7.3"}, {"B", "31.02.2022", "04.2021", "2022.06.16", "", "5.7.4"}},
			map[string]Field{"name": Name, "angeschafft": Purchased, "eingebautam": Installed, "gewartet": Extra, "verkauft": Extra, "stand": Firmware}},
		{[]string{"Name", "Name"}, nil, map[string]Field{"name": Name, "name#2": Extra}},
	} {
		if diff := cmp.Diff(c.want, Guess(c.header, c.sample).Columns); diff != "" {
			t.Errorf("%v: %s", c.header, diff)
		}
	}
}
