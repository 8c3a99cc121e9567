package sipcall_test

import (
	"context"
	"net"
	"strconv"
	"testing"

	"mayday/engine"
)

func dial(r *rig, call string) {
	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "911", Call: engine.CallID(call)})
}

// TestTrunkGetsWhatAnEmergencyCallMustBring: caller id, identity, place, local number; SIPp looks at each.
func TestTrunkGetsWhatAnEmergencyCallMustBring(t *testing.T) {
	carrier := startSipp(t, "emergency")
	r := newRig(t, 1, carrier.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
}

// TestTrunkThatBehavesOddlyStillCarriesTheCall: each of these answers in the end.
func TestTrunkThatBehavesOddlyStillCarriesTheCall(t *testing.T) {
	for _, scenario := range []string{"accept", "late", "early", "many-18x"} {
		t.Run(scenario, func(t *testing.T) {
			carrier := startSipp(t, scenario)
			r := newRig(t, 1, carrier.uri())
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the trunk has answered", phase(engine.Connected))
			r.do(engine.End{Rep: repID(0)})
			carrier.passed()
		})
	}
}

func TestTrunkOverTCPCarriesTheCall(t *testing.T) {
	carrier := startSipp(t, "emergency", "-t", "t1")
	r := newRig(t, 1, carrier.uri()+";transport=tcp")
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered over TCP", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
}

func TestFarEndEndsTheCall(t *testing.T) {
	for _, scenario := range []string{"bye-at-once", "reinvite"} {
		t.Run(scenario, func(t *testing.T) {
			carrier := startSipp(t, scenario)
			r := newRig(t, 1, carrier.uri())
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the trunk has answered", phase(engine.Connected))
			until(t, w, "the far end has hung up", over)
			carrier.passed()
		})
	}
}

// TestRefusedCallGoesToTheNextTrunk: whatever final answer the first trunk gives.
func TestRefusedCallGoesToTheNextTrunk(t *testing.T) {
	for _, status := range []string{"503", "486", "404", "603", "302"} {
		t.Run(status, func(t *testing.T) {
			first := startSipp(t, "reject "+status)
			second := startSipp(t, "emergency")
			r := newRig(t, 1, first.uri(), second.uri())
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the second trunk has answered", phase(engine.Connected))
			r.do(engine.End{Rep: repID(0)})
			first.passed()
			second.passed()
		})
	}
}

// TestSilentTrunkIsLeftAfterTwoSeconds: one that takes the INVITE and says nothing, and one whose system takes the connection for a program
// that does not even read.
func TestSilentTrunkIsLeftAfterTwoSeconds(t *testing.T) {
	for circumstance, first := range map[string]func(*testing.T) string{
		"over UDP": func(t *testing.T) string { return startSipp(t, "silent").uri() },
		"over TCP": func(t *testing.T) string { return startSipp(t, "silent", "-t", "t1").uri() + ";transport=tcp" },
		"over TCP, and reads nothing": func(t *testing.T) string {
			return "sip:" + listenAt(t, "127.0.0.1:0", nil) + ";transport=tcp"
		},
	} {
		t.Run(circumstance, func(t *testing.T) {
			t.Parallel()
			second := startSipp(t, "emergency")
			r := newRig(t, 1, first(t), second.uri())
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the second trunk has answered", phase(engine.Connected))
			r.do(engine.End{Rep: repID(0)})
			second.passed()
		})
	}
}

// TestTrunkThatCannotBeConnectedIsLeft: nobody listens at the first one's TCP port.
func TestTrunkThatCannotBeConnectedIsLeft(t *testing.T) {
	second := startSipp(t, "emergency")
	r := newRig(t, 1, "sip:127.0.0.1:"+strconv.Itoa(freePort(t))+";transport=tcp", second.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the second trunk has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	second.passed()
}

func TestEveryTrunkRefusesTwiceThenTheRepIsTold(t *testing.T) {
	first := startSipp(t, "reject 503", "-m", "2")
	r := newRig(t, 1, first.uri())
	w := r.watch(0)
	dial(r, "c1")
	view := until(t, w, "every route has failed", phase(engine.Failed))
	if view.Locked {
		t.Error("every route has failed: the presence is still locked")
	}
	first.passed()
}

func TestCancelThatCrossesTheAnswerEndsTheCall(t *testing.T) {
	carrier := startSipp(t, "cancel-crosses")
	r := newRig(t, 1, carrier.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk rings", phase(engine.Ringing))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
}

// TestNodeThatStopsHangsUp: the trunk gets a BYE, and a CANCEL while it still rings.
func TestNodeThatStopsHangsUp(t *testing.T) {
	for scenario, stands := range map[string]engine.Phase{"accept": engine.Connected, "cancel-crosses": engine.Ringing} {
		t.Run(scenario, func(t *testing.T) {
			carrier := startSipp(t, scenario)
			r := newRig(t, 1, carrier.uri())
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the call stands", phase(stands))
			if err := r.calls.Close(); err != nil {
				t.Errorf("close with a call up: %v", err)
			}
			carrier.passed()
		})
	}
}

// TestCallBackRingsTheRep: with and without a caller id, in the spellings that carriers use.
func TestCallBackRingsTheRep(t *testing.T) {
	for _, scenario := range []string{"call-back", "call-back-withheld", "call-back-nobody"} {
		for _, called := range []string{"+12175550101", "12175550101", "2175550101"} {
			t.Run(scenario+" "+called, func(t *testing.T) {
				carrier := startSipp(t, "accept")
				r := newRig(t, 1, carrier.uri())
				w := r.watch(0)
				dial(r, "c1")
				until(t, w, "the trunk has answered", phase(engine.Connected))
				r.do(engine.End{Rep: repID(0)})
				carrier.passed()
				caller := startSipp(t, scenario, "-key", "called", called, "127.0.0.1:"+strconv.Itoa(int(r.udp.Port())))
				view := until(t, w, "the call back rings", phase(engine.Incoming))
				r.do(engine.Answer{Rep: repID(0), Tab: "tab0", Call: view.Emergency.ID})
				until(t, w, "the call back is spoken", phase(engine.Connected))
				until(t, w, "the call back is over", over)
				caller.passed()
			})
		}
	}
}

func TestCallThatIsNoCallBackIsRefused(t *testing.T) {
	r := newRig(t, 1)
	us := "127.0.0.1:" + strconv.Itoa(int(r.udp.Port()))
	startSipp(t, "call-in-refused", "-key", "called", "+12175550999", us).passed()
	startSipp(t, "no-common-codec", "-key", "called", "+12175550101", us).passed()
}

// TestGarbageIsSurvived: what is no SIP leaves the trunk side alive.
func TestGarbageIsSurvived(t *testing.T) {
	carrier := startSipp(t, "accept")
	r := newRig(t, 1, carrier.uri())
	garbage, err := net.Dial("udp", r.udp.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = garbage.Close() }()
	for _, text := range []string{"", "\r\n\r\n", "INVITE", "INVITE sip:x SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "\x00\xff\xfe"} {
		if _, err := garbage.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
	w.Close(context.Background())
}
