package hub

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestListTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Config{})
		done, err := h.ListTurn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := h.ListTurn(t.Context()); !errors.Is(err, ErrListTurn) || !errors.Is(err, ErrBusy) || time.Since(began) != listWait {
			t.Errorf("while another is read: %v after %v", err, time.Since(began))
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := h.ListTurn(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("somebody who left: %v", err)
		}
		second := make(chan error)
		go func() {
			done, err := h.ListTurn(t.Context())
			if err == nil {
				done()
			}
			second <- err
		}()
		synctest.Wait()
		select {
		case err := <-second:
			t.Errorf("two at a time: %v", err)
		default:
		}
		done()
		if err := <-second; err != nil {
			t.Errorf("when the first was done: %v", err)
		}
	})
}
