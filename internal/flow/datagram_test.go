package flow

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

func everyDatagram(uint16, uint16, []byte) bool { return true }

func TestRepeatedDatagramsAreHandedOverOnce(t *testing.T) {
	var got told
	table, c := New(Config{DatagramWanted: everyDatagram}, &got), &clock{}
	const a, b = "10.0.0.1:40000", "10.0.0.2:9999"
	for range 5 {
		table.Add(c.udp(a, b, []byte("question")))
		table.Add(c.udp(b, a, []byte("question"))) // the other way is another thing
		table.Add(c.udp(a, b, []byte("another question, of more than sixteen bytes")))
		table.Add(c.udp("10.0.0.3:40000", b, []byte("question"))) // another flow
	}
	if len(got.datagrams) != 4 || got.datagrams[1].FromClient || !got.datagrams[0].FromClient {
		t.Errorf("got %+v, want four", got.datagrams)
	}
	if s := table.Stats(); s.Datagrams != 4 || s.DatagramRepeats != 16 {
		t.Errorf("got %+v, want 4 handed over and 16 repeats", s)
	}
	p := c.udp(a, b, []byte("question"))
	p.SrcMAC = observation.MAC{9, 9, 9, 9, 9, 9}
	table.Add(p)
	if len(got.datagrams) != 5 {
		t.Error("the same payload from another device with the same address was taken for a repeat")
	}
}

func TestDatagramsOfAFlowAreLimitedButForDiscovery(t *testing.T) {
	for port, want := range map[int]int{9999: 64, 53: 300, 1900: 300, 3702: 300, 5353: 300, 37020: 300, 37810: 300} {
		var got told
		table, c := New(Config{DatagramWanted: everyDatagram}, &got), &clock{}
		for i := range 300 {
			table.Add(c.udp("10.0.0.1:40000", fmt.Sprintf("10.0.0.2:%d", port), fmt.Appendf(nil, "datagram %d", i)))
		}
		if len(got.datagrams) != want || int(table.Stats().DatagramsSkipped) != 300-want {
			t.Errorf("port %d: %d handed over, %d skipped, want %d and %d", port, len(got.datagrams), table.Stats().DatagramsSkipped, want, 300-want)
		}
	}
}

func TestUnwantedAndEmptyDatagramsAreNotHandedOver(t *testing.T) {
	var got told
	table, c := New(Config{DatagramWanted: func(src, dst uint16, b []byte) bool { return dst == 7 && b[0] == 'y' }}, &got), &clock{}
	table.Add(c.udp("10.0.0.1:40000", "10.0.0.2:7", []byte("yes")))
	table.Add(c.udp("10.0.0.1:40000", "10.0.0.2:7", []byte("no")))
	table.Add(c.udp("10.0.0.1:40000", "10.0.0.2:7", nil))
	table.Add(c.udp("10.0.0.1:40000", "10.0.0.2:8", []byte("yes")))
	if len(got.datagrams) != 1 || got.datagrams[0].Payload != "yes" {
		t.Errorf("got %+v", got.datagrams)
	}
}
