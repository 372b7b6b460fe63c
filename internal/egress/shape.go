package egress

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// figures are what a [Pattern] says of what the device sent, in the units in
// which video, sound and files differ. Rates are of payload.
type figures struct {
	exact   bool
	tcp     bool
	seconds float64 // in which payload was sent, of busy parts
	busy    float64 // length of busy parts in seconds, at least seconds
	span    float64 // length of everything in seconds
	payload float64 // bytes
	rate    float64 // bit/s in the seconds it sent
	average float64 // bit/s over busy
	mean    float64 // bytes of payload a packet
	packets float64 // a second it sent
	full    float64 // share of packets that are full
	trains  float64 // a second it sent
	inTrain float64 // packets a train
	share   float64 // of payload of both sides
	spread  float64 // coefficient of variation of the bytes of a second
	part    float64 // mean length of a busy part in seconds
	parts   float64 // busy ones
}

func (p *Pattern) figures() figures {
	u := &p.Up
	f := figures{exact: u.Records == 0, tcp: p.Proto == 6, span: seconds(p.Last - p.First), payload: float64(u.Payload), parts: float64(u.Parts)}
	if u.Payload == 0 || u.Parts == 0 {
		return f
	}
	packets := float64(max(u.Packets, 1))
	f.seconds = float64(max(u.Seconds, 1))
	f.busy = max(seconds(u.Time), f.seconds)
	f.rate = 8 * f.payload / f.seconds
	f.average = 8 * f.payload / f.busy
	f.mean = f.payload / packets
	f.packets = packets / f.seconds
	f.full = float64(u.Full) / packets
	f.trains = float64(u.Trains) / f.seconds
	f.inTrain = packets / float64(max(u.Trains, 1))
	f.share = f.payload / (f.payload + float64(u.Against))
	mean := f.payload / f.seconds
	f.spread = math.Sqrt(max(u.Squares/f.seconds/(mean*mean)-1, 0))
	f.part = seconds(u.Time) / f.parts
	return f
}

func seconds(ns int64) float64 { return time.Duration(max(ns, 0)).Seconds() }

// JudgeVideo says whether the device sends video in a conversation of this
// pattern, and the figures that say so.
//
// It goes by what cannot be hidden: a camera sends its pictures when it takes
// them, 5 to 30 and more a second, each a train of packets of which the last is
// not full, for as long as somebody looks; a microphone sends packets of much
// the same small size at even distance; a file goes in full packets, as fast as
// the line or the window allows, and is over. Where that leaves a choice, and
// for records without payload, it says possibly. The limits are in
// docs/explanation/video.md with their reasons.
func JudgeVideo(p *Pattern) Video {
	f := p.figures()
	if f.parts == 0 {
		return Video{VideoNo, false, "never more than " + bits(8*busyRate) + " or " + strconv.Itoa(busyPackets) + " packets a second up; " + Amount(p.BytesUp) + " in all"}
	}
	verdict, audio, reason := f.judge()
	return Video{verdict, audio, f.text() + ": " + reason}
}

func (f *figures) judge() (verdict string, audio bool, reason string) {
	if !f.exact {
		return f.judgeRecords()
	}
	switch {
	case f.sound() && f.trains >= leastSound && f.inTrain <= f.alone() && f.full <= fewFull && f.spread <= evenSound:
		if f.seconds < leastSeconds {
			return VideoTooShort, false, "even small packets, as sound has, but not for long"
		}
		return VideoNo, true, fmt.Sprintf("small packets %.0f times a second at even distance, as sound is sent", f.trains)
	case f.rate < leastRate || f.mean < leastMean:
		return VideoNo, false, "too little at a time for pictures"
	case f.rate > mostRate:
		return VideoNo, false, "faster than any camera's stream, as files and speed tests are sent"
	case f.share < leastShare:
		return VideoNo, false, "most goes to the device"
	case f.seconds < leastSeconds:
		return f.judgeStart()
	case f.part < leastSeconds:
		return f.judgePieces()
	case f.seconds < f.busy*mostlySending:
		return f.judgePauses()
	}
	return f.judgeSteady()
}

// judgeStart is of what was sent for less than [leastSeconds].
func (f *figures) judgeStart() (string, bool, string) {
	switch {
	case f.file() || f.trains < leastClip && f.rate > fastFile:
		return VideoNo, false, "full packets as fast as they go, as a file is sent, and soon over"
	case f.span > longWatched && f.trains < leastClip:
		return VideoNo, false, "seldom and soon over, as photos and messages are sent"
	case f.payload < leastPayload || f.full == 0 && f.mean < leastFirst:
		return VideoNo, false, "too little for pictures"
	}
	return VideoTooShort, false, fmt.Sprintf("a file or the start of a stream; %d s are needed to tell", leastSeconds)
}

// judgePieces is of many flows or parts that are each soon over.
func (f *figures) judgePieces() (string, bool, string) {
	all := 8 * f.payload / max(f.span, 1)
	switch {
	case f.trains >= leastClip && f.inTrain >= leastInTrain && !f.file():
		return VideoPossibly, false, fmt.Sprintf("pictures about %.0f times a second, but only for %.1f s at a time", f.trains, f.part)
	case all >= leastPieces && f.span >= longWatched:
		return VideoPossibly, false, fmt.Sprintf("short uploads that add up to %s over all the time, as video is stored piece by piece", bits(all))
	}
	return VideoNo, false, "short uploads with long pauses between, as photos and messages are sent"
}

// judgePauses is of long flows that send now and then.
func (f *figures) judgePauses() (string, bool, string) {
	switch {
	case f.pictures() && f.trains >= leastClip && f.spread <= mostSpread:
		if f.seconds >= enoughSeconds {
			return VideoYes, false, fmt.Sprintf("pictures about %.0f times a second while it sends, as clips do", f.trains)
		}
		return VideoPossibly, false, fmt.Sprintf("pictures about %.0f times a second while it sends, but not for long", f.trains)
	case f.average >= leastPieces && f.seconds >= f.busy*oftenSending && f.busy >= longWatched && f.mean >= fileMean:
		return VideoPossibly, false, fmt.Sprintf("uploads that add up to %s over all the time, as video is stored piece by piece", bits(f.average))
	}
	return VideoNo, false, "uploads with pauses between and no even train of pictures"
}

// judgeSteady is of what went on without pauses.
func (f *figures) judgeSteady() (string, bool, string) {
	switch {
	case f.pictures() && f.trains >= leastPictures:
		if f.rate > doubtfulRate {
			return VideoPossibly, false, fmt.Sprintf("trains of packets %.0f times a second, as pictures come, but fast enough for a file", f.trains)
		}
		if f.tcp && f.rate > recordsRate && (1-f.full)*f.inTrain > mostEnds {
			return VideoPossibly, false, fmt.Sprintf("trains of packets %.0f times a second, as pictures come, but with %.1f ends in each, as a file in records has", f.trains, (1-f.full)*f.inTrain)
		}
		return VideoYes, false, fmt.Sprintf("trains of %.1f packets %.0f times a second, as pictures come", f.inTrain, f.trains)
	case f.trains >= leastPictures && f.inTrain < leastInTrain && f.full < fewNotFull && f.mean < fileMean:
		return VideoPossibly, false, fmt.Sprintf("single packets %.0f times a second, too large for sound", f.trains)
	case f.file() && (f.tcp || f.seconds < enoughSeconds):
		return VideoNo, false, "full packets only, as a file is sent through its line"
	case f.rate > fastFile:
		return VideoNo, false, "no pauses at this rate, as files are sent"
	case !f.tcp && f.full <= fewNotFull && f.spread <= mostSpread && f.mean >= fileMean:
		return VideoYes, false, "an even stream of datagrams of several sizes, as a camera sends that spreads its pictures out"
	case f.trains >= slowPictures && f.seconds >= enoughSeconds:
		return VideoPossibly, false, fmt.Sprintf("trains of %.1f packets %.1f times a second, as slow pictures come", f.inTrain, f.trains)
	case f.seconds >= enoughSeconds:
		return VideoPossibly, false, "an even stream without pauses between pictures: video that fills its line, or a file"
	}
	return VideoNo, false, "no pauses between trains of packets, and soon over, as a file is sent"
}

// judgeRecords is of records that only count: it says video only after minutes.
func (f *figures) judgeRecords() (string, bool, string) {
	switch {
	case f.sound() && f.mean <= soundMean && f.rate <= soundRate && f.packets >= leastSound:
		if f.busy < leastRecord {
			return VideoTooShort, false, "small packets, as sound has, but not for long"
		}
		return VideoNo, true, fmt.Sprintf("small packets %.0f times a second, as sound is sent", f.packets)
	case f.rate < leastRate || f.mean < leastMean:
		return VideoNo, false, "too little at a time for pictures"
	case f.rate > mostRate:
		return VideoNo, false, "faster than any camera's stream, as files and speed tests are sent"
	case f.share < leastShare:
		return VideoNo, false, "most goes to the device"
	case f.rate > doubtfulRate || f.rate > fastFile && f.busy < longWatched || f.tcp && f.mean >= recordFile && (f.busy < longWatched || f.rate > fastFile):
		return VideoNo, false, "full packets or a high rate, as a file is sent"
	case f.part < leastSeconds && f.parts > 1:
		if all := 8 * f.payload / max(f.span, 1); all >= leastPieces && f.span >= longWatched {
			return VideoPossibly, false, fmt.Sprintf("short uploads that add up to %s over all the time, as video is stored piece by piece", bits(all))
		}
		return VideoNo, false, "short uploads with long pauses between, as photos and messages are sent"
	case f.busy < leastRecord && f.rate > fastFile:
		return VideoNo, false, "fast and soon over, as a file is sent"
	case f.busy < leastRecord:
		return VideoTooShort, false, fmt.Sprintf("a file or the start of a stream; from records %d s are needed to tell", leastRecord)
	case f.busy >= sureRecord && f.parts >= sureRecords && f.rate >= sureRate && f.rate <= fastFile && f.spread <= sureSpread && f.mean <= sureMean:
		return VideoYes, false, "even for minutes, in packets of several sizes; judged from records that only count"
	}
	return VideoPossibly, false, "the rate and packets of video; judged from records that only count"
}

// sound reports whether packets are of the size and number of speech or music.
func (f *figures) sound() bool {
	return f.mean >= leastSoundMean && f.mean <= mostSoundMean && f.rate >= leastSoundRate && f.rate <= mostSoundRate &&
		f.packets <= mostSound && f.share >= leastShare
}

// alone is how many packets a train of sound has at most. Slow video in small
// packets shows itself by the few whole pictures that take two.
func (f *figures) alone() float64 {
	if f.mean > soundMean {
		return alone
	}
	return leastInTrain
}

// file reports whether it is full packets and nothing else, as only a sender has
// who always holds more than fits. Over UDP the size of a full packet is the
// sender's choice, and equal parts of a picture look the same.
func (f *figures) file() bool {
	return f.full >= onlyFull && (f.tcp || f.trains < slowPictures || f.inTrain < leastInTrain)
}

// pictures reports whether trains come as often as pictures can, of several
// packets that are not all full.
func (f *figures) pictures() bool {
	return f.trains <= mostPictures && (f.inTrain >= leastInTrain || f.full >= fewFull && f.mean <= smallPictures) && !f.file()
}

// text gives the figures: "2.1 Mbit/s up in 58 of 58 seconds, mean packet 1,180
// bytes, 96 % of bytes up".
func (f *figures) text() string {
	return fmt.Sprintf("%s up in %.0f of %.0f seconds, mean packet %s bytes, %.0f %% of bytes up",
		bits(f.rate), f.seconds, f.busy, thousands(f.mean), 100*f.share)
}

// bits writes a rate for people.
func bits(rate float64) string {
	switch {
	case rate >= 9.95e6:
		return fmt.Sprintf("%.0f Mbit/s", rate/1e6)
	case rate >= 999.5e3:
		return fmt.Sprintf("%.1f Mbit/s", rate/1e6)
	}
	return fmt.Sprintf("%.0f kbit/s", rate/1e3)
}

// thousands writes a number below a million with its comma.
func thousands(v float64) string {
	n := int(math.Round(min(v, 999_999)))
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
