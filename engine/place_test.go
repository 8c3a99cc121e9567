package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"mayday/center/location"
	"mayday/center/trunk"
	"mayday/engine"
)

// TestATrunkIsToldOfPlacesAtMostEveryTenSeconds: a rep moves at random times during calls. Between the INVITE and each message about the place
// there are ten seconds or more (RFC 6881 ED-38), the newest place is told as soon as that allows, and only where the trunk wants it.
func TestATrunkIsToldOfPlacesAtMostEveryTenSeconds(t *testing.T) {
	const atMostEvery = 10 * time.Second
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 3))
	for _, row := range []struct {
		circumstance string
		carrier      trunk.Trunk
		told         bool
	}{
		{"an NG trunk", trunk.Trunk{NG: true, Location: trunk.ByValue}, true},
		{"an NG trunk that dereferences", trunk.Trunk{NG: true, Location: trunk.ByReference}, true},
		{"an NG trunk that wants no place", trunk.Trunk{NG: true, Location: trunk.NoPlace}, false},
		{"an old trunk", trunk.Trunk{Location: trunk.ByValue}, false},
	} {
		messages := 0
		for n := range 50 {
			m := &mover{state: placed(row.carrier), now: callBegins, told: []time.Time{callBegins}}
			for range 40 {
				m.until(m.now.Add(time.Duration(chance.IntN(8000)) * time.Millisecond))
				m.moves()
			}
			m.until(m.now.Add(time.Minute))
			for i := 1; i < len(m.told); i++ {
				if apart := m.told[i].Sub(m.told[i-1]); apart < atMostEvery {
					t.Errorf("seed %d, %s, call %d: told again after %s", seed, row.circumstance, n, apart)
				}
			}
			if m.lateBy > atMostEvery {
				t.Errorf("seed %d, %s, call %d: a new place is told %s after it was known", seed, row.circumstance, n, m.lateBy)
			}
			if row.told && m.last != m.at {
				t.Errorf("seed %d, %s, call %d: told last was %v, the rep is at %v", seed, row.circumstance, n, m.last, m.at)
			}
			messages += len(m.told) - 1
		}
		if (messages > 0) != row.told {
			t.Errorf("%s: %d messages about the place", row.circumstance, messages)
		}
	}
}

var callBegins = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// placed is a state in which Alice's call to the trunk is answered the moment it is placed.
func placed(carrier trunk.Trunk) *engine.State {
	c := storyCenter()
	carrier.ID, carrier.Kind, carrier.URI = "provider", trunk.DirectOffer, "sip:127.0.0.1:5080"
	c.Trunks = []trunk.Trunk{carrier}
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	s.Step(callBegins, engine.AttachTab{Rep: "alice", Tab: "a1"})
	s.Step(callBegins, engine.ReportSound{Rep: "alice", Tab: "a1", Connected: true, Heard: true})
	s.Step(callBegins, engine.ReportPosition{Rep: "alice", Position: location.Position{Latitude: 39, Longitude: -89, At: callBegins}})
	for _, effect := range s.Step(callBegins, engine.Dial{Rep: "alice", Tab: "a1", Typed: "911", Call: "c1"}).Effects {
		if e, is := effect.(engine.SendInvite); is {
			s.Step(callBegins, engine.LegAnswered{Leg: e.Leg})
		}
	}
	return s
}

// mover moves during a call, and notes what the trunk is told.
type mover struct {
	state  *engine.State
	now    time.Time
	at     location.Position // where the rep is
	last   location.Position // that the trunk was told last
	since  time.Time         // since when the trunk has not been told of what is new; zero: it has
	told   []time.Time
	lateBy time.Duration
}

// until lets the time pass, and whatever is due in it happen.
func (m *mover) until(when time.Time) {
	for due := m.state.NextDeadline(); !due.IsZero() && !due.After(when); due = m.state.NextDeadline() {
		m.now = due
		m.note(m.state.Advance(due))
	}
	m.now = when
}

func (m *mover) moves() {
	m.at = location.Position{Latitude: m.at.Latitude + 0.01, Longitude: -89, At: m.now}
	if m.since.IsZero() {
		m.since = m.now
	}
	m.note(m.state.Step(m.now, engine.ReportPosition{Rep: "alice", Position: m.at}))
}

func (m *mover) note(outcome engine.Outcome) {
	for _, effect := range outcome.Effects {
		e, is := effect.(engine.ConveyPlace)
		if !is {
			continue
		}
		m.told = append(m.told, m.now)
		m.lateBy = max(m.lateBy, m.now.Sub(m.since))
		m.since = time.Time{}
		m.last = *e.Target.Place.Position
	}
}
