package lab

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// A Load is an estate at work, written as one pcap of any size for measuring
// speed and memory. Every recorder watches its share of the cameras, half of
// them over UDP and half inside RTSP over TCP; around that runs what such
// networks carry: leases, discovery, clocks, names, cloud services, and the
// flows of workstations. A tenth of the cameras and of the flows speak IPv6.
//
// Set-up is played by a [Network] and so as lifelike as the lab's station; the
// video and the flows, which are nearly all of the bytes, are made while they
// are written, so that memory does not depend on the size. The same Load gives
// the same bytes.
type Load struct {
	Seed         string
	Cameras      int           // at most 8000
	Recorders    int           // at least 1, at most 200
	Workstations int           // at least 1 if there are Flows, at most 4000
	Length       time.Duration // of the capture; set-up takes the first ten seconds
	VideoRate    int           // bytes of video a second that each camera sends; 0 for set-up without video
	Flows        int           // of workstations, begun evenly over Length
	Talk         int           // records of encrypted data each way in a usual flow
	Record       int           // bytes of such a record, on average
	Stay         bool          // flows are not ended by FIN, so that all live at the end
}

// A Made says what a [Load] came to.
type Made struct {
	Packets int64
	Bytes   int64 // of the file
	Flows   int64 // of workstations
}

// loadStart is when every load begins.
var loadStart = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// The two captures of the bench: one of mostly video, one of many small packets.
var (
	VideoHeavy = Load{Seed: "video", Cameras: 400, Recorders: 12, Workstations: 200, Length: time.Minute, VideoRate: 63_500, Flows: 92_000, Talk: 3, Record: 620}
	SmallHeavy = Load{Seed: "small", Cameras: 400, Recorders: 12, Workstations: 300, Length: time.Minute, VideoRate: 7_200, Flows: 360_000, Talk: 1, Record: 420}
)

// Living is a capture in which that many flows of workstations live at once, and
// video fills the file up: longer times the video gives a larger file of the
// same flows.
func Living(flows, times int) Load {
	return Load{Seed: "living", Cameras: 400, Recorders: 12, Workstations: 300, Length: time.Minute, VideoRate: 8_000 * times, Flows: flows, Talk: 1, Record: 120, Stay: true}
}

// Write writes the capture. It keeps the set-up in memory, about 20 kB a camera,
// and nothing else.
func (l Load) Write(w io.Writer) (Made, error) {
	switch {
	case l.Cameras < 0 || l.Cameras > 8000 || l.Recorders < 1 || l.Recorders > 200 || l.Workstations < 0 || l.Workstations > 4000:
		return Made{}, fmt.Errorf("a load of %d cameras, %d recorders, %d workstations: out of bounds", l.Cameras, l.Recorders, l.Workstations)
	case l.Flows > 0 && l.Workstations == 0:
		return Made{}, fmt.Errorf("a load of %d flows and no workstation", l.Flows)
	}
	buf := bufio.NewWriterSize(w, 1<<20)
	t := newTape(buf, l.Seed)
	e := newEstate(l)
	s := schedule{}
	s.add(0, newReplay(e.n))
	for _, c := range e.sessions {
		s.add(c.begin, c)
	}
	if l.Flows > 0 {
		s.add(l.Length/time.Duration(l.Flows), newOffice(l, e, &s))
	}
	s.run(t, l.Length)
	if err := buf.Flush(); err != nil {
		t.err = err
	}
	if t.err != nil {
		return Made{}, fmt.Errorf("write load: %w", t.err)
	}
	return Made{Packets: t.packets, Bytes: t.bytes, Flows: int64(l.Flows)}, nil
}

// A source sends frames one after another.
type source interface {
	// send writes the frame due now and returns when the next is; false when
	// there is none.
	send(t *tape, now time.Duration) (next time.Duration, more bool)
}

// A schedule is the sources in the order of their next frames: a heap. Those due
// at one moment go in the order in which they were scheduled.
type schedule struct {
	due  []due
	turn uint64
}

type due struct {
	at   time.Duration
	turn uint64
	s    source
}

func (d *due) before(o *due) bool { return d.at < o.at || d.at == o.at && d.turn < o.turn }

func (s *schedule) add(at time.Duration, src source) {
	s.turn++
	s.due = append(s.due, due{at, s.turn, src})
	for i := len(s.due) - 1; i > 0 && s.due[i].before(&s.due[(i-1)/2]); i = (i - 1) / 2 {
		s.due[i], s.due[(i-1)/2] = s.due[(i-1)/2], s.due[i]
	}
}

// run lets the sources send until none has more, or the end is reached.
func (s *schedule) run(t *tape, end time.Duration) {
	for len(s.due) > 0 && t.err == nil && s.due[0].at < end {
		now, src := s.due[0].at, s.due[0].s
		next, more := src.send(t, now)
		// What the source scheduled meanwhile is later than itself, and so is
		// not at the top.
		if s.turn++; more {
			s.due[0] = due{max(next, now), s.turn, src}
		} else {
			last := len(s.due) - 1
			s.due[0] = s.due[last]
			s.due[last] = due{}
			s.due = s.due[:last]
		}
		s.down()
	}
}

// down moves the top to its place.
func (s *schedule) down() {
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(s.due); c++ {
			if s.due[c].before(&s.due[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		s.due[i], s.due[least] = s.due[least], s.due[i]
		i = least
	}
}

// A replay sends what a network has played.
type replay struct{ frames []frame }

func newReplay(n *Network) *replay { return &replay{n.sorted()} }

func (r *replay) send(t *tape, now time.Duration) (time.Duration, bool) {
	for len(r.frames) > 0 && r.frames[0].at <= now {
		t.write(now, r.frames[0].data)
		r.frames = r.frames[1:]
	}
	if len(r.frames) == 0 {
		return 0, false
	}
	return r.frames[0].at, true
}
