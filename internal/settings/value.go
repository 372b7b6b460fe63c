package settings

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Size is a number of bytes, written as 512 MB, 16 GB or 1000, as pages write
// it; 16 GiB is read too.
type Size int64

var sizes = []struct {
	name   string
	factor int64
}{
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, // shown before those in 1024
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
}

// UnmarshalText reads a size. kB, MB, GB and TB count in 1000, also without their
// B; KiB, MiB, GiB and TiB in 1024. Case does not count.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	digits := strings.TrimRight(text, "kKmMgGtTiIbB")
	unit, factor := strings.TrimSuffix(strings.ToUpper(text[len(digits):]), "B"), int64(1)
	if unit != "" {
		factor = -1
	}
	for _, u := range sizes {
		if unit == strings.ToUpper(strings.TrimSuffix(u.name, "B")) {
			factor = u.factor
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || factor < 0 || n < 0 || n > math.MaxInt64/factor {
		return fmt.Errorf("%q is no size; write 512 MB, 16 GB or a number of bytes", b)
	}
	*s = Size(n * factor)
	return nil
}

// MarshalText writes it with the largest unit that divides it, of those in 1000
// where one does.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String writes it likewise.
func (s Size) String() string {
	for _, u := range sizes {
		if s != 0 && int64(s)%u.factor == 0 {
			return strconv.FormatInt(int64(s)/u.factor, 10) + " " + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// A Duration is a time span, written as 90s, 12h or 30d.
type Duration time.Duration

const (
	minute = Duration(time.Minute)
	hour   = Duration(time.Hour)
	day    = 24 * hour
)

// UnmarshalText reads a span as Go writes them, and days.
func (d *Duration) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 0 && n <= 100_000 {
			*d = Duration(n) * day
			return nil
		}
	}
	span, err := time.ParseDuration(s)
	if err != nil || span < 0 {
		return fmt.Errorf("%q is no time span; write 90s, 15m, 12h or 30d", b)
	}
	*d = Duration(span)
	return nil
}

// MarshalText writes it in the largest unit that divides it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes it likewise.
func (d Duration) String() string {
	switch {
	case d == 0:
		return "0s"
	case d%day == 0:
		return strconv.Itoa(int(d/day)) + "d"
	case d%hour == 0:
		return strconv.Itoa(int(d/hour)) + "h"
	case d%minute == 0:
		return strconv.Itoa(int(d/minute)) + "m"
	}
	return time.Duration(d).String()
}

// A Secret is text that is shown nowhere; convert it to a string to use it.
type Secret string

const hidden = "(hidden)"

// String hides it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides it.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// MarshalText hides it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes it as it is.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}

// LogValue hides it in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
