// Package lab makes networks that do not exist and writes down what they would
// have said, as a capture.
//
// A [Network] holds stations on one virtual clock. Stations send datagrams and
// hold TCP dialogues and video streams; what passes is kept as frames with right
// lengths and checksums, in the order of the clock, and written as pcapng. The
// same calls give the same bytes, on any machine and in any year.
//
// A [Traffic] is less: one conversation of a known [Kind], as lengths and times
// of packets without content, to measure who tells video from other things.
//
// It is the project's test bed and no part of the product: it opens no socket,
// reads no capture, and knows nothing of what the product concludes. What its
// stations say is shaped like answers that real devices gave; the values are
// invented, and every capture says so in its section comment.
package lab
