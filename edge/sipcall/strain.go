package sipcall

import (
	"time"

	"mayday/engine"
)

// strain tells whether work waits for the processor: a single long wait says little, waits that stay long do. It ends later than it
// begins, so that it does not flicker.
type strain struct {
	bound time.Duration
	above time.Time // since when every wait was above the bound; zero: the last was not
	calm  time.Time // since when every wait was below half of it; zero: the last was not
	on    bool
}

const (
	strainAfter = 200 * time.Millisecond // of long waits
	calmAfter   = 500 * time.Millisecond // of short ones
)

// observe takes one wait and reports whether that changes what is told.
func (s *strain) observe(now time.Time, wait time.Duration) (changed bool) {
	s.above = since(s.above, now, wait > s.bound)
	s.calm = since(s.calm, now, wait < s.bound/2)
	switch {
	case !s.on && !s.above.IsZero() && now.Sub(s.above) >= strainAfter:
		s.on = true
	case s.on && !s.calm.IsZero() && now.Sub(s.calm) >= calmAfter:
		s.on = false
	default:
		return false
	}
	return true
}

// since keeps the beginning of what holds.
func since(begun, now time.Time, holds bool) time.Time {
	switch {
	case !holds:
		return time.Time{}
	case begun.IsZero():
		return now
	}
	return begun
}

// throttle finds out how many ordinary calls a second this machine has time for: fewer while it is strained, then more and more, until
// the limit is not felt any more. The zero value lets all through.
type throttle struct {
	pace    engine.Pace
	let     int  // calls let in since the last change
	refused bool // one was not
	changed time.Time
	felt    time.Time // when one was refused last
}

const (
	throttleEvery  = 100 * time.Millisecond
	throttleForget = 2 * time.Second
	throttleLeast  = 10 // a second
)

func (t *throttle) free(now time.Time) bool {
	free := t.pace.Free(now)
	t.refused = t.refused || !free
	return free
}

func (t *throttle) take(now time.Time) {
	t.let++
	t.pace.Take(now)
}

// adapt takes whether work has to wait at this moment.
func (t *throttle) adapt(now time.Time, strained bool) {
	passed := now.Sub(t.changed)
	if passed < throttleEvery {
		return
	}
	rate := t.pace.PerSecond
	if t.refused {
		t.felt = now
	}
	switch {
	case strained && rate == 0:
		rate = int(float64(t.let) / passed.Seconds())
		fallthrough
	case strained:
		rate = max(throttleLeast, rate*8/10)
	case rate > 0 && now.Sub(t.felt) > throttleForget:
		rate = 0
	case rate > 0 && t.refused:
		rate += rate/10 + 1
	}
	t.pace.PerSecond, t.pace.Burst = rate, throttleEvery
	t.let, t.refused, t.changed = 0, false, now
}
