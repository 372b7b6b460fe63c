package store

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"unsafe"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/report"
)

// again is v as it is read back from JSON: equal, and no text shared.
func again[T any](t *testing.T, v T) (out T) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEqualTextsAreOne(t *testing.T) {
	shows := []observation.Evidence{{Input: "a.pcap", Packet: 7, Says: "The banner names the maker."}}
	list := []finding.Finding{
		{Regime: "us-889a1A", Why: "made by Hikvision", Sources: []string{"https://example.org/1"}, Missing: []string{}, Evidence: shows},
		{Regime: "us-889a1B", Why: "made by Hikvision", Sources: []string{"https://example.org/1"}, Missing: []string{}, Evidence: shows},
		{Regime: "uk-ws", Why: "made by Hikvision", Sources: []string{}, Missing: []string{}, Evidence: []observation.Evidence{{Input: "a.pcap", Packet: 8}}},
	}
	var d report.Device
	d.Name, d.Addresses = "cam", []report.Address{{IP: "10.0.0.1"}}
	d.Maker = attribution.Claim{Value: "Hikvision", Evidence: shows}
	same := texts{}
	var lists [2][]finding.Finding
	var docs [2]report.Device
	for i := range lists {
		lists[i], docs[i] = again(t, list), again(t, d)
		same.share(&docs[i])
		same.share(&lists[i])
		shareEvidence(lists[i])
		if !reflect.DeepEqual(lists[i], again(t, list)) || !reflect.DeepEqual(docs[i], again(t, d)) {
			t.Errorf("sharing changed what is said: %+v, %+v", lists[i], docs[i])
		}
	}
	one := func(a, b string) bool { return a == b && unsafe.StringData(a) == unsafe.StringData(b) }
	if !one(lists[0][0].Why, lists[1][1].Why) || !one(lists[0][0].Sources[0], lists[1][0].Sources[0]) || !one(docs[0].Maker.Evidence[0].Says, lists[1][0].Evidence[0].Says) {
		t.Error("equal texts of two devices are not one in memory")
	}
	if &lists[0][0].Evidence[0] != &lists[0][1].Evidence[0] {
		t.Error("two findings that rest on the same keep it twice")
	}
	if &lists[0][0].Evidence[0] == &lists[0][2].Evidence[0] {
		t.Error("two findings that rest on different evidence share it")
	}
}

func TestTextsAreBounded(t *testing.T) {
	same := texts{}
	for i := range mostTexts + 10 {
		s := strconv.Itoa(i)
		same.share(&s)
	}
	if len(same) > mostTexts {
		t.Errorf("%d texts are kept, want %d at most", len(same), mostTexts)
	}
}
