package engine

import (
	"fmt"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// A drill is a test call through the whole chain: out to a test service, its sound, and the call back to a leased number. It cannot
// carry a live number: its target is a ToTest or a ToTestService, and neither has a place for one.

// phase says what a drill waits for.
type drillPhase uint8

const (
	drillDialling  drillPhase = iota // the test service has not answered yet
	drillListening                   // the test service's sound is listened to
	drillMeasuring                   // the edge counts what was heard
	drillCalling                     // the call back has not been answered yet
	drillHearing                     // the call back's sound is listened to
	drillCounting                    // the edge counts what was heard
)

const (
	drillAnswerWithin = 15 * time.Second
	drillListens      = 2 * time.Second
	drillHearsDBov    = -60 // quieter than this is silence
)

// drill is one test call.
type drill struct {
	id     CallID
	way    emergency.DrillWay
	began  time.Time
	loops  bool // the test service sends a few packets of our own sound back, whatever is in them (RFC 6881 §15)
	phase  drillPhase
	number number.E164 // leased for the call back
	out    LegID       // to the test service
	back   LegID       // our own call back
	in     LegID       // the call back as it arrives
}

// holder is the name under which a drill holds its lease; no rep can have it.
func (d *drill) holder() rep.ID { return rep.ID("drill:" + d.id) }

// Hop is a line of a drill's evidence.
type Hop struct {
	At     time.Time
	What   string // in words for an operator
	Failed bool
}

// Evidence is how a drill went, hop by hop.
type Evidence struct {
	Result emergency.DrillResult
	Hops   []Hop
}

func (t *step) startDrill(c StartDrill) error {
	carrier, target, err := t.drillTarget(c.Trunk)
	switch {
	case err != nil:
		return err
	case t.emergencies() > 0:
		return DrillInEmergency
	}
	d := &drill{id: c.Drill}
	site, known := t.snapshot.sites[c.Site]
	if c.Site != "" && !known {
		return NoSuchSite
	}
	lease, grant := t.leases.Choose(emergency.Ask{Rep: d.holder(), Site: site.ID, Country: site.Country, Now: t.now, Window: t.window})
	if grant != emergency.Fresh {
		return NoFreeNumber
	}
	d.number, d.out = lease.Number, LegID(string(c.Drill)+".out")
	t.emit(CallbackLeased{Lease: lease})
	t.emit(DrillStarted{
		Drill: c.Drill, Way: wayOf(carrier.ID, site.ID), Loops: carrier.NG, Number: lease.Number, Leg: d.out, At: t.now, Until: t.now.Add(drillAnswerWithin),
	})
	t.hop(d.id, false, "call-back number %s leased", d.number)
	t.do(SendInvite{Leg: d.out, Trunk: carrier, Target: target, CallerID: d.number})
	t.hop(d.id, false, "INVITE sent to %s", describe(carrier, target))
	return nil
}

func describe(carrier trunk.Trunk, target Target) string {
	if to, ok := target.(ToTest); ok && carrier.NG {
		return fmt.Sprintf("the test service of trunk %s", carrier.ID)
	} else if ok {
		return fmt.Sprintf("the test service %s of trunk %s", to.Number, carrier.ID)
	}
	return "the built-in test service"
}

// drillTarget returns where a drill goes: the test service of the named trunk, or the built-in one.
func (t *step) drillTarget(id trunk.ID) (trunk.Trunk, Target, error) {
	if id == "" {
		id = thisNode
	}
	carrier := t.trunk(id)
	if target := t.snapshot.testTarget(carrier); target != nil {
		return carrier, target, nil
	}
	return trunk.Trunk{}, nil, NoTestService
}

// thisNode names this node as a trunk of its own: the way to the built-in test service.
const thisNode trunk.ID = "this-node"

// trunk returns the trunk of that name, this node among them, whose certificate is its own and names what others call it.
func (s *State) trunk(id trunk.ID) trunk.Trunk {
	if id == thisNode {
		return trunk.Trunk{ID: thisNode, URI: s.self, TLS: trunk.TLS{Verify: trunk.VerifyNone}}
	}
	carrier, _ := s.snapshot.table.Trunk(id)
	return carrier
}

// testTarget returns whom a test call by the trunk asks for; an NG trunk has a test service under a name of its own. nil: the trunk has no test service.
func (s *Snapshot) testTarget(carrier trunk.Trunk) Target {
	if carrier.ID == thisNode {
		return ToTestService{}
	}
	if test, ok := number.TestOf(carrier.TestNumber, location.Country(carrier.Country), s.extra...); ok || carrier.NG {
		return ToTest{Number: test}
	}
	return nil
}

func (s *State) emergencies() int {
	return s.going[outgoingEmergency] + s.going[callback]
}

func (t *step) hop(id CallID, failed bool, format string, arguments ...any) {
	t.do(NoteHop{Drill: id, Hop: Hop{At: t.now, What: fmt.Sprintf(format, arguments...), Failed: failed}})
}

// drillOf returns the drill whose leg it is.
func (t *step) drillOf(leg LegID) *drill { return t.drills[t.legs[leg]] }

// drillHolds returns the drill that has leased the number.
func (t *step) drillHolds(called number.E164) *drill {
	for _, d := range t.drills {
		if d.number == called {
			return d
		}
	}
	return nil
}

// drillSays notes a provisional answer.
func (t *step) drillSays(d *drill, leg LegID, what string) {
	if leg == d.back {
		what = "call back: " + what
	}
	t.hop(d.id, false, "%s", what)
}

func (t *step) drillAnswered(d *drill, leg LegID, says string) {
	switch {
	case leg == d.out && d.phase == drillDialling:
		t.hop(d.id, false, "answered")
		if says != "" {
			t.hop(d.id, false, "the test service says: %s", says)
		}
		t.emit(DrillAt{Drill: d.id, Phase: drillListening, Until: t.now.Add(drillListens)})
	case leg == d.back && d.phase == drillCalling:
		t.hop(d.id, false, "call back: answered")
		t.emit(DrillAt{Drill: d.id, Phase: drillHearing, Until: t.now.Add(drillListens)})
	default:
		return
	}
	t.do(PlayTestTone{Leg: leg})
}

// drillDue goes on when a drill's time has come.
func (t *step) drillDue(d *drill) {
	switch d.phase {
	case drillListening:
		t.emit(DrillAt{Drill: d.id, Phase: drillMeasuring, Until: t.now.Add(drillAnswerWithin)})
		t.do(MeasureLeg{Leg: d.out})
	case drillHearing:
		t.emit(DrillAt{Drill: d.id, Phase: drillCounting, Until: t.now.Add(drillAnswerWithin)})
		t.do(MeasureLeg{Leg: d.back})
	case drillDialling, drillCalling, drillMeasuring, drillCounting:
		t.hop(d.id, true, "no answer within %s", drillAnswerWithin)
		t.endDrill(d, false)
	}
}

// legHeard takes what the edge has counted of a drill's sound.
func (t *step) legHeard(l LegHeard) {
	d := t.drillOf(l.Leg)
	if d == nil {
		return
	}
	heard := l.Packets > 0 && (l.LevelDBov > drillHearsDBov || d.loops && l.Leg == d.out)
	switch {
	case l.Leg == d.out && d.phase == drillMeasuring:
		t.hop(d.id, !heard, "sound: %d packets, %d dBov", l.Packets, l.LevelDBov)
		t.callBackDrill(d, heard)
	case l.Leg == d.back && d.phase == drillCounting:
		t.hop(d.id, !heard, "call back: sound: %d packets, %d dBov", l.Packets, l.LevelDBov)
		t.endDrill(d, heard)
	}
}

// callBackDrill ends the call to the test service and calls the leased number, as an emergency service would.
func (t *step) callBackDrill(d *drill, heard bool) {
	t.do(EndLeg{Leg: d.out})
	if !heard {
		t.endDrill(d, false)
		return
	}
	back := LegID(string(d.id) + ".back")
	t.emit(DrillCallsBack{Drill: d.id, Leg: back, Until: t.now.Add(drillAnswerWithin)})
	t.do(SendInvite{Leg: back, Trunk: t.trunk(thisNode), Target: ToOrdinary{Number: string(d.number)}})
	t.hop(d.id, false, "call back: INVITE sent to %s", d.number)
}

// drillCallIn answers the call back of a drill.
func (t *step) drillCallIn(d *drill, leg LegID) {
	t.emit(DrillCalledBack{Drill: d.id, Leg: leg})
	t.hop(d.id, false, "call back: arrived at the leased number")
	t.do(RingLeg{Leg: leg}, AnswerLeg{Leg: leg}, PlayTestTone{Leg: leg})
}

func (t *step) drillLost(d *drill, leg LegID, status int) {
	switch {
	case leg == d.out && d.phase > drillMeasuring, leg == d.in:
		return // its part is over
	case status == 0:
		t.hop(d.id, true, "the far end does not answer, or has hung up")
	default:
		t.hop(d.id, true, "refused with %d", status)
	}
	t.endDrill(d, false)
}

func (t *step) endDrill(d *drill, passed bool) {
	result := emergency.DrillResult{Way: d.way, At: d.began, Passed: passed}
	t.dropDrill(d, result)
	t.do(EndDrill{Drill: d.id, Result: result})
	if !passed {
		t.do(RaiseAlarm{Alarm: DrillFailed})
	}
}

// dropDrill lets go of what a drill holds. A result without a time is none, and is not remembered.
func (t *step) dropDrill(d *drill, result emergency.DrillResult) {
	for _, leg := range []LegID{d.out, d.back, d.in} {
		if leg != "" {
			t.do(EndLeg{Leg: leg})
		}
	}
	t.emit(LeaseExpired{Rep: d.holder(), At: t.now})
	t.emit(DrillOver{Drill: d.id, Result: result})
}

// Commands of drills.
type (
	// StartDrill places a test call by the named trunk's test service; without a trunk, by the built-in one. It is called back at a number
	// of the site, or at any where none is named.
	StartDrill struct {
		Drill CallID
		Trunk trunk.ID
		Site  location.SiteID
	}
	// LegHeard is what a leg has heard until now, and how loud the loudest of it was since the test tone began.
	LegHeard struct {
		Leg       LegID
		Packets   uint64
		LevelDBov int
	}
	// ListenAt says at which SIP URI this node takes calls.
	ListenAt struct{ URI string }
)

func (StartDrill) command() {}
func (LegHeard) command()   {}
func (ListenAt) command()   {}

// Effects of drills.
type (
	// ToTestService asks for the built-in test service of a node.
	ToTestService struct{}
	// PlayTestTone lets the far end hear a steady tone that can be told from silence.
	PlayTestTone struct{ Leg LegID }
	// MeasureLeg asks what a leg has heard until now.
	MeasureLeg struct{ Leg LegID }
	// NoteHop is a line of a drill's evidence.
	NoteHop struct {
		Drill CallID
		Hop   Hop
	}
	// EndDrill is the end of a drill. One without a time was ended for an emergency call.
	EndDrill struct {
		Drill  CallID
		Result emergency.DrillResult
	}
)

func (ToTestService) target() {}
func (PlayTestTone) effect()  {}
func (MeasureLeg) effect()    {}
func (NoteHop) effect()       {}
func (EndDrill) effect()      {}

// Events of drills.
type (
	// DrillStarted is a test call on its way.
	DrillStarted struct {
		Drill  CallID
		Way    emergency.DrillWay
		Loops  bool
		Number number.E164
		Leg    LegID
		At     time.Time
		Until  time.Time
	}
	// DrillAt is the next phase of a drill, and when its time is over.
	DrillAt struct {
		Drill CallID
		Phase drillPhase
		Until time.Time
	}
	// DrillCallsBack is a drill that calls its leased number.
	DrillCallsBack struct {
		Drill CallID
		Leg   LegID
		Until time.Time
	}
	// DrillCalledBack is the call back of a drill as it arrives.
	DrillCalledBack struct {
		Drill CallID
		Leg   LegID
	}
	// DrillOver is the end of a drill.
	DrillOver struct { // with a result, unless it was ended for an emergency call
		Drill  CallID
		Result emergency.DrillResult
	}
	// ListeningAt is the SIP URI at which this node takes calls.
	ListeningAt struct{ URI string }
)

func (e DrillStarted) apply(s *State) {
	s.drills[e.Drill] = &drill{id: e.Drill, way: e.Way, began: e.At, loops: e.Loops, number: e.Number, out: e.Leg}
	s.drillsDue.note(e.Drill, e.Until)
	s.legs[e.Leg] = e.Drill
}

func (e DrillAt) apply(s *State) {
	s.drills[e.Drill].phase = e.Phase
	s.drillsDue.note(e.Drill, e.Until)
}

func (e DrillCallsBack) apply(s *State) {
	d := s.drills[e.Drill]
	d.phase, d.back = drillCalling, e.Leg
	s.drillsDue.note(e.Drill, e.Until)
	s.legs[e.Leg] = e.Drill
}

func (e DrillCalledBack) apply(s *State) {
	s.drills[e.Drill].in = e.Leg
	s.legs[e.Leg] = e.Drill
}

func (e DrillOver) apply(s *State) {
	d := s.drills[e.Drill]
	if !e.Result.At.IsZero() {
		s.schedule.last[e.Result.Way] = e.Result
	}
	for _, leg := range []LegID{d.out, d.back, d.in} {
		delete(s.legs, leg)
	}
	delete(s.drills, e.Drill)
	s.drillsDue.note(e.Drill, time.Time{})
}

func (e ListeningAt) apply(s *State) { s.self = e.URI }
