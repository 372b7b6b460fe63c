package flow

// Stats counts what a [Table] did, and what its limits cost.
type Stats struct {
	Packets int64 // added that carried IP
	Flows   int64 // begun
	Live    int64 // now
	Peak    int64 // most at once
	Idle    int64 // flows ended by time
	Evicted int64 // flows ended to make room

	Streams         int64 // handed over
	StreamsForced   int64 // of these, early because the budget was used up
	StreamsRefused  int64 // not followed: all records follow interleaved RTP
	Holes           int64 // places where bytes of a wanted half are missing from the capture
	SegmentsIgnored int64 // too far from the expected sequence number, or more than may wait for a hole
	Interleaved     int64 // RTP and RTCP frames found inside TCP

	Datagrams        int64 // handed over
	DatagramRepeats  int64 // same payload, not handed over again
	DatagramsSkipped int64 // not looked at: their direction had used up its number

	RTPDropped int64 // times the RTP records were all in use: a candidate was dropped, or not followed
}
