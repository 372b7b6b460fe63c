package egress

// JudgeVideo says whether the device sends video in a conversation of this
// pattern, and the figures that say so.
func JudgeVideo(p *Pattern) Video {
	return Video{Verdict: VideoTooShort, Why: "not judged"}
}
