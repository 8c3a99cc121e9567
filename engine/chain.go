package engine

import (
	"slices"
	"strconv"
	"time"

	"mayday/center/emergency"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// A call back that its rep does not answer reaches for more and more people. Nobody who rings already is given up; the caller hears
// ringing all the while.

const (
	// ChainAfter is how long each step of the chain rings before the next one is taken.
	ChainAfter = 15 * time.Second
	// ChainAfterAbsent is how long the first step takes when the rep has no browser, which may just be reloading.
	ChainAfterAbsent = 3 * time.Second
)

// link is a step of the chain.
type link uint8

const (
	toRep          link = iota // the rep's browsers ring
	toMobile                   // the rep's mobile phone
	toDesk                     // the site's emergency desk: its telephone, and its people who are signed in
	toSite                     // everybody who is signed in at the site
	toOrganisation             // everybody who is signed in
	chainEnd                   // there is nobody else
)

// helper is a telephone outside that is asked to take a call back.
type helper struct {
	number   number.E164
	leg      LegID
	attempt  emergency.Attempt
	legCount int
	answerBy time.Time
}

// firstWait returns how long the rep alone rings.
func (t *step) firstWait(holders []rep.ID) time.Duration {
	for _, id := range holders {
		if len(t.tabs(id)) > 0 {
			return ChainAfter
		}
	}
	return ChainAfterAbsent
}

// reachOn takes the next step of the chain that has somebody in it.
func (t *step) reachOn(c *call) {
	for c.reached < chainEnd {
		next := c.reached + 1
		people, phones := t.inLink(c, next)
		until := time.Time{}
		if next < chainEnd {
			until = t.now.Add(ChainAfter)
		}
		t.emit(ChainReached{Call: c.id, Link: next, Reps: people, Until: until})
		t.touch(people...)
		for _, phone := range phones {
			t.ask(c, phone)
		}
		if len(people)+len(phones) > 0 {
			t.note(c, StageChain)
			return
		}
	}
}

// inLink returns who is in a step of the chain and does not ring yet.
func (t *step) inLink(c *call, l link) (people []rep.ID, phones []number.E164) {
	people = t.peopleWho(func(id rep.ID) bool { return t.mayRing(c, l, id) })
	for _, id := range c.holders {
		switch l {
		case toMobile:
			phones = append(phones, t.snapshot.rep(id).Mobile)
		case toDesk:
			phones = append(phones, number.E164(t.whereOf(id).EmergencyDesk))
		case toRep, toSite, toOrganisation, chainEnd:
		}
	}
	asked := func(phone number.E164) bool {
		return phone == "" || slices.ContainsFunc(c.helpers, func(h helper) bool { return h.number == phone })
	}
	phones = slices.DeleteFunc(phones, asked)
	slices.Sort(phones)
	return people, slices.Compact(phones)
}

// mayRing reports whether somebody is in a step of the chain, has a browser, does not ring yet and is in no emergency call of their own.
func (s *State) mayRing(c *call, l link, id rep.ID) bool {
	in := slices.ContainsFunc(c.holders, func(holder rep.ID) bool {
		switch l {
		case toDesk:
			return s.desksFor(id, holder)
		case toSite:
			return s.whereOf(holder).ID == s.whereOf(id).ID
		case toOrganisation:
			return true
		case toRep, toMobile, chainEnd:
		}
		return false
	})
	return in && len(s.tabs(id)) > 0 && !slices.Contains(c.rings, id) && !s.locked(id)
}

// joinChains rings somebody who has just come for the call backs whose chain has reached people like them already.
func (t *step) joinChains(id rep.ID) {
	for _, c := range t.reaching() {
		for l := toDesk; l <= min(c.reached, toOrganisation); l++ {
			if t.mayRing(c, l, id) {
				t.emit(ChainReached{Call: c.id, Link: c.reached, Reps: []rep.ID{id}, Until: c.chainAt})
			}
		}
	}
}

// ask rings a telephone outside: by the trunks that ordinary calls to it take, then by any.
func (t *step) ask(c *call, phone number.E164) {
	t.emit(HelperAsked{Call: c.id, Number: phone, Order: t.anyWay(c.id, phone)})
	t.tryHelper(c, len(c.helpers)-1)
}

func (t *step) tryHelper(c *call, at int) {
	h := c.helpers[at]
	turn, ok := h.attempt.Turn().(emergency.Try)
	if !ok {
		return
	}
	carrier, _ := t.snapshot.table.Trunk(turn.Trunk)
	leg := LegID(string(c.id) + ".h" + strconv.Itoa(at) + "." + strconv.Itoa(h.legCount))
	t.emit(HelperTried{Call: c.id, Helper: at, Leg: leg, AnswerBy: t.now.Add(emergency.AnswerWithin)})
	t.do(SendInvite{Leg: leg, Trunk: carrier, Target: ToOrdinary{Number: string(h.number), Conceded: h.attempt.Conceded}, CallerID: c.callerID, Urgent: true})
}

// helperOf returns the call and the helper whose leg it is; nil: it is no helper's.
func (t *step) helperOf(leg LegID) (*call, int) {
	c := t.legOf(leg)
	if c == nil {
		return nil, 0
	}
	at := slices.IndexFunc(c.helpers, func(h helper) bool { return h.leg == leg })
	if at < 0 {
		return nil, 0
	}
	return c, at
}

func (t *step) helperTrying(c *call, at int) {
	if !c.helpers[at].answerBy.IsZero() {
		t.emit(HelperTrying{Call: c.id, Helper: at})
	}
}

// helperAnswered lets the telephone that was answered first take the call; all others stop ringing.
func (t *step) helperAnswered(c *call, at int) {
	if c.state != incoming {
		return
	}
	leg := c.helpers[at].leg
	t.do(AnswerLeg{Leg: c.leg}, JoinLegs{Leg: c.leg, Other: leg})
	t.touch(c.rings...)
	t.endHelpers(c, leg)
	t.emit(HelperAnswered{Call: c.id, Leg: leg, At: t.now})
	t.note(c, StageConnected)
}

// helperLost goes on with the next trunk for a telephone that could not be reached, and ends a call that it was speaking.
func (t *step) helperLost(c *call, at int, l LegFailed) {
	h := c.helpers[at]
	next := h.attempt.Left()
	if sealed := t.trunk(trunkOf(h.attempt)).Seals(); l.Insecure || sealed {
		next = h.attempt.Failed(emergency.Failure{Status: l.Status, Insecure: l.Insecure, Sealed: sealed})
	}
	again := next.Next == h.attempt.Next
	t.emit(HelperLeft{Call: c.id, Helper: at, Attempt: next})
	switch {
	case c.bridged == h.leg:
		t.hangUp(c)
	case c.state == incoming && (again || l.Status == 0 || l.Status >= 500):
		t.tryHelper(c, at)
	}
}

// endHelpers stops every telephone outside but the one that is kept.
func (t *step) endHelpers(c *call, kept LegID) {
	for at, h := range c.helpers {
		if h.leg != "" && h.leg != kept {
			t.do(EndLeg{Leg: h.leg})
			t.emit(HelperLeft{Call: c.id, Helper: at, Attempt: h.attempt})
		}
	}
}

// overdueHelper leaves the trunks of telephones outside that have not even said that they try.
func (t *step) overdueHelpers(c *call) {
	for at, h := range c.helpers {
		if !h.answerBy.IsZero() && !t.now.Before(h.answerBy) {
			t.do(EndLeg{Leg: h.leg})
			t.helperLost(c, at, LegFailed{Leg: h.leg})
		}
	}
}

// Events of the chain.
type (
	// ChainReached is a step of the chain that was taken: Reps ring too from now on; Until is when the next one is taken.
	ChainReached struct {
		Call  CallID
		Link  link
		Reps  []rep.ID
		Until time.Time
	}
	// HelperAsked is a telephone outside that will be rung by the trunks in order.
	HelperAsked struct {
		Call   CallID
		Number number.E164
		Order  []trunk.ID
	}
	// HelperTried is an INVITE to a telephone outside.
	HelperTried struct {
		Call     CallID
		Helper   int
		Leg      LegID
		AnswerBy time.Time
	}
	// HelperTrying is the first sign of life from the trunk.
	HelperTrying struct {
		Call   CallID
		Helper int
	}
	// HelperLeft is a leg to a telephone outside that is given up or lost.
	HelperLeft struct {
		Call    CallID
		Helper  int
		Attempt emergency.Attempt
	}
	// HelperAnswered is a telephone outside that has taken the call.
	HelperAnswered struct {
		Call CallID
		Leg  LegID
		At   time.Time
	}
)

func (e ChainReached) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.reached, c.chainAt = e.Link, e.Until
		c.rings = append(slices.Clone(c.rings), e.Reps...)
	})
}

func (e HelperAsked) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.helpers = append(c.helpers, helper{number: e.Number, attempt: emergency.Attempt{Order: e.Order, Round: emergency.Rounds - 1}})
	})
}

func (e HelperTried) apply(s *State) {
	s.change(e.Call, func(c *call) {
		h := &c.helpers[e.Helper]
		h.leg, h.answerBy = e.Leg, e.AnswerBy
		h.legCount++
	})
	s.legs[e.Leg] = e.Call
}

func (e HelperTrying) apply(s *State) {
	s.change(e.Call, func(c *call) { c.helpers[e.Helper].answerBy = time.Time{} })
}

func (e HelperLeft) apply(s *State) {
	s.change(e.Call, func(c *call) {
		h := &c.helpers[e.Helper]
		delete(s.legs, h.leg)
		h.leg, h.attempt, h.answerBy = "", e.Attempt, time.Time{}
	})
}

func (e HelperAnswered) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.state, c.rings, c.bridged, c.chainAt, c.connectedAt = connected, nil, e.Leg, time.Time{}, e.At
		for i := range c.helpers {
			c.helpers[i].answerBy = time.Time{}
		}
		s.answered(c)
	})
}
