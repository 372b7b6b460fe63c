package capture

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// wideText reports whether head begins with the byte order mark of UTF-16, which
// PowerShell writes where another shell would write UTF-8 ("arp -a > arp.txt").
//
// Marks: The Unicode Standard, section 23.8; that of UTF-32, little end first, is
// not one of them.
func wideText(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xfe, 0xff}) ||
		bytes.HasPrefix(head, []byte{0xff, 0xfe}) && !bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0})
}

// narrow reads s as UTF-16 and shows it as UTF-8. Half a letter and a letter that
// is none become U+FFFD.
func narrow(s *Source) *Source {
	text := transform.NewReader(s, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	return &Source{in: newWindow(text), packed: s.packed, wide: s}
}
