package asset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Doer sends requests: an [http.Client] whose dialler asks the hub's list of
// allowed addresses.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// NetBox reads devices from a NetBox server and writes back what was found out
// about them. It speaks to URL only: the address of the next page is taken from
// an answer no further than its query.
type NetBox struct {
	URL    string // "https://netbox.example.org", with a path if NetBox has one
	Token  string // of its REST interface; never in an error
	Client Doer
	Filter url.Values // of /api/dcim/devices/, such as role=camera; nil: all
}

// ErrNetBoxAddress is returned for an address that is none; it does not repeat
// it, since it may hold a password.
var ErrNetBoxAddress = errors.New("netbox: the address is none of a server; write https://netbox.example.org, without user name or question mark")

const (
	netboxPage  = 250      // devices asked for at once
	netboxBatch = 100      // devices written at once
	netboxBody  = 32 << 20 // bytes of an answer
	netboxPages = 4000
)

// An answerError is an answer other than success.
type answerError struct {
	status int
	says   string
}

func (e *answerError) Error() string {
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("NetBox answers %d: the token is wrong, has expired or may not do this (%s)", e.status, e.says)
	case http.StatusNotFound:
		return fmt.Sprintf("NetBox answers 404: is the address right? It ends where /api/ would begin (%s)", e.says)
	}
	return fmt.Sprintf("NetBox answers %d: %s", e.status, e.says)
}

// do sends one request and decodes the answer into out, unless that is nil.
func (n *NetBox) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	u, err := url.Parse(n.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return ErrNetBoxAddress
	}
	u = u.JoinPath(path)
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	u.RawQuery = query.Encode()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return err
	}
	scheme := "Token"
	if strings.HasPrefix(n.Token, "nbt_") { // tokens of NetBox 4.5 and later
		scheme = "Bearer"
	}
	req.Header.Set("Authorization", scheme+" "+n.Token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := n.Client.Do(req)
	if err != nil {
		return fmt.Errorf("netbox: %s %s: %w", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, netboxBody+1))
	switch {
	case err != nil:
		return fmt.Errorf("netbox: %s %s: read answer: %w", method, path, err)
	case len(b) > netboxBody:
		return fmt.Errorf("netbox: %s %s: the answer has more than %d MB", method, path, netboxBody>>20)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return fmt.Errorf("netbox: %s %s: %w", method, path, &answerError{res.StatusCode, cut(clean(string(b)), 200)})
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("netbox: %s %s: the answer is no JSON as NetBox writes it: %w", method, path, err)
	}
	return nil
}

// pages calls take for each object of a list, page by page.
func (n *NetBox) pages(ctx context.Context, path string, query url.Values, take func(object)) error {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	q.Set("limit", strconv.Itoa(netboxPage))
	for range netboxPages {
		var page struct {
			Next    string   `json:"next"`
			Results []object `json:"results"`
		}
		if err := n.do(ctx, http.MethodGet, path, q, nil, &page); err != nil {
			return err
		}
		for _, o := range page.Results {
			take(o)
		}
		if page.Next == "" || len(page.Results) == 0 {
			return nil
		}
		next, err := url.Parse(page.Next)
		if err != nil {
			return fmt.Errorf("netbox: %s: the next page's address: %w", path, err)
		}
		q = next.Query()
	}
	return fmt.Errorf("netbox: %s: more than %d pages", path, netboxPages)
}

// Devices reads the devices that match the filter, with the hardware address of
// the first of their interfaces that has one. The Line of each is its id; Written
// of the list is what an earlier [NetBox.Write] left.
func (n *NetBox) Devices(ctx context.Context) (*List, error) {
	l := &List{Format: formatNetBox, Written: map[int]Update{}}
	err := n.pages(ctx, "api/dcim/devices", n.Filter, func(o object) {
		have := len(l.Rows)
		l.object(o, have+1)
		if custom := o.in("custom_fields"); len(l.Rows) > have {
			id := l.Rows[have].Line
			l.Written[id] = Update{id, custom.str("lenscap_maker"), custom.str("lenscap_firmware"), custom.str("lenscap_verdict")}
		}
	})
	if err != nil {
		return nil, err
	}
	byID := map[int]*Declared{}
	for i := range l.Rows {
		byID[l.Rows[i].Line] = &l.Rows[i]
	}
	for at := 0; at < len(l.Rows); at += netboxBatch {
		q := url.Values{}
		for _, d := range l.Rows[at:min(at+netboxBatch, len(l.Rows))] {
			q.Add("device_id", strconv.Itoa(d.Line))
		}
		err := n.pages(ctx, "api/dcim/interfaces", q, func(o object) {
			id, _ := o.in("device")["id"].(float64)
			text := o.str("mac_address")
			if text == "" { // NetBox 4.2 and later
				text = o.in("primary_mac_address").str("mac_address")
			}
			m, ok := observation.ParseMAC(text)
			if d := byID[int(id)]; ok && d != nil && d.MAC == "" && !m.Group() {
				d.MAC = m.String()
			}
		})
		if err != nil {
			return nil, err
		}
	}
	l.repeated()
	return l, nil
}

// An Update is what was found out about a device. An empty text says that
// nothing is known, and empties the field in NetBox.
type Update struct {
	ID                       int // of the device in NetBox, as [Declared].Line has it
	Maker, Firmware, Verdict string
}

// customFields are what [NetBox.Write] writes into.
var customFields = []struct{ name, label, says string }{
	{"lenscap_maker", "Maker (Lenscap)", "Who produced the device, as Lenscap has worked out"},
	{"lenscap_firmware", "Firmware (Lenscap)", "The firmware version Lenscap has seen"},
	{"lenscap_verdict", "Verdict (Lenscap)", "The strictest verdict of the rules that apply"},
}

// Prepare makes the custom fields that [NetBox.Write] needs, where they are
// missing. The token needs the right to add custom fields for that.
func (n *NetBox) Prepare(ctx context.Context) error {
	for _, f := range customFields {
		have := false
		err := n.pages(ctx, "api/extras/custom-fields", url.Values{"name": {f.name}}, func(o object) { have = have || o.str("name") == f.name })
		if err != nil {
			return err
		}
		if have {
			continue
		}
		field := map[string]any{"name": f.name, "label": f.label, "description": f.says, "type": "text", "object_types": []string{"dcim.device"}, "content_types": []string{"dcim.device"}}
		// object_types since NetBox 4.0, content_types before; each ignores the other.
		if err := n.do(ctx, http.MethodPost, "api/extras/custom-fields", nil, field, nil); err != nil {
			return fmt.Errorf("add the custom field %s to devices: %w", f.name, err)
		}
	}
	return nil
}

// Write writes updates into the custom fields lenscap_maker, lenscap_firmware
// and lenscap_verdict, and nothing else. NetBox takes a batch as a whole or not
// at all; one it refuses is written device by device, and those that are refused
// again are the faults, with the id as row. The error is one that ends it;
// written says how many had been taken by then.
func (n *NetBox) Write(ctx context.Context, updates []Update) (written int, faults []Fault, err error) {
	for at := 0; at < len(updates); at += netboxBatch {
		batch := updates[at:min(at+netboxBatch, len(updates))]
		err := n.patch(ctx, batch)
		if err == nil {
			written += len(batch)
			continue
		}
		if !refused(err) {
			return written, faults, err
		}
		for i := range batch {
			switch err := n.patch(ctx, batch[i:i+1]); {
			case err == nil:
				written++
			case refused(err):
				faults = append(faults, Fault{Row: batch[i].ID, Says: err.Error()})
			default:
				return written, faults, err
			}
		}
	}
	return written, faults, nil
}

// refused reports whether NetBox did not take what was sent, and would take
// something else.
func refused(err error) bool {
	var a *answerError
	return errors.As(err, &a) && (a.status == http.StatusBadRequest || a.status == http.StatusNotFound || a.status == http.StatusConflict)
}

func (n *NetBox) patch(ctx context.Context, batch []Update) error {
	type device struct {
		ID     int               `json:"id"`
		Custom map[string]string `json:"custom_fields"`
	}
	in := make([]device, len(batch))
	for i, u := range batch {
		in[i] = device{u.ID, map[string]string{"lenscap_maker": cut(u.Maker, 200), "lenscap_firmware": cut(u.Firmware, 200), "lenscap_verdict": cut(u.Verdict, 200)}}
	}
	return n.do(ctx, http.MethodPatch, "api/dcim/devices", nil, in, nil)
}
