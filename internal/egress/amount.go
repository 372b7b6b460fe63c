package egress

import "strconv"

// Amount writes a number of bytes for people, in powers of a thousand: "1.2 GB".
func Amount(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " B"
	}
	v := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB", "PB"} {
		v /= 1000
		if v < 999.5 || unit == "PB" {
			digits := 0
			if v < 9.95 {
				digits = 1
			}
			return strconv.FormatFloat(v, 'f', digits, 64) + " " + unit
		}
	}
	return ""
}
