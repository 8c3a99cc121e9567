package sipcall

import (
	"testing"
	"time"
)

// These tests live inside the package because what they test is pure and told the time.

func TestStrainIsWaitingThatStays(t *testing.T) {
	s := strain{bound: 50 * time.Millisecond}
	now := time.Unix(1000, 0)
	pass := func(long time.Duration, wait time.Duration) (changes int) {
		for range int(long / lookEvery) {
			now = now.Add(lookEvery)
			if s.observe(now, wait) {
				changes++
			}
		}
		return changes
	}
	if pass(time.Second, time.Millisecond); s.on {
		t.Error("short waits: strained")
	}
	if s.observe(now, time.Second); s.on {
		t.Error("one long wait: strained")
	}
	pass(100*time.Millisecond, time.Millisecond)
	if changes := pass(time.Second, 60*time.Millisecond); !s.on || changes != 1 {
		t.Errorf("a second of long waits: strained %t after %d changes", s.on, changes)
	}
	if pass(10*time.Second, 40*time.Millisecond); !s.on {
		t.Error("waits a little below the bound: strain is over, want it to be over only when they are well below")
	}
	if pass(time.Second, time.Millisecond); s.on {
		t.Error("a second of short waits: still strained")
	}
}

func TestThrottleFindsWhatTheMachineTakesAndForgets(t *testing.T) {
	var throttle throttle
	now := time.Unix(1000, 0)
	const capacity = 1000 // calls a second; more of them, and work waits
	second := func(offered int) (let int) {
		for range 10 {
			begun := 0
			for range offered / 10 {
				now = now.Add(100 * time.Millisecond / time.Duration(offered/10))
				if throttle.free(now) {
					throttle.take(now)
					begun++
				}
			}
			throttle.adapt(now, begun > capacity/10)
			let += begun
		}
		return let
	}
	second(500)
	if let := second(500); let != 500 {
		t.Errorf("half of what the machine takes: %d of 500 were let in", let)
	}
	for range 5 {
		second(4000)
	}
	for range 5 {
		if let := second(4000); let < capacity*6/10 || let > capacity*12/10 {
			t.Errorf("four times what the machine takes: %d were let in in a second, want about %d", let, capacity)
		}
	}
	for range 4 {
		second(300)
	}
	if throttle.pace.PerSecond != 0 {
		t.Errorf("seconds after the flood: %d a second are let in, want no limit", throttle.pace.PerSecond)
	}
}
