package history

import (
	"fmt"
	"net/netip"
	"time"
)

// A Key is what [Store.Totals] can group by.
type Key uint8

// The keys. Day and Hour are of the row's hour, UTC.
const (
	ByDay Key = iota
	ByHour
	BySite
	ByDevice // of its site: the totals of one device of two sites are two
	ByAddress
	ByName
	ByPort
	ByProtocol
	ByApp
	ByScope
	ByCountry
	ByASN
	ByNetwork
	ByController // by id; Total has the name too
	ByJurisdiction
	ByPurpose
	ByEncrypted
	ByVideo
	ByIngest
	numKeys
)

// keyColumns are the columns a key is read from; ByDay needs none.
var keyColumns = [numKeys][]int{
	ByDay: nil, ByHour: {colHour}, BySite: {colSite}, ByDevice: {colSite, colDevice}, ByAddress: {colAddress}, ByName: {colName}, ByPort: {colPort},
	ByProtocol: {colProtocol}, ByApp: {colApp}, ByScope: {colScope}, ByCountry: {colCountry}, ByASN: {colASN}, ByNetwork: {colNetwork},
	ByController: {colControllerID, colController}, ByJurisdiction: {colJurisdiction}, ByPurpose: {colPurpose}, ByEncrypted: {colEncrypted},
	ByVideo: {colVideo}, ByIngest: {colIngest},
}

// A Sum is what [Store.Totals] adds up. Each is a few columns to be read: ask for
// what is shown.
type Sum uint8

// The sums. Rows are always counted.
const (
	SumBytes Sum = 1 << iota
	SumPackets
	SumFlows
	SumTimes   // First and Last
	SumDevices // Devices
	SumAll     = SumBytes | SumPackets | SumFlows | SumTimes | SumDevices
)

// A Query asks for totals.
type Query struct {
	By  []Key // at most 8; none: one total of all
	Sum Sum   // 0: SumBytes|SumFlows

	// What rows count. An empty field is no condition; several texts are any of them.
	From, To      time.Time // hours that begin in [From, To)
	Sites         []int64   // nil: every site; empty but not nil: none
	Device        string    // of Sites
	Scopes        []string
	Countries     []string // "" is the unknown one
	Controllers   []string // ids
	Jurisdictions []string
	Purposes      []string
	Videos        []string
	Names         []string
	Addresses     []netip.Addr
	NotCountries  []string // rows of any other country
}

// A Total is one group of an answer. Only the fields of its keys are set.
type Total struct {
	Hour         int64 // its beginning in seconds; of ByDay that of the day, unless ByHour is asked too
	Site         int64
	Device       string
	Address      netip.Addr
	Name         string
	Port         uint16
	Protocol     string
	App          string
	Scope        string
	Country      string
	ASN          uint32
	Network      string
	Controller   string
	ControllerID string
	Jurisdiction string
	Purpose      string
	Encrypted    string
	Video        string
	Ingest       int64

	Rows                   int64 // conversations of an hour
	Flows                  int64
	BytesUp, BytesDown     int64
	PacketsUp, PacketsDown int64
	First, Last            int64 // nanoseconds since 1970; 0 when SumTimes was not asked for
	Devices                int64 // that differ
}

func (q *Query) check() error {
	if len(q.By) > maxKeys {
		return fmt.Errorf("history: totals by %d keys; %d are allowed", len(q.By), maxKeys)
	}
	for i, k := range q.By {
		if k >= numKeys {
			return fmt.Errorf("history: totals by key %d, which is none", k)
		}
		for _, l := range q.By[:i] {
			if l == k {
				return fmt.Errorf("history: totals by key %d twice", k)
			}
		}
	}
	return nil
}
