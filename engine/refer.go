package engine

import (
	"strconv"
	"time"
)

// referWithin is how long a leg to which an NG trunk refers us may ring.
const referWithin = 32 * time.Second

// ToReferred asks, through the trunk that carries an emergency call, for the URI to which its far end refers us (RFC 3515 §2.4.2).
type ToReferred struct {
	URI       string
	Replaces  string      // call that the new one replaces there; empty: none (RFC 3891 §3)
	Emergency ToEmergency // what is told of the place and the caller
}

func (ToReferred) target() {}

// LegReferred is the far end's wish that its call be taken to somewhere else, as bridges for several parties need it (RFC 6881 ED-64).
type LegReferred struct {
	Leg      LegID
	URI      string
	Replaces string
}

func (LegReferred) command() {}

// TellReferrer says what became of the far end's wish: 200, or why not. After 200 the leg is the far end's to hang up.
type TellReferrer struct {
	Leg    LegID
	Status int
}

func (TellReferrer) effect() {}

// legReferred places the new leg over the trunk that asks, and over no other; the old one is spoken until the new one is answered.
func (t *step) legReferred(l LegReferred) {
	c := t.legOf(l.Leg)
	if c == nil || c.leg != l.Leg || c.kind != outgoingEmergency || c.state != connected || c.referred != "" {
		t.do(TellReferrer{Leg: l.Leg, Status: 603})
		return
	}
	carrier := t.trunk(trunkOf(c.attempt))
	if !carrier.NG {
		t.do(TellReferrer{Leg: l.Leg, Status: 603})
		return
	}
	leg := LegID(string(c.id) + ".r" + strconv.Itoa(c.legCount))
	t.emit(ReferTried{Call: c.id, Leg: leg, Until: t.now.Add(referWithin)})
	t.do(SendInvite{
		Leg: leg, Trunk: carrier, Target: ToReferred{URI: l.URI, Replaces: l.Replaces, Emergency: t.emergencyTarget(c)}, CallerID: c.callerID, Urgent: true,
	})
}

// referredOf returns the call that has the leg beside its own; nil: it is none of these.
func (t *step) referredOf(leg LegID) *call {
	if c := t.legOf(leg); c != nil && c.referred == leg {
		return c
	}
	return nil
}

// referAnswered lets the rep hear the new leg in place of the old one.
func (t *step) referAnswered(c *call) {
	old := c.leg
	t.emit(ReferAnswered{Call: c.id})
	t.joinSound(c)
	t.joinDesk(c)
	if old != "" {
		t.do(TellReferrer{Leg: old, Status: 200})
	}
}

// referLost goes on with the old leg; where that has gone already, the call is over.
func (t *step) referLost(c *call, status int) {
	t.emit(ReferLost{Call: c.id})
	if c.leg == "" {
		t.over(c)
		return
	}
	if status == 0 {
		status = 503
	}
	t.do(TellReferrer{Leg: c.leg, Status: status})
}

// referOverdue gives up a new leg that nobody answers.
func (t *step) referOverdue(c *call) {
	t.do(EndLeg{Leg: c.referred})
	t.referLost(c, 408)
}

// Events of an emergency call that its far end takes to somewhere else.
type (
	// ReferTried is an INVITE to where the far end refers us.
	ReferTried struct {
		Call  CallID
		Leg   LegID
		Until time.Time
	}
	// ReferAnswered is the new leg's taking the place of the old one.
	ReferAnswered struct{ Call CallID }
	// ReferrerLeft is a far end that hangs up before the new leg is answered: the call waits for that.
	ReferrerLeft struct{ Call CallID }
	// ReferLost is a new leg that came to nothing.
	ReferLost struct{ Call CallID }
)

func (e ReferTried) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.referred, c.referBy = e.Leg, e.Until
		c.legCount++
	})
	s.legs[e.Leg] = e.Call
}

func (e ReferAnswered) apply(s *State) {
	s.change(e.Call, func(c *call) {
		delete(s.legs, c.leg)
		c.leg, c.referred, c.referBy = c.referred, "", time.Time{}
	})
}

func (e ReferrerLeft) apply(s *State) {
	s.change(e.Call, func(c *call) {
		delete(s.legs, c.leg)
		c.leg = ""
	})
}

func (e ReferLost) apply(s *State) {
	s.change(e.Call, func(c *call) {
		delete(s.legs, c.referred)
		c.referred, c.referBy = "", time.Time{}
	})
}
