package sip_test

import (
	"strings"
	"testing"

	"mayday/sip"
)

const (
	farFrom = "<sip:psap@127.0.0.1>;tag=far"
	usTo    = "<sip:us@127.0.0.1>"
	ofSDP   = "Content-Type: application/sdp\r\n"
)

// ringingCall brings an INVITE from a hand-written far end to a stack.
func ringingCall(t *testing.T) (*party, *wire, *sip.Dialog) {
	t.Helper()
	p, w := newParty(t, sip.Config{}), newWire(t)
	w.ask(p.udp, "INVITE", "inv", farFrom, usTo, "call-1", 5, ofSDP, offerSDP)
	w.expect("SIP/2.0 100")
	return p, w, p.invited(t)
}

// answeredCall answers it and acknowledges the 200, whose To it gives.
func answeredCall(t *testing.T) (*party, *wire, *sip.Dialog, string) {
	t.Helper()
	p, w, d := ringingCall(t)
	if err := d.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	to := w.expect("SIP/2.0 200").header("To")
	w.ask(p.udp, "ACK", "ack", farFrom, to, "call-1", 5, "", "")
	next[sip.Confirmed](t, d)
	return p, w, d, to
}

func TestAnswerIsRepeatedUntilItsAckComes(t *testing.T) {
	p, w, d := ringingCall(t)
	if err := d.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	first, second := w.expect("SIP/2.0 200"), w.expect("SIP/2.0 200")
	if first.header("To") != second.header("To") {
		t.Errorf("repeat of 200 has To %q, first had %q", second.header("To"), first.header("To"))
	}
	w.ask(p.udp, "ACK", "ack", farFrom, first.header("To"), "call-1", 5, "", "")
	next[sip.Confirmed](t, d)
	if err := d.Answer(nil, "", nil); err == nil {
		t.Error("answering twice: no error")
	}
}

func TestCancelBeforeTheAnswerEndsTheCall(t *testing.T) {
	p, w, d := ringingCall(t)
	_ = d.Ring(180, nil, "", nil)
	w.expect("SIP/2.0 180")
	w.ask(p.udp, "CANCEL", "inv", farFrom, usTo, "call-1", 5, "Reason: SIP;cause=200;text=\"elsewhere\"\r\n", "")
	if m := w.expect("SIP/2.0 200"); m.header("CSeq") != "5 CANCEL" {
		t.Errorf("200 to CANCEL has CSeq %q", m.header("CSeq"))
	}
	if m := w.expect("SIP/2.0 487"); m.header("CSeq") != "5 INVITE" {
		t.Errorf("487 has CSeq %q", m.header("CSeq"))
	}
	next[sip.Cancelled](t, d)
	if e := over(t, d); e.By != sip.Remote || !strings.Contains(e.Reason, "elsewhere") {
		t.Errorf("cancelled by the caller: ends by %v with %q", e.By, e.Reason)
	}
	if err := d.Answer(nil, "", nil); err == nil {
		t.Error("answering after the CANCEL: no error")
	}
}

func TestCancelAfterTheAnswerChangesNothing(t *testing.T) {
	p, w, d := ringingCall(t)
	_ = d.Answer(nil, "application/sdp", []byte(offerSDP))
	to := w.expect("SIP/2.0 200").header("To")
	w.ask(p.udp, "CANCEL", "inv", farFrom, usTo, "call-1", 5, "", "")
	for w.expect("SIP/2.0 200").header("CSeq") != "5 CANCEL" {
	}
	w.ask(p.udp, "ACK", "ack", farFrom, to, "call-1", 5, "", "")
	next[sip.Confirmed](t, d)
}

func TestEndBeforeTheAckWaitsForIt(t *testing.T) {
	p, w, d := ringingCall(t)
	_ = d.Answer(nil, "application/sdp", []byte(offerSDP))
	to := w.expect("SIP/2.0 200").header("To")
	d.End("")
	w.expect("SIP/2.0 200") // no BYE overtakes the ACK
	w.ask(p.udp, "ACK", "ack", farFrom, to, "call-1", 5, "", "")
	w.reply(w.expect("BYE"), "200 OK", "", "", "")
	if e := over(t, d); e.By != sip.Local {
		t.Errorf("ended before the ACK: by %v", e.By)
	}
}

func TestEndWhileRingingRejects(t *testing.T) {
	p, w, d := ringingCall(t)
	d.End("")
	to := w.expect("SIP/2.0 480").header("To")
	w.ask(p.udp, "ACK", "inv", farFrom, to, "call-1", 5, "", "")
	over(t, d)
	if m, came := w.read(700 * 1e6); came {
		t.Errorf("after the ACK of a rejection: %q", m.start)
	}
}

func TestReinviteIsMatchedToItsDialog(t *testing.T) {
	p, w, d, to := answeredCall(t)
	w.ask(p.udp, "INVITE", "re", farFrom, to, "call-1", 6, ofSDP, "v=0\r\ns=new\r\n")
	x := next[sip.Reinvited](t, d)
	w.ask(p.udp, "INVITE", "re2", farFrom, to, "call-1", 7, ofSDP, offerSDP)
	if m := w.expect("SIP/2.0 500"); m.header("Retry-After") == "" {
		t.Error("re-INVITE while one is pending: 500 without Retry-After")
	}
	if err := x.Respond(200, "", nil, "application/sdp", []byte("v=0\r\ns=mine\r\n")); err != nil {
		t.Fatal(err)
	}
	if m := w.expect("SIP/2.0 200"); m.body != "v=0\r\ns=mine\r\n" || m.header("Contact") == "" {
		t.Errorf("answer to re-INVITE: body %q, Contact %q", m.body, m.header("Contact"))
	}
	w.expect("SIP/2.0 200") // until the ACK
	w.ask(p.udp, "ACK", "ack6", farFrom, to, "call-1", 6, "", "")
	if err := x.Respond(200, "", nil, "", nil); err == nil {
		t.Error("answering a re-INVITE twice: no error")
	}
	w.ask(p.udp, "INVITE", "re3", farFrom, to, "call-1", 8, "", "")
	if m := w.expect("SIP/2.0 200"); m.body != "v=0\r\ns=mine\r\n" {
		t.Errorf("re-INVITE without a body is answered with %q, want our last SDP", m.body)
	}
	w.ask(p.udp, "ACK", "ack8", farFrom, to, "call-1", 8, ofSDP, offerSDP)
	if c := next[sip.Confirmed](t, d); string(c.Request.Body()) != offerSDP {
		t.Errorf("ACK with an answer brings %q", c.Request.Body())
	}
	select {
	case <-p.calls:
		t.Error("a re-INVITE became a new call")
	default:
	}
}

func TestReinviteCanBeCancelled(t *testing.T) {
	p, w, d, to := answeredCall(t)
	w.ask(p.udp, "INVITE", "re", farFrom, to, "call-1", 6, ofSDP, offerSDP)
	x := next[sip.Reinvited](t, d)
	w.ask(p.udp, "CANCEL", "re", farFrom, to, "call-1", 6, "", "")
	w.expect("SIP/2.0 200")
	w.expect("SIP/2.0 487")
	if err := x.Respond(200, "", nil, "", nil); err == nil {
		t.Error("answering a cancelled re-INVITE: no error")
	}
	d.End("")
	w.expect("BYE")
}

func TestRequestsInsideADialog(t *testing.T) {
	cases := []struct {
		method, extra string
		answers       bool // our user answers
		want          string
	}{
		{"OPTIONS", "", false, "200"},
		{"INFO", "", true, "200"},
		{"REFER", "Refer-To: <sip:x@y>\r\n", true, "200"},
		{"NOTIFY", "", true, "200"},
		{"MESSAGE", "", true, "200"},
		{"UPDATE", "", false, "200"},
		{"SUBSCRIBE", "", false, "405"},
		{"PRACK", "", false, "405"},
		{"DANCE", "", false, "501"},
		{"INFO", "Require: nonsense\r\n", false, "420"},
		{"UPDATE", "Session-Expires: 30\r\n", false, "422"},
	}
	p, w, d, to := answeredCall(t)
	for i, c := range cases {
		w.ask(p.udp, c.method, "in"+string(rune('a'+i)), farFrom, to, "call-1", 10+i, c.extra, "")
		if c.answers {
			x := next[sip.Received](t, d)
			if x.Request().Method() != c.method || x.Source() != w.addr {
				t.Errorf("%s arrives as %s from %v", c.method, x.Request().Method(), x.Source())
			}
			_ = x.Respond(200, "", nil, "", nil)
		}
		if m := w.expect("SIP/2.0"); !strings.HasPrefix(m.start, "SIP/2.0 "+c.want) {
			t.Errorf("%s %s inside a dialog: %q, want %s", c.method, c.extra, m.start, c.want)
		}
	}
	w.ask(p.udp, "INFO", "old", farFrom, to, "call-1", 3, "", "")
	w.expect("SIP/2.0 500")
	w.ask(p.udp, "BYE", "bye", farFrom, to, "call-1", 99, "", "")
	w.expect("SIP/2.0 200")
	over(t, d)
	w.ask(p.udp, "INFO", "late", farFrom, to, "call-1", 100, "", "")
	w.expect("SIP/2.0 481")
}

func TestRequestsOutsideADialog(t *testing.T) {
	cases := []struct {
		method, to, extra, body string
		want                    string
	}{
		{"OPTIONS", usTo, "", "", "200"},
		{"MESSAGE", usTo, "", "hi", "405"},
		{"DANCE", usTo, "", "", "501"},
		{"BYE", usTo, "", "", "481"},
		{"UPDATE", usTo, "", "", "481"},
		{"CANCEL", usTo, "", "", "481"},
		{"INVITE", usTo + ";tag=unknown", ofSDP, offerSDP, "481"},
		{"INFO", usTo + ";tag=unknown", "", "", "481"},
		{"INVITE", usTo, "Require: 100rel\r\n" + ofSDP, offerSDP, "420"},
		{"INVITE", usTo, "Content-Type: text/html\r\n", "<p>", "415"},
		{"INVITE", usTo, ofSDP, strings.Repeat("x", 70000-9000), "200"},
	}
	p := newParty(t, sip.Config{})
	go func() {
		for x := range p.requests {
			x.RespondDefault()
		}
	}()
	go func() {
		for d := range p.calls {
			_ = d.Answer(nil, "", nil)
		}
	}()
	t.Cleanup(func() { _ = p.Close(); close(p.requests); close(p.calls) })
	for i, c := range cases {
		w := newWire(t)
		w.ask(p.udp, c.method, "out", farFrom, c.to, "out-"+string(rune('a'+i)), 1, c.extra, c.body)
		m := w.expect("SIP/2.0")
		if strings.HasPrefix(m.start, "SIP/2.0 100") {
			m = w.expect("SIP/2.0 ")
		}
		if !strings.HasPrefix(m.start, "SIP/2.0 "+c.want) {
			t.Errorf("%s to %q with %q: %q, want %s", c.method, c.to, c.extra, m.start, c.want)
		}
		if c.want == "420" && m.header("Unsupported") != "100rel" {
			t.Errorf("420 says Unsupported: %q", m.header("Unsupported"))
		}
	}
}

func TestRepeatedRequestGetsTheSameAnswer(t *testing.T) {
	p, w := newParty(t, sip.Config{}), newWire(t)
	for range 3 {
		w.ask(p.udp, "OPTIONS", "same", farFrom, usTo, "call-2", 1, "", "")
	}
	x := receive(t, p.requests, "OPTIONS")
	x.RespondDefault()
	first := w.expect("SIP/2.0 200")
	w.ask(p.udp, "OPTIONS", "same", farFrom, usTo, "call-2", 1, "", "")
	if again := w.expect("SIP/2.0 200"); again.header("To") != first.header("To") {
		t.Errorf("repeat is answered with To %q, first with %q", again.header("To"), first.header("To"))
	}
	if len(p.requests) != 0 {
		t.Error("a repeated request reached the user twice")
	}
	w.ask(p.udp, "OPTIONS", "other", farFrom, usTo, "call-2", 1, "", "")
	w.expect("SIP/2.0 482") // the same request by another way
}

func TestResponseGoesWhereViaSays(t *testing.T) {
	p, w, elsewhere := newParty(t, sip.Config{}), newWire(t), newWire(t)
	go func() {
		for x := range p.requests {
			x.RespondDefault()
		}
	}()
	t.Cleanup(func() { _ = p.Close(); close(p.requests) })
	head := "OPTIONS sip:us@127.0.0.1 SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:us@b>\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\n"
	w.send(p.udp, head+"Call-ID: via-1\r\nVia: SIP/2.0/UDP host.example:"+portOf(elsewhere)+";branch=z9hG4bKa\r\n\r\n")
	if m := elsewhere.expect("SIP/2.0 200"); !strings.Contains(m.header("Via"), ";received=127.0.0.1") {
		t.Errorf("Via of the response is %q, want received", m.header("Via"))
	}
	w.send(p.udp, head+"Call-ID: via-2\r\nVia: SIP/2.0/UDP host.example:9 ; branch=z9hG4bKb;rport, SIP/2.0/TCP two.example\r\n\r\n")
	if m := w.expect("SIP/2.0 200"); !strings.Contains(m.header("Via"), ";rport="+portOf(w)) || !strings.HasSuffix(m.header("Via"), ", SIP/2.0/TCP two.example") {
		t.Errorf("Via of the response is %q, want rport and the second hop", m.header("Via"))
	}
}

func portOf(w *wire) string { _, port, _ := strings.Cut(w.addr.String(), ":"); return port }

func TestHandlerThatPanicsHarmsNobody(t *testing.T) {
	s := sip.New(sip.Config{}, panics{})
	t.Cleanup(func() { _ = s.Close() })
	at, err := s.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t)
	w.ask(at, "INVITE", "p1", farFrom, usTo, "panic-1", 1, ofSDP, offerSDP)
	w.expect("SIP/2.0 500")
	w.ask(at, "OPTIONS", "p2", farFrom, usTo, "panic-2", 1, "", "")
	w.ask(at, "INVITE", "p3", farFrom, usTo, "panic-3", 1, ofSDP, offerSDP)
	w.expect("SIP/2.0 100")
}

type panics struct{}

func (panics) Invited(*sip.Dialog)     { panic("user's fault") }
func (panics) Requested(*sip.Exchange) { panic("user's fault") }
