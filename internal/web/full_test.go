package web

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

func TestAFullDiskIs507(t *testing.T) {
	for _, err := range []error{store.ErrNoSpace, hub.ErrFull} {
		if v := faultOf(fmt.Errorf("take x: %w", err)); v.Status != 507 || v.Says == "" {
			t.Errorf("%v: %+v, want 507", err, v)
		}
	}
}

func TestWaitingForAListIs503(t *testing.T) {
	if v := faultOf(fmt.Errorf("read x: %w", hub.ErrListTurn)); v.Status != 503 || v.Says == "" {
		t.Errorf("%+v, want 503", v)
	}
}
