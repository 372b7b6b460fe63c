package settings

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Size is a number of bytes, written as 512 MiB, 16G or 1000.
type Size int64

var sizes = []struct {
	name   string
	factor int64
}{{"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}}

// UnmarshalText reads a size. K, M, G and T count in 1024.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.ToUpper(strings.TrimSpace(string(b)))
	digits, factor := strings.TrimSuffix(strings.TrimSuffix(text, "B"), "I"), int64(1)
	for _, u := range sizes {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, factor = rest, u.factor
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return fmt.Errorf("%q is no size; write 512MiB, 16GiB or a number of bytes", b)
	}
	*s = Size(n * factor)
	return nil
}

// MarshalText writes it with the largest unit that divides it.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String writes it likewise.
func (s Size) String() string {
	for _, u := range sizes {
		if s != 0 && int64(s)%u.factor == 0 {
			return strconv.FormatInt(int64(s)/u.factor, 10) + u.name + "iB"
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
