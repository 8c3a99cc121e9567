package web

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How wrong passwords slow down the next attempt: the first few cost nothing, then each one doubles the wait.
const (
	freeByName       = 5
	freeByAddress    = 20 // a whole contact center may share one address
	longestByName    = time.Minute
	longestByAddress = 15 * time.Minute
	forgottenAfter   = time.Hour // without another wrong password
	rememberedMost   = 10_000    // of each kind; the one that has been quiet longest goes first
)

// habit is a name at the address where it has signed in before. What others guess, there or elsewhere, does not keep that
// person out: who cannot sign in cannot call for help.
type habit struct {
	name    string
	address netip.Prefix
}

// throttle slows down guessing. It only ever delays signing in: who is signed in stays signed in.
type throttle struct {
	mu        sync.Mutex
	byName    tally[string]
	byAddress tally[netip.Prefix]
	byHabit   tally[habit]
}

// tally counts wrong passwords of one kind of key.
type tally[K comparable] struct {
	free    int
	longest time.Duration
	counts  map[K]misses
}

type misses struct {
	number int
	last   time.Time
}

func newThrottle() *throttle {
	return &throttle{
		byName:    tally[string]{freeByName, longestByName, map[string]misses{}},
		byAddress: tally[netip.Prefix]{freeByAddress, longestByAddress, map[netip.Prefix]misses{}},
		byHabit:   tally[habit]{freeByName, longestByName, map[habit]misses{}},
	}
}

// wait is how long this name at this address has to wait before its next attempt; zero: not at all.
func (t *throttle) wait(name string, from netip.Addr, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := habit{nameKey(name), addressKey(from)}
	if _, ok := t.byHabit.counts[known]; ok {
		return t.byHabit.wait(known, now)
	}
	return max(t.byName.wait(known.name, now), t.byAddress.wait(known.address, now))
}

// miss notes a wrong password.
func (t *throttle) miss(name string, from netip.Addr, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := habit{nameKey(name), addressKey(from)}
	if _, ok := t.byHabit.counts[known]; ok {
		t.byHabit.add(known, now)
		return
	}
	t.byName.add(known.name, now)
	t.byAddress.add(known.address, now)
}

// hit notes a right password: the name starts anew, and its misses no longer count against the address.
// Those of other names still do, so that somebody with one good password cannot try those of all others.
func (t *throttle) hit(name string, from netip.Addr, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := habit{nameKey(name), addressKey(from)}
	forgiven := t.byName.counts[known.name].number
	delete(t.byName.counts, known.name)
	if m, ok := t.byAddress.counts[known.address]; ok {
		m.number -= forgiven
		if t.byAddress.counts[known.address] = m; m.number <= 0 {
			delete(t.byAddress.counts, known.address)
		}
	}
	t.byHabit.set(known, misses{0, now})
}

func (t *tally[K]) wait(key K, now time.Time) time.Duration {
	m, ok := t.counts[key]
	if !ok || m.number < t.free || now.Sub(m.last) > forgottenAfter {
		return 0
	}
	delay := t.longest
	if doublings := m.number - t.free; doublings < 20 {
		delay = min(delay, time.Second<<doublings)
	}
	return max(0, m.last.Add(delay).Sub(now))
}

func (t *tally[K]) add(key K, now time.Time) {
	m := t.counts[key]
	if now.Sub(m.last) > forgottenAfter {
		m.number = 0
	}
	t.set(key, misses{m.number + 1, now})
}

// set notes m, and where there is no room left forgets the key that has been quiet longest.
func (t *tally[K]) set(key K, m misses) {
	if _, ok := t.counts[key]; !ok && len(t.counts) >= rememberedMost {
		var quietest K
		since := m.last.Add(time.Nanosecond)
		for other, m := range t.counts {
			if m.last.Before(since) {
				quietest, since = other, m.last
			}
		}
		delete(t.counts, quietest)
	}
	t.counts[key] = m
}

func nameKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// addressKey is the address, or for IPv6 the network that one customer usually has.
func addressKey(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	key, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address is known: all such share one count
	}
	return key
}
