package flow

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
)

// silent is a handler that keeps nothing.
type silent struct{ streams, datagrams, ends, parts int }

func (s *silent) Datagram(*Flow, *packet.Packet, bool) { s.datagrams++ }
func (s *silent) Stream(*Flow, *Stream)                { s.streams++ }
func (s *silent) End(*Flow)                            { s.ends++ }
func (s *silent) Part(*Summary)                        { s.parts++ }

// numbered sets the addresses and ports of flow n.
func numbered(p *packet.Packet, n int) {
	p.Src, p.Dst = [16]byte{10: 255, 11: 255, 12: 10}, [16]byte{10: 255, 11: 255, 12: 172, 13: 16}
	binary.BigEndian.PutUint16(p.Src[14:], uint16(n))
	p.Dst[15] = byte(n >> 16)
	p.SrcPort, p.DstPort = uint16(1024+n%50000), 443
}

// order is a random order of flows, the same for each benchmark.
func order(flows int) []uint32 {
	rng := rand.New(rand.NewPCG(8, 8))
	all := make([]uint32, 1<<20)
	for i := range all {
		all[i] = rng.Uint32N(uint32(flows))
	}
	return all
}

func benchPacket() packet.Packet {
	return packet.Packet{IP: true, HasMAC: true, Proto: protoUDP, Wire: 100, TTL: 64, Payload: make([]byte, 40)}
}

// BenchmarkAdd is one packet of a random one of many live UDP flows: the worst
// case, in which every packet misses the processor's cache.
func BenchmarkAdd(b *testing.B) {
	for _, flows := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("flows=%d", flows), func(b *testing.B) {
			before := heap()
			table, p := New(Config{}, &silent{}), benchPacket()
			for n := range flows {
				numbered(&p, n)
				p.Time++
				table.Add(&p)
			}
			perFlow := float64(heap()-before+uint64(table.room.used)) / float64(flows)
			next := order(flows)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				numbered(&p, int(next[i&(len(next)-1)]))
				p.Time += 300
				table.Add(&p)
			}
			b.ReportMetric(perFlow, "B/flow")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpackets/s")
			runtime.KeepAlive(table)
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkAddVideo is RTP over UDP from 400 cameras, in trains of eight.
func BenchmarkAddVideo(b *testing.B) {
	table := New(Config{DatagramWanted: everyDatagram}, &silent{})
	var trains [64][]byte
	for n := range trains {
		trains[n] = rtpPacket(n, 1400)
	}
	p := benchPacket()
	var sent [400]uint16
	one := func(i int) {
		camera := i / 8 % 400
		numbered(&p, camera)
		p.DstPort = 6970
		p.Payload = trains[i%64]
		sent[camera]++
		binary.BigEndian.PutUint16(p.Payload[2:], sent[camera])
		binary.BigEndian.PutUint32(p.Payload[4:], uint32(sent[camera]/8)*3600)
		p.Time += 10_000
		table.Add(&p)
	}
	for i := range 400 * 64 {
		one(i)
	}
	b.ReportAllocs()
	b.SetBytes(1412)
	b.ResetTimer()
	for i := range b.N {
		one(i)
	}
}

// BenchmarkInterleaved is the same inside TCP, at full segments.
func BenchmarkInterleaved(b *testing.B) {
	table := New(Config{}, &silent{})
	answer, c := []byte(play), &clock{}
	connect(table, c)
	p := c.tcp(camera, viewer, packet.ACK, 5000, string(answer))
	table.Add(p)
	p.Seq += uint32(len(answer))
	p.Payload = []byte(interleave(0, rtpPacket(0, 1444)))
	b.ReportAllocs()
	b.SetBytes(int64(len(p.Payload)))
	for n := 0; b.Loop(); n++ {
		binary.BigEndian.PutUint16(p.Payload[6:], uint16(n))
		table.Add(p)
		p.Seq += uint32(len(p.Payload))
		p.Time += 1000
	}
	if table.Stats().Interleaved < int64(b.N) {
		b.Errorf("%d frames of %d packets", table.Stats().Interleaved, b.N)
	}
}

// BenchmarkStreams is whole connections: handshake, question, answer of 4 KB,
// FIN; one operation is one connection of ten packets.
func BenchmarkStreams(b *testing.B) {
	h := &silent{}
	table := New(Config{}, h)
	p := benchPacket()
	p.Proto = protoTCP
	question, answer := make([]byte, 300), make([]byte, 1400)
	one := func(i int) {
		send := func(fromClient bool, flags uint8, seq uint32, payload []byte) {
			numbered(&p, i&(1<<20-1))
			if !fromClient {
				p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
			}
			p.Flags, p.Seq, p.Payload = flags, seq, payload
			p.Time += 100_000
			table.Add(&p)
		}
		isn := uint32(i) * 7919
		send(true, packet.SYN, isn, nil)
		send(false, packet.SYN|packet.ACK, 0, nil)
		send(true, packet.ACK, isn+1, nil)
		send(true, packet.ACK, isn+1, question)
		send(false, packet.ACK, 1, answer)
		send(false, packet.ACK, 2801, answer) // out of order
		send(false, packet.ACK, 1401, answer)
		send(false, packet.ACK|packet.FIN, 4201, nil)
		send(true, packet.ACK|packet.FIN, isn+301, nil)
		send(false, packet.ACK, 4202, nil)
	}
	for i := range 20_000 {
		one(i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		one(20_000 + i)
	}
	b.StopTimer()
	if h.streams != b.N+20_000 {
		b.Errorf("%d streams of %d connections", h.streams, b.N+20_000)
	}
	b.ReportMetric(float64(b.N)*10/b.Elapsed().Seconds()/1e6, "Mpackets/s")
}

func BenchmarkPairs(b *testing.B) {
	pairs, p := NewPairs(0, nil), benchPacket()
	next := order(10_000)
	for n := range 10_000 {
		numbered(&p, n)
		pairs.Add(&p)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		numbered(&p, int(next[i&(len(next)-1)]))
		pairs.Add(&p)
	}
}

// BenchmarkAgainstMap gives the same packets to a Go map of pointers to flows,
// which does nothing but count, and reports time of the table over time of the
// map (below 1: the table is faster) and the memory of both.
func BenchmarkAgainstMap(b *testing.B) {
	for _, flows := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("flows=%d", flows), func(b *testing.B) {
			next, p := order(flows), benchPacket()
			start := heap()
			table := New(Config{}, &silent{})
			for n := range flows {
				numbered(&p, n)
				table.Add(&p)
			}
			tableBytes := heap() - start + uint64(table.room.used)
			start = heap()
			m := mapTable{}
			for n := range flows {
				numbered(&p, n)
				m.add(&p)
			}
			mapBytes := heap() - start
			round := func(add func(*packet.Packet)) {
				for i := range 1 << 18 {
					numbered(&p, int(next[i]))
					add(&p)
				}
			}
			var ours, theirs float64
			b.ResetTimer()
			for range b.N {
				at := b.Elapsed()
				round(table.Add)
				half := b.Elapsed()
				round(m.add)
				ours += (half - at).Seconds()
				theirs += (b.Elapsed() - half).Seconds()
			}
			b.ReportMetric(ours/theirs, "time/map")
			b.ReportMetric(float64(tableBytes)/float64(mapBytes), "memory/map")
			runtime.KeepAlive(table)
			runtime.KeepAlive(m)
		})
	}
}

type mapKey struct {
	low, high         [16]byte
	lowPort, highPort uint16
	proto             uint8
}

type mapTable map[mapKey]*Record

func (m mapTable) add(p *packet.Packet) {
	k := mapKey{p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto}
	fromClient := true
	if string(k.low[:]) > string(k.high[:]) || k.low == k.high && k.lowPort > k.highPort {
		k.low, k.high, k.lowPort, k.highPort = k.high, k.low, k.highPort, k.lowPort
		fromClient = false
	}
	f := m[k]
	if f == nil {
		f = &Record{}
		m[k] = f
	}
	f.count(p, fromClient)
}
