package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

// outgoing places a call from a stack to a hand-written far end and gives the INVITE as it arrived there.
func outgoing(t *testing.T, change func(*sip.Invite)) (*sip.Dialog, *wire, message) {
	t.Helper()
	a, w := newParty(t, sip.Config{}), newWire(t)
	i := call(w.uri())
	if change != nil {
		change(&i)
	}
	d := a.invite(t, i)
	return d, w, w.expect("INVITE")
}

func TestBurstOfResponsesKeepsItsOrder(t *testing.T) {
	a, w := newParty(t, sip.Config{}), newWire(t)
	for n := range 500 {
		d := a.invite(t, call(w.uri()))
		invite := w.expect("INVITE")
		for _, status := range []string{"100 Trying", "180 Ringing", "183 Session Progress", "200 OK"} {
			w.reply(invite, status, "b", "", "")
		}
		for _, want := range []int{100, 180, 183} {
			if got := next[sip.Provisional](t, d).Response.Status(); got != want {
				t.Fatalf("burst %d: got %d, want %d", n, got, want)
			}
		}
		next[sip.Answered](t, d)
	}
}

func TestEndBeforeAnyResponseSendsNoCancelUntilOneComes(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	d.End("gave up")
	if m, came := w.read(1200 * time.Millisecond); came {
		t.Fatalf("given up without a response: %q was sent, want silence", m.start)
	}
	w.reply(invite, "180 Ringing", "b", "", "")
	cancel := w.expect("CANCEL")
	if cancel.header("Via") != invite.header("Via") || cancel.header("CSeq") != "1 CANCEL" {
		t.Errorf("CANCEL has Via %q and CSeq %q; its INVITE had %q", cancel.header("Via"), cancel.header("CSeq"), invite.header("Via"))
	}
	w.reply(cancel, "200 OK", "b", "", "")
	w.reply(invite, "487 Request Terminated", "b", "", "")
	w.expect("ACK")
	if f := next[sip.Failed](t, d); f.Cause != sip.WeCancelled || f.Status != 487 {
		t.Errorf("cancelled call fails with %v %d", f.Cause, f.Status)
	}
	if e := over(t, d); e.By != sip.Local || e.Reason != "gave up" {
		t.Errorf("cancelled call ends by %v with %q", e.By, e.Reason)
	}
}

func TestAnswerThatCrossesCancelIsAcknowledgedAndHungUp(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	w.reply(invite, "180 Ringing", "b", "", "")
	next[sip.Provisional](t, d)
	d.End("")
	d.End("")
	cancel := w.expect("CANCEL")
	w.reply(invite, "200 OK", "b", "", offerSDP)
	w.reply(cancel, "481 Call/Transaction Does Not Exist", "b", "", "")
	if ack := w.expect("ACK"); !strings.Contains(ack.start, "sip:far@") || ack.header("CSeq") != "1 ACK" {
		t.Errorf("ACK is %q %q", ack.start, ack.header("CSeq"))
	}
	bye := w.expect("BYE")
	w.reply(bye, "200 OK", "", "", "")
	next[sip.Failed](t, d)
	over(t, d)
	w.reply(invite, "200 OK", "b", "", offerSDP) // our ACK was lost
	w.expect("ACK")
}

func TestLateAnswerWithoutProvisionalIsHungUp(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	d.End("")
	w.reply(invite, "200 OK", "b", "", offerSDP)
	w.expect("ACK")
	w.expect("BYE")
	if f := next[sip.Failed](t, d); f.Cause != sip.WeCancelled {
		t.Errorf("given up and answered late: cause is %v", f.Cause)
	}
	over(t, d)
}

func TestRepeatedAnswerIsAcknowledgedAgainAndToldOnce(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	for range 3 {
		w.reply(invite, "200 OK", "b", "", offerSDP)
		w.expect("ACK")
	}
	next[sip.Answered](t, d)
	d.End("")
	w.expect("BYE")
	over(t, d)
}

func TestSecondForkIsAcknowledgedAndHungUp(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	w.reply(invite, "180 Ringing", "one", "", "")
	w.reply(invite, "183 Session Progress", "two", "", offerSDP)
	w.reply(invite, "200 OK", "one", "", offerSDP)
	w.expect("ACK")
	w.reply(invite, "200 OK", "two", "", offerSDP)
	for _, want := range []string{"ACK", "BYE"} {
		if m := w.expect(want); !strings.Contains(m.header("To"), "tag=two") {
			t.Errorf("second fork: %s goes to %q", want, m.header("To"))
		}
	}
	skip[sip.Answered](t, d)
	d.Send("INFO", nil, "", nil)
	if m := w.expect("INFO"); !strings.Contains(m.header("To"), "tag=one") {
		t.Errorf("after a second fork: INFO goes to %q", m.header("To"))
	}
}

func TestRejectionIsAcknowledgedInItsTransaction(t *testing.T) {
	for _, status := range []int{302, 404, 486, 503, 603} {
		d, w, invite := outgoing(t, nil)
		for range 2 {
			w.reply(invite, fmt.Sprintf("%d No", status), "b", "", "")
			if ack := w.expect("ACK"); ack.header("Via") != invite.header("Via") || !strings.Contains(ack.header("To"), "tag=b") {
				t.Errorf("%d: ACK has Via %q and To %q", status, ack.header("Via"), ack.header("To"))
			}
		}
		if f := next[sip.Failed](t, d); f.Status != status || f.Cause != sip.Rejected {
			t.Errorf("%d: failure says %d %v", status, f.Status, f.Cause)
		}
		over(t, d)
	}
}

func TestInviteIsRepeatedUntilAResponseComes(t *testing.T) {
	_, w, invite := outgoing(t, nil)
	if again := w.expect("INVITE"); again.header("Via") != invite.header("Via") {
		t.Errorf("repeat has Via %q, first had %q", again.header("Via"), invite.header("Via"))
	}
	w.reply(invite, "100 Trying", "", "", "")
	if m, came := w.read(1300 * time.Millisecond); came {
		t.Errorf("after 100: %q was sent, want silence", m.start)
	}
}

func TestGlareIsRetried(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	w.reply(invite, "200 OK", "b", "", offerSDP)
	w.expect("ACK")
	next[sip.Answered](t, d)
	d.Reoffer("application/sdp", []byte("v=0\r\ns=hold\r\n"))
	first := w.expect("INVITE")
	w.ask(first.from, "INVITE", "theirs", invite.header("To")+";tag=b", invite.header("From"), d.CallID(), 7, "Content-Type: application/sdp\r\n", offerSDP)
	if m := w.expect("SIP/2.0"); !strings.HasPrefix(m.start, "SIP/2.0 491") {
		t.Errorf("re-INVITE that crosses ours: %q, want 491", m.start)
	}
	w.reply(first, "491 Request Pending", "b", "", "")
	w.expect("ACK")
	start := time.Now()
	second := w.expect("INVITE")
	if waited := time.Since(start); waited < 1900*time.Millisecond || second.header("CSeq") == first.header("CSeq") {
		t.Errorf("owner of the Call-ID retried after %v with CSeq %q", waited, second.header("CSeq"))
	}
	w.reply(second, "200 OK", "b", "", offerSDP)
	w.expect("ACK")
	next[sip.Reanswered](t, d)
}

func TestOfferThatIsRefusedLeavesTheCallUp(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	w.reply(invite, "200 OK", "b", "", offerSDP)
	w.expect("ACK")
	next[sip.Answered](t, d)
	d.Reoffer("application/sdp", []byte(offerSDP))
	w.reply(w.expect("INVITE"), "488 Not Acceptable Here", "b", "", "")
	w.expect("ACK")
	if f := next[sip.ReofferFailed](t, d); f.Status != 488 {
		t.Errorf("refused offer: status %d", f.Status)
	}
	d.End("")
	w.expect("BYE")
}

func TestRouteSetAndTargetAreFollowed(t *testing.T) {
	a, w, proxy := newParty(t, sip.Config{}), newWire(t), newWire(t)
	d := a.invite(t, call(proxy.uri()))
	invite := proxy.expect("INVITE")
	record := fmt.Sprintf("Record-Route: <sip:far.example;lr>\r\nRecord-Route: <sip:%s;lr>\r\n", proxy.addr)
	proxy.reply(invite, "200 OK", "b", record, offerSDP)
	ack := proxy.expect("ACK")
	if want := fmt.Sprintf("<sip:%s;lr>, <sip:far.example;lr>", proxy.addr); ack.header("Route") != want {
		t.Errorf("ACK has Route %q, want %q", ack.header("Route"), want)
	}
	next[sip.Answered](t, d)
	w.ask(invite.from, "UPDATE", "move", invite.header("To")+";tag=b", invite.header("From"), d.CallID(), 2, "", "")
	if m := w.expect("SIP/2.0"); !strings.HasPrefix(m.start, "SIP/2.0 200") {
		t.Errorf("UPDATE without offer: %q", m.start)
	}
	d.End("")
	if bye := proxy.expect("BYE"); !strings.Contains(bye.start, w.addr.String()) {
		t.Errorf("after a target refresh BYE is %q, want it for %s", bye.start, w.addr)
	}
}

func TestStrictRouterBecomesTheRequestURI(t *testing.T) {
	a, w := newParty(t, sip.Config{}), newWire(t)
	d := a.invite(t, call(w.uri()))
	w.reply(w.expect("INVITE"), "200 OK", "b", fmt.Sprintf("Record-Route: <sip:old@%s>\r\n", w.addr), offerSDP)
	ack := w.expect("ACK")
	if !strings.HasPrefix(ack.start, "ACK sip:old@") || ack.header("Route") != fmt.Sprintf("<sip:far@%s>", w.addr) {
		t.Errorf("ACK through a strict router: %q with Route %q", ack.start, ack.header("Route"))
	}
	next[sip.Answered](t, d)
}
