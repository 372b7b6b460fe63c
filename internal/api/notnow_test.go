package api_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/tell"
)

// What the state of a thing does not allow is 409, and says what is so.
func TestWhatCannotBeDoneNow(t *testing.T) {
	r := newRig(t)
	const v1 = "/api/v1"
	r.want(201, r.admin, "POST", v1+"/organisations", `{"name":"Ash council"}`, nil)
	r.want(201, r.admin, "POST", v1+"/sites", `{"organisation":1,"name":"Depot"}`, nil)
	capture, err := os.ReadFile(filepath.Join("..", "..", "examples", "lab-station.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	r.want(202, r.admin, "POST", v1+"/sites/1/ingests?name=x.pcapng", capture, nil)
	idle(t, r.app)
	refused := func(method, path string, body any, says string, header ...string) {
		t.Helper()
		if a := r.want(409, r.admin, method, v1+path, body, nil, header...); !strings.Contains(string(a.body), says) {
			t.Errorf("%s %s says %s, want %q", method, path, a.body, says)
		}
	}
	refused("POST", "/ingests/1/cancel", nil, "The input is done; there is nothing to stop")

	wait, still, held := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		held <- r.app.Hub.Still(func() error { // so that the site is being taken out for as long as is asked
			close(still)
			<-wait
			return nil
		})
	}()
	<-still
	r.want(202, r.admin, "DELETE", v1+"/sites/1?name=Depot", nil, nil)
	going := "Site 1 is being taken out"
	refused("POST", "/sites/1/ingests?name=y.pcapng", capture, going)
	refused("POST", "/sites/1/lists?name=y.csv", []byte("name,ip\nGate,10.1.1.1\n"), going)
	refused("PATCH", "/sites/1", `{"name":"Yard"}`, going, "If-Match", "*")
	refused("DELETE", "/ingests/1", nil, going)
	close(wait)
	if err := <-held; err != nil {
		t.Error(err)
	}
	idle(t, r.app)
	r.want(404, r.admin, "GET", v1+"/sites/1", nil, nil)
}

// Without room nothing is taken, in one piece or in many, and what is there is read.
func TestWithoutRoomNothingIsTaken(t *testing.T) {
	r := newRig(t, func(c *app.Config) { c.KeepFree = 1 << 60 })
	r.want(201, r.admin, "POST", "/api/v1/organisations", `{"name":"Ash council"}`, nil)
	r.want(201, r.admin, "POST", "/api/v1/sites", `{"organisation":1,"name":"Depot"}`, nil)
	up := "/api/v1/uploads/" + strings.Repeat("a", 32)
	for method, path := range map[string]string{"POST": "/api/v1/sites/1/ingests?name=x.pcap", "PUT": up + "?offset=0"} {
		if a := r.want(507, r.admin, method, path, make([]byte, 1000), nil); !strings.Contains(string(a.body), "made room") {
			t.Errorf("%s %s says %s", method, path, a.body)
		}
	}
	var o struct{ Offset int64 }
	if r.want(200, r.admin, "GET", up, nil, &o); o.Offset != 0 {
		t.Errorf("%d bytes were kept", o.Offset)
	}
	r.want(200, r.admin, "GET", "/api/v1/sites/1", nil, nil)
}

// The one syslog server of the settings is told once of what an organisation sees.
func TestASecondSubscriptionToSyslogIs409(t *testing.T) {
	r := newRig(t, func(c *app.Config) {
		c.Machines.Syslog = &tell.Syslog{Server: "127.0.0.1:9", Network: "udp", Format: "rfc5424"}
	})
	r.want(201, r.admin, "POST", "/api/v1/organisations", `{"name": "Ash council"}`, nil)
	const syslog = `{"organisation":1,"url":"syslog:","events":["*"]}`
	if first := r.do(r.admin, "POST", "/api/v1/subscriptions", syslog); first.status != 201 && first.status != 409 { // the hub may have made one itself
		t.Fatalf("the first: %d %s", first.status, first.body)
	}
	if a := r.want(409, r.admin, "POST", "/api/v1/subscriptions", syslog, nil); !strings.Contains(string(a.body), "already") {
		t.Errorf("it says %s", a.body)
	}
}
