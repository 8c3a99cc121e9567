package sipcall_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"mayday/center/number"
	"mayday/center/rep"
	"mayday/engine"
	"mayday/sip"
)

// stage is a trunk that does with a call what the test wants.
type stage struct {
	does atomic.Pointer[func(*sip.Dialog)]
}

func (s *stage) set(does func(*sip.Dialog)) { s.does.Store(&does) }

// Invited implements sip.Handler.
func (s *stage) Invited(d *sip.Dialog) {
	(*s.does.Load())(d)
	go func() {
		for range d.Events() {
		}
	}()
}

// Requested implements sip.Handler.
func (s *stage) Requested(x *sip.Exchange) { x.RespondDefault() }

func says100(*sip.Dialog)   {}
func rings(d *sip.Dialog)   { _ = d.Ring(180, nil, "", nil) }
func answers(d *sip.Dialog) { _ = d.Answer(nil, "application/sdp", []byte(farSDP)) }
func rejects(d *sip.Dialog) { _ = d.Reject(603, "", nil) }

// staged is a rep who holds a lease, behind a trunk that does what the test wants.
type staged struct {
	*rig
	trunk *stage
	watch *engine.Watch
}

func newStaged(t *testing.T) *staged {
	t.Helper()
	trunk := &stage{}
	stack := sip.New(sip.Config{}, trunk)
	address, err := stack.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Close() })
	s := &staged{rig: newRig(t, 1), trunk: trunk}
	c := testCenter(1, []string{"sip:" + address.String()})
	c.CapacityProfiles = []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1}}
	c.OutboundProfiles = []rep.OutboundProfile{{ID: "out", Number: number.E164("+12175550100"), CapacityProfiles: []rep.ProfileID{"voice"}}}
	c.Reps[0].CapacityProfiles = []rep.ProfileID{"voice"}
	s.do(engine.Publish{Snapshot: engine.NewSnapshot(c)})
	s.watch = s.rig.watch(0)
	trunk.set(answers)
	dial(s.rig, "lease")
	until(t, s.watch, "the trunk has answered", phase(engine.Connected))
	s.do(engine.End{Rep: repID(0)})
	until(t, s.watch, "the rep holds a lease", func(v engine.View) bool { return v.Emergency == nil && v.Lease != nil })
	return s
}

func (s *staged) dials(typed string, trunk func(*sip.Dialog)) {
	s.trunk.set(trunk)
	s.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: typed, Call: engine.CallID("call" + strconv.Itoa(len(typed)))})
}

// reach brings the rep's emergency or ordinary call into the phase.
func (s *staged) reach(t *testing.T, p engine.Phase, typed string) {
	t.Helper()
	emergency := typed == "911"
	switch p {
	case engine.Placing:
		s.dials(typed, says100)
	case engine.Ringing:
		s.dials(typed, rings)
	case engine.Connected:
		s.dials(typed, answers)
	case engine.Failed:
		s.dials(typed, rejects)
	case engine.Held:
		if emergency {
			return // an emergency call is never held
		}
		s.dials(typed, answers)
		until(t, s.watch, "the call is spoken", func(v engine.View) bool { return v.Call != nil && v.Call.Phase == engine.Connected })
		s.do(engine.Hold{Rep: repID(0), On: true})
	case engine.Incoming:
		if !emergency {
			return // no ordinary call comes in: one to a number of ours that nobody has leased is refused
		}
		newFar(t).place(t, s.rig, "+12175550101").rings(t)
	default:
		t.Fatalf("phase %q has no way to it: this test must learn it", p)
	}
	until(t, s.watch, "the call is "+string(p), func(v engine.View) bool {
		if emergency {
			return v.Emergency != nil && v.Emergency.Phase == p
		}
		return v.Call != nil && v.Call.Phase == p
	})
}

// TestCallBackReachesTheRepInEveryState: SIPp calls the leased number while the rep is in each state that the engine knows.
func TestCallBackReachesTheRepInEveryState(t *testing.T) {
	for _, p := range engine.Phases() {
		for _, typed := range []string{"911", "2175550123"} {
			t.Run(typed+" "+string(p), func(t *testing.T) {
				s := newStaged(t)
				s.reach(t, p, typed)
				s.isCalledBack(t)
			})
		}
	}
	for _, presence := range append(rep.Presences(), "signed out") {
		t.Run(string(presence), func(t *testing.T) {
			s := newStaged(t)
			if presence.Known() {
				s.do(engine.ChoosePresence{Rep: repID(0), Presence: presence})
			} else {
				s.watch.Close(t.Context())
				s.do(engine.AttachTab{Rep: repID(0), Tab: "later"}) // a rep who comes back finds the call ringing
			}
			s.isCalledBack(t)
		})
	}
}

// isCalledBack lets SIPp call back, answers whatever rings, and waits for SIPp's verdict.
func (s *staged) isCalledBack(t *testing.T) {
	t.Helper()
	caller := startSipp(t, "call-back", "-key", "called", "+12175550101", "127.0.0.1:"+strconv.Itoa(int(s.udp.Port())))
	ctx, cancel := context.WithCancel(t.Context())
	w, err := s.engine.Watch(ctx, repID(0), "answers")
	if err != nil {
		t.Fatal(err)
	}
	var answering sync.WaitGroup
	answering.Go(func() {
		for {
			view, err := w.Next(ctx)
			if err != nil {
				return
			}
			if phase(engine.Incoming)(view) {
				_ = s.engine.Do(ctx, engine.Answer{Rep: repID(0), Tab: "answers", Call: view.Emergency.ID}) // SIPp tells whether it worked
			}
		}
	})
	caller.passed()
	cancel()
	answering.Wait()
}
