package engine

import (
	"context"
	"maps"
	"slices"
	"strings"

	"mayday/center/number"
	"mayday/center/rep"
)

// urgency is who must not wait. It is published after every change and read without asking the engine; it is never changed itself.
type urgency struct {
	leased map[number.E164]bool // numbers that an emergency service may call back now
	tails  map[string]bool      // their last digits, by which most others are told apart at once
	reps   map[rep.ID]bool      // those in an emergency call
}

// urgencyOf copies it out of the state.
func urgencyOf(s *State) *urgency {
	u := &urgency{
		leased: make(map[number.E164]bool, len(s.leases)), tails: make(map[string]bool, len(s.leases)), reps: make(map[rep.ID]bool, len(s.urgent)),
	}
	for _, lease := range s.leases {
		u.leased[lease.Number] = true
		u.tails[tailOf(string(lease.Number))] = true
	}
	for _, c := range s.urgent {
		for _, id := range c.reps() {
			if c.active(id) {
				u.reps[id] = true
			}
		}
	}
	return u
}

// CallsBack reports whether a call to any of these, as a Request-URI and To have the number, is a call back of an emergency service. It
// does not wait for the engine.
func (e *Engine) CallsBack(called ...string) bool {
	u := e.urgency.Load()
	if !slices.ContainsFunc(called, func(one string) bool { tail := tailOf(one); return tail == "" || u.tails[tail] }) || len(u.leased) == 0 {
		return false
	}
	for _, spelling := range e.snapshot.Load().spellings(called) {
		if u.leased[spelling] {
			return true
		}
	}
	return false
}

// tailOf returns the last four characters of what was called; empty when they are not digits, and only cleaning tells what it is.
func tailOf(called string) string {
	if len(called) < 4 {
		return ""
	}
	tail := called[len(called)-4:]
	if strings.Trim(tail, "0123456789") != "" {
		return ""
	}
	return tail
}

// Shed returns how many ordinary calls were refused because there were too many, by reason.
func (e *Engine) Shed() map[Shed]uint64 {
	counted := make(map[Shed]uint64, len(e.shed))
	for reason, count := range e.shed {
		counted[reason] = count.Load()
	}
	return counted
}

// lane is a queue of commands. The engine takes from one only when those before it are empty.
type lane int

const (
	urgentLane   lane = iota // all that belongs to an emergency call
	peopleLane               // what people do at their screens, and the operator
	ordinaryLane             // ordinary calls
	lanes
)

// laneOf returns where a command queues. It runs in the goroutine of whoever has the command.
func (e *Engine) laneOf(command Command) lane {
	switch c := command.(type) {
	case Dial:
		return e.laneOfDial(c)
	case Answer:
		return urgentLane // only call backs ring
	case RestoreLeases, Redate:
		return urgentLane // a call back may be on its way
	case CallIn:
		return laneIf(c.Urgent)
	case LegTrying:
		return laneIf(c.Urgent)
	case LegRinging:
		return laneIf(c.Urgent)
	case LegAnswered:
		return laneIf(c.Urgent)
	case LegFailed:
		return laneIf(c.Urgent)
	case LegEnded:
		return laneIf(c.Urgent)
	case LegHeard:
		return ordinaryLane
	case End:
		return e.laneOfRep(c.Rep)
	case AttachTab:
		return e.laneOfRep(c.Rep)
	case DetachTab:
		return e.laneOfRep(c.Rep)
	case ReportSound:
		return e.laneOfRep(c.Rep)
	case ReportMicrophone:
		return e.laneOfRep(c.Rep)
	case ReportPosition:
		return e.laneOfRep(c.Rep)
	case Mute, Hold, Keypad, ChoosePresence, Acknowledge, Dismiss, StartDrill, ListenAt, ReportFaults, StopOrdinary, Publish, SetLimits,
		ReportStrain, ReportTrunk:
		return peopleLane
	}
	return peopleLane
}

func laneIf(urgent bool) lane {
	if urgent {
		return urgentLane
	}
	return ordinaryLane
}

func (e *Engine) laneOfRep(id rep.ID) lane {
	if e.urgency.Load().reps[id] {
		return urgentLane
	}
	return peopleLane
}

// laneOfDial tells an emergency call from others before it queues.
func (e *Engine) laneOfDial(d Dial) lane {
	dialled, err := e.snapshot.Load().net(d.Rep, e.sightings.of(d.Rep)).Classify(d.Typed)
	if err != nil {
		return peopleLane // refused at once
	}
	if _, emergency := dialled.(number.Emergency); emergency {
		return urgentLane
	}
	return ordinaryLane
}

// crowded reports whether an ordinary dial is refused before it queues: whoever dialled would wait, and could not dial anything else
// meanwhile.
func (e *Engine) crowded(at lane, command Command) bool {
	_, dials := command.(Dial)
	return dials && at == ordinaryLane && len(e.queues[ordinaryLane]) > queued/2
}

// showsATurn is how many screens are brought up to date before the engine looks for urgent commands again.
const showsATurn = 16

// showSome brings some screens up to date that wait for it, and reports whether there were any.
func (e *Engine) showSome(state *State) bool {
	if len(e.stale) == 0 {
		return false
	}
	left := showsATurn
	for id := range maps.Keys(e.stale) {
		if left == 0 {
			break
		}
		left--
		delete(e.stale, id)
		e.show(state, id)
	}
	return true
}

// take waits for the next command, in the order of the lanes, or does what is due; false when ctx has ended.
func (e *Engine) take(ctx context.Context, state *State) bool {
	e.wake(state)
	select {
	case r := <-e.queues[urgentLane]:
		e.handle(state, r)
		return true
	case <-e.timer.C:
		e.advance(state)
		return true
	case <-ctx.Done():
		return false
	default:
	}
	if e.showSome(state) {
		return true
	}
	select {
	case r := <-e.queues[peopleLane]:
		e.handle(state, r)
		return true
	default:
	}
	select {
	case r := <-e.queues[urgentLane]:
		e.handle(state, r)
	case r := <-e.queues[peopleLane]:
		e.handle(state, r)
	case r := <-e.queues[ordinaryLane]:
		e.handle(state, r)
	case <-e.timer.C:
		e.advance(state)
	case <-ctx.Done():
		return false
	}
	return true
}
