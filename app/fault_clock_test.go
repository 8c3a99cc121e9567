package app_test

import (
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"mayday/web/api"
)

// wallClock is a clock of which an administrator, or a time server, moves the hands. Time itself goes on as it does.
type wallClock struct{ ahead atomic.Int64 }

func (c *wallClock) step(by time.Duration) { c.ahead.Add(int64(by / time.Second)) }

// now is what time.Now returns after settimeofday: another wall clock beside the same monotonic reading. There is no way in the time
// package to make such a time, and setting the machine's clock would harm whatever else it does: this writes the seconds where
// time.Time keeps them.
func (c *wallClock) now() time.Time {
	t := time.Now()
	*(*uint64)(unsafe.Pointer(&t)) += uint64(c.ahead.Load()) << 30
	return t
}

func TestClockOfTheTestIsAClockThatWasSet(t *testing.T) {
	c := &wallClock{}
	for _, by := range []time.Duration{time.Hour, -2 * time.Hour} {
		before := c.now()
		c.step(by)
		after := c.now()
		if wall := after.Round(0).Sub(before.Round(0)); (wall - by).Abs() > time.Minute {
			t.Errorf("set by %v: the wall clock has gone %v", by, wall)
		}
		if passed := after.Sub(before); passed < 0 || passed > time.Minute {
			t.Errorf("set by %v: %v have passed", by, passed)
		}
	}
}

func TestClockThatJumpsChangesNoWindow(t *testing.T) {
	for _, row := range []struct {
		name string
		by   time.Duration
	}{{"an hour forward", time.Hour}, {"an hour back", -time.Hour}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			const lease = 15 * time.Second
			s, clock := lay(t, t.TempDir(), nil), &wallClock{}
			s.settings.Emergency.Lease, s.clock = lease, clock.now
			s.start()
			callers := s.callers()
			s.healthy(callers)
			s.callFor("before the jump", callers[:1], 1)
			number := callers[0].shown().Window.Number
			clock.step(row.by)
			circumstance := "the clock has jumped " + row.name
			s.calledBack(callers[0], number)
			s.callFor(circumstance, callers, 5)
			callers[0].shows(circumstance+": the window is told by the new clock", func(w api.Workspace) bool {
				return w.Window != nil && w.Window.Number == number && w.Window.Until.Sub(clock.now()).Abs() <= lease
			})
			s.keepsLeases(circumstance, callers[:1])
			clock.step(row.by)
			alice := signIn(t, s.node.HTTP(), "alice").feed()
			alice.shows(circumstance+" after a restart too: the window is over in time", func(w api.Workspace) bool { return w.Window == nil })
		})
	}
}

func TestClockThatIsPutBackWhileTheNodeIsDownProlongsNoWindow(t *testing.T) {
	t.Parallel()
	s, clock := lay(t, t.TempDir(), nil), &wallClock{}
	s.settings.Emergency.Lease, s.clock = 10*time.Second, clock.now
	s.start()
	s.callFor("before", s.callers()[:1], 1)
	s.stop()
	clock.step(-time.Hour)
	s.start()
	alice := signIn(t, s.node.HTTP(), "alice").feed()
	alice.shows("started an hour before it was stopped: the window is open", func(w api.Workspace) bool { return w.Window != nil })
	alice.shows("started an hour before it was stopped: the window is over in time", func(w api.Workspace) bool { return w.Window == nil })
}
