package asset

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func readText(t *testing.T, text string, m *Mapping) *List {
	t.Helper()
	l, err := Read(strings.NewReader(text), "list.csv", m)
	if err != nil {
		t.Fatalf("Read(%q): %v", text, err)
	}
	return l
}

func latin(t *testing.T, s string) string {
	t.Helper()
	out, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wide(t *testing.T, s string, order unicode.Endianness, mark unicode.BOMPolicy) string {
	t.Helper()
	out, err := unicode.UTF16(order, mark).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTables(t *testing.T) {
	german := "Gerätename;Hersteller;Modell;Seriennummer;MAC-Adresse;IP-Adresse;Standort;Inbetriebnahme;Gebäudenummer\r\n" +
		"Tür Süd;Hikvision;DS-2CD2143G2-I;D12345678;44-19-B6-00-00-01;10.0.0.5;Köln;3.4.2024;7\r\n"
	want := Declared{Line: 2, Name: "Tür Süd", Maker: "Hikvision", Model: "DS-2CD2143G2-I", Serial: "D12345678", MAC: "44:19:b6:00:00:01", IP: "10.0.0.5", Site: "Köln",
		Installed: "2024-04-03", Extra: map[string]string{"Gebäudenummer": "7"}}
	for _, c := range []struct {
		name, in, format string
		want             []Declared
		faults           []string
	}{
		{"semicolons, UTF-8", german, "CSV (semicolon, UTF-8)", []Declared{want}, nil},
		{"with a mark", "\ufeff" + german, "CSV (semicolon, UTF-8)", []Declared{want}, nil},
		{"Windows-1252", latin(t, german), "CSV (semicolon, Windows-1252)", []Declared{want}, nil},
		{"UTF-16 with a mark, tabs", wide(t, strings.ReplaceAll(german, ";", "\t"), unicode.LittleEndian, unicode.UseBOM), "CSV (tab, UTF-16)", []Declared{want}, nil},
		{"UTF-16 without a mark", wide(t, german, unicode.BigEndian, unicode.IgnoreBOM), "CSV (semicolon, UTF-16)", []Declared{want}, nil},
		{"Milestone's hardware", "HardwareName,HardwareAddress,HardwarePort,HardwareUsername,HardwarePassword,HardwareModel,MACAddress\n" +
			"Gate,http://10.0.0.9/,80,root,secret1,AXIS P3245,ACCC8E000001\n", "CSV (comma, UTF-8)",
			[]Declared{{Line: 2, Name: "Gate", IP: "10.0.0.9", Model: "AXIS P3245", MAC: "ac:cc:8e:00:00:01", Extra: map[string]string{"HardwarePort": "80"}}}, nil},
		{"Genetec's report", "Entity,Manufacturer,Product type,Firmware version,IP address,Physical address\nLobby,Bosch,NBE-3502,7.80.0129,10.1.0.4,00-07-5f-00-00-01\n", "CSV (comma, UTF-8)",
			[]Declared{{Line: 2, Name: "Lobby", Maker: "Bosch", Model: "NBE-3502", Firmware: "7.80.0129", IP: "10.1.0.4", MAC: "00:07:5f:00:00:01"}}, nil},
		{"titles above, sep= before", "sep=|\nCamera list 2026\n\nNom|Fabricant|Adresse IP|Type\nEntrée|Dahua|10.0.0.1|Caméra dôme\n", "CSV (bar, UTF-8)",
			[]Declared{{Line: 5, Name: "Entrée", Maker: "Dahua", IP: "10.0.0.1", Kind: "camera"}}, nil},
		{"no header", "Gate,10.0.0.1,44:19:b6:00:00:01\nYard,10.0.0.2,44:19:b6:00:00:02\n", "CSV (comma, UTF-8)",
			[]Declared{{Line: 1, IP: "10.0.0.1", MAC: "44:19:b6:00:00:01", Extra: map[string]string{"A": "Gate"}}, {Line: 2, IP: "10.0.0.2", MAC: "44:19:b6:00:00:02", Extra: map[string]string{"A": "Yard"}}}, nil},
		{"a bad cell loses itself only", "name,ip,vlan,mac,installed,serial\nA,10.0.0.300,5000,zz,31/02/2024,1.23E+14\nB,010.0.0.1,12,01:00:5e:00:00:01,2019,X1\n", "CSV (comma, UTF-8)",
			[]Declared{{Line: 2, Name: "A"}, {Line: 3, Name: "B", VLAN: 12, Installed: "2019", Serial: "X1"}},
			[]string{`row 2, ip: "10.0.0.300"`, `row 2, vlan: "5000"`, `row 2, mac: "zz"`, `row 2, installed: "31/02/2024"`, `row 2, serial: "1.23E+14": a spreadsheet has rounded`, `row 3, ip: "010.0.0.1"`, `row 3, mac: "01:00:5e:00:00:01"`}},
		{"a quote that is not closed", "name,ip\n\"A,10.0.0.1\n" + "B,10.0.0.2\nC,10.0.0.3\n", "CSV (comma, UTF-8)",
			[]Declared{{Line: 2, Name: `"A`, IP: "10.0.0.1"}, {Line: 3, Name: "B", IP: "10.0.0.2"}, {Line: 4, Name: "C", IP: "10.0.0.3"}}, []string{"row 2: a quote that is not closed"}},
		{"cells over lines", "name,location\n\"A\",\"hall\nleft, \"\"top\"\"\"\nB,yard\n", "CSV (comma, UTF-8)", []Declared{{Line: 2, Name: "A", Location: `hall left, "top"`}, {Line: 4, Name: "B", Location: "yard"}}, nil},
		{"more cells than the header, and a row that says nothing", "name,ip\nA,10.0.0.1,x\n,,\n,n/a\n-,unknown\n\"\",\n", "CSV (comma, UTF-8)", []Declared{{Line: 2, Name: "A", IP: "10.0.0.1", Extra: map[string]string{"C": "x"}}},
			[]string{"row 4: no name", "row 5: no name"}},
		{"no network shows them", "Name,Type,Brand,Model,Serial Number\nBW 17,Body-worn camera,Axon,Body 4,X60A1234\nSky 2,Drone (quadcopter),DJI,M30T,1581F5BK\n,Dash cam,,,D-88\nAir,Helicopter camera,L3,MX-15,\n", "CSV (comma, UTF-8)",
			[]Declared{{Line: 2, Name: "BW 17", Kind: "body-worn", Brand: "Axon", Model: "Body 4", Serial: "X60A1234"}, {Line: 3, Name: "Sky 2", Kind: "drone", Brand: "DJI", Model: "M30T", Serial: "1581F5BK"},
				{Line: 4, Kind: "dash cam", Serial: "D-88"}, {Line: 5, Name: "Air", Kind: "helicopter camera", Brand: "L3", Model: "MX-15"}}, nil},
		{"twice the same", "name,mac\nA,44:19:b6:00:00:01\nB,4419B6000001\n", "CSV (comma, UTF-8)", []Declared{{Line: 2, Name: "A", MAC: "44:19:b6:00:00:01"}, {Line: 3, Name: "B", MAC: "44:19:b6:00:00:01"}}, []string{"line 2 has it too"}},
		{"names where addresses should be", "name,ip address\nA,cam1.example.org\nB,10.0.0.2:8080\n", "CSV (comma, UTF-8)", []Declared{{Line: 2, Name: "A", Hostname: "cam1.example.org"}, {Line: 3, Name: "B", IP: "10.0.0.2"}}, nil},
		{"hostile text", "name,model\n\"=cmd|' /C calc'!A0\",\"a\u202eb\x1b[2Jc\"\n=\"0012\",x\n", "CSV (comma, UTF-8)", []Declared{{Line: 2, Name: "=cmd|' /C calc'!A0", Model: "a b [2Jc"}, {Line: 3, Name: "0012", Model: "x"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := readText(t, c.in, nil)
			if l.Format != c.format {
				t.Errorf("format %q, want %q", l.Format, c.format)
			}
			if diff := cmp.Diff(c.want, l.Rows); diff != "" {
				t.Error(diff)
			}
			if len(l.Faults) != len(c.faults) {
				t.Errorf("faults %v, want %d", l.Faults, len(c.faults))
			}
			for i := range min(len(l.Faults), len(c.faults)) {
				if !strings.Contains(l.Faults[i].String(), c.faults[i]) {
					t.Errorf("fault %q, want %q", l.Faults[i], c.faults[i])
				}
			}
		})
	}
}

func TestPasswordsAreNeverKept(t *testing.T) {
	in := "Name,IP,Admin Password,Benutzername,PIN,Kennwort (alt)\nA,10.0.0.1,hunter2,root,1234,hunter3\n"
	for _, m := range []*Mapping{nil, {Columns: map[string]Field{"name": Name, "adminpassword": Extra, "benutzername": Owner, "pin": Tags}}} {
		l := readText(t, in, m)
		all := fmt.Sprintf("%+v", l)
		for _, secret := range []string{"hunter2", "root", "1234", "hunter3"} {
			if strings.Contains(all, secret) {
				t.Errorf("with %+v the list holds %q: %s", m, secret, all)
			}
		}
	}
}

func TestAGivenMappingIsUsed(t *testing.T) {
	l := readText(t, "a,b,c\nx,3/4/2024,Y\n", &Mapping{Columns: map[string]Field{"a": Serial, "b": Purchased, "gone": Model}, Header: 1, Dates: "mdy", Kind: "camera"})
	want := []Declared{{Line: 2, Serial: "x", Purchased: "2024-03-04", Kind: "camera", Extra: map[string]string{"c": "Y"}}}
	if diff := cmp.Diff(want, l.Rows); diff != "" {
		t.Error(diff)
	}
	if len(l.Faults) != 1 || l.Faults[0].Column != "gone" {
		t.Errorf("faults %v", l.Faults)
	}
	again := readText(t, "c,b,a\nY,3/4/2024,x\n", &l.Mapping)
	if diff := cmp.Diff(want, again.Rows); diff != "" {
		t.Errorf("other order of columns: %s", diff)
	}
}

// A mapping may name one column; the others are guessed, but for a field that it
// gave away.
func TestWhatAMappingDoesNotNameIsGuessed(t *testing.T) {
	in := "Bemerkung;Name;IP-Adresse;Seriennummer;Kennwort;Farbe\nGate;N1;10.0.0.1;S1;geheim;rot\n"
	l := readText(t, in, &Mapping{Columns: map[string]Field{"bemerkung": Name, "seriennummer": Ignore}})
	want := []Declared{{Line: 2, Name: "Gate", IP: "10.0.0.1", Extra: map[string]string{"Name": "N1", "Farbe": "rot"}}}
	if diff := cmp.Diff(want, l.Rows); diff != "" || len(l.Faults) > 0 {
		t.Error(diff, l.Faults)
	}
	columns := map[string]Field{"bemerkung": Name, "name": Extra, "ipadresse": IP, "seriennummer": Ignore, "kennwort": Secret, "farbe": Extra}
	if diff := cmp.Diff(columns, l.Mapping.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ column, want string }{
		{"2024-03-04", "2024-03-04"}, {"2024/3/4", "2024-03-04"}, {"2024-03-04T10:00:00Z", "2024-03-04"}, {"2024", "2024"}, {"2024-03", "2024-03"}, {"03/2024", "2024-03"},
		{"4.3.2024", "2024-03-04"}, {"04.03.24", "2024-03-04"}, {"4/3/2024", "?"}, {"4/3/2024,25/3/2024", "2024-03-04"}, {"4/3/2024,3/25/2024", "2024-04-03"}, {"5/5/2024", "2024-05-05"},
		{"4 March 2024", "2024-03-04"}, {"March 2024", "2024-03"}, {"Mar-24", "2024-03"}, {"March 4, 2024", "2024-03-04"}, {"4. März 2024", "2024-03-04"}, {"4 août 2023", "2023-08-04"}, {"4 juin 2023", "2023-06-04"}, {"4 mrt 2024", "2024-03-04"},
		{"30.2.2024", "?"}, {"1850", "?"}, {"soon", "?"}, {"45000", "?"},
	} {
		values := strings.Split(c.column, ",")
		if strings.HasPrefix(c.column, "March 4") {
			values = []string{c.column}
		}
		got, says := dateOf(cell{value: values[0], days: dayOrder(values)})
		if says != "" {
			got = "?"
		}
		if got != c.want {
			t.Errorf("%s: %s %s, want %s", c.column, got, says, c.want)
		}
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	return copy(b, bytes.Repeat([]byte("a,b\n"), len(b)/4+1)), nil
}

func TestWhatIsNoList(t *testing.T) {
	for in, want := range map[string]string{
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "Excel 2003", "%PDF-1.7": "no list", "<html>": "no list", `{"a":1}`: "no list", `{"results":[{"a":1}]}`: "no list", "{x": "no JSON", "PK\x03\x04rest": "no spreadsheet",
	} {
		if _, err := Read(strings.NewReader(in), "x", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	if l := readText(t, "", nil); len(l.Rows) != 0 {
		t.Errorf("an empty file has %v", l.Rows)
	}
}

const nmapRun = `<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun scanner="nmap">
<host><status state="up"/><address addr="10.0.0.5" addrtype="ipv4"/><address addr="44:19:B6:00:00:01" addrtype="mac" vendor="Hangzhou Hikvision"/>
<hostnames><hostname name="CAM1.example.org" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="554"><state state="open"/><service name="rtsp" product="Hikvision rtspd" devicetype="webcam"/></port><port protocol="tcp" portid="23"><state state="closed"/></port></ports></host>
<host><status state="down"/><address addr="10.0.0.6" addrtype="ipv4"/></host>
<host><status state="up"/><address addr="10.0.0.7" addrtype="ipv4"/></host>
`

func TestNmap(t *testing.T) {
	l := readText(t, nmapRun, nil)
	want := []Declared{
		{Line: 2, Kind: "camera", MAC: "44:19:b6:00:00:01", IP: "10.0.0.5", Hostname: "cam1.example.org", Extra: map[string]string{"MAC registered to": "Hangzhou Hikvision", "service": "Hikvision rtspd", "open ports": "554"}},
		{Line: 6, IP: "10.0.0.7"},
	}
	if diff := cmp.Diff(want, l.Rows); diff != "" {
		t.Error(diff)
	}
	if len(l.Faults) != 1 || !strings.Contains(l.Faults[0].Says, "cut") {
		t.Errorf("the cut end: %v", l.Faults)
	}
}

const runZero = `{"id":"a1","addresses":["10.0.0.5"],"names":["CAM1"],"macs":["44:19:b6:00:00:01"],"type":"IP Camera","hw":"Hikvision DS-2CD","hw_vendor":"Hikvision","hw_product":"DS-2CD","site_name":"Depot","tags":{"floor":"2","cctv":""},"owners":[{"name":"Estates"}]}
{broken
{"id":"a2","addresses":[],"names":[],"type":"Drone","hw_product":"M30"}
{"something":"else"}
`

func TestRunZero(t *testing.T) {
	l := readText(t, runZero, nil)
	want := []Declared{
		{Line: 1, Kind: "camera", Brand: "Hikvision", Model: "DS-2CD", MAC: "44:19:b6:00:00:01", IP: "10.0.0.5", Hostname: "cam1", Site: "Depot", Owner: "Estates", Tags: []string{"cctv", "floor=2"}, Extra: map[string]string{"runZero id": "a1"}},
		{Line: 3, Kind: "drone", Model: "M30", Extra: map[string]string{"runZero id": "a2"}},
	}
	if diff := cmp.Diff(want, l.Rows); diff != "" {
		t.Error(diff)
	}
	if len(l.Faults) != 2 || l.Faults[0].Row != 2 || l.Faults[1].Row != 4 {
		t.Errorf("faults %v", l.Faults)
	}
}

func TestFaultsAreBounded(t *testing.T) {
	text := "name,vlan\n"
	for i := range 3000 {
		text += fmt.Sprintf("A%d,x\n", i)
	}
	l := readText(t, text, nil)
	if len(l.Rows) != 3000 || len(l.Faults) != maxFaults || l.More != 2000 {
		t.Errorf("%d rows, %d faults, %d more", len(l.Rows), len(l.Faults), l.More)
	}
}

func TestWhatIsWrittenReadsAgainAndComputesNothing(t *testing.T) {
	rows := []Declared{
		{Line: 2, Name: `=HYPERLINK("http://evil.example")`, Kind: "camera", Model: "-2+3", Serial: "@x", MAC: "44:19:b6:00:00:01", IP: "10.0.0.1", VLAN: 7, Location: "+1 floor", Owner: "a \"b\", c", Tags: []string{"x", "y"}, Installed: "2024-03"},
		{Line: 3, Name: "＝1", Serial: "-5"},
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, rows); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\n=", ",=", ",@", ",+1", ",-2+3", "\n＝", `"=`} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q starts a formula in\n%s", bad, b.String())
		}
	}
	if diff := cmp.Diff(rows, readText(t, b.String(), nil).Rows); diff != "" {
		t.Error(diff)
	}
	for in, want := range map[string]string{"": "", "a": "a", "-5": "-5", "+5.5": "+5.5", "\tx": "'\tx", "\rx": "'\rx", "=1": "'=1", "-": "'-"} {
		if got := Cell(in); got != want {
			t.Errorf("Cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{nmapRun, runZero, netboxPageOf(1), "name;ip\n\"a\";10.0.0.1\n\"b", "\xff\xfea\x00,\x00", "sep=;\na;b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Read(bytes.NewReader(b), "fuzz", nil)
		if err != nil {
			return
		}
		for _, d := range l.Rows {
			if !d.named() || d.VLAN < 0 || d.VLAN > 4094 {
				t.Errorf("%+v", d)
			}
		}
		again, err := Read(bytes.NewReader(b), "fuzz", &l.Mapping)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l.Rows, again.Rows); diff != "" && l.Mapping.Header == 0 {
			t.Errorf("with its own mapping: %s", diff)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	s.WriteString("Name,Manufacturer,Model,Serial,MAC,IP,Site,Installed\n")
	for i := range 50_000 {
		fmt.Fprintf(&s, "Camera %d,Hikvision,DS-2CD2143G2-I,D%08d,44:19:b6:%02x:%02x:%02x,10.%d.%d.%d,Depot,2024-03-04\n", i, i, i>>16, i>>8&255, i&255, i>>16, i>>8&255, i&255)
	}
	b.SetBytes(int64(s.Len()))
	for range b.N {
		l, err := Read(strings.NewReader(s.String()), "x", nil)
		if err != nil || len(l.Rows) != 50_000 {
			b.Fatal(err)
		}
	}
}
