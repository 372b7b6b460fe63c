package dissect

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/twmb/murmur3"

	"github.com/lenscap/lenscap/internal/observation"
)

// isFavicon reports whether an answer is a site's icon, all of it.
func isFavicon(request, m *httpMessage) bool {
	if request.method != "GET" || m.status != 200 || !m.whole || len(m.body) == 0 {
		return false
	}
	path, _, _ := strings.Cut(strings.ToLower(request.target), "?")
	icon := strings.HasSuffix(path, ".ico") || strings.HasSuffix(path, ".png") && strings.Contains(path, "favicon")
	return icon && !looksHTML(m.body)
}

// addFavicon adds both digests that public fingerprint lists use.
func addFavicon(f *fields, icon []byte) {
	sum := md5.Sum(icon) // an identifier that others chose, not protection
	f.add(observation.HTTPFaviconMD5, hex.EncodeToString(sum[:]))
	f.add(observation.HTTPFaviconMMH3, strconv.Itoa(int(faviconHash(icon))))
}

// faviconHash is Shodan's http.favicon.hash: MurmurHash3 (x86, 32 bit, seed 0)
// over the icon in MIME base64 as Python's base64.encodebytes writes it, with a
// line feed after every 76 characters and at the end, read as a signed number.
func faviconHash(icon []byte) int32 {
	const line = 57 // octets that make 76 characters
	var text bytes.Buffer
	text.Grow(len(icon)*4/3 + len(icon)/line + 8)
	for len(icon) > 0 {
		n := min(line, len(icon))
		text.WriteString(base64.StdEncoding.EncodeToString(icon[:n]))
		text.WriteByte('\n')
		icon = icon[n:]
	}
	return int32(murmur3.Sum32(text.Bytes()))
}
