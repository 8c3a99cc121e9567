package sip

import (
	"math/rand/v2"
	"strconv"
)

// randomBelow gives a random number from 0 to n-1.
func randomBelow(n int) int { return rand.IntN(n) }

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
