package engine

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// The security desk of the site takes part in an emergency call that is spoken, where the site says so: by its telephone, which is called
// when the emergency service has answered, or at a screen. It hears both and is heard while it speaks; it can end nothing, and whatever
// becomes of it, the call goes on (ADR 18).

// DeskRings is how long the desk's telephone may ring.
const DeskRings = time.Minute

// desk is who of the security desk takes part in a call. The zero value: nobody.
type desk struct {
	helper            // its telephone, which rings until it is in; without a number: somebody at a screen
	person     rep.ID // who listens at a screen
	tab        TabID
	ringBy     time.Time // when its telephone is given up; zero: it does not ring
	in         bool      // it hears the call
	may        bool      // it may speak
	speaks     bool
	halfToggle bool // its telephone has pressed the star of *6
}

func (d desk) there() bool { return d.in || d.number != "" }

// Commands of the desk.
type (
	// ListenIn lets somebody at the security desk take part in the call of an alert, or in one whose alert was acknowledged, silent at first.
	ListenIn struct {
		Rep  rep.ID
		Tab  TabID
		Call CallID // as the alert or the call is named
	}
	// SpeakAtDesk lets the two hear who listens in, or no longer.
	SpeakAtDesk struct {
		Rep rep.ID
		On  bool
	}
	// LeaveDesk ends the part of who listens in. The call goes on.
	LeaveDesk struct{ Rep rep.ID }
	// LegKeyed is a key that somebody pressed on a telephone of the desk.
	LegKeyed struct {
		Leg LegID
		Key byte // '0' to '9', '*', '#', 'A' to 'D'
	}
)

func (ListenIn) command()    {}
func (SpeakAtDesk) command() {}
func (LeaveDesk) command()   {}
func (LegKeyed) command()    {}

// Effects of the desk.
type (
	// JoinDesk lets a third side take part in the call of a leg: another leg, or a tab. The two notice nothing of it.
	JoinDesk struct {
		Leg    LegID
		Desk   LegID // empty: Tab
		Tab    TabID
		Speaks bool
	}
	// HearDesk lets the two of a leg hear the third side, or no longer.
	HearDesk struct {
		Leg LegID
		On  bool
	}
	// PartDesk ends the third side's part in the call of a leg.
	PartDesk struct{ Leg LegID }
)

func (JoinDesk) effect() {}
func (HearDesk) effect() {}
func (PartDesk) effect() {}

// deskWork is a command of the security desk.
type deskWork interface{ atDesk(t *step) error }

func (c ListenIn) atDesk(t *step) error    { return t.listenIn(c) }
func (c SpeakAtDesk) atDesk(t *step) error { return t.speakAtDesk(c) }
func (c LeaveDesk) atDesk(t *step) error   { return t.leaveAsked(c) }
func (c LegKeyed) atDesk(t *step) error {
	t.legKeyed(c)
	return nil
}

func (t *step) atDesk(command Command) error {
	work, is := command.(deskWork)
	if !is {
		panic(fmt.Sprintf("engine: BUG: %T is not of the desk", command))
	}
	return work.atDesk(t)
}

// callDesk calls the telephone of the security desk: the emergency service has answered. Only who is at the site in question has its desk
// with them.
func (t *step) callDesk(c *call) {
	site := t.whereOf(c.rep)
	if site.DeskJoins == "" || !c.ofItsSite() {
		return
	}
	t.touchWatchers(c)
	if site.EmergencyDesk == "" || c.desk.there() {
		return
	}
	phone := number.E164(site.EmergencyDesk)
	t.emit(DeskCalled{Call: c.id, Number: phone, Order: t.anyWay(c.id, phone), May: site.DeskJoins == location.DeskSpeaks, Until: t.now.Add(DeskRings)})
	t.tryDesk(c)
}

// ofItsSite reports whether the emergency call is about the site of who speaks it: a call back that somebody else has taken is not.
func (c *call) ofItsSite() bool {
	return c.kind == outgoingEmergency || slices.Contains(c.holders, c.rep)
}

// touchWatchers shows the people of a desk anew in which calls they may take part.
func (t *step) touchWatchers(c *call) {
	if c.emergency() && t.whereOf(c.rep).DeskJoins != "" {
		t.touch(t.watchers(t.alertOf(c.rep))...)
	}
}

// anyWay returns the trunks by which a call reaches a telephone outside: those that ordinary calls to it take, then any.
func (t *step) anyWay(call CallID, phone number.E164) []trunk.ID {
	order := t.snapshot.table.OrdinaryOrder(string(phone)).For(string(call))
	for _, id := range t.snapshot.table.EmergencyOrder(string(phone), "").Listed() {
		if !slices.Contains(order, id) {
			order = append(order, id)
		}
	}
	return order
}

func (t *step) tryDesk(c *call) {
	turn, ok := c.desk.attempt.Turn().(emergency.Try)
	if !ok {
		t.deskGone(c)
		return
	}
	carrier, _ := t.snapshot.table.Trunk(turn.Trunk)
	leg := LegID(string(c.id) + ".d" + strconv.Itoa(c.deskLegs))
	t.emit(DeskTried{Call: c.id, Leg: leg, AnswerBy: t.now.Add(emergency.AnswerWithin)})
	// It is not urgent: it waits for whatever belongs to an emergency call.
	t.do(SendInvite{Leg: leg, Trunk: carrier, Target: ToOrdinary{Number: string(c.desk.number), Conceded: c.desk.attempt.Conceded}, CallerID: c.callerID})
	t.touchDesk(c)
}

// deskOf returns the call whose desk has the leg; nil: it is no desk's.
func (t *step) deskOf(leg LegID) *call {
	if c := t.legOf(leg); c != nil && c.desk.leg == leg {
		return c
	}
	return nil
}

func (t *step) deskTrying(c *call) {
	if !c.desk.answerBy.IsZero() {
		t.emit(DeskTrying{Call: c.id})
	}
}

func (t *step) deskAnswered(c *call) {
	if c.desk.in {
		return
	}
	t.emit(DeskJoined{Call: c.id, May: c.desk.may})
	t.joinDesk(c)
	t.note(c, StageDesk)
	t.touchDesk(c)
}

// joinDesk lets the desk hear the leg that the call has now.
func (t *step) joinDesk(c *call) {
	if c.desk.in && c.leg != "" {
		t.do(JoinDesk{Leg: c.leg, Desk: c.desk.leg, Tab: c.desk.tab, Speaks: c.desk.speaks})
	}
}

// deskLost goes on with the next trunk when the desk's telephone could not be reached. One that is busy, refuses or hangs up is let be.
func (t *step) deskLost(c *call, l LegFailed) {
	d := c.desk
	if d.in {
		t.deskGone(c)
		return
	}
	next := d.attempt.Left()
	if sealed := t.trunk(trunkOf(d.attempt)).Seals(); l.Insecure || sealed {
		next = d.attempt.Failed(emergency.Failure{Status: l.Status, Insecure: l.Insecure, Sealed: sealed})
	}
	again := next.Next == d.attempt.Next
	t.emit(DeskLegLeft{Call: c.id, Attempt: next})
	if again || l.Status == 0 || l.Status >= 500 {
		t.tryDesk(c)
		return
	}
	t.deskGone(c)
}

// overdueDesk leaves a trunk that has not even said that it tries, and a telephone that nobody answers.
func (t *step) overdueDesk(c *call) {
	due := func(deadline time.Time) bool { return !deadline.IsZero() && !t.now.Before(deadline) }
	switch {
	case due(c.desk.ringBy):
		t.endDesk(c)
	case due(c.desk.answerBy):
		t.do(EndLeg{Leg: c.desk.leg})
		t.deskLost(c, LegFailed{Leg: c.desk.leg})
	}
}

// endDesk ends the desk's part in a call from our side.
func (t *step) endDesk(c *call) {
	if !c.desk.there() {
		return
	}
	if c.desk.leg != "" {
		t.do(EndLeg{Leg: c.desk.leg})
	}
	t.deskGone(c)
}

// deskGone ends the part of a desk whose leg, if it had one, is over.
func (t *step) deskGone(c *call) {
	t.touchDesk(c)
	if c.desk.in {
		if c.leg != "" {
			t.do(PartDesk{Leg: c.leg})
		}
		t.note(c, StageDeskLeft)
	}
	t.emit(DeskLeft{Call: c.id})
}

func (t *step) touchDesk(c *call) {
	t.touch(c.reps()...)
	t.touch(t.watchers(t.alertOf(c.rep))...)
	if c.desk.person != "" {
		t.touch(c.desk.person)
	}
}

// listenIn lets somebody at a screen take part. Who is at a screen takes the place of the telephone.
func (t *step) listenIn(c ListenIn) error {
	speaker := t.speakerOf(c.Call)
	if speaker == "" || speaker == c.Rep || !t.desksFor(c.Rep, speaker) {
		return NoSuchAlert
	}
	call, joins := t.spokenBy(speaker), t.whereOf(speaker).DeskJoins
	switch other := t.ordinaryOf(c.Rep); {
	case joins == "":
		return DeskStaysOut
	case call == nil:
		return NotAnswered
	case t.locked(c.Rep):
		return EmergencyLocked
	case call.desk.person != "":
		return DeskTaken
	case t.carrier(c.Rep, c.Tab) == "":
		return TabUnconnected
	case other != nil && (other.state == placing || other.state == ringing):
		return AlreadyInCall
	case other != nil:
		t.holdCall(other)
	}
	t.leaveDesk(c.Rep)
	t.endDesk(call)
	t.emit(DeskJoined{Call: call.id, Rep: c.Rep, Tab: t.carrier(c.Rep, c.Tab), May: joins == location.DeskSpeaks})
	t.joinDesk(call)
	t.note(call, StageDesk)
	t.touchDesk(call)
	return nil
}

// speakerOf returns whose emergency call an alert is about, or goes on under that name whatever became of its alert; empty: nobody's.
func (s *State) speakerOf(id CallID) rep.ID {
	if open, stands := s.alerts[id]; stands {
		return open.rep
	}
	if c := s.calls[id]; c != nil && c.emergency() && c.ofItsSite() {
		return c.rep
	}
	return ""
}

// spokenBy returns the emergency call that the rep speaks; nil: none is answered.
func (s *State) spokenBy(id rep.ID) *call {
	for _, c := range s.ownEmergencies(id) {
		if c.state == connected {
			return c
		}
	}
	return nil
}

// attended returns the call to which somebody listens at a screen; nil: none.
func (s *State) attended(id rep.ID) *call { return s.calls[s.listeners[id]] }

// leaveDesk ends the part of somebody at a screen, who has something else to do.
func (t *step) leaveDesk(id rep.ID) {
	if c := t.attended(id); c != nil {
		t.endDesk(c)
	}
}

func (t *step) leaveAsked(c LeaveDesk) error {
	if t.attended(c.Rep) == nil {
		return NoSuchCall
	}
	t.leaveDesk(c.Rep)
	return nil
}

func (t *step) speakAtDesk(c SpeakAtDesk) error {
	call := t.attended(c.Rep)
	switch {
	case call == nil:
		return NoSuchCall
	case c.On && !call.desk.may:
		return ListensOnly
	}
	t.hearDesk(call, c.On)
	return nil
}

func (t *step) hearDesk(c *call, on bool) {
	t.emit(DeskHeard{Call: c.id, On: on})
	if c.leg != "" {
		t.do(HearDesk{Leg: c.leg, On: on})
	}
	t.touchDesk(c)
}

// legKeyed takes a key of the desk's telephone: *6 lets it speak where it may, and again no longer.
func (t *step) legKeyed(l LegKeyed) {
	c := t.deskOf(l.Leg)
	if c == nil || !c.desk.in || !c.desk.may {
		return
	}
	toggles := c.desk.halfToggle && l.Key == '6'
	t.emit(DeskKeyed{Call: c.id, Star: l.Key == '*'})
	if toggles {
		t.hearDesk(c, !c.desk.speaks)
	}
}

// settleDesk lets somebody at a screen listen in the tab that is connected, and leave when none is.
func (t *step) settleDesk(id rep.ID) {
	c := t.attended(id)
	if c == nil {
		return
	}
	switch chosen := t.carrier(id, c.desk.tab); chosen {
	case c.desk.tab:
	case "":
		t.endDesk(c)
	default:
		t.emit(DeskMoved{Call: c.id, Tab: chosen})
		t.joinDesk(c)
		t.touch(id)
	}
}

// Events of the desk.
type (
	// DeskCalled is a telephone of the security desk that will be rung by the trunks in order.
	DeskCalled struct {
		Call   CallID
		Number number.E164
		Order  []trunk.ID
		May    bool // it may speak
		Until  time.Time
	}
	// DeskTried is an INVITE to it.
	DeskTried struct {
		Call     CallID
		Leg      LegID
		AnswerBy time.Time
	}
	// DeskTrying is the first sign of life from the trunk.
	DeskTrying struct{ Call CallID }
	// DeskLegLeft is a leg to it that is given up or lost.
	DeskLegLeft struct {
		Call    CallID
		Attempt emergency.Attempt
	}
	// DeskJoined is a desk that hears the call from now on: its telephone, or Rep in this tab.
	DeskJoined struct {
		Call CallID
		Rep  rep.ID
		Tab  TabID
		May  bool // it may speak
	}
	// DeskMoved is another tab in which who listens in does so.
	DeskMoved struct {
		Call CallID
		Tab  TabID
	}
	// DeskHeard says whether the two hear the desk.
	DeskHeard struct {
		Call CallID
		On   bool
	}
	// DeskKeyed is a key of its telephone.
	DeskKeyed struct {
		Call CallID
		Star bool
	}
	// DeskLeft is the end of the desk's part.
	DeskLeft struct{ Call CallID }
)

func (e DeskCalled) apply(s *State) {
	s.change(e.Call, func(c *call) {
		phone := helper{number: e.Number, attempt: emergency.Attempt{Order: e.Order, Round: emergency.Rounds - 1}}
		c.desk = desk{helper: phone, may: e.May, ringBy: e.Until}
	})
}

func (e DeskTried) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.desk.leg, c.desk.answerBy = e.Leg, e.AnswerBy
		c.deskLegs++
	})
	s.legs[e.Leg] = e.Call
}

func (e DeskTrying) apply(s *State) {
	s.change(e.Call, func(c *call) { c.desk.answerBy = time.Time{} })
}

func (e DeskLegLeft) apply(s *State) {
	s.change(e.Call, func(c *call) {
		delete(s.legs, c.desk.leg)
		c.desk.leg, c.desk.attempt, c.desk.answerBy = "", e.Attempt, time.Time{}
	})
}

func (e DeskJoined) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.desk.in, c.desk.person, c.desk.tab, c.desk.may = true, e.Rep, e.Tab, e.May
		c.desk.answerBy, c.desk.ringBy = time.Time{}, time.Time{}
	})
	if e.Rep != "" {
		s.listeners[e.Rep] = e.Call
	}
}

func (e DeskMoved) apply(s *State) { s.calls[e.Call].desk.tab = e.Tab }

func (e DeskHeard) apply(s *State) { s.calls[e.Call].desk.speaks = e.On }

func (e DeskKeyed) apply(s *State) { s.calls[e.Call].desk.halfToggle = e.Star }

func (e DeskLeft) apply(s *State) {
	s.change(e.Call, func(c *call) {
		delete(s.legs, c.desk.leg)
		delete(s.listeners, c.desk.person)
		c.desk = desk{}
	})
}

// DeskState says how far a desk has come.
type DeskState string

// The states of a desk.
const (
	DeskRinging   DeskState = "ringing"   // its telephone rings
	DeskListening DeskState = "listening" // it hears both and nobody hears it
	DeskSpeaking  DeskState = "speaking"  // they hear it too
)

// DeskView is the desk in a call as the rep's screen shows it.
type DeskView struct {
	State    DeskState
	MaySpeak bool
}

// ListenView is a call to which somebody at the desk listens, as their own screen shows it.
type ListenView struct {
	Call     CallID
	Rep      string // name
	Site     string // name
	MaySpeak bool
	Speaks   bool
	Tab      TabID
}

func (c *call) deskView() *DeskView {
	view := &DeskView{MaySpeak: c.desk.may}
	switch {
	case !c.desk.there():
		return nil
	case !c.desk.in:
		view.State = DeskRinging
	case c.desk.speaks:
		view.State = DeskSpeaking
	default:
		view.State = DeskListening
	}
	return view
}

func (s *State) listenView(id rep.ID) *ListenView {
	c := s.attended(id)
	if c == nil {
		return nil
	}
	return &ListenView{
		Call: c.id, Rep: s.snapshot.rep(c.rep).Name, Site: s.whereOf(c.rep).Name, MaySpeak: c.desk.may, Speaks: c.desk.speaks, Tab: c.desk.tab,
	}
}

// mayListen reports whether somebody may take part in the call of an alert now.
func (s *State) mayListen(id rep.ID, open alert) bool {
	if !s.desksFor(id, open.rep) || s.whereOf(open.rep).DeskJoins == "" {
		return false
	}
	c := s.spokenBy(open.rep)
	return c != nil && c.desk.person == ""
}

// ongoing returns the calls in which the person may take part now and of which no alert stands any more, the newest first: somebody has
// acknowledged it, or its hour is over.
func (s *State) ongoing(id rep.ID) []AlertView {
	person := s.snapshot.rep(id)
	if !person.Has(rep.Desk) || s.snapshot.sites[person.Site].DeskJoins == "" {
		return nil
	}
	alerted := make(map[rep.ID]bool)
	for _, open := range s.alerts {
		alerted[open.rep] = true
	}
	var calls []alert
	for speaker := range s.standings {
		c := s.spokenBy(speaker)
		if of := s.alertOf(speaker); c != nil && !alerted[speaker] && speaker != id && c.ofItsSite() && s.mayListen(id, of) {
			of.call, of.number, of.place, of.at = c.id, c.number, c.place, c.placedAt
			calls = append(calls, of)
		}
	}
	return s.showAlerts(id, calls)
}
