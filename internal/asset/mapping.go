package asset

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/lenscap/lenscap/internal/observation"
	"golang.org/x/text/unicode/norm"
)

// A Mapping says what the columns of a table mean. It can be kept as JSON and
// used for the next file of the same make: columns are found by their header,
// wherever they stand.
type Mapping struct {
	Columns map[string]Field `json:"columns"`          // by header, in the form of [Plain]; one that is not named here is guessed
	Header  int              `json:"header,omitempty"` // row of the header, from 1; 0: found by its words; -1: none, columns go by their letters
	Sheet   string           `json:"sheet,omitempty"`  // of a spreadsheet; "" the one that looks most like a list
	Dates   string           `json:"dates,omitempty"`  // how 3/4/2024 is meant: "dmy", "mdy"; "" as the column's other dates show
	Kind    string           `json:"kind,omitempty"`   // of lines that name none, one of [Kinds]
}

// Plain brings text into the form in which it is compared: lower case letters
// and digits only, without accents. "Körper-Kamera" is "korperkamera".
func Plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	if !norm.NFD.IsNormalString(s) {
		s = norm.NFD.String(s)
	}
	for _, r := range s {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// headerWords are what columns are called, in the form of Plain: in plain
// spreadsheets (English, German, French, Dutch), Milestone XProtect (its
// Hardware… names), Genetec Security Center, exacqVision, runZero and NetBox.
var headerWords = map[Field][]string{
	Name: {"name", "devicename", "cameraname", "camera", "hardwarename", "displayname", "title", "description", "entity", "asset", "assetname", "cameradescription",
		"bezeichnung", "geratename", "kameraname", "kamera", "gerat", "beschreibung", "nom", "nomdelacamera", "designation", "appareil", "naam", "cameranaam", "apparaat", "omschrijving"},
	Kind: {"kind", "type", "devicetype", "cameratype", "category", "class", "assettype", "role", "producttype", "hardwaretype",
		"art", "typ", "geratetyp", "kategorie", "gerateart", "categorie", "typeappareil", "typedappareil", "soort", "apparaattype"},
	Brand: {"brand", "make", "vendor", "hwvendor", "tradename", "marke", "fabrikat", "marque", "merk", "cameramake"},
	Maker: {"maker", "manufacturer", "mfr", "mfg", "oem", "producer", "manufacturername", "hersteller", "produzent", "fabricant", "constructeur", "fabrikant", "producent"},
	Model: {"model", "modelname", "modelnumber", "modelno", "hardwaremodel", "product", "productname", "partnumber", "partno", "cameramodel", "hwproduct", "hw",
		"modell", "modellnummer", "produkt", "typenbezeichnung", "modele", "produit", "reference", "modelnummer", "artikelnummer"},
	Firmware: {"firmware", "firmwareversion", "fw", "fwversion", "softwareversion", "version", "hardwarefirmware", "currentfirmware", "firmwarestand",
		"versiondufirmware", "versionfirmware", "micrologiciel", "firmwareversie", "versie"},
	Serial: {"serial", "serialnumber", "serialno", "sn", "serialnum", "hardwareserial", "hardwareserialnumber", "assetserial",
		"seriennummer", "seriennr", "numerodeserie", "nserie", "noserie", "serienummer"},
	MAC: {"mac", "macaddress", "macaddr", "hardwaremac", "hardwaremacaddress", "ethernetaddress", "physicaladdress", "macs", "newestmac",
		"macadresse", "physischeadresse", "adressemac", "macadres", "fysiekadres"},
	IP: {"ip", "ipaddress", "ipv4", "ipv4address", "address", "hardwareaddress", "addresses", "networkaddress", "cameraip", "deviceip", "hosturl", "primaryip", "ipaddr", "url",
		"ipadresse", "netzwerkadresse", "adresse", "adresseip", "ipadres", "netwerkadres"},
	Hostname: {"hostname", "host", "dnsname", "fqdn", "dns", "names", "computername", "rechnername", "nomdhote", "hostnaam"},
	Site:     {"site", "sitename", "building", "campus", "premises", "property", "standort", "liegenschaft", "objekt", "gebaude", "batiment", "lieu", "locatie", "gebouw", "vestiging"},
	Zone:     {"zone", "segment", "network", "networkzone", "area", "subnet", "netz", "netzwerk", "bereich", "reseau", "netwerk"},
	VLAN:     {"vlan", "vlanid", "vid"},
	Location: {"location", "position", "mountingposition", "room", "floor", "place", "placement", "camlocation", "cameralocation", "wheremounted",
		"einbauort", "montageort", "raum", "etage", "stockwerk", "ort", "emplacement", "piece", "salle", "plaats", "verdieping", "ruimte"},
	Owner: {"owner", "ownedby", "department", "responsible", "contact", "custodian", "tenant", "businessowner", "assignedto",
		"eigentumer", "besitzer", "verantwortlich", "verantwortlicher", "abteilung", "proprietaire", "responsable", "service", "eigenaar", "verantwoordelijke", "afdeling"},
	Purchased: {"purchased", "purchasedate", "datepurchased", "dateofpurchase", "bought", "acquired", "acquisitiondate", "orderdate",
		"kaufdatum", "beschafft", "anschaffungsdatum", "beschaffungsdatum", "datedachat", "achat", "aankoopdatum", "aanschafdatum"},
	Installed: {"installed", "installdate", "installationdate", "dateinstalled", "dateofinstallation", "commissioned", "inservice", "inservicedate", "dateadded",
		"installiert", "installationsdatum", "inbetriebnahme", "einbaudatum", "datedinstallation", "miseenservice", "datedemiseenservice", "installatiedatum", "geinstalleerd"},
	SupportEnds: {"supportends", "supportend", "endofsupport", "eos", "eol", "endoflife", "supportuntil", "eosl", "supportenddate", "endofsupportdate",
		"supportende", "wartungsende", "findesupport", "eindeondersteuning"},
	Tags: {"tags", "tag", "labels", "label", "groups", "group", "schlagworte", "gruppe", "etiquettes", "groupe", "groep"},
}

// secretWords are parts of headers whose column is not kept.
var secretWords = []string{"password", "passwort", "kennwort", "motdepasse", "wachtwoord", "passwd", "username", "userid", "benutzer", "utilisateur", "gebruikersnaam",
	"credential", "secret", "apikey", "token", "snmpcommunity", "login", "passphrase", "privatekey"}

// A word is a field that a header names, and how plainly: 0 most.
type word struct {
	field Field
	rank  int
}

var wordOf = func() map[string]word {
	out := map[string]word{}
	for _, f := range Fields {
		for i, w := range headerWords[f] {
			out[w] = word{f, i + 1}
		}
		out[Plain(string(f))] = word{f, 0}
	}
	return out
}()

// headerWord is what a header means; its field is "" when the words say nothing.
func headerWord(header string) word {
	p := Plain(header)
	for _, w := range secretWords {
		if strings.Contains(p, w) {
			return word{field: Secret}
		}
	}
	if p == "user" || p == "pass" || p == "pwd" || p == "pw" || p == "pin" {
		return word{field: Secret}
	}
	if w, ok := wordOf[p]; ok {
		return w
	}
	// "MAC Address (eth0)", "IP-Adresse *": what stands in brackets explains.
	if i := strings.IndexAny(header, "([:*"); i > 0 {
		if w, ok := wordOf[Plain(header[:i])]; ok {
			return word{w.field, w.rank + 100}
		}
	}
	for _, prefix := range []string{"camera", "device", "hardware", "asset", "kamera", "gerate"} {
		if rest, ok := strings.CutPrefix(p, prefix); ok {
			if w, ok := wordOf[rest]; ok {
				return word{w.field, w.rank + 200}
			}
		}
	}
	return word{}
}

// Guess proposes what the columns of a table mean, from their headers, and from
// the first rows where a header says nothing. Each field is given to one column,
// the one whose header names it most plainly; the others are Extra.
func Guess(header []string, sample [][]string) Mapping { return guess(header, sample, nil) }

// guess is [Guess] for the columns that given does not name. A field that is
// given to a column of the table is guessed for no other.
func guess(header []string, sample [][]string, given map[string]Field) Mapping {
	m := Mapping{Columns: map[string]Field{}}
	keys := keysOf(header)
	best := map[Field]int{} // column
	said := map[Field]bool{}
	for _, k := range keys {
		if f, ok := given[k]; ok {
			m.Columns[k], said[f] = f, true
		}
	}
	words := make([]word, len(header))
	for i, h := range header {
		w := headerWord(h)
		words[i] = w
		if _, have := m.Columns[keys[i]]; have || said[w.field] && w.field != Secret {
			continue
		}
		switch at, taken := best[w.field]; {
		case w.field == Secret:
			m.Columns[keys[i]] = Secret
		case w.field == "" || vague[Plain(h)] && !fits(w.field, i, sample):
		case !taken || w.rank < words[at].rank:
			best[w.field] = i
		}
	}
	if i, ok := best[Kind]; ok && modelsIn(i, sample) {
		if _, taken := best[Model]; !taken && !said[Model] {
			delete(best, Kind)
			best[Model] = i
		}
	}
	for f, i := range best {
		m.Columns[keys[i]] = f
	}
	for i := range header {
		if _, have := m.Columns[keys[i]]; have {
			continue
		}
		m.Columns[keys[i]] = Extra
		if f := looksOf(header[i], i, sample); f != "" {
			if _, taken := best[f]; !taken && !said[f] {
				m.Columns[keys[i]], best[f] = f, i
			}
		}
	}
	return m
}

// keysOf are the keys of a mapping for headers: in plain form, numbered where
// two are the same, the letters of the column where a header is empty.
func keysOf(header []string) []string {
	out := make([]string, len(header))
	count := map[string]int{}
	for i, h := range header {
		k := Plain(h)
		if k == "" {
			k = "column" + strings.ToLower(letters(i))
		}
		if count[k]++; count[k] > 1 {
			k += "#" + strconv.Itoa(count[k])
		}
		out[i] = k
	}
	return out
}

// letters name a column as spreadsheets do: A, B, … Z, AA.
func letters(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

var versionLike = regexp.MustCompile(`^[vV]?\d+(\.\d+){1,4}([ ._-].*)?$`)

// dateLike is a date with its year in full, as 31.02.2022, which is like a version too.
var dateLike = regexp.MustCompile(`^((0?[1-9]|[12]\d|3[01])[./-])?(0?[1-9]|[12]\d|3[01])[./-](19|20)\d\d([ T].*)?$|^(19|20)\d\d([./-](0?[1-9]|[12]\d|3[01])){2}([ T].*)?$`)

// dateHints are parts of headers that say what a column of dates is of. An empty field
// means that no field holds such a date. The first that fits counts.
var dateHints = []struct {
	part  string
	field Field
}{
	{"deinstall", ""}, {"uninstall", ""}, {"decommission", ""}, {"verkauf", ""}, {"firmware", ""}, {"software", ""}, {"update", ""}, {"licen", ""}, {"lizenz", ""},
	{"purchas", Purchased}, {"bought", Purchased}, {"acqui", Purchased}, {"schaff", Purchased}, {"kauf", Purchased}, {"achat", Purchased}, {"achete", Purchased}, {"aankoop", Purchased}, {"aangekocht", Purchased}, {"aanschaf", Purchased}, {"aangeschaft", Purchased},
	{"install", Installed}, {"commission", Installed}, {"inservice", Installed}, {"inbetrieb", Installed}, {"einbau", Installed}, {"eingebaut", Installed}, {"montiert", Installed}, {"miseenservice", Installed}, {"geinstalleerd", Installed}, {"ingebruik", Installed},
}

// dateOfWhat is the field that the header of a column of dates hints at; "" for none.
func dateOfWhat(header string) Field {
	p := Plain(header)
	for _, h := range dateHints {
		if strings.Contains(p, h.part) {
			return h.field
		}
	}
	return ""
}

// modelsIn reports whether a column called type holds models, as Genetec's
// product type and many a German list do: names with digits, and hardly a kind.
func modelsIn(col int, sample [][]string) bool {
	have, models := 0, 0
	for _, row := range sample {
		if col >= len(row) || blank(row[col]) {
			continue
		}
		have++
		if KindOf(row[col]) == "" && strings.ContainsAny(row[col], "0123456789") {
			models++
		}
	}
	return have > 0 && models*3 >= have*2
}

// vague are headers that are used for other things too: an address may be a
// street, a version that of a contract. The values decide.
var vague = map[string]bool{"address": true, "addresses": true, "adresse": true, "url": true, "version": true, "versie": true, "networkaddress": true, "physicaladdress": true}

// fits reports whether values of a column may be of a field.
func fits(f Field, col int, sample [][]string) bool {
	if f != IP && f != MAC && f != Firmware {
		return true
	}
	have, fit := 0, 0
	for _, row := range sample {
		if col >= len(row) || blank(row[col]) {
			continue
		}
		have++
		s := row[col]
		switch f {
		case IP:
			if _, host, ok := addressOf(s); ok || host != "" {
				fit++
			}
		case MAC:
			if _, ok := observation.ParseMAC(firstOf(s)); ok {
				fit++
			}
		default:
			if strings.ContainsAny(s, "0123456789") {
				fit++
			}
		}
	}
	return have == 0 || fit*2 >= have
}

// looksOf tells a field from the values of a column; its header only says of
// dates what they are of.
func looksOf(header string, col int, sample [][]string) Field {
	have, dates := 0, 0
	votes := map[Field]int{}
	for _, row := range sample {
		if col >= len(row) || blank(row[col]) {
			continue
		}
		have++
		s := strings.TrimSpace(row[col])
		if _, ok := observation.ParseMAC(firstOf(s)); ok {
			votes[MAC]++
		} else if a, _, ok := addressOf(s); ok && a.IsValid() {
			votes[IP]++
		} else if _, err := netip.ParsePrefix(s); err == nil {
			votes[IP]++
		} else if dateLike.MatchString(s) {
			dates++
		} else if versionLike.MatchString(s) && strings.Count(s, ".") != 3 {
			votes[Firmware]++
		}
	}
	for _, f := range []Field{MAC, IP, Firmware} {
		if votes[f]*3 >= have*2 && votes[f] > 0 {
			return f
		}
	}
	if dates > 0 && dates*3 >= have*2 {
		return dateOfWhat(header)
	}
	return ""
}
