package sipcall_test

import (
	"strconv"
	"testing"
	"time"

	"mayday/center/trunk"
	"mayday/edge/sipcall"
	"mayday/engine"
)

// TestAnOrdinaryCallBeyondTheLimitsIsToldToComeBack: SIPp sees 503 with Retry-After, while a call back rings all the same.
func TestAnOrdinaryCallBeyondTheLimitsIsToldToComeBack(t *testing.T) {
	for name, test := range map[string]struct {
		limits   sipcall.Limits
		channels int
		reason   engine.Shed
	}{
		"as many calls as may go on": {sipcall.Limits{Concurrent: 1}, 0, engine.ShedConcurrent},
		"every channel of the trunk": {sipcall.Limits{}, 1, engine.ShedChannels},
	} {
		t.Run(name, func(t *testing.T) {
			carrier := startSipp(t, "accept")
			has := testCenter(1, []string{carrier.uri()})
			has.Trunks[0].Channels = test.channels
			r := newRigOf(t, "127.0.0.1", has, test.limits)
			us := "127.0.0.1:" + strconv.Itoa(int(r.udp.Port()))
			far := newFar(t)
			call := far.place(t, r, "mayday-test")
			call.answered(t)
			caller := startSipp(t, "call-in-overloaded", "-key", "called", "+12175550999", us)
			caller.passed()
			if n := r.calls.Shed()[string(test.reason)]; n == 0 {
				t.Errorf("a call was turned away: not counted as %s: %v", test.reason, r.calls.Shed())
			}
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the trunk has answered", phase(engine.Connected))
			r.do(engine.End{Rep: repID(0)})
			back := far.place(t, r, "+12175550101")
			back.rings(t)
			until(t, w, "the call back rings", phase(engine.Incoming))
			back.abandon()
			call.abandon()
		})
	}
}

func TestAnOrdinaryCallIsTakenAgainWhenAnotherHasEnded(t *testing.T) {
	r := newRigOf(t, "127.0.0.1", testCenter(1, nil), sipcall.Limits{Concurrent: 1})
	far := newFar(t)
	first := far.place(t, r, "mayday-test")
	first.answered(t)
	if status := far.place(t, r, "mayday-test").refused(t); status != 503 {
		t.Errorf("a second call where one may go on: %d, want 503", status)
	}
	first.abandon()
	deadline := time.Now().Add(10 * time.Second)
	for status := 503; status == 503; {
		if time.Now().After(deadline) {
			t.Fatal("a call 10 s after the other has ended: still 503")
		}
		status = far.place(t, r, "+12175550999").refused(t)
	}
}

func TestTheTrunkThatCallsIsKnownByItsAddress(t *testing.T) {
	has := testCenter(1, []string{"sip:192.0.2.1:5060", "sip:[::1]:5060"})
	for i := range has.Trunks {
		has.Trunks[i].Channels = 1
	}
	has.Trunks = append(has.Trunks, trunk.Trunk{ID: "named", Kind: trunk.DirectRouting, URI: "sip:carrier.example", Channels: 1})
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	far := newFar(t)
	for range 2 {
		call := far.place(t, r, "mayday-test")
		call.answered(t)
		t.Cleanup(call.abandon)
	}
}
