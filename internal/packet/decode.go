package packet

import "github.com/lenscap/lenscap/internal/capture"

// Decode decodes f into p, setting every field of p but Input.
func (d *Decoder) Decode(f *capture.Frame, p *Packet) Result { return Malformed }

// Gaps returns what was not understood, in the order first met.
func (d *Decoder) Gaps() []capture.Gap { return append([]capture.Gap(nil), d.gaps...) }
