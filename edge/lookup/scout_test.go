package lookup_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/edge/lookup"
)

// lis is a location server that a test steers, and what the scout has told of it. The lock guards everything.
type lis struct {
	sync.Mutex
	server  string
	devices map[netip.Addr]bool
	answer  func(context.Context, netip.Addr) (location.Told, error)
	asked   []netip.Addr
	now     int // questions on their way
	most    int
	told    map[netip.Addr]lookup.Finding
	away    mapping.Absence
}

var desk = netip.MustParseAddr("192.0.2.5")

func newLIS() *lis {
	l := &lis{server: "https://held.example/", devices: map[netip.Addr]bool{desk: false}, told: make(map[netip.Addr]lookup.Finding)}
	l.answer = func(context.Context, netip.Addr) (location.Told, error) { return toldFor(time.Hour), nil }
	return l
}

func toldFor(lasts time.Duration) location.Told {
	return location.Told{Civic: location.Civic{Street: "Main St"}, At: time.Now(), Until: time.Now().Add(lasts)}
}

// run sends a scout out until the test ends.
func (l *lis) run(t *testing.T) *lookup.Scout {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	s := lookup.NewScout(lookup.ScoutConfig{
		Logger: slog.New(slog.DiscardHandler),
		Where: func(ctx context.Context, _ string, at netip.Addr, _ time.Time) (location.Told, error) {
			l.Lock()
			l.asked = append(l.asked, at)
			l.now++
			l.most = max(l.most, l.now)
			answer := l.answer
			l.Unlock()
			told, err := answer(ctx, at)
			l.steer(func() { l.now-- })
			return told, err
		},
		Search: func() lookup.Search {
			l.Lock()
			defer l.Unlock()
			return lookup.Search{Server: l.server, Devices: maps.Clone(l.devices)}
		},
		Tell:     func(at netip.Addr, f lookup.Finding) { l.steer(func() { l.told[at] = f }) },
		TellAway: func(away mapping.Absence) { l.steer(func() { l.away = away }) },
	})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s
}

func (l *lis) steer(how func()) {
	l.Lock()
	defer l.Unlock()
	how()
}

// after lets time pass, and says how often was asked and what is known of the desk then.
func (l *lis) after(wait time.Duration) (asked int, known lookup.Finding) {
	time.Sleep(wait)
	synctest.Wait()
	l.Lock()
	defer l.Unlock()
	return len(l.asked), l.told[desk]
}

func TestDeviceIsAskedAboutAtOnceAndAgainAheadOfTheExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLIS()
		l.steer(func() { l.devices = nil })
		s := l.run(t)
		if asked, _ := l.after(time.Minute); asked != 0 {
			t.Errorf("nobody there: asked %d times", asked)
		}
		l.steer(func() { l.devices = map[netip.Addr]bool{desk: false} })
		s.Look()
		if asked, known := l.after(0); asked != 1 || !known.Told.Given() {
			t.Errorf("somebody signs in: asked %d times, known %+v", asked, known)
		}
		if asked, _ := l.after(40 * time.Minute); asked != 1 {
			t.Errorf("after 40 of 60 minutes: asked %d times", asked)
		}
		if asked, known := l.after(6 * time.Minute); asked != 2 || known.Told.Expired(time.Now().Add(50*time.Minute)) {
			t.Errorf("after 46 of 60 minutes: asked %d times, known %+v", asked, known)
		}
	})
}

func TestNobodyIsAskedAboutWhoIsInAnEmergencyCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLIS()
		l.steer(func() { l.devices[desk] = true })
		s := l.run(t)
		s.Look()
		s.Moved(desk)
		if asked, _ := l.after(time.Hour); asked != 0 {
			t.Errorf("during a call: asked %d times", asked)
		}
		l.steer(func() { l.devices[desk] = false })
		if asked, _ := l.after(3 * time.Second); asked != 1 {
			t.Errorf("after the call: asked %d times", asked)
		}
	})
}

func TestChangeOfNetworkIsAskedAboutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLIS()
		s := l.run(t)
		l.after(time.Second)
		s.Moved(desk)
		if asked, _ := l.after(time.Minute); asked != 1 {
			t.Errorf("told a second after it was asked about: asked %d times", asked)
		}
		for range 200 {
			s.Moved(desk)
		}
		if asked, _ := l.after(3 * time.Second); asked != 2 {
			t.Errorf("told 200 times at once: asked %d times, want once more", asked)
		}
		for range 200 {
			s.Moved(desk)
		}
		if asked, _ := l.after(2 * time.Second); asked != 2 {
			t.Errorf("again within 10 s: asked %d times", asked)
		}
		if asked, _ := l.after(10 * time.Second); asked != 3 {
			t.Errorf("after these 10 s: asked %d times", asked)
		}
	})
}

// TestLocationServerThatIsAwayIsLeftAlone: what it has told stays known, and it is tried less and less often, whoever signs in.
func TestLocationServerThatIsAwayIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLIS()
		l.run(t)
		l.after(0)
		l.steer(func() {
			l.answer = func(context.Context, netip.Addr) (location.Told, error) {
				return location.Told{}, lookup.Unreached{Reason: "it answers 503"}
			}
		})
		before, _ := l.after(45 * time.Minute)
		l.steer(func() {
			for n := range 50 {
				l.devices[netip.AddrFrom4([4]byte{198, 51, 100, byte(n)})] = false
			}
		})
		asked, known := l.after(time.Hour)
		if more := asked - before; more < 10 || more > 20 {
			t.Errorf("away for an hour: asked %d times", more)
		}
		l.steer(func() {
			if l.away.Since.IsZero() || l.away.Reason != "it answers 503" || !known.Told.Given() {
				t.Errorf("away: %+v, known %+v", l.away, known)
			}
			l.answer = newLIS().answer
		})
		if asked, _ := l.after(6 * time.Minute); asked < 50 {
			t.Errorf("back again: asked %d times", asked)
		}
		l.steer(func() {
			if !l.away.Since.IsZero() || len(l.told) != 51 {
				t.Errorf("back again: away %+v, %d known", l.away, len(l.told))
			}
		})
	})
}

// TestRefusalTakesAwayWhatNoLongerHolds: a network that does not know the device any more is believed, one that makes a mistake is not.
func TestRefusalTakesAwayWhatNoLongerHolds(t *testing.T) {
	for word, keeps := range map[string]bool{"locationUnknown": false, "notLocatable": false, "generalLisError": true, "timeout": true, lookup.Unreadable: true, lookup.OutOfDate: true} {
		synctest.Test(t, func(t *testing.T) {
			l := newLIS()
			l.run(t)
			l.after(0)
			l.steer(func() {
				l.answer = func(context.Context, netip.Addr) (location.Told, error) {
					return location.Told{}, lookup.Refused{Word: word}
				}
			})
			asked, known := l.after(46 * time.Minute)
			if known.Refused != word || known.Told.Given() != keeps {
				t.Errorf("%s: known %+v", word, known)
			}
			if more, _ := l.after(time.Hour); more-asked > 8 {
				t.Errorf("%s for an hour: asked %d times", word, more-asked)
			}
		})
	}
}

// TestManyAreAskedAboutFewAtATime: five hundred sign in while the server is slow; four questions are on their way at most, and a scout that
// stops waits for them, whose context has ended.
func TestManyAreAskedAboutFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLIS()
		for n := range 500 {
			l.devices[netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n))] = false
		}
		l.answer = func(ctx context.Context, _ netip.Addr) (location.Told, error) {
			select {
			case <-time.After(time.Second):
				return toldFor(24 * time.Hour), nil
			case <-ctx.Done():
				return location.Told{}, ctx.Err()
			}
		}
		l.run(t)
		asked, _ := l.after(130 * time.Second)
		l.steer(func() {
			if l.most != 4 || asked != 501 {
				t.Errorf("501 devices, a second each: %d asked about, %d at a time", asked, l.most)
			}
		})
	})
}

func TestAnotherServerKnowsNothingYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLIS()
		s := l.run(t)
		l.after(0)
		l.steer(func() { l.server = "" })
		s.Look()
		if _, known := l.after(0); known.Told.Given() {
			t.Errorf("no server any more: known %+v", known)
		}
		l.steer(func() { l.server = "https://other.example/" })
		if asked, known := l.after(3 * time.Second); asked != 2 || !known.Told.Given() {
			t.Errorf("another server: asked %d times, known %+v", asked, known)
		}
	})
}
