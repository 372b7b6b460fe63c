package history

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

const (
	pageRows  = 1 << 13 // rows of a page at most; every column's page ends at the same row, so that one seek fits all
	pageDevs  = 1 << 10 // devices of a page at most: who asks for one reads its page
	groupRows = 1 << 18 // rows of a row group, give or take a page: the unit one core works on
	groupDevs = 1 << 12 // devices of a row group, likewise: who asks for one reads its dictionaries
	maxText   = 1024    // bytes of one text; what a device said is cut there

	second  = 1_000_000_000 // nanoseconds
	hourSec = 3600

	latest = 1 << 33 // seconds; the year 2242: a later hour is a broken clock
)

// stored is the file's schema, in the order of its columns. Nothing is
// optional: an unknown text is "", so that every reader sees the same.
//
// Texts and few-valued numbers have a dictionary. A device and its address stand
// beside their like, and are coded by what differs. Counters and times are
// delta-coded. Hours are of milliseconds, which every reader takes.
type stored struct {
	Site         int64  `parquet:"site,dict"`
	Device       string `parquet:"device,delta"`
	Hour         int64  `parquet:"hour,dict,timestamp(millisecond)"`
	Address      string `parquet:"address,dict"`
	Port         uint16 `parquet:"port,dict"`
	Protocol     string `parquet:"protocol,dict"`
	From         string `parquet:"device_address,delta"`
	App          string `parquet:"app,dict"`
	Opened       string `parquet:"opened,dict"`
	Scope        string `parquet:"scope,dict"`
	Name         string `parquet:"name,dict"`
	Country      string `parquet:"country,dict"`
	ASN          uint32 `parquet:"asn,dict"`
	Network      string `parquet:"network,dict"`
	Controller   string `parquet:"controller,dict"`
	ControllerID string `parquet:"controller_id,dict"`
	Jurisdiction string `parquet:"jurisdiction,dict"`
	Purpose      string `parquet:"purpose,dict"`
	Encrypted    string `parquet:"encrypted,dict"`
	Video        string `parquet:"video,dict"`
	Audio        bool   `parquet:"audio"`
	Cloud        bool   `parquet:"cloud"`
	Ingest       int64  `parquet:"ingest,dict"`
	Flows        int64  `parquet:"flows,delta"`
	BytesUp      int64  `parquet:"bytes_up,delta"`
	BytesDown    int64  `parquet:"bytes_down,delta"`
	PacketsUp    int64  `parquet:"packets_up,delta"`
	PacketsDown  int64  `parquet:"packets_down,delta"`
	First        int32  `parquet:"first,delta"` // seconds after hour
	Last         int32  `parquet:"last,delta"`  // seconds after hour
	Again        bool   `parquet:"again"`       // since version 3
}

// schema is stored as the footer says it, of parquet-go's making.
var schema = parquet.NewSchema("conversations", parquet.SchemaOf(stored{}))

// A column joins a column of the file to a field of [Row]. Exactly one of
// text, addr, num and flag is set.
type column struct {
	name   string
	dict   bool // places in a dictionary
	front  bool // texts by what differs from the one before
	bounds bool // of pages and groups, to pass over those that cannot hold what is asked for
	narrow bool // INT32 in the file
	signed bool // a narrow one that may lie below 0
	text   func(*Row) *string
	addr   func(*Row) *netip.Addr
	num    func(*Row) int64
	set    func(*Row, int64)
	flag   func(*Row) *bool
}

// The positions of columns that are asked for by name.
const (
	colSite = iota
	colDevice
	colHour
	colAddress
	colPort
	colProtocol
	colFrom
	colApp
	colOpened
	colScope
	colName
	colCountry
	colASN
	colNetwork
	colController
	colControllerID
	colJurisdiction
	colPurpose
	colEncrypted
	colVideo
	colAudio
	colCloud
	colIngest
	colFlows
	colBytesUp
	colBytesDown
	colPacketsUp
	colPacketsDown
	colFirst
	colLast
	colAgain
	numColumns
)

// columns are the columns of [stored], in its order.
var columns = [numColumns]column{
	colSite:         {name: "site", dict: true, bounds: true, num: func(r *Row) int64 { return r.Site }, set: func(r *Row, v int64) { r.Site = v }},
	colDevice:       {name: "device", front: true, bounds: true, text: func(r *Row) *string { return &r.Device }},
	colHour:         {name: "hour", dict: true, bounds: true, num: func(r *Row) int64 { return r.Hour * 1000 }, set: func(r *Row, v int64) { r.Hour = v / 1000 }},
	colAddress:      {name: "address", dict: true, bounds: true, addr: func(r *Row) *netip.Addr { return &r.Address }},
	colPort:         {name: "port", dict: true, narrow: true, num: func(r *Row) int64 { return int64(r.Port) }, set: func(r *Row, v int64) { r.Port = uint16(v) }},
	colProtocol:     {name: "protocol", dict: true, text: func(r *Row) *string { return &r.Protocol }},
	colFrom:         {name: "device_address", front: true, addr: func(r *Row) *netip.Addr { return &r.From }},
	colApp:          {name: "app", dict: true, text: func(r *Row) *string { return &r.App }},
	colOpened:       {name: "opened", dict: true, text: func(r *Row) *string { return &r.Opened }},
	colScope:        {name: "scope", dict: true, text: func(r *Row) *string { return &r.Scope }},
	colName:         {name: "name", dict: true, text: func(r *Row) *string { return &r.Name }},
	colCountry:      {name: "country", dict: true, bounds: true, text: func(r *Row) *string { return &r.Country }},
	colASN:          {name: "asn", dict: true, narrow: true, num: func(r *Row) int64 { return int64(r.ASN) }, set: func(r *Row, v int64) { r.ASN = uint32(v) }},
	colNetwork:      {name: "network", dict: true, text: func(r *Row) *string { return &r.Network }},
	colController:   {name: "controller", dict: true, text: func(r *Row) *string { return &r.Controller }},
	colControllerID: {name: "controller_id", dict: true, text: func(r *Row) *string { return &r.ControllerID }},
	colJurisdiction: {name: "jurisdiction", dict: true, text: func(r *Row) *string { return &r.Jurisdiction }},
	colPurpose:      {name: "purpose", dict: true, text: func(r *Row) *string { return &r.Purpose }},
	colEncrypted:    {name: "encrypted", dict: true, text: func(r *Row) *string { return &r.Encrypted }},
	colVideo:        {name: "video", dict: true, text: func(r *Row) *string { return &r.Video }},
	colAudio:        {name: "audio", flag: func(r *Row) *bool { return &r.Audio }},
	colCloud:        {name: "cloud", flag: func(r *Row) *bool { return &r.Cloud }},
	colIngest:       {name: "ingest", dict: true, bounds: true, num: func(r *Row) int64 { return r.Ingest }, set: func(r *Row, v int64) { r.Ingest = v }},
	colFlows:        {name: "flows", num: func(r *Row) int64 { return r.Flows }, set: func(r *Row, v int64) { r.Flows = v }},
	colBytesUp:      {name: "bytes_up", num: func(r *Row) int64 { return r.BytesUp }, set: func(r *Row, v int64) { r.BytesUp = v }},
	colBytesDown:    {name: "bytes_down", num: func(r *Row) int64 { return r.BytesDown }, set: func(r *Row, v int64) { r.BytesDown = v }},
	colPacketsUp:    {name: "packets_up", num: func(r *Row) int64 { return r.PacketsUp }, set: func(r *Row, v int64) { r.PacketsUp = v }},
	colPacketsDown:  {name: "packets_down", num: func(r *Row) int64 { return r.PacketsDown }, set: func(r *Row, v int64) { r.PacketsDown = v }},
	colFirst:        {name: "first", narrow: true, signed: true, num: func(r *Row) int64 { return offset(r.Hour, r.First) }, set: func(r *Row, v int64) { r.First = (r.Hour + v) * second }},
	colLast:         {name: "last", narrow: true, signed: true, num: func(r *Row) int64 { return offset(r.Hour, r.Last) }, set: func(r *Row, v int64) { r.Last = (r.Hour + v) * second }},
	colAgain:        {name: "again", flag: func(r *Row) *bool { return &r.Again }},
}

// plain is s as the format allows it: UTF-8, and at most maxText bytes long.
func plain(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return s
}

// check says what is wrong with a row, nil when nothing is.
func (r *Row) check() error {
	switch {
	case r.Device == "":
		return fmt.Errorf("names no device")
	case r.Device != plain(r.Device):
		return fmt.Errorf("has a device that is no text of at most %d bytes: %.40q", maxText, r.Device)
	case r.Hour < 0 || r.Hour > latest || r.Hour%hourSec != 0:
		return fmt.Errorf("of device %s: %d is not the beginning of an hour since 1970", r.Device, r.Hour)
	case r.Flows < 0 || r.BytesUp < 0 || r.BytesDown < 0 || r.PacketsUp < 0 || r.PacketsDown < 0:
		return fmt.Errorf("of device %s: a counter is below 0", r.Device)
	}
	return nil
}

// offset is t, in nanoseconds, as whole seconds after hour.
func offset(hour, t int64) int64 {
	s := t / second
	if t%second < 0 {
		s--
	}
	return max(math.MinInt32, min(s-hour, math.MaxInt32))
}
