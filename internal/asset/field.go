package asset

import "strings"

// A Field is what a column stands for.
type Field string

// The fields of a [Declared]. Ignore is a column that is not kept at all;
// Secret one that is not kept because it may hold a password or user name.
const (
	Name        Field = "name"
	Kind        Field = "kind"
	Brand       Field = "brand"
	Maker       Field = "maker"
	Model       Field = "model"
	Firmware    Field = "firmware"
	Serial      Field = "serial"
	MAC         Field = "mac"
	IP          Field = "ip"
	Hostname    Field = "hostname"
	Site        Field = "site"
	Zone        Field = "zone"
	VLAN        Field = "vlan"
	Location    Field = "location"
	Owner       Field = "owner"
	Purchased   Field = "purchased"
	Installed   Field = "installed"
	SupportEnds Field = "support_ends"
	Tags        Field = "tags"
	Extra       Field = "extra"
	Ignore      Field = "ignore"
	Secret      Field = "secret"
)

// Fields lists what a column may stand for, in the order of a form.
var Fields = []Field{Name, Kind, Brand, Maker, Model, Firmware, Serial, MAC, IP, Hostname, Site, Zone, VLAN, Location, Owner, Purchased, Installed, SupportEnds, Tags, Extra, Ignore}

// text is where a field of text stands; nil for those that are none.
func (d *Declared) text(f Field) *string {
	switch f {
	case Name:
		return &d.Name
	case Kind:
		return &d.Kind
	case Brand:
		return &d.Brand
	case Maker:
		return &d.Maker
	case Model:
		return &d.Model
	case Firmware:
		return &d.Firmware
	case Serial:
		return &d.Serial
	case MAC:
		return &d.MAC
	case IP:
		return &d.IP
	case Hostname:
		return &d.Hostname
	case Site:
		return &d.Site
	case Zone:
		return &d.Zone
	case Location:
		return &d.Location
	case Owner:
		return &d.Owner
	case Purchased:
		return &d.Purchased
	case Installed:
		return &d.Installed
	case SupportEnds:
		return &d.SupportEnds
	}
	return nil
}

// Kinds are the kinds of equipment a list may name: those of attribution, and
// those that no network shows.
var Kinds = []string{"camera", "recorder", "encoder", "anpr", "doorbell", "vms server", "body-worn", "body-worn dock", "dash cam", "drone", "helicopter camera", "mobile camera", "intercom", "not a camera"}

// kindWords find a kind in what people write, the most telling first. Words are
// in the form of [Plain] and may stand inside others.
var kindWords = []struct{ word, kind string }{
	{"bodyworndock", "body-worn dock"}, {"dockingstation", "body-worn dock"},
	{"bodyworn", "body-worn"}, {"bodycam", "body-worn"}, {"bodycamera", "body-worn"}, {"bwv", "body-worn"}, {"camerapieton", "body-worn"}, {"cameraspietons", "body-worn"},
	{"dashcam", "dash cam"}, {"dashboardcam", "dash cam"}, {"incar", "dash cam"}, {"invehicle", "dash cam"}, {"fahrzeugkamera", "dash cam"},
	{"helicopter", "helicopter camera"}, {"hubschrauber", "helicopter camera"}, {"helicoptere", "helicopter camera"}, {"helikopter", "helicopter camera"}, {"airborne", "helicopter camera"},
	{"drone", "drone"}, {"drohne", "drone"}, {"uav", "drone"}, {"uas", "drone"}, {"quadcopter", "drone"},
	{"anpr", "anpr"}, {"alpr", "anpr"}, {"lpr", "anpr"}, {"numberplate", "anpr"}, {"licenseplate", "anpr"}, {"kennzeichen", "anpr"}, {"kentekenplaat", "anpr"}, {"lapi", "anpr"},
	{"doorbell", "doorbell"}, {"turklingel", "doorbell"}, {"intercom", "intercom"}, {"gegensprech", "intercom"}, {"doorstation", "intercom"},
	{"encoder", "encoder"}, {"videoserver", "encoder"}, {"encodeur", "encoder"},
	{"nvr", "recorder"}, {"dvr", "recorder"}, {"xvr", "recorder"}, {"recorder", "recorder"}, {"rekorder", "recorder"}, {"enregistreur", "recorder"},
	{"vms", "vms server"}, {"managementserver", "vms server"}, {"recordingserver", "vms server"},
	{"mobilecctv", "mobile camera"}, {"redeployable", "mobile camera"},
	{"camera", "camera"}, {"webcam", "camera"}, {"kamera", "camera"}, {"dome", "camera"}, {"bullet", "camera"}, {"turret", "camera"}, {"ptz", "camera"}, {"fisheye", "camera"}, {"multisensor", "camera"}, {"thermal", "camera"}, {"cctv", "camera"},
	{"switch", "not a camera"}, {"router", "not a camera"}, {"firewall", "not a camera"}, {"printer", "not a camera"}, {"accesspoint", "not a camera"}, {"workstation", "not a camera"},
}

// KindOf is the kind that a text names, and "" when it names none.
func KindOf(s string) string {
	for _, k := range Kinds {
		if strings.EqualFold(k, s) {
			return k
		}
	}
	p := Plain(s)
	if p == "server" {
		return "vms server"
	}
	for _, w := range kindWords {
		if strings.Contains(p, w.word) {
			return w.kind
		}
	}
	return ""
}
