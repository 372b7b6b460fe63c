package api

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
)

func TestWaitingForAListIs503(t *testing.T) {
	if p := problemOf(fmt.Errorf("read x: %w", hub.ErrListTurn)); p.Status != 503 || p.Detail == "" {
		t.Errorf("%+v, want 503", p)
	}
}

func TestTooManySumsAreTheAskersToMend(t *testing.T) {
	if p := problemOf(fmt.Errorf("totals: %w (devices of each)", history.ErrTooMany)); p.Status != 422 || p.Detail == "" {
		t.Errorf("%+v, want 422", p)
	}
}
