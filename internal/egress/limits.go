package egress

// The limits of [JudgeVideo]. docs/explanation/video.md has the same table with
// the reason and source of each; a test compares the two.
const (
	leastRate    = 30e3 // bit/s of payload while sending; the slowest sub-streams have 64 kbit/s, half of it in quiet scenes
	mostRate     = 40e6 // bit/s; above a 4K stream at low compression (25 to 30 Mbit/s)
	doubtfulRate = 25e6 // bit/s; trains this heavy may be windows of a file
	fastFile     = 15e6 // bit/s; above usual 4K streams (8 to 12 Mbit/s), where it does not pause between pictures
	leastMean    = 150  // bytes a packet; acknowledgements and keep-alives are smaller
	leastShare   = 0.35 // of payload; talk-back at the rate of a slow sub-stream leaves a half
	leastPayload = 10e3 // bytes; about a second of the slowest sub-stream
	leastFirst   = 600  // bytes a packet where none is full; a stream begins with a whole picture, which takes several full packets

	leastSeconds  = 8  // seconds with payload: several groups of pictures (1 to 4 s each)
	enoughSeconds = 20 // for what is doubtful
	longWatched   = 60 // seconds; after which a little is known to be little

	leastPictures = 4     // trains a second: 5 pictures a second, some of which touch
	leastClip     = 6     // same, where it pauses for long
	slowPictures  = 0.8   // same, of slow video
	mostPictures  = 70    // 60 pictures a second, and some sound
	leastInTrain  = 1.3   // packets a train; sound has one
	smallPictures = 1200  // bytes a packet: of slow streams most pictures fit into one packet
	mostlySending = 0.8   // share of seconds that makes a stream steady
	oftenSending  = 0.12  // same, of pieces
	mostSpread    = 1.5   // coefficient of variation of a clip's seconds
	leastPieces   = 120e3 // bit/s over all the time; a photo of 300 KB every 30 s has 80

	onlyFull    = 0.996 // share of full packets over which nothing ends in between
	fewNotFull  = 0.985 // share under which it is sure that something does
	recordsRate = 2e6   // bit/s of TCP over which pictures take many packets
	mostEnds    = 2.5   // packets a train that are not full: a picture has one, or a few slices
	fewFull     = 0.005 // share of full packets that sound may have
	fileMean    = 700   // bytes a packet of an upload

	leastSound     = 7     // packets a second; AAC at 8 kHz has 7.8
	mostSound      = 120   // packets a second; 10 ms each, and some more
	alone          = 1.01  // packets a train of sound in large packets
	evenSound      = 0.45  // coefficient of variation
	leastSoundMean = 40    // bytes a packet; Opus at 12 kbit/s and SRTP
	mostSoundMean  = 700   // bytes a packet; G.711 at 80 ms
	leastSoundRate = 10e3  // bit/s
	mostSoundRate  = 350e3 // bit/s; music in stereo

	leastRecord = 10    // seconds of records
	recordFile  = 1436  // bytes a packet of TCP, acknowledgements included
	soundMean   = 300   // bytes a packet; slow video begins there
	soundRate   = 100e3 // bit/s; G.711 with headers has 69, sound with slow video more
	sureRecord  = 120   // seconds
	sureRecords = 3     // records, so that evenness shows
	sureRate    = 150e3
	sureSpread  = 0.6
	sureMean    = 1380
)
