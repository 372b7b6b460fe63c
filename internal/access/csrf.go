package access

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

const (
	csrfField  = "csrf"
	csrfHeader = "X-CSRF"
	// formStart bounds what is read of an upload to find its first field.
	formStart = 16 << 10
)

// csrfOf is the word that forms of a session send back. It follows from the
// cookie, so that nothing is kept, and does not give the cookie away.
func csrfOf(cookie string) string {
	m := hmac.New(sha256.New, []byte(cookie))
	m.Write([]byte("lenscap csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

var errCSRF = errors.New("access: the form's word is missing or of another session")

// wanted refuses a change that the person did not mean: one that another site's
// page asked for, and, of who is signed in, one without the form's word.
func (g *Guard) wanted(r *http.Request, p *Person) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if err := g.fromHere(r); err != nil || p == nil {
		return err
	}
	word := r.Header.Get(csrfHeader)
	if word == "" {
		var err error
		if word, err = formWord(r); err != nil {
			return fmt.Errorf("%w: %w", errCSRF, err)
		}
	}
	if !hmac.Equal([]byte(word), []byte(p.csrf)) {
		return errCSRF
	}
	return nil
}

// formWord reads the field "csrf" of a form. Of an upload it must be the first
// field: no more than that is read, and the handler still finds the whole body.
func formWord(r *http.Request) (string, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", nil //nolint:nilerr // no form, so no word; a script uses the header
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return "", err
		}
		return r.PostForm.Get(csrfField), nil
	case "multipart/form-data":
		var read bytes.Buffer
		body := r.Body
		part, err := multipart.NewReader(io.TeeReader(io.LimitReader(body, formStart), &read), params["boundary"]).NextRawPart()
		var word []byte
		if err == nil && part.FormName() == csrfField {
			word, err = io.ReadAll(io.LimitReader(part, 100))
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(&read, body), body}
		return string(word), err
	}
	return "", nil
}
