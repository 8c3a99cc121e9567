package engine

import (
	"iter"
	"slices"

	"mayday/center/conversation"
	"mayday/center/number"
	"mayday/center/rep"
)

// legOf returns the call whose current leg it is; nil when the call is over or has left that leg.
func (t *step) legOf(leg LegID) *call { return t.calls[t.legs[leg]] }

func (t *step) legTrying(l LegTrying) {
	if d := t.drillOf(l.Leg); d != nil {
		t.drillSays(d, l.Leg, "trying")
		return
	}
	if c := t.deskOf(l.Leg); c != nil {
		t.deskTrying(c)
		return
	}
	if c, at := t.helperOf(l.Leg); c != nil {
		t.helperTrying(c, at)
		return
	}
	if c := t.legOf(l.Leg); c != nil && !c.answerBy.IsZero() {
		t.emit(CallTrying{Call: c.id})
	}
}

func (t *step) legRinging(l LegRinging) {
	if d := t.drillOf(l.Leg); d != nil {
		t.drillSays(d, l.Leg, "ringing")
		return
	}
	if c := t.deskOf(l.Leg); c != nil {
		t.deskTrying(c)
		return
	}
	if c, at := t.helperOf(l.Leg); c != nil {
		t.helperTrying(c, at)
		return
	}
	c := t.legOf(l.Leg)
	if c == nil || c.state != placing {
		return
	}
	t.emit(CallRinging{Call: c.id})
	t.touch(c.rep)
	t.note(c, StageRinging)
}

func (t *step) legAnswered(l LegAnswered) {
	if d := t.drillOf(l.Leg); d != nil {
		t.drillAnswered(d, l.Leg, l.Says)
		return
	}
	if c := t.deskOf(l.Leg); c != nil {
		t.deskAnswered(c)
		return
	}
	if c, at := t.helperOf(l.Leg); c != nil {
		t.helperAnswered(c, at)
		return
	}
	if c := t.referredOf(l.Leg); c != nil {
		t.referAnswered(c)
		return
	}
	c := t.legOf(l.Leg)
	if c == nil || c.state != placing && c.state != ringing {
		return
	}
	t.emit(CallConnected{Call: c.id, Rep: c.rep, Tab: c.tab, At: t.now})
	t.touch(c.rep)
	t.note(c, StageConnected)
	if l.BadPlace {
		t.note(c, StageBadPlace)
	}
	if c.kind == outgoingEmergency {
		t.callDesk(c)
	}
}

func (t *step) legFailed(l LegFailed) {
	if d := t.drillOf(l.Leg); d != nil {
		t.drillLost(d, l.Leg, l.Status)
		return
	}
	if c := t.deskOf(l.Leg); c != nil {
		t.deskLost(c, l)
		return
	}
	if c, at := t.helperOf(l.Leg); c != nil {
		t.helperLost(c, at, l)
		return
	}
	if c := t.referredOf(l.Leg); c != nil {
		t.referLost(c, l.Status)
		return
	}
	if c := t.legOf(l.Leg); c != nil {
		t.leave(c, l)
	}
}

func (t *step) legEnded(l LegEnded) {
	if d := t.drillOf(l.Leg); d != nil {
		t.drillLost(d, l.Leg, 0)
		return
	}
	if c := t.deskOf(l.Leg); c != nil {
		t.deskLost(c, LegFailed{Leg: l.Leg})
		return
	}
	if c, at := t.helperOf(l.Leg); c != nil {
		t.helperLost(c, at, LegFailed{Leg: l.Leg})
		return
	}
	c := t.legOf(l.Leg)
	switch {
	case c == nil:
	case c.referred == l.Leg:
		t.referLost(c, 0)
	case c.referred != "":
		t.emit(ReferrerLeft{Call: c.id})
	case c.state == incoming:
		t.missed(c)
	case c.state == placing || c.state == ringing:
		t.leave(c, LegFailed{Leg: l.Leg})
	default:
		t.over(c)
	}
}

// callIn takes an INVITE to one of our numbers. One to a leased number rings its rep past everything, whoever calls.
func (t *step) callIn(c CallIn) {
	status := 404
	for called := range t.snapshot.spellings(c.Called) {
		if d := t.drillHolds(called); d != nil {
			t.drillCallIn(d, c.Leg)
			return
		}
		if holders := t.leased(called, t.now); len(holders) > 0 {
			t.ringCallback(c, called, holders)
			return
		}
		if t.snapshot.ours[called] {
			status = 480
		}
	}
	t.do(RefuseLeg{Leg: c.Leg, Status: status})
}

func (t *step) ringCallback(c CallIn, called number.E164, holders []rep.ID) {
	t.do(RingLeg{Leg: c.Leg})
	t.emit(CallbackRang{Call: c.Call, Leg: c.Leg, Reps: holders, Number: called, At: t.now, Until: t.now.Add(t.firstWait(holders))})
	t.touch(holders...)
	t.keepLeases(t.calls[c.Call])
	t.note(t.calls[c.Call], StageCallback)
}

// spellings returns the numbers that a called string may stand for, the likeliest first: carriers leave out the plus, or send the
// national number of where they are.
func (s *Snapshot) spellings(called []string) iter.Seq[number.E164] {
	return func(yield func(number.E164) bool) {
		for _, one := range called {
			cleaned := number.Clean(one)
			if !yield(number.E164(cleaned)) || !yield(number.E164("+"+cleaned)) {
				return
			}
			for _, country := range s.plans {
				if !yield(number.E164(number.International(cleaned, country))) {
					return
				}
			}
		}
	}
}

// missed ends a call back that nobody answered.
func (t *step) missed(c *call) {
	for _, id := range c.holders {
		t.emit(CallbackMissed{Rep: id})
	}
	t.touch(c.rings...)
	t.endHelpers(c, "")
	t.note(c, StageMissed)
	t.emit(CallOver{Call: c.id})
	t.keepLeases(c)
}

// answer answers the call that the rep names, or the only one that rings.
func (t *step) answer(a Answer) error {
	c := t.calls[a.Call]
	if a.Call == "" {
		c = t.emergencyOf(a.Rep)
	}
	if c == nil || c.state != incoming || !slices.Contains(c.rings, a.Rep) {
		return NoSuchCall
	}
	t.touch(c.rings...)
	t.do(AnswerLeg{Leg: c.leg})
	t.endHelpers(c, "")
	t.dismiss(a.Rep)
	t.emit(CallConnected{Call: c.id, Rep: a.Rep, Tab: t.carrier(a.Rep, a.Tab), At: t.now})
	t.want(c, a.Tab)
	t.joinSound(c)
	t.leaveDesk(a.Rep)
	t.note(c, StageConnected)
	t.makeRoom(c)
	t.alarmAboutSound(c)
	t.callDesk(c)
	return nil
}

// makeRoom ends the rep's other emergency calls, which the call back replaces: their line may be dead without anybody having hung up.
// An ordinary call is put aside.
func (t *step) makeRoom(c *call) {
	for _, other := range t.ownEmergencies(c.rep) {
		if other != c {
			t.hangUp(other)
		}
	}
	if other := t.ordinaryOf(c.rep); other != nil {
		t.putAside(other)
	}
}

// end ends the call that the rep names, or the only one there is.
func (t *step) end(e End) error {
	c := t.calls[e.Call]
	if e.Call == "" {
		c = t.current(e.Rep)
	}
	switch {
	case c == nil:
		return NoSuchCall
	case c.state == incoming && slices.Contains(c.rings, e.Rep):
		return CallbackStays
	case c.rep != e.Rep:
		return NoSuchCall
	case c.state == failed:
		t.dismiss(e.Rep)
	default:
		t.hangUp(c)
	}
	return nil
}

func (t *step) current(id rep.ID) *call {
	if c := t.emergencyOf(id); c != nil {
		return c
	}
	return t.ordinaryOf(id)
}

// hangUp ends the call from our side.
func (t *step) hangUp(c *call) {
	if c.leg != "" {
		t.do(EndLeg{Leg: c.leg})
	}
	t.over(c)
}

func (t *step) over(c *call) {
	t.touch(c.reps()...)
	t.touchWatchers(c)
	t.endHelpers(c, "")
	t.endDesk(c)
	if c.referred != "" {
		t.do(EndLeg{Leg: c.referred})
	}
	t.note(c, StageEnded)
	if c.kind == ordinary && c.state != failed {
		t.keep(c, outcome(c))
	}
	t.emit(CallOver{Call: c.id})
	t.keepLeases(c)
	if c.emergency() {
		t.joinChains(c.rep)
	}
}

// failOrdinary leaves the notice of an ordinary call that could not be connected.
func (t *step) failOrdinary(c *call, status int) {
	t.keep(c, failure(status))
	t.emit(CallFailed{Call: c.id})
	t.touch(c.rep)
}

// keep writes the history row of an ordinary call.
func (t *step) keep(c *call, outcome conversation.Outcome) {
	t.do(KeepRecord{Record: conversation.Record{
		ID: conversation.ID(c.id), Rep: c.rep, Number: c.number, StartedAt: c.placedAt, ConnectedAt: c.connectedAt, EndedAt: t.now,
		Outcome: outcome,
	}})
}

func outcome(c *call) conversation.Outcome {
	if c.connectedAt.IsZero() {
		return conversation.Cancelled
	}
	return conversation.Answered
}

func failure(status int) conversation.Outcome {
	switch status {
	case 486, 600:
		return conversation.Busy
	case 408, 480, 487:
		return conversation.NoAnswer
	}
	return conversation.Failed
}
