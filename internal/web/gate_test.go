package web

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
)

// As many are inside as there are places; who waits comes in the order of
// coming, and goes when nobody wants the page any more.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := make(gate, 2)
		first, err1 := g.enter(t.Context())
		second, err2 := g.enter(t.Context())
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		var order []int
		enter := func(n int, ctx context.Context) { //nolint:revive // the number is what is told apart
			leave, err := g.enter(ctx)
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%d: got %v, want context canceled", n, err)
				}
				n = -n
			} else {
				defer leave()
			}
			order = append(order, n)
		}
		gone, cancel := context.WithCancel(t.Context())
		go enter(1, t.Context())
		synctest.Wait()
		go enter(2, gone)
		synctest.Wait()
		go enter(3, t.Context())
		synctest.Wait()
		if len(order) != 0 {
			t.Fatalf("%v are inside beside two", order)
		}
		cancel()
		synctest.Wait()
		first()
		first() // gives one place back, not two
		synctest.Wait()
		if len(order) != 3 || order[0] != -2 || order[1] != 1 || order[2] != 3 {
			t.Errorf("got %v, want [-2 1 3]", order)
		}
		if len(g) != 1 {
			t.Errorf("%d places are taken, want 1", len(g))
		}
		second()
	})
}

// The pages that wait are pages there are.
func TestHeavyPagesAreRoutes(t *testing.T) {
	left := map[string]bool{}
	for p := range heavy {
		left[p] = true
	}
	for _, rt := range Routes() {
		if rt.Method == http.MethodGet {
			delete(left, rt.Pattern)
		}
	}
	if len(left) > 0 {
		t.Errorf("no such pages: %v", left)
	}
}
