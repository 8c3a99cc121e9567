package engine

import (
	"fmt"
	"strconv"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

func (t *step) dial(c Dial) error {
	dialled, err := t.net(c.Rep).Classify(c.Typed)
	if err != nil {
		return err
	}
	switch d := dialled.(type) {
	case number.Emergency:
		t.placeEmergencyCall(c, d.Number)
		return nil
	case number.TestCall:
		return t.placeTestCall(c, d.Number)
	case number.Ordinary:
		return t.placeOrdinaryCall(c, d.Number)
	}
	panic(fmt.Sprintf("engine: BUG: dialled %T", dialled))
}

// placeEmergencyCall places the call whatever else is wrong. Only one effect goes before the INVITE: the lease is handed to the black box,
// which copies it within some microseconds to memory that outlives the process and writes it to the disk beside the call (ADR 10). All the
// rest is told after it.
func (t *step) placeEmergencyCall(c Dial, live number.Live) {
	if len(t.ownEmergencies(c.Rep)) > 0 {
		return // pressed twice: the call is on its way
	}
	t.dismiss(c.Rep)
	later := t.stopDrills()
	p := t.plan(c.Rep, live, t.now)
	t.emit(EmergencyCallPlaced{
		Call: c.Call, Rep: c.Rep, Tab: t.carrier(c.Rep, c.Tab), Number: live, Place: p.place, CallerID: p.callerID, Asked: c.At,
		Order: p.order.For(string(c.Call)), At: t.now,
	})
	if p.grant != emergency.None {
		t.emit(CallbackLeased{Lease: p.lease})
		t.keepLease(c.Rep)
	}
	placed := t.calls[c.Call]
	t.want(placed, c.Tab)
	t.try(placed)
	t.do(later...)
	t.alarmAboutSound(placed)
	t.alarmAbout(p.grant)
	t.leaveDesk(c.Rep)
	if other := t.ordinaryOf(c.Rep); other != nil {
		t.putAside(other)
	}
	if placed.state != failed {
		t.tell(placed, emergency.Placed)
	}
	t.touch(c.Rep)
}

func (s *State) chooseNumber(id rep.ID, country location.Country, now time.Time) (emergency.Lease, emergency.Grant) {
	site := s.whereOf(id)
	return s.leases.Choose(emergency.Ask{
		Rep: id, Site: site.ID, Country: country, Static: number.E164(site.StaticNumber), Now: now, Window: s.window,
	})
}

func (t *step) alarmAbout(grant emergency.Grant) {
	switch grant {
	case emergency.Shared:
		t.do(RaiseAlarm{Alarm: PoolShared})
	case emergency.Static, emergency.None:
		t.do(RaiseAlarm{Alarm: PoolEmpty})
	case emergency.Kept, emergency.Fresh:
	}
}

// putAside makes room for an emergency call: a call that is spoken is held, one that is not yet answered is given up.
func (t *step) putAside(c *call) {
	switch c.state {
	case connected:
		t.holdCall(c)
	case placing, ringing:
		t.hangUp(c)
	case held, failed, incoming:
	}
}

// placeTestCall calls the test service of a trunk that has one, else the built-in one.
func (t *step) placeTestCall(c Dial, test number.Test) error {
	order := append(t.wellFirst(trunk.InTurn(t.snapshot.table.TestTrunks())).Listed(), thisNode)
	err := t.placeOther(OrdinaryCallPlaced{
		Call: c.Call, Rep: c.Rep, Tab: c.Tab, Number: test.String(), Test: test, CallerID: t.testCallerID(c.Rep, t.now), Order: order, At: t.now,
	})
	if err == nil {
		t.tellOfTest(c.Call)
	}
	return err
}

// testCallerID returns what a test call shows: the number that the rep is lent, else the one that an emergency call would show, so that who
// may place no ordinary call can test all the same. It leases none, and shows none that somebody else is called back at. Empty: none.
func (s *State) testCallerID(id rep.ID, now time.Time) number.E164 {
	if lent, ok := s.snapshot.callerID(id); ok {
		return lent
	}
	lease, grant := s.chooseNumber(id, s.place(id, now).Country, now)
	if grant == emergency.Shared {
		return number.E164(s.whereOf(id).StaticNumber)
	}
	return lease.Number
}

func (t *step) placeOrdinaryCall(c Dial, dialled string) error {
	order := t.wellFirst(t.snapshot.table.OrdinaryOrder(dialled)).For(string(c.Call))
	if len(order) == 0 {
		return NoRoute
	}
	lent, _ := t.snapshot.callerID(c.Rep)
	return t.placeOther(OrdinaryCallPlaced{Call: c.Call, Rep: c.Rep, Tab: c.Tab, Number: dialled, CallerID: lent, Order: order, At: t.now})
}

func (t *step) placeOther(placed OrdinaryCallPlaced) error {
	current := t.ordinaryOf(placed.Rep)
	switch {
	case t.stopping:
		return NodeStopping
	case t.locked(placed.Rep):
		return EmergencyLocked
	case current != nil && current.state != failed:
		return AlreadyInCall
	case t.attended(placed.Rep) != nil:
		return ListeningIn
	case placed.CallerID == "" && placed.Test == number.Test{}:
		return NoOutboundNumber
	}
	if t.out.Shed = t.overload(placed.Order); t.out.Shed != "" {
		return Overloaded
	}
	t.dismiss(placed.Rep)
	asked := placed.Tab
	placed.Tab = t.carrier(placed.Rep, asked)
	t.emit(placed)
	t.want(t.calls[placed.Call], asked)
	t.try(t.calls[placed.Call])
	t.touch(placed.Rep)
	return nil
}

// try does what the attempt says is next.
func (t *step) try(c *call) {
	t.touch(c.reps()...)
	attempt := c.attempt
	if !c.retryAt.IsZero() {
		attempt = attempt.Again()
	}
	if c.kind == ordinary {
		attempt = t.pastFull(attempt)
	}
	switch turn := attempt.Turn().(type) {
	case emergency.Try:
		t.invite(c, turn.Trunk, attempt)
	case emergency.Pause:
		t.emit(RoundAwaited{Call: c.id, Until: t.now.Add(turn.For)})
	case emergency.GiveUp:
		t.giveUp(c)
	}
}

func (t *step) invite(c *call, id trunk.ID, attempt emergency.Attempt) {
	leg := LegID(string(c.id) + "." + strconv.Itoa(c.legCount))
	carrier := t.trunk(id)
	told := placeFor(attempt.Conceded, c.place)
	routed := c.kind == outgoingEmergency && t.routed(attempt, told, t.now) != ""
	t.emit(LegTried{Call: c.id, Leg: leg, Attempt: attempt, AnswerBy: t.now.Add(emergency.AnswerWithin), Routed: routed})
	t.do(SendInvite{Leg: leg, Trunk: carrier, Target: t.target(c, carrier), CallerID: c.callerID, First: c.legCount == 1, Asked: c.askedAt, Urgent: c.emergency()})
	t.conveyed(c, carrier)
	t.note(c, StageInvite)
	if c.muted {
		t.do(MuteLeg{Leg: leg, On: true})
	}
	t.joinSound(c)
}

func (t *step) target(c *call, carrier trunk.Trunk) Target {
	switch {
	case c.kind == outgoingEmergency:
		return t.emergencyTarget(c)
	case c.test != number.Test{}:
		return t.snapshot.testTarget(carrier)
	}
	return ToOrdinary{Number: c.number, Conceded: c.attempt.Conceded}
}

// leave gives up the current leg, which has failed, and goes on to what is next.
func (t *step) leave(c *call, l LegFailed) {
	if c.kind == ordinary {
		t.leaveOrdinary(c, l)
		return
	}
	id, next := trunkOf(c.attempt), c.attempt.Failed(t.failure(c, l))
	makesRoom := next.Conceded.Has(emergency.WithRoom) && !c.attempt.Conceded.Has(emergency.WithRoom)
	t.emit(LegLeft{Call: c.id, Leg: c.leg, Attempt: next})
	t.note(c, StageNextTrunk)
	if makesRoom {
		t.makeChannel(id)
	}
	t.try(c)
}

// leaveOrdinary does so for an ordinary call: a trunk that refuses encrypted sound is offered the other kind where that may be, one
// that could not say why is left for the next, and any other refusal is the far end's.
func (t *step) leaveOrdinary(c *call, l LegFailed) {
	carrier := t.trunk(trunkOf(c.attempt))
	sealed := emergency.Failure{Status: l.Status, Sealed: carrier.SRTP == trunk.SDES}
	next := c.attempt.Failed(sealed)
	if next.Conceded != emergency.WithoutSRTP || c.attempt.Conceded != 0 {
		if l.Status != 0 && l.Status < 500 {
			t.failOrdinary(c, l.Status)
			return
		}
		next = c.attempt.Left()
	}
	t.emit(LegLeft{Call: c.id, Leg: c.leg, Attempt: next})
	t.try(c)
}

func (t *step) giveUp(c *call) {
	if c.kind == ordinary {
		t.failOrdinary(c, 0)
		return
	}
	t.emit(CallFailed{Call: c.id})
	t.touch(c.reps()...)
	t.note(c, StageFailed)
	t.keepLease(c.rep)
	t.tell(c, emergency.Failed)
	alarm := RoutesOut
	if len(c.attempt.Order) == 0 {
		alarm = NoTrunk
	}
	t.do(RaiseAlarm{Alarm: alarm})
}

func (t *step) note(c *call, stage Stage) {
	if c.emergency() {
		t.do(NoteStage{Call: c.id, Stage: stage})
	}
}

// dismiss puts away the notices of calls that failed.
func (t *step) dismiss(id rep.ID) {
	for _, c := range t.callsOf(id) {
		if c.state == failed {
			t.emit(CallOver{Call: c.id})
			t.touch(id)
		}
	}
}
