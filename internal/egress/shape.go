package egress

import "github.com/lenscap/lenscap/internal/flow"

// A Pattern is what the flows of a conversation looked like together, for
// [JudgeVideo]. It holds no payload and no name.
type Pattern struct {
	Flows          int64
	First, Last    int64  // nanoseconds
	Busy           int64  // nanoseconds covered by at least one flow, or their sum where that is not known
	Proto          uint8  // IP protocol number
	Exact          bool   // every flow's Shape was measured from packets
	BytesUp        uint64 // on the wire, from the device
	BytesDown      uint64
	PacketsUp      uint64
	PacketsDown    uint64
	ShapeUp        flow.Shape // zero unless Exact
	ShapeDown      flow.Shape
	LongestUp      uint64 // bytes up of the flow that carried the most up
	LongestSeconds int64  // and how long that flow lasted, in seconds
}

// JudgeVideo says whether the device sends video in a conversation of this
// pattern, and the figures that say so.
func JudgeVideo(p *Pattern) Video {
	return Video{Verdict: VideoTooShort, Why: "not judged"}
}
