package engine_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"mayday/center/emergency"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/engine"
)

// TestIndexSaysWhatASearchWould: after every one of many random commands, sensible or not, what is found without searching is what a
// search would find, and so is what others read without asking.
func TestIndexSaysWhatASearchWould(t *testing.T) {
	seed := rand.Uint64()
	placed, rang := 0, 0
	for story := range uint64(40) {
		r := newRandomStory(seed, story)
		for turn := range 400 {
			told := r.turn()
			wrong := append(r.state.Astray(), r.engine.Misled(r.state, r.reps, r.numbers)...)
			if len(wrong) > 0 {
				t.Fatalf("seed %d, story %d, turn %d, after %s:\n%q", seed, story, turn, told, wrong)
			}
		}
		placed, rang = placed+r.placed, rang+r.rang
	}
	if placed == 0 || rang == 0 {
		t.Errorf("seed %d: %d emergency calls and %d call backs in all: nothing was tried", seed, placed, rang)
	}
}

// randomStory is people who press everything, and trunks that say everything.
type randomStory struct {
	random       *rand.Rand
	state        *engine.State
	engine       *engine.Engine
	now          time.Time
	reps         []rep.ID
	numbers      []number.E164
	calls        int
	legs         []engine.LegID
	placed, rang int
}

func newRandomStory(seed, story uint64) *randomStory {
	snapshot := engine.NewSnapshot(storyCenter())
	r := &randomStory{
		random: rand.New(rand.NewPCG(seed, story)), state: engine.NewState(snapshot, time.Hour), engine: engine.New(snapshot, nil, slog.New(slog.DiscardHandler)),
		now:     time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		reps:    []rep.ID{"alice", "bob", "carl", "sam", "dora", "nobody"},
		numbers: []number.E164{"+12175550101", "+12175550102", "+441135550100", "+12175550100", "+12175550103"},
		legs:    []engine.LegID{"none"},
	}
	r.state.Step(r.now, engine.ListenAt{URI: "sip:127.0.0.1:5060"})
	return r
}

// turn lets some time pass and somebody do something; it returns what.
func (r *randomStory) turn() string {
	r.now = r.now.Add(time.Duration(r.random.ExpFloat64() * float64(2*time.Second)))
	if r.random.IntN(40) == 0 {
		r.now = r.now.Add(time.Duration(r.random.IntN(70)) * time.Minute)
	}
	if due := r.state.NextDeadline(); !due.IsZero() && !r.now.Before(due) {
		r.note(r.state.Advance(r.now))
		return "time"
	}
	command := r.command()
	r.note(r.state.Step(r.now, command))
	return fmt.Sprintf("%T%+v", command, command)
}

func (r *randomStory) note(outcome engine.Outcome) {
	for _, event := range outcome.Events {
		if _, is := event.(engine.EmergencyCallPlaced); is {
			r.placed++
		}
		if e, is := event.(engine.CallbackRang); is {
			r.rang++
			r.legs = append(r.legs, e.Leg)
		}
		if e, is := event.(engine.LegTried); is {
			r.legs = append(r.legs, e.Leg)
		}
		if e, is := event.(engine.HelperTried); is {
			r.legs = append(r.legs, e.Leg)
		}
		if e, is := event.(engine.DrillStarted); is {
			r.legs = append(r.legs, e.Leg)
		}
		if e, is := event.(engine.DrillCallsBack); is {
			r.legs = append(r.legs, e.Leg)
		}
	}
	r.legs = r.legs[max(0, len(r.legs)-12):]
}

func pick[T any](r *randomStory, all ...T) T { return all[r.random.IntN(len(all))] }

func (r *randomStory) command() engine.Command {
	who, tab := pick(r, r.reps...), engine.TabID(pick(r, "a", "b"))
	call := engine.CallID(pick(r, "", fmt.Sprint("c", r.random.IntN(r.calls+1))))
	on := r.random.IntN(2) == 0
	switch r.random.IntN(20) {
	case 0, 1:
		return engine.AttachTab{Rep: who, Tab: tab}
	case 2:
		return engine.DetachTab{Rep: who, Tab: tab}
	case 3, 4, 5:
		r.calls++
		return engine.Dial{Rep: who, Tab: tab, Typed: pick(r, "911", "999", "112", "933", "+12175550155"), Call: engine.CallID(fmt.Sprint("c", r.calls))}
	case 6:
		return engine.Answer{Rep: who, Tab: tab, Call: call}
	case 7:
		return engine.End{Rep: who, Call: call}
	case 8:
		return engine.Hold{Rep: who, On: on}
	case 9:
		return engine.ReportSound{Rep: who, Tab: tab, Connected: on, Heard: on}
	case 10, 11:
		r.calls++
		id := fmt.Sprint("c", r.calls)
		return engine.CallIn{Leg: engine.LegID(id + ".in"), Call: engine.CallID(id), Called: []string{string(pick(r, r.numbers...))}}
	case 12:
		return r.rare(who)
	}
	return r.legCommand(pick(r, r.legs...))
}

func (r *randomStory) rare(who rep.ID) engine.Command {
	switch r.random.IntN(6) {
	case 0:
		r.calls++
		return engine.StartDrill{Drill: engine.CallID(fmt.Sprint("c", r.calls))}
	case 1:
		return engine.Dismiss{Rep: who}
	case 2:
		return engine.RestoreLeases{Found: []engine.Restored{{
			Lease: emergency.Lease{Rep: who, Number: pick(r, r.numbers...), Until: r.now.Add(time.Minute)}, Chosen: rep.Away,
		}}}
	case 3:
		c := storyCenter()
		c.Numbers = c.Numbers[:1+r.random.IntN(len(c.Numbers))]
		return engine.Publish{Snapshot: engine.NewSnapshot(c)}
	case 4:
		return engine.Redate{}
	}
	return engine.Acknowledge{Rep: "sam", Alert: engine.CallID(fmt.Sprint("c", r.calls))}
}

func (r *randomStory) legCommand(leg engine.LegID) engine.Command {
	switch r.random.IntN(6) {
	case 0:
		return engine.LegTrying{Leg: leg}
	case 1:
		return engine.LegRinging{Leg: leg}
	case 2:
		return engine.LegAnswered{Leg: leg}
	case 3:
		return engine.LegFailed{Leg: leg, Status: pick(r, 0, 486, 488, 503)}
	case 4:
		return engine.LegHeard{Leg: leg, Packets: 100, LevelDBov: -20}
	}
	return engine.LegEnded{Leg: leg}
}
