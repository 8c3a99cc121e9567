package bench

import (
	"slices"
	"time"
)

// Spread sums up how long something took each time, in milliseconds.
type Spread struct {
	Count int     `json:"count"`
	P50MS float64 `json:"p50_ms"`
	P99MS float64 `json:"p99_ms"`
	MaxMS float64 `json:"max_ms"`
}

func spreadOf(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(all))
	at := func(share float64) float64 { return inMS(sorted[int(share*float64(len(sorted)-1)+0.5)]) }
	return Spread{Count: len(sorted), P50MS: at(0.5), P99MS: at(0.99), MaxMS: at(1)}
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ratio is how many times b goes into a; zero when there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
