package record

import (
	"bytes"
	"net/netip"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/observation"
)

// addAddr adds an address of a station in its usual form.
func (f *fieldList) addAddr(name string, b []byte) {
	if a := address(b); a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && a != broadcast {
		f.add(name, []byte(a.String()))
	}
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// addServer adds what the headers of an HTTP answer say of the server.
func (f *fieldList) addServer(server []byte, auth [][]byte) {
	f.add(observation.HTTPServer, server)
	for _, value := range auth {
		f.addOnce(observation.HTTPAuthenticate, value)
		f.addOnce(observation.HTTPRealm, []byte(dissect.Realm(string(value))))
	}
}

// addPath adds the path and query of a URL, without a user's credentials.
func (f *fieldList) addPath(name string, url []byte) {
	f.add(name, []byte(dissect.Path(string(url))))
}

// hostOnly is the name or address of a Host header, without port, lower case.
func hostOnly(host []byte) []byte {
	if at := bytes.LastIndexByte(host, ':'); at >= 0 && bytes.IndexByte(host[at:], ']') < 0 && bytes.Count(host, []byte(":")) == 1 || at > 0 && host[at-1] == ']' {
		host = host[:at]
	}
	return bytes.ToLower(bytes.Trim(host, "[]"))
}

// statusCode is a status code of three digits, nil for anything else.
func statusCode(v []byte) []byte {
	if len(v) == 5 && v[0] == '"' {
		v = v[1:4]
	}
	if n, ok := decimal(v); !ok || len(v) != 3 || n < 100 {
		return nil
	}
	return v
}

// domain is a name in lower case without its final dot.
func domain(b []byte) []byte { return bytes.ToLower(bytes.TrimSuffix(b, []byte("."))) }

// httpRequest gives the fields of a request.
func (b *batch) httpRequest(host, agent []byte) []observation.Field {
	return b.cached("http?", func() []observation.Field {
		var f fieldList
		f.add(observation.HTTPHost, hostOnly(host))
		f.add(observation.HTTPUserAgent, agent)
		return f
	}, host, agent)
}

// httpAnswer gives the fields of an answer. Of the path it is known that the
// server has it only where it answered 200 or 401.
func (b *batch) httpAnswer(status, url, server []byte, auth [][]byte) []observation.Field {
	if code := string(status); code != "200" && code != "401" {
		url = nil
	}
	build := func() []observation.Field {
		var f fieldList
		f.add(observation.HTTPStatus, status)
		if len(url) > 0 {
			f.addPath(observation.HTTPPath, url)
		}
		f.addServer(server, auth)
		return f
	}
	if len(auth) > 0 {
		return build()
	}
	return b.cached("http=", build, status, url, server)
}
