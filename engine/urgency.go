package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"mayday/center/number"
	"mayday/center/rep"
)

// urgency is who must not wait. The engine's goroutine follows every change with it, one rep or number at a time; anybody reads it, and
// waits for nobody.
type urgency struct {
	leased sync.Map              // of number.E164: those that an emergency service may call back now
	tails  [10_000]atomic.Uint32 // how many of them end in these digits, by which most others are told apart at once
	reps   sync.Map              // of rep.ID: those in an emergency call
}

// follow takes over what is new in the state.
func (u *urgency) follow(s *State) {
	for _, id := range s.news.reps {
		if s.locked(id) {
			u.reps.Store(id, true)
		} else {
			u.reps.Delete(id)
		}
	}
	for _, n := range s.news.numbers {
		tail, tailed := tailOf(string(n))
		_, before := u.leased.Load(n)
		switch after := len(s.leases.Holders(n)) > 0; {
		case after == before:
			continue
		case after:
			u.leased.Store(n, true)
		default:
			u.leased.Delete(n)
		}
		if tailed && before {
			u.tails[tail].Add(^uint32(0))
		} else if tailed {
			u.tails[tail].Add(1)
		}
	}
	s.news = news{reps: s.news.reps[:0], numbers: s.news.numbers[:0]}
}

// CallsBack reports whether a call to any of these, as a Request-URI and To have the number, is a call back of an emergency service. It
// does not wait for the engine.
func (e *Engine) CallsBack(called ...string) bool {
	if !slices.ContainsFunc(called, e.urgency.mayEndIn) {
		return false
	}
	for n := range e.snapshot.Load().spellings(called) {
		if _, leased := e.urgency.leased.Load(n); leased {
			return true
		}
	}
	return false
}

// mayEndIn reports whether what was called may be a leased number, going by its end.
func (u *urgency) mayEndIn(called string) bool {
	tail, tailed := tailOf(called)
	return !tailed || u.tails[tail].Load() > 0
}

// tailOf returns the last four digits of what was called; false when it does not end in four, and only cleaning tells what it is.
func tailOf(called string) (tail int, ok bool) {
	if len(called) < 4 {
		return 0, false
	}
	for _, digit := range []byte(called[len(called)-4:]) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		tail = 10*tail + int(digit-'0')
	}
	return tail, true
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
	case LegReferred:
		return urgentLane // only NG trunks' are told
	case LegHeard, LegKeyed:
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
	case ReportTold:
		return e.laneOfRep(c.Rep)
	case ReportNetwork:
		return e.laneOfRep(c.Rep)
	case Mute, Hold, Keypad, ChoosePresence, Acknowledge, Dismiss, StartDrill, ListenAt, ReportFaults, StopOrdinary, Publish, SetLimits,
		ReportStrain, ReportTrunk, ScheduleDrills, RestoreDrills, ListDrills, RestoreAlerts, ConfirmPlace, RestorePlaces, ReportMappings, ReportLocationServer,
		Trace, ListenIn, SpeakAtDesk, LeaveDesk, Survey, ReportLocation:
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
	if e.InEmergency(id) {
		return urgentLane
	}
	return peopleLane
}

// InEmergency reports whether an emergency call of the rep goes on. It does not wait for the engine.
func (e *Engine) InEmergency(id rep.ID) bool {
	_, in := e.urgency.reps.Load(id)
	return in
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
	if len(e.stale)+len(e.rest) == 0 {
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
	for ; left > 0 && len(e.rest) > 0; left-- {
		id := e.rest[len(e.rest)-1]
		e.rest = e.rest[:len(e.rest)-1]
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
