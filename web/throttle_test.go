package web_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"mayday/web"
)

func TestThrottleDelayGrowsToAMinuteForAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := web.NewThrottle()
		want := []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60}
		for i, seconds := range want {
			throttle.Miss("alice", fmt.Sprintf("10.0.0.%d", i))
			if got := throttle.Wait("Alice ", "10.9.9.9"); got != seconds*time.Second {
				t.Errorf("after %d wrong passwords: wait %v, want %v", i+1, got, seconds*time.Second)
			}
		}
		time.Sleep(59 * time.Second)
		if got := throttle.Wait("alice", "10.9.9.9"); got != time.Second {
			t.Errorf("59 s later: wait %v, want 1s", got)
		}
		time.Sleep(time.Second)
		if got := throttle.Wait("alice", "10.9.9.9"); got != 0 {
			t.Errorf("a minute later: wait %v, want none", got)
		}
		if got := throttle.Wait("bob", "10.9.9.9"); got != 0 {
			t.Errorf("another name waits %v", got)
		}
	})
}

func TestThrottleDelayOfAnAddressCoversAllNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := web.NewThrottle()
		for i := range 40 {
			throttle.Miss(fmt.Sprintf("name%d", i), fmt.Sprintf("2001:db8:1:2::%x", i))
		}
		if got := throttle.Wait("alice", "2001:db8:1:2:ffff::1"); got != 15*time.Minute {
			t.Errorf("from the same IPv6 network: wait %v, want 15m", got)
		}
		if got := throttle.Wait("alice", "2001:db8:1:3::1"); got != 0 {
			t.Errorf("from another network: wait %v, want none", got)
		}
		time.Sleep(time.Hour + time.Second)
		throttle.Miss("alice", "2001:db8:1:2::1")
		if got := throttle.Wait("alice", "2001:db8:1:2::1"); got != 0 {
			t.Errorf("an hour of quiet later: wait %v, want none", got)
		}
	})
}

func TestThrottleForgetsOnSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := web.NewThrottle()
		for range 19 {
			throttle.Miss("alice", "192.0.2.1")
		}
		for range 10 {
			throttle.Miss("bob", "192.0.2.1")
		}
		throttle.Hit("alice", "192.0.2.1")
		if got := throttle.Wait("alice", "192.0.2.1"); got != 0 {
			t.Errorf("after success: wait %v, want none", got)
		}
		if got := throttle.Wait("bob", "192.0.2.2"); got == 0 {
			t.Error("alice's success took back bob's delay")
		}
		for range 10 {
			throttle.Miss("carol", "192.0.2.1")
		}
		if got := throttle.Wait("dave", "192.0.2.1"); got == 0 {
			t.Error("alice's success took back what other names cost the address")
		}
	})
}

func TestGuessesOfOthersKeepNobodyOutWhereTheyUsuallySignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := web.NewThrottle()
		throttle.Hit("alice", "192.0.2.1")
		for i := range 100 {
			throttle.Miss("alice", fmt.Sprintf("198.51.100.%d", i)) // elsewhere, her name
			throttle.Miss(fmt.Sprintf("name%d", i), "192.0.2.1")    // at her address, other names
		}
		if got := throttle.Wait("alice", "192.0.2.1"); got != 0 {
			t.Errorf("at her usual address: wait %v, want none", got)
		}
		if throttle.Wait("alice", "203.0.113.1") == 0 || throttle.Wait("bob", "192.0.2.1") == 0 {
			t.Error("guesses cost nothing")
		}
		for range 11 {
			throttle.Miss("alice", "192.0.2.1")
		}
		if got := throttle.Wait("alice", "192.0.2.1"); got != time.Minute {
			t.Errorf("after guesses of her name at her usual address: wait %v, want 1m", got)
		}
	})
}

func TestThrottleIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := web.NewThrottle()
		for i := range web.MostRemembered + 50 {
			throttle.Miss(fmt.Sprintf("name%d", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		}
		names, addresses := throttle.Remembered()
		if names != web.MostRemembered || addresses != web.MostRemembered {
			t.Errorf("after a flood it remembers %d names and %d addresses, want %d of each", names, addresses, web.MostRemembered)
		}
	})
}
