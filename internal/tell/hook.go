package tell

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/store"
)

// secretPrefix begins the secrets of webhooks, as the standard has it.
const secretPrefix = "whsec_"

// NewSecret makes a secret that signs what a webhook is sent: 256 random bits.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b[:])
}

// Sign signs a body as the Standard Webhooks specification says (version 1.0.0,
// standardwebhooks.com): HMAC-SHA256 over id, time and body.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) < 24 {
		return "", errors.New("the secret is none; make the subscription again")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	_, _ = mac.Write(body) // a hash takes everything
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// hooks tell by HTTP.
type hooks struct {
	client  *http.Client
	version string
	now     func() time.Time
}

func (h *hooks) tell(ctx context.Context, w *store.Webhook, d *store.Delivery, _ *Event) error {
	body := []byte(d.Body)
	id, at := "lenscap-"+strconv.FormatInt(d.ID, 10), h.now()
	signature, err := Sign(w.Secret, id, at, body)
	if err != nil {
		return fmt.Errorf("%w: %w", errFinal, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: the address cannot be called", errFinal)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Lenscap/"+h.version)
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("Webhook-Signature", signature)
	resp, err := h.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address: it may have a secret in it
		}
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	_ = resp.Body.Close()                                         // nothing of it is used
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusGone:
		return fmt.Errorf("%w: the receiver says that it is gone (410)", errFinal)
	}
	return fmt.Errorf("the receiver answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
}
