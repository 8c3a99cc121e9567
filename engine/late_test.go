package engine_test

import (
	"testing"
	"time"

	"mayday/center/emergency"
	"mayday/center/rep"
	"mayday/engine"
)

// TestLeaseThatIsFoundLateIsTakenUp: the disk of a node that lives already tells whose window is open.
func TestLeaseThatIsFoundLateIsTakenUp(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	found := func(until time.Time) engine.RestoreLeases {
		return engine.RestoreLeases{Found: []engine.Restored{{
			Lease: emergency.Lease{Rep: "alice", Number: "+12175550103", From: now.Add(-time.Minute), Until: until}, Chosen: rep.Away,
		}}}
	}
	t.Run("nobody has dialled since", func(t *testing.T) {
		state := engine.NewState(engine.NewSnapshot(storyCenter()), time.Hour)
		state.Step(now, found(now.Add(time.Minute)))
		view := state.View("alice", "", now)
		if view.Lease == nil || view.Lease.Number != "+12175550103" || state.Presence("alice") != rep.Away {
			t.Errorf("found late: lease %+v, presence %s", view.Lease, state.Presence("alice"))
		}
		state.Advance(now.Add(time.Minute))
		if view := state.View("alice", "", now); view.Lease != nil {
			t.Errorf("found late: the lease is still there when its window is over: %+v", view.Lease)
		}
	})
	t.Run("the rep has dialled since", func(t *testing.T) {
		state := engine.NewState(engine.NewSnapshot(storyCenter()), time.Hour)
		state.Step(now, engine.AttachTab{Rep: "alice", Tab: "a1"})
		state.Step(now, engine.Dial{Rep: "alice", Tab: "a1", Typed: "911", Call: "c1"})
		state.Step(now, found(now.Add(time.Minute)))
		if outcome := state.Step(now, engine.End{Rep: "alice", Call: "c1"}); outcome.Err != nil {
			t.Fatal(outcome.Err)
		}
		view := state.View("alice", "", now)
		if view.Lease == nil || !view.Lease.Until.Equal(now.Add(time.Hour)) || state.Presence("alice") != rep.Available {
			t.Errorf("dialled before it was found: lease %+v, presence %s", view.Lease, state.Presence("alice"))
		}
	})
}
