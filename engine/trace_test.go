package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// TestTraceAgreesWithTheCallThenPlaced traces what a rep could dial, then dials it.
func TestTraceAgreesWithTheCallThenPlaced(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, who := range []rep.ID{"alice", "carl", "dora"} {
		for _, typed := range []string{"911", "112", "999", "9112", "+12175550123", "933"} {
			circumstance := fmt.Sprintf("%s dials %s", who, typed)
			state := engine.NewState(engine.NewSnapshot(storyCenter()), time.Hour)
			state.Step(now, engine.ReportTrunk{Trunk: "provider", Health: trunk.Down, Since: now})
			state.Step(now, engine.ReportPosition{Rep: "dora", Seen: location.Sighting{Country: location.US, Certain: true}})
			var traced engine.Traced
			outcome := state.Step(now, engine.Trace{Rep: who, Typed: typed, Into: &traced})
			if outcome.Err != nil || len(outcome.Events) > 0 || len(outcome.Effects) > 0 {
				t.Fatalf("%s: a trace is refused or does something: %+v", circumstance, outcome)
			}
			outcome = state.Step(now, engine.Dial{Rep: who, Typed: typed, Call: "c1"})
			placed := false
			for _, event := range outcome.Events {
				if e, is := event.(engine.EmergencyCallPlaced); is {
					placed = true
					same(t, circumstance, traced, engine.TracedEmergency, e.Number.String(), e.CallerID, e.Order)
					if diff := cmp.Diff(e.Place, traced.Place); diff != "" {
						t.Errorf("%s: place (-conveyed +traced):\n%s", circumstance, diff)
					}
				}
				if e, is := event.(engine.OrdinaryCallPlaced); is {
					placed = true
					if e.Test != (number.Test{}) {
						same(t, circumstance, traced, engine.TracedTest, e.Number, e.CallerID, e.Order[:len(e.Order)-1])
						continue
					}
					same(t, circumstance, traced, engine.TracedOrdinary, e.Number, e.CallerID, e.Order)
				}
			}
			if !placed && outcome.Err == nil {
				t.Errorf("%s: nothing is placed", circumstance)
			}
		}
	}
}

func same(t *testing.T, circumstance string, traced engine.Traced, kind engine.TraceKind, sent string, callerID number.E164, order []trunk.ID) {
	t.Helper()
	if traced.Kind != kind || traced.Sent != sent || traced.CallerID != callerID {
		t.Errorf("%s: traced %s %s from %s, placed %s %s from %s", circumstance, traced.Kind, traced.Sent, traced.CallerID, kind, sent, callerID)
	}
	if diff := cmp.Diff(order, traced.Order.Listed()); diff != "" {
		t.Errorf("%s: trunks (-tried +traced):\n%s", circumstance, diff)
	}
}

func TestWhatIsNoNumberIsNotTraced(t *testing.T) {
	state := engine.NewState(engine.NewSnapshot(storyCenter()), time.Hour)
	var traced engine.Traced
	if err := state.Step(time.Now(), engine.Trace{Rep: "alice", Typed: "hello", Into: &traced}).Err; !errors.Is(err, number.NotANumber) || traced.Kind != "" {
		t.Errorf("traced hello: %v, %+v", err, traced)
	}
}
