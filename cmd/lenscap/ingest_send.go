package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/api"
	"github.com/lenscap/lenscap/internal/hub"
)

const (
	pieceSize = 8 << 20 // bytes sent at a time; what is here already is not sent again
	mostTries = 8       // of one piece, with longer and longer pauses: two minutes in all
	askEvery  = time.Second
)

// A sender gives files to a hub over its interface for programs.
type sender struct {
	http  *http.Client
	base  string // address of the interface
	token string
	bar   *progressbar.ProgressBar // nil: nobody looks
	pause func(try int) time.Duration
}

// sendAll gives files to the hub at f.hub and waits until each was read. A
// connection that breaks goes on where it broke.
func sendAll(cmd *cobra.Command, f *ingestFlags, names []string, missing []fileSaid) error {
	s, err := newSender(cmd, f)
	if err != nil {
		return err
	}
	site, err := s.findSite(cmd.Context(), f)
	if err != nil {
		return err
	}
	said := &ingestSaid{Site: f.site, Files: []fileSaid{}}
	for i, name := range names {
		one, err := s.give(cmd.Context(), cmd.ErrOrStderr(), fmt.Sprintf("%d of %d: %s", i+1, len(names), filepath.Base(name)), site, name)
		var refusal *answered
		switch {
		case err == nil:
		case errors.Is(err, errAgain), cmd.Context().Err() != nil, errors.As(err, &refusal) && refusal.status == http.StatusUnauthorized: // nor will the next be taken
			return fmt.Errorf("%s: %w", name, err)
		default:
			one = fileSaid{File: name, Error: err.Error()}
		}
		said.Files = append(said.Files, one)
		if !f.json {
			one.print(cmd.OutOrStdout())
		}
	}
	said.Files = append(said.Files, missing...)
	return said.end(cmd.OutOrStdout(), f.json)
}

func newSender(cmd *cobra.Command, f *ingestFlags) (*sender, error) {
	u, err := url.Parse(f.hub)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("--hub %q: write the hub's address, https://lenscap.example.org", f.hub)
	}
	if f.token == "" {
		return nil, errors.New("--hub needs --token: a file with a token of the scopes read and ingest, which you make under Your account on the hub")
	}
	b, err := os.ReadFile(f.token)
	if err != nil {
		return nil, fmt.Errorf("--token: %w", err)
	}
	client, err := access.HTTPClient([]string{u.Hostname()})
	if err != nil {
		return nil, fmt.Errorf("--hub: %w", err)
	}
	client.Timeout = 5 * time.Minute // a piece over a slow line
	return &sender{http: client, base: strings.TrimSuffix(f.hub, "/") + api.Prefix, token: strings.TrimSpace(string(b)),
		pause: func(try int) time.Duration { return min(time.Second<<try, 30*time.Second) }}, nil
}

// errAgain is a failure that may pass.
var errAgain = errors.New("the hub cannot be reached")

// ask sends one request and reads the JSON that comes back into v.
func (s *sender) ask(ctx context.Context, method, path, kind string, body []byte, v any) error {
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("User-Agent", "Lenscap/"+version)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := s.http.Do(r)
	switch {
	case errors.Is(err, access.ErrNotAllowed):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		if err := json.Unmarshal(b, v); err != nil {
			return fmt.Errorf("%s is no hub of Lenscap: it answered %q", s.base, strings.ToValidUTF8(string(b[:min(len(b), 80)]), "?"))
		}
		return nil
	}
	var p api.Problem
	_ = json.Unmarshal(b, &p) // what is no problem+json has the status alone
	answered := &answered{resp.StatusCode, p.Title, p.Detail}
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
		return fmt.Errorf("%w: %w", errAgain, answered)
	}
	return answered
}

// answered is a refusal of the hub.
type answered struct {
	status        int
	title, detail string
}

func (e *answered) Error() string {
	switch {
	case e.status == http.StatusUnauthorized:
		return "the hub does not know this token, or it expired: make another under Your account"
	case e.status == http.StatusForbidden:
		return "the token may not do this: it needs the scopes read and ingest, and its account a role that hands in files (analyst or more)"
	case e.title == "":
		return fmt.Sprintf("the hub answered %d %s", e.status, http.StatusText(e.status))
	}
	return strings.TrimSpace(e.title + ". " + e.detail)
}

// again asks until it is answered, with pauses that grow.
func (s *sender) again(ctx context.Context, do func() error) error {
	for try := 0; ; try++ {
		err := do()
		if err == nil || !errors.Is(err, errAgain) || ctx.Err() != nil || try == mostTries-1 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.pause(try)):
		}
	}
}

// findSite is the id of the site of that name. A program makes none: the name may
// be mistyped.
func (s *sender) findSite(ctx context.Context, f *ingestFlags) (int64, error) {
	type named struct {
		ID           int64  `json:"id"`
		Name         string `json:"name"`
		Organisation int64  `json:"organisation"`
	}
	all := func(path string) (out []named, err error) {
		for after := ""; ; {
			var page struct {
				Items []named `json:"items"`
				Next  string  `json:"next"`
			}
			if err := s.again(ctx, func() error {
				return s.ask(ctx, "GET", path+"?limit=1000&after="+url.QueryEscape(after), "", nil, &page)
			}); err != nil {
				return nil, err
			}
			out = append(out, page.Items...)
			if after = page.Next; after == "" {
				return out, nil
			}
		}
	}
	sites, err := all("/sites")
	if err != nil {
		return 0, err
	}
	orgs, err := all("/organisations")
	if err != nil {
		return 0, err
	}
	org := map[int64]string{}
	for _, o := range orgs {
		org[o.ID] = o.Name
	}
	var found []named
	var names []string
	for _, one := range sites {
		names = append(names, strconv.Quote(one.Name))
		if one.Name == f.site && (f.organisation == usualOrganisation || org[one.Organisation] == f.organisation) {
			found = append(found, one)
		}
	}
	if organisation, site, ok := strings.Cut(f.site, "/"); ok && len(found) == 0 { // as settings name it
		for _, one := range sites {
			if one.Name == site && org[one.Organisation] == organisation {
				found = append(found, one)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0].ID, nil
	case 0:
		return 0, fmt.Errorf("the hub has no site %q that this token may see; it has %s. Add it on the hub first", f.site, strings.Join(names[:min(len(names), 20)], ", "))
	}
	return 0, fmt.Errorf("several organisations have a site %q: say which with --site \"Organisation/Site\" or --organisation", f.site)
}

// give sends one file and waits until it was read.
func (s *sender) give(ctx context.Context, show io.Writer, title string, site int64, name string) (said fileSaid, err error) {
	file, err := os.Open(name)
	if err != nil {
		return said, err
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return said, err
	}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		s.bar = progressbar.NewOptions64(info.Size(), progressbar.OptionSetWriter(show), progressbar.OptionSetDescription(title), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		defer s.bar.Finish() //nolint:errcheck // a bar that cannot be drawn is no matter
	}
	id := uploadID(s.token, site, name, info)
	if err := s.pieces(ctx, file, info.Size(), "/uploads/"+id); err != nil {
		return said, err
	}
	form := url.Values{"site": {strconv.FormatInt(site, 10)}, "name": {filepath.Base(name)}}.Encode()
	var up api.Uploaded
	if err := s.again(ctx, func() error {
		return s.ask(ctx, "POST", "/uploads/"+id, "application/x-www-form-urlencoded", []byte(form), &up)
	}); err != nil {
		return said, err
	}
	for {
		var in api.Ingest
		if err := s.again(ctx, func() error { return s.ask(ctx, "GET", fmt.Sprintf("/ingests/%d", up.Ingest), "", nil, &in) }); err != nil {
			return said, err
		}
		switch in.State {
		case hub.Done, hub.Failed, hub.Cancelled, hub.Dropping, hub.Dropped:
			return saidOf(name, &in.Ingest, up.Again), nil
		}
		select {
		case <-ctx.Done():
			return said, ctx.Err()
		case <-time.After(askEvery):
		}
	}
}

// uploadID is the same for the same file, so that a command that was ended goes on
// where it was.
func uploadID(token string, site int64, name string, info os.FileInfo) string {
	at, err := filepath.Abs(name)
	if err != nil {
		at = name
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s\x00%d\x00%d", token, site, at, info.Size(), info.ModTime().UnixNano()))
	return hex.EncodeToString(sum[:16])
}

// pieces sends what the hub has not got.
func (s *sender) pieces(ctx context.Context, file io.ReaderAt, size int64, path string) error {
	var at api.Offset
	if err := s.again(ctx, func() error { return s.ask(ctx, "GET", path, "", nil, &at) }); err != nil {
		return err
	}
	buf := make([]byte, pieceSize)
	for at.Offset < size || size == 0 {
		s.show(at.Offset)
		n, err := file.ReadAt(buf[:min(int64(len(buf)), size-at.Offset)], at.Offset)
		if err != nil && !errors.Is(err, io.EOF) || n == 0 {
			return errors.Join(err, fmt.Errorf("the file is empty, or became shorter while it was sent"))
		}
		err = s.again(ctx, func() error {
			err := s.ask(ctx, "PUT", fmt.Sprintf("%s?offset=%d", path, at.Offset), "application/octet-stream", buf[:n], &at)
			var refusal *answered
			if errors.Is(err, errAgain) || errors.As(err, &refusal) && refusal.status == http.StatusConflict {
				// a part may have arrived: go on from there
				was := at.Offset
				if e := s.ask(ctx, "GET", path, "", nil, &at); e == nil && at.Offset != was {
					return nil
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	s.show(size)
	return nil
}

func (s *sender) show(n int64) {
	if s.bar != nil {
		_ = s.bar.Set64(n) // a bar that cannot be drawn is no matter
	}
}
