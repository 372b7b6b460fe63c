package dissect

import "encoding/hex"

// A MadeSeed is one message made from a public description, for protocols that no
// example has.
type MadeSeed struct {
	Kind      string // "datagram", "frame", "wlan"
	Src, Dst  uint16
	EtherType uint16
	Data      []byte
}

// MadeSeeds are the messages that the tests of this package are made of.
func MadeSeeds() []MadeSeed {
	bytes := func(s string) []byte {
		b := make([]byte, 0, len(s)/2)
		for _, c := range s {
			if c != ' ' {
				b = append(b, byte(c))
			}
		}
		n, err := hex.Decode(b, b)
		if err != nil {
			panic(err)
		}
		return b[:n]
	}
	return []MadeSeed{
		{Kind: "frame", EtherType: 0x88cc, Data: bytes(lldpCamera)},
		{Kind: "frame", EtherType: 0, Data: bytes(cdpCamera)},
		{Kind: "wlan", Data: bytes(odidBeacon)},
		{Kind: "wlan", Data: bytes(odidAction)},
		{Kind: "wlan", Data: bytes(djiBeacon("26371258621310" + djiTelemetry))},
		{Kind: "datagram", Src: 9999, Dst: 50000, Data: kasaMask(kasaCamera)},
		{Kind: "datagram", Src: 20002, Dst: 50000, Data: tapoPacket(tapoFound)},
		{Kind: "datagram", Src: 10001, Dst: 50000, Data: bytes(ubntAirCam)},
		{Kind: "datagram", Src: 1757, Dst: 1758, Data: []byte(boschXML)},
		{Kind: "datagram", Src: 7701, Dst: 7711, Data: bytes(hanwhaReply)},
		{Kind: "datagram", Src: 10670, Dst: 10669, Data: bytes(panasonicReply)},
		{Kind: "datagram", Src: 10000, Dst: 50000, Data: bytes(vivotekReply)},
		{Kind: "datagram", Src: 10000, Dst: 50001, Data: bytes(foscamReply)},
		{Kind: "datagram", Src: 2380, Dst: 50000, Data: bytes(sonyReply)},
		{Kind: "datagram", Src: 8600, Dst: 50000, Data: bytes(vstarcamReply)},
		{Kind: "datagram", Src: 3956, Dst: 50000, Data: bytes(gigeReply)},
		{Kind: "datagram", Src: 8002, Dst: 50000, Data: []byte(hdsReply)},
	}
}
