package egress

import "github.com/lenscap/lenscap/internal/observation"

// Others is the Name of a conversation with many far ends: the smallest of a
// device that has more than a [Book] has room for. Its Address is 0.0.0.0, its
// place is not known, and there is one for each scope and protocol.
const Others = "other far ends"

// A Conversation is all flows between one device and one service of one far end,
// or see [Others].
type Conversation struct {
	Device   string `json:"device"`           // id of the device whose conversation it is
	Peer     string `json:"peer,omitempty"`   // id of the far end, when it is a device of the audit too
	From     string `json:"from"`             // address the device used
	Address  string `json:"address"`          // of the far end
	Port     uint16 `json:"port"`             // of the service: the far end's, or the device's own when the far end opened it; 0 for several and for protocols without ports
	Protocol string `json:"protocol"`         // tcp, udp, icmp, or the IP protocol's number
	App      string `json:"app,omitempty"`    // protocol above it: tls, quic, rtsp, dns …; "" unknown
	Opened   string `json:"opened"`           // "device", "far end", "both" or "unknown": who opened its flows
	Scope    string `json:"scope"`            // ScopeOutside, ScopeInside, ScopeGroup
	Closed   bool   `json:"closed,omitempty"` // the site is said to be closed and this leaves it

	Name  string `json:"name"`  // that the device itself used for the far end; "" unknown
	Names []Name `json:"names"` // every such name with where it was said; never nil

	Country     string `json:"country"`         // ISO 3166-1 alpha-2, where the server stands; "" unknown
	ASN         uint32 `json:"asn"`             // 0 unknown
	Network     string `json:"network"`         // who runs that network, by the same data
	Cloud       bool   `json:"cloud,omitempty"` // a provider that rents its network out: says nothing of the controller
	PlaceSource string `json:"place_source"`    // data set and its date

	Controller   string                 `json:"controller"`    // company that controls the service, as printed; "" unknown
	ControllerID string                 `json:"controller_id"` // its id in the knowledge base
	Jurisdiction string                 `json:"jurisdiction"`  // ISO 3166-1 alpha-2 of that company; "" unknown
	Purpose      string                 `json:"purpose"`       // one of Purposes
	Evidence     []observation.Evidence `json:"evidence"`      // of name, controller and purpose; never nil

	Flows       int64  `json:"flows"`
	BytesUp     uint64 `json:"bytes_up"` // from the device
	BytesDown   uint64 `json:"bytes_down"`
	PacketsUp   uint64 `json:"packets_up"`
	PacketsDown uint64 `json:"packets_down"`
	First       string `json:"first"` // RFC 3339, UTC
	Last        string `json:"last"`
	Encrypted   string `json:"encrypted"` // "yes", "no" or "unknown"
	Video       Video  `json:"video"`
}

// A Name is a name the device used for a far end.
type Name struct {
	Name   string `json:"name"`   // lower case, no final dot
	From   string `json:"from"`   // field that said it: "dns.answer", "tls.sni", "http.host", "quic.sni" …
	Input  string `json:"input"`  //
	Packet int64  `json:"packet"` // or line, in that input
}

// Video is whether the device sends video there, told by shape alone.
type Video struct {
	Verdict string `json:"verdict"` // VideoYes, VideoPossibly, VideoNo, VideoTooShort
	Audio   bool   `json:"audio,omitempty"`
	Why     string `json:"why"` // the figures behind it, one sentence
}

// What Video.Verdict says.
const (
	VideoYes      = "video"
	VideoPossibly = "possibly video"
	VideoNo       = "no"
	VideoTooShort = "too short to tell"
)

// Where the far end of a conversation is.
const (
	ScopeOutside = "outside" // of the estate: a public address that is none of its networks
	ScopeInside  = "inside"  // a private or link-local address, or one of the estate's own networks
	ScopeGroup   = "group"   // multicast and broadcast: nobody in particular
)

// What a conversation is for.
const (
	PurposeUpdate    = "update"
	PurposeP2P       = "p2p"
	PurposeStorage   = "cloud storage"
	PurposePush      = "push"
	PurposeTelemetry = "telemetry"
	PurposeCloud     = "cloud service" // the maker's or platform's service, not known which
	PurposeNTP       = "ntp"
	PurposeDNS       = "dns"
	PurposeRecorder  = "recorder" // takes the video of cameras: recorder or video management
	PurposeViewer    = "viewer"   // a person's or program's client of the device
	PurposeDiscovery = "discovery"
	PurposeUnknown   = "unknown"
)

// Purposes lists every purpose, in the order of a legend.
var Purposes = []string{
	PurposeUpdate, PurposeP2P, PurposeStorage, PurposePush, PurposeTelemetry, PurposeCloud, PurposeNTP, PurposeDNS,
	PurposeRecorder, PurposeViewer, PurposeDiscovery, PurposeUnknown,
}

// A Timeline is what one device sent to and got from outside the estate, in
// buckets of equal length.
type Timeline struct {
	Start  string   `json:"start"`  // RFC 3339, UTC, of the first bucket
	Bucket int64    `json:"bucket"` // length in seconds
	Up     []uint64 `json:"up"`     // bytes from the device, a bucket each
	Down   []uint64 `json:"down"`   // bytes to it; as long as Up
}
