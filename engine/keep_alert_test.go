package engine_test

import (
	"testing"
	"time"

	"mayday/center/rep"
	"mayday/engine"
)

// TestAlertOutlivesTheNode: a node falls between two tiers. What was acknowledged is gone on the next one; what was not is shown there, and
// the later tiers are told, those at once whose time has come meanwhile.
func TestAlertOutlivesTheNode(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	black := make(map[engine.CallID]engine.KeptAlert) // what the black box would hold
	told := func(out engine.Outcome) (times int) {
		for _, e := range out.Effects {
			if kept, is := e.(engine.KeepAlert); is {
				black[kept.Kept.Alert] = kept.Kept
			}
			if wiped, is := e.(engine.WipeAlert); is {
				delete(black, wiped.Alert)
			}
			_, mail := e.(engine.TellContacts)
			_, channel := e.(engine.TellChannel)
			if mail || channel {
				times++
			}
		}
		return times
	}
	first := engine.NewState(engine.NewSnapshot(rulesCenter()), time.Hour)
	told(first.Step(now, engine.AttachTab{Rep: "sam", Tab: "s1"}))
	for _, dialled := range []struct{ who, call string }{{"alice", "c1"}, {"bob", "c2"}} {
		told(first.Step(now, engine.Dial{Rep: rep.ID(dialled.who), Tab: "a1", Typed: "911", Call: engine.CallID(dialled.call)}))
	}
	if out := first.Step(now.Add(time.Second), engine.Acknowledge{Rep: "sam", Alert: "c1"}); out.Err != nil {
		t.Fatal(out.Err)
	} else {
		told(out)
	}
	if len(black) != 1 || len(black["c2"].Awaiting) != 2 {
		t.Fatalf("two calls, one acknowledged: %d alerts are kept, %d tellings wait", len(black), len(black["c2"].Awaiting))
	}
	kept := engine.RestoreAlerts{Found: []engine.KeptAlert{black["c2"]}}

	second := engine.NewState(engine.NewSnapshot(rulesCenter()), time.Hour)
	now = now.Add(90 * time.Second)
	second.Step(now, engine.AttachTab{Rep: "sam", Tab: "s1"})
	if times := told(second.Step(now, kept)); times != 1 {
		t.Errorf("a minute and a half after the call, with a tier after one minute: %d were told at once", times)
	}
	if again := told(second.Step(now, kept)); again != 0 {
		t.Errorf("found twice: %d more were told", again)
	}
	if shown := second.View("sam", "s1", now).Alerts; len(shown) != 1 || shown[0].Call != "c2" {
		t.Errorf("after the restart: Sam is shown %d alerts", len(shown))
	}
	if times := told(second.Advance(now.Add(30 * time.Second))); times != 2 {
		t.Errorf("two minutes after the call: %d were told", times)
	}
	if len(black) != 1 || len(black["c2"].Awaiting) != 0 {
		t.Errorf("everybody has been told: %d alerts are kept, %d tellings wait", len(black), len(black["c2"].Awaiting))
	}
	third := engine.NewState(engine.NewSnapshot(rulesCenter()), time.Hour)
	if times := told(third.Step(now.Add(time.Hour), kept)); times != 0 || len(black) != 0 {
		t.Errorf("found when the hour is over: %d were told, %d alerts are kept", times, len(black))
	}
}
