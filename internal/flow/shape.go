package flow

// A Shape is how the payload that one side sent lies in time and size, so that
// what it carries can be told without reading it. Shapes of successive parts of
// one flow add up by [Shape.Add].
type Shape struct {
	Payload uint64  // bytes above the transport
	Full    uint32  // packets of at least 1000 bytes of payload
	Seconds uint32  // seconds of the clock in which payload was sent
	Squares float64 // sum over those seconds of (bytes of payload)²
}

// Add adds what followed.
func (s *Shape) Add(o *Shape) {
	s.Payload += o.Payload
	s.Full += o.Full
	s.Seconds += o.Seconds
	s.Squares += o.Squares
}
