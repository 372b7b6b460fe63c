package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const (
	pieceLimit = 16 << 20   // bytes of one piece of an upload
	listLimit  = 32_000_000 // bytes of an asset list, as package asset has it
	formRoom   = 64 << 10   // of a form around its file
)

// BodyLimit says how large a request may be; package access asks it. 0 is its
// own limit.
func BodyLimit(maxUpload int64) func(*http.Request) int64 {
	return func(r *http.Request) int64 {
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/inputs":
			return maxUpload + formRoom
		case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/sites/") && strings.HasSuffix(r.URL.Path, "/lists"):
			return listLimit + formRoom
		case r.Method == http.MethodPut && (strings.HasPrefix(r.URL.Path, "/upload/") || strings.HasPrefix(r.URL.Path, "/api/v1/uploads/")):
			return pieceLimit
		}
		return 0
	}
}

// badForm is what cannot be read of a form: the browser's fault, and no fault of
// the hub's. A body that is too long stays what it is.
func badForm(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return err
	}
	return invalid("file", "the form is cut or malformed: hand it in again")
}

// uploads keeps two requests from writing one file at once.
type uploads struct {
	mu   sync.Mutex
	busy map[string]bool
}

func (u *uploads) begin(path string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy[path] {
		return false
	}
	if u.busy == nil {
		u.busy = map[string]bool{}
	}
	u.busy[path] = true
	return true
}

func (u *uploads) end(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.busy, path)
}

// An uploadView is the page where files are handed in.
type uploadView struct {
	Sites []siteOf
	Site  int64
	Max   int64
}

func uploadPage(c *call) error {
	sites, err := c.sites(access.Ingest)
	if err != nil {
		return err
	}
	site, err := c.id("site")
	if err != nil {
		return err
	}
	return c.show("upload", uploadView{sites, site, c.s.Hub.MaxUpload()})
}

// parcel says whose file it is, once the person may hand one in there.
func (c *call) parcel(site int64, name string) (hub.Parcel, error) {
	s, err := c.site(site, access.Ingest)
	if err != nil {
		return hub.Parcel{}, err
	}
	name = filepath.Base(strings.ReplaceAll(name, "\\", "/"))
	if name == "." || name == "/" || len(name) > 255 {
		name = "upload"
	}
	return hub.Parcel{Site: site, Organisation: s.Organisation, Name: name, Source: "upload", By: c.who.Actor()}, nil
}

// uploadForm takes files without a script: the fields csrf and site come before
// them. One that is refused does not keep the others out.
func uploadForm(c *call) error {
	parts, err := c.MultipartReader()
	if err != nil {
		return invalid("file", "choose a file")
	}
	site := int64(0)
	var h handed
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return h.see(c)
		}
		if err != nil {
			return errors.Join(h.err, badForm(err))
		}
		switch part.FormName() {
		case "site":
			b, err := io.ReadAll(io.LimitReader(part, 20))
			if err != nil {
				return badForm(err)
			}
			if site, err = strconv.ParseInt(string(b), 10, 64); err != nil {
				return invalid("site", "choose a site")
			}
		case "file":
			if part.FileName() == "" {
				return invalid("file", "choose a file")
			}
			p, err := c.parcel(site, part.FileName())
			if err != nil {
				return err
			}
			in, err := c.s.Hub.Take(c.ctx(), p, part)
			if err != nil && faultOf(err).Status >= http.StatusInternalServerError {
				return err
			}
			h.add(p.Name, in, err)
		}
	}
}

var uploadForm32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// partPath is where an upload is put together: in the hub's folder, under a name
// of our own that has the person in it, so that nobody goes on with another's.
func (c *call) partPath() (string, error) {
	id := c.PathValue("upload")
	if !uploadForm32.MatchString(id) {
		return "", fmt.Errorf("upload %q: %w", id, hub.ErrNotFound)
	}
	return c.part(id), nil
}

// part is where an unfinished upload of this person is, in the hub's folder.
func (c *call) part(name string) string {
	return filepath.Join(c.s.Hub.Dir(), hub.PartName(fmt.Sprint(c.who.Account, " ", c.who.Name), name))
}

func (c *call) json(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Cache-Control", "no-store")
	_, _ = c.w.Write(b)
	return nil
}

// An offsetError refuses a piece that does not begin where the last one ended: so
// many bytes are here.
type offsetError int64

func (e offsetError) Error() string {
	return fmt.Sprintf("%d bytes of the upload are here; send the piece that begins there, with offset=%d", int64(e), int64(e))
}

func (offsetError) Unwrap() error { return hub.ErrChanged }

// uploadOffset tells how many bytes are here, so that a cut upload goes on.
func uploadOffset(c *call) error {
	path, err := c.partPath()
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c.json(map[string]int64{"offset": 0})
	}
	if err != nil {
		return err
	}
	return c.json(map[string]int64{"offset": info.Size()})
}

// uploadPiece writes the piece that begins where the last one ended; any other
// is refused with 409. What of a cut piece arrived is kept.
func uploadPiece(c *call) error {
	path, err := c.partPath()
	if err != nil {
		return err
	}
	at, err := strconv.ParseInt(c.query("offset"), 10, 64)
	if err != nil || at < 0 {
		return invalid("offset", "a number of bytes")
	}
	if at+max(c.ContentLength, 0) > c.s.Hub.MaxUpload() {
		return &http.MaxBytesError{Limit: c.s.Hub.MaxUpload()}
	}
	if !c.s.parts.begin(path) {
		return fmt.Errorf("upload: %w", hub.ErrChanged)
	}
	defer c.s.parts.end(path)
	if err := c.s.Hub.PartRoom(path, max(c.ContentLength, 0)); err != nil {
		return err
	}
	if err := os.MkdirAll(c.s.Hub.Dir(), 0o700); err != nil {
		return fmt.Errorf("make the folder for files that wait: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep a piece: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() != at {
		err = offsetError(info.Size())
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return err
	}
	n, err := io.Copy(f, http.MaxBytesReader(c.w, c.Body, min(pieceLimit, c.s.Hub.MaxUpload()-at)))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep a piece: %w", err)
	}
	return c.json(map[string]int64{"offset": at + n})
}

// uploadDone hands the whole file to the hub.
func uploadDone(c *call) error {
	path, err := c.partPath()
	if err != nil {
		return err
	}
	site, err := c.formNumber("site")
	if err != nil {
		return err
	}
	p, err := c.parcel(site, c.field("name"))
	if err != nil {
		return err
	}
	if !c.s.parts.begin(path) {
		return fmt.Errorf("upload: %w", hub.ErrChanged)
	}
	defer c.s.parts.end(path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return invalid("upload", "nothing of it is here; send its bytes first, piece by piece. A file of 0 bytes is not taken")
	}
	in, err := c.s.Hub.TakeFile(c.ctx(), p, path) // after an error it can be tried again
	if err != nil {
		return err
	}
	if c.field("several") == "" {
		c.say(again(in))
	}
	return c.json(map[string]any{"ingest": in.ID, "again": in.Again, "href": waitFor(in)})
}

// waitFor is the page of an input for who handed it in: it leads on to the result.
// One that was here already leads nowhere: its result is nothing new.
func waitFor(in *hub.Ingest) string {
	if in.Again {
		return fmt.Sprintf("/inputs/%d", in.ID)
	}
	return fmt.Sprintf("/inputs/%d?wait=1", in.ID)
}

// handed is what came of the files of one form.
type handed struct {
	of, again []string // ids of inputs; those that the site had already
	refused   []string // names of files, with why
	same      []string // names of files whose bytes another of the form has
	err       error    // why the first was refused
	last      *hub.Ingest
}

func (h *handed) add(name string, in *hub.Ingest, err error) {
	if err != nil {
		h.err = cmp.Or(h.err, err)
		_, why, _ := strings.Cut(err.Error(), hub.ErrInvalid.Error()+": ") // what stands before is how it was taken
		h.refused = append(h.refused, report.CutMiddle(report.Visible(name), 60)+": "+sentence(cmp.Or(why, plainError(err))))
		return
	}
	id := strconv.FormatInt(in.ID, 10)
	if h.last = in; slices.Contains(h.of, id) {
		h.same = append(h.same, report.CutMiddle(report.Visible(name), 60))
		return
	}
	h.of = append(h.of, id)
	if in.Again {
		h.again = append(h.again, id)
	}
}

// see leads to the one input, or to the list of those that came together.
func (h *handed) see(c *call) error {
	switch {
	case len(h.of) == 0 && h.err != nil:
		return h.err
	case len(h.of) == 0:
		return invalid("file", "choose a file")
	case len(h.of) == 1 && len(h.refused) == 0 && len(h.same) == 0:
		return c.see(waitFor(h.last), again(h.last))
	}
	v := url.Values{"of": {strings.Join(h.of, ",")}}
	if len(h.again) > 0 {
		v.Set("again", strings.Join(h.again, ","))
	}
	said := ""
	if n := len(h.same); n > 0 {
		said = report.Plural(int64(n), "file has", "files have") + " the bytes of another, and " + map[bool]string{true: "was", false: "were"}[n == 1] + " taken once: " + strings.Join(h.same[:min(n, 3)], ", ") + ". "
	}
	if len(h.refused) > 0 {
		said += "Not taken: " + strings.Join(h.refused[:min(len(h.refused), 3)], " ")
		if n := len(h.refused) - 3; n > 0 {
			said += fmt.Sprintf(" And %d more.", n)
		}
	}
	return c.see("/inputs?"+v.Encode(), report.CutMiddle(strings.TrimSpace(said), 280))
}

// again says that a file was here already; "" when it was not.
func again(in *hub.Ingest) string {
	if !in.Again {
		return ""
	}
	return "The site has this file already; nothing was added."
}
