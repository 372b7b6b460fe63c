package main

import "testing"

func TestOnlyCodeAndConstantsOfTheProgramAreReleased(t *testing.T) {
	for line, want := range map[string]bool{
		"00400000-00d77000 r-xp 00000000 fe:00 10371260                           /usr/bin/lenscap":   true,
		"00d77000-01ac2000 r--p 00977000 fe:00 10371260                           /usr/bin/lenscap":   true,
		"01ac2000-01b9a000 rw-p 016c2000 fe:00 10371260                           /usr/bin/lenscap":   false,
		"7fb20e7bc000-7fb20e912000 r-xp 00026000 fe:00 326269                     /usr/lib/libc.so.6": false,
		"328f35800000-328f3b800000 r--p 00000000 00:00 0 ":                                            false,
		"00d77000-00400000 r--p 00977000 fe:00 10371260                           /usr/bin/lenscap":   false,
		"zz-01ac2000 r--p 00977000 fe:00 10371260                                 /usr/bin/lenscap":   false,
		"": false,
	} {
		if from, to, got := program([]byte(line), "/usr/bin/lenscap"); got != want || got && to-from < 1<<20 {
			t.Errorf("%q: %x-%x %v, want %v", line, from, to, got, want)
		}
	}
}

// The test itself goes on running after its code was given back.
func TestTheProgramGoesOnAfterItIsReleased(*testing.T) { releaseProgram() }
