package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// crowd is a center with many reps and a trunk that carries so many calls at once, beside one that carries any number.
func crowd(reps, channels int) center.Center {
	c := storyCenter()
	c.Trunks[1].Channels = channels
	c.Trunks = append(c.Trunks, trunk.Trunk{ID: "second", Kind: trunk.DirectRouting, URI: "sip:127.0.0.1:5091", Channels: 1})
	c.VoiceRoutes = []trunk.VoiceRoute{{ID: "all", Order: 1, Pattern: ".*", Trunks: []trunk.ID{"carrier", "second"}}}
	for i := range reps {
		c.Reps = append(c.Reps, rep.Rep{ID: crowdRep(i), Site: "hq", CapacityProfiles: []rep.ProfileID{"voice"}})
	}
	return c
}

func crowdRep(i int) rep.ID { return rep.ID(fmt.Sprint("rep", i)) }

func dialOf(i int, typed string) engine.Dial {
	return engine.Dial{Rep: crowdRep(i), Tab: "t", Typed: typed, Call: engine.CallID(fmt.Sprintf("c%d-%s", i, typed))}
}

// sentTo returns the trunk that the outcome sends an INVITE to.
func sentTo(o engine.Outcome) trunk.ID {
	for _, effect := range o.Effects {
		if invite, ok := effect.(engine.SendInvite); ok {
			return invite.Trunk.ID
		}
	}
	return ""
}

func TestATrunkCarriesNoMoreOrdinaryCallsThanItHasChannels(t *testing.T) {
	s := engine.NewState(engine.NewSnapshot(crowd(6, 2)), time.Hour)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for i, want := range []trunk.ID{"carrier", "carrier", "second", ""} {
		o := s.Step(now, dialOf(i, "2175550123"))
		if got := sentTo(o); got != want {
			t.Errorf("ordinary call %d: goes to %q, want %q", i, got, want)
		}
		if want == "" && (!errors.Is(o.Err, engine.Overloaded) || o.Shed != engine.ShedChannels) {
			t.Errorf("ordinary call while every channel is taken: %v because of %q", o.Err, o.Shed)
		}
	}
	if o := s.Step(now, dialOf(4, "911")); sentTo(o) == "" {
		t.Errorf("emergency call while every channel is taken: %v", o.Err)
	}
	s.Step(now, engine.End{Rep: crowdRep(0)})
	if got := sentTo(s.Step(now, dialOf(5, "2175550123"))); got != "carrier" {
		t.Errorf("ordinary call after a channel has become free: goes to %q", got)
	}
}

func TestACallThatLeavesAFullTrunkPassesOverTheNextFullOne(t *testing.T) {
	s := engine.NewState(engine.NewSnapshot(crowd(3, 1)), time.Hour)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s.Step(now, dialOf(0, "2175550123"))
	s.Step(now, dialOf(1, "2175550123"))
	o := s.Step(now, engine.LegFailed{Leg: "c0-2175550123.0", Status: 503})
	if got := sentTo(o); got != "" {
		t.Errorf("call whose trunk failed while the other is full: goes to %q", got)
	}
	if got := sentTo(s.Step(now, dialOf(2, "2175550123"))); got != "carrier" {
		t.Errorf("call after one has failed: goes to %q, want the trunk that it has left", got)
	}
	if live := s.Counts().Ordinary; live != 2 {
		t.Errorf("one call failed, two go on: %d counted", live)
	}
}

func TestCountsFollowCallsWhateverEndsThem(t *testing.T) {
	s := engine.NewState(engine.NewSnapshot(crowd(2, 0)), time.Hour)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s.Step(now, engine.AttachTab{Rep: crowdRep(0), Tab: "t"})
	for _, last := range []engine.Command{
		engine.End{Rep: crowdRep(0)}, engine.LegEnded{Leg: "c0-2175550123.0"}, engine.LegFailed{Leg: "c0-2175550123.0", Status: 486},
	} {
		s.Step(now, dialOf(0, "2175550123"))
		if _, answered := last.(engine.LegEnded); answered {
			s.Step(now, engine.LegAnswered{Leg: "c0-2175550123.0"})
		}
		if got := s.Counts(); got.Ordinary != 1 || got.Tabs != 1 {
			t.Errorf("one call and one tab: counted %+v", got)
		}
		s.Step(now, last)
		if got := s.Counts(); got.Ordinary != 0 {
			t.Errorf("after %T: counted %+v", last, got)
		}
	}
	s.Step(now, engine.DetachTab{Rep: crowdRep(0), Tab: "t"})
	s.Step(now, engine.DetachTab{Rep: crowdRep(0), Tab: "t"})
	if got := s.Counts().Tabs; got != 0 {
		t.Errorf("a tab that left twice: %d tabs counted", got)
	}
}

// slow is an outside where ordinary calls stand still until they are let go.
type slow struct {
	mu      sync.Mutex
	let     chan struct{}
	free    func()
	began   chan struct{}
	invites []engine.SendInvite
}

func newSlow(t *testing.T) *slow {
	s := &slow{let: make(chan struct{}), began: make(chan struct{}, 1000)}
	s.free = sync.OnceFunc(func() { close(s.let) })
	return s
}

func (s *slow) Do(effect engine.Effect) {
	invite, ok := effect.(engine.SendInvite)
	if !ok {
		return
	}
	s.mu.Lock()
	s.invites = append(s.invites, invite)
	s.mu.Unlock()
	if !invite.Urgent {
		s.began <- struct{}{}
		<-s.let
	}
}

func run(t *testing.T, c center.Center, outside engine.Outside) *engine.Engine {
	e := engine.New(engine.NewSnapshot(c), outside, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		e.Run(ctx, time.Hour)
		close(ended)
	}()
	t.Cleanup(func() {
		if s, ok := outside.(*slow); ok && s.free != nil {
			s.free()
		}
		stop()
		<-ended
	})
	return e
}

// TestWhatIsUrgentIsCarriedOutFirst: the engine stands still while an ordinary call and then many things queue; the emergency call, its
// report and the call back come next, although they were asked for last.
func TestWhatIsUrgentIsCarriedOutFirst(t *testing.T) {
	out := newSlow(t)
	e := run(t, crowd(1000, 0), out)
	ctx := context.Background()
	var asking sync.WaitGroup
	ask := func(c engine.Command) { asking.Go(func() { _ = e.Do(ctx, c) }) }
	ask(dialOf(0, "2175550123"))
	<-out.began
	for i := 1; i <= 200; i++ {
		ask(dialOf(i, "2175550123"))
		ask(engine.CallIn{Leg: engine.LegID(fmt.Sprint("in", i)), Call: engine.CallID(fmt.Sprint("in", i)), Called: []string{"2175550100"}})
	}
	waitFor(t, "400 ordinary commands in their lane", func() bool { return e.Queued() == 400 })
	for i := 500; i < 520; i++ {
		ask(dialOf(i, "911"))
	}
	waitFor(t, "20 emergency calls in theirs", func() bool { return e.Queued() == 420 })
	out.free()
	asking.Wait()
	for i, invite := range out.invites[1:21] {
		if _, ok := invite.Target.(engine.ToEmergency); !ok {
			t.Errorf("INVITE %d after the one that was under way: to %T, want the emergency calls first", i, invite.Target)
		}
	}
}

// TestWhoeverIsInAnEmergencyCallIsUrgent: what their browser says, and what is found out of them, waits behind nobody's.
func TestWhoeverIsInAnEmergencyCallIsUrgent(t *testing.T) {
	e := run(t, storyCenter(), &slow{})
	if err := e.Do(context.Background(), engine.Dial{Rep: "alice", Tab: "t", Typed: "911", Call: "c1"}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[rep.ID]bool{"alice": true, "bob": false} {
		for _, c := range []engine.Command{
			engine.AttachTab{Rep: id, Tab: "t2"}, engine.DetachTab{Rep: id, Tab: "t2"}, engine.End{Rep: id}, engine.ReportSound{Rep: id, Tab: "t"},
			engine.ReportMicrophone{Rep: id, Tab: "t"}, engine.ReportPosition{Rep: id}, engine.ReportNetwork{Rep: id}, engine.ReportTold{Rep: id},
		} {
			if e.Urgent(c) != want {
				t.Errorf("%T of %s, while alice is in an emergency call: urgent is %t, want %t", c, id, !want, want)
			}
		}
	}
}

func TestAnOrdinaryDialIsRefusedRatherThanQueuedForLong(t *testing.T) {
	out := newSlow(t)
	e := run(t, crowd(1000, 0), out)
	var asking sync.WaitGroup
	asking.Go(func() { _ = e.Do(context.Background(), dialOf(0, "2175550123")) })
	<-out.began
	for i := 1; i <= 600; i++ {
		asking.Go(func() { _ = e.Do(context.Background(), engine.LegEnded{Leg: "nobody's"}) })
	}
	waitFor(t, "600 ordinary commands in their lane", func() bool { return e.Queued() == 600 })
	if err := e.Do(context.Background(), dialOf(1, "2175550123")); !errors.Is(err, engine.Overloaded) {
		t.Errorf("an ordinary dial behind 600 commands: %v, want it refused at once", err)
	}
	if n := e.Shed()[engine.ShedQueue]; n != 1 {
		t.Errorf("one refused dial: %d counted", n)
	}
	out.free()
	asking.Wait()
}

// TestALeasedNumberIsKnownWithoutAskingTheEngine: in the spellings that carriers use, and only while it is leased.
func TestALeasedNumberIsKnownWithoutAskingTheEngine(t *testing.T) {
	e := run(t, storyCenter(), &slow{})
	if e.CallsBack("+12175550101") {
		t.Error("nobody has dialled: a number calls back")
	}
	if err := e.Do(context.Background(), engine.Dial{Rep: "alice", Tab: "t", Typed: "911", Call: "c1"}); err != nil {
		t.Fatal(err)
	}
	for _, called := range []string{"+12175550101", "12175550101", "2175550101", "217-555-01-01"} {
		if !e.CallsBack("desk", called) {
			t.Errorf("a leased number as %s: does not call back", called)
		}
	}
	if e.CallsBack("+12175550102", "") {
		t.Error("a free number: calls back")
	}
}

// TestACallBackIsKnownHoweverItsCarrierWritesTheNumber: each carrier writes the numbers of its own country, whatever country the organisation
// is of.
func TestACallBackIsKnownHoweverItsCarrierWritesTheNumber(t *testing.T) {
	for leased, written := range map[number.E164][]string{
		"+12175550101":  {"12175550101", "2175550101", "tel:+1-217-555-0101"},
		"+442079460101": {"442079460101", "02079460101", "00442079460101"},
		"+4587654321":   {"4587654321", "87654321", "004587654321"},
	} {
		c := storyCenter()
		c.Numbers = []number.Number{{E164: leased, Kind: number.DirectOffer, Use: number.EmergencyCallback}}
		e := run(t, c, &slow{})
		if err := e.Do(context.Background(), engine.Dial{Rep: "alice", Tab: "t", Typed: "911", Call: "c1"}); err != nil {
			t.Fatal(err)
		}
		for i, called := range written {
			if !e.CallsBack("desk", called) {
				t.Errorf("%s, written %s: is not taken for a call back", leased, called)
			}
			call := engine.CallID(fmt.Sprintf("back%d", i))
			if err := e.Do(context.Background(), engine.CallIn{Leg: engine.LegID(call), Call: call, Called: []string{called}}); err != nil {
				t.Fatal(err)
			}
			if rings := e.Counts().Callback; rings != i+1 {
				t.Errorf("%s, written %s: %d call backs ring, want %d", leased, called, rings, i+1)
			}
		}
	}
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waiting for %s: never came", what)
		}
	}
}
