package store

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
)

var someNames = []string{"", "sadp.model", "arp.mac"}

func someName(n int64) string {
	if n < int64(len(someNames)) {
		return someNames[n]
	}
	return ""
}

func someNumber(s string) (int64, error) {
	for i, n := range someNames {
		if n == s && i > 0 {
			return int64(i), nil
		}
	}
	return 0, nil
}

func TestFields(t *testing.T) {
	want := []observation.Field{{Name: "sadp.model", Value: "DS-2CD"}, {Name: "arp.mac"}, {Name: "a.name.beyond.the.table", Value: strings.Repeat("x", observation.MaxValue)}, {Name: "sadp.model", Value: "again"}}
	b, err := appendFields(nil, want, someNumber)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeFields(nil, b, someName, func(b []byte) string { return string(b) })
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for cut := range b[:40] {
		if _, err := decodeFields(nil, b[:cut], someName, func(b []byte) string { return string(b) }); err == nil && cut != 0 && cut != 8 && cut != 10 {
			t.Errorf("cut at %d of %q: no error", cut, b)
		}
	}
}

func FuzzDecodeFields(f *testing.F) {
	b, _ := appendFields(nil, []observation.Field{{Name: "sadp.model", Value: "DS-2CD"}, {Name: "new", Value: ""}}, someNumber)
	f.Add(b)
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{0, 3, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, err := decodeFields(nil, b, someName, func(b []byte) string { return string(b) })
		size := 0
		for _, f := range fields {
			size += len(f.Value)
		}
		if size > len(b) || len(fields) > len(b) {
			t.Errorf("%d bytes became %d fields of %d bytes", len(b), len(fields), size)
		}
		if err != nil {
			return
		}
		again, err := appendFields(nil, fields, someNumber)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeFields(nil, again, someName, func(b []byte) string { return string(b) })
		if diff := cmp.Diff(fields, back); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", b, err, diff)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	var p packer
	f.Add(p.pack([]byte(`{"id":"d-1"}`)))
	f.Add(p.pack(bytes.Repeat([]byte("a"), 1<<20)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, err := unpacked(b); err == nil && len(text) > maxUnpacked {
			t.Errorf("%d bytes became %d", len(b), len(text))
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{Key: "name", ID: 7, And: "x"}.String())
	f.Add(cursor{Key: map[string]any{"b": []byte{1, 2}}, ID: 7}.String())
	f.Add("e30")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := parseCursor(s); err != nil && !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	})
}
