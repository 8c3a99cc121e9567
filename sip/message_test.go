package sip_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/sip"
)

func TestMessageIsSeenWholeWhateverFormItsHeadersHave(t *testing.T) {
	p, w := newParty(t, sip.Config{}), newWire(t)
	text := "INVITE sip:us@127.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP " + w.addr.String() + ";branch=z9hG4bKc;rport\r\n" +
		"f: \"A \\\"B\\\"\" <sip:a@b>;tag=1\r\nt: <sip:us@b>\r\ni: compact-1\r\nCSeq: 1 INVITE\r\nm: <sip:a@" + w.addr.String() + ">\r\n" +
		"k: timer,\r\n 100rel\r\ns: late\r\nx: 1800;refresher=uas\r\no: presence\r\nr: <sip:r@b>\r\nb: <sip:b@b>\r\nu: x\r\ne: gzip\r\n" +
		"a: *\r\nd: no-fork\r\nj: *\r\ny: id\r\nn: <x:y>\r\nX-Two: one\r\nX-Two: two\r\nc: application/sdp\r\nl: 3\r\n\r\nv=0 and more"
	w.send(p.udp, text)
	d := p.invited(t)
	m := d.Request()
	want := map[string]string{
		"From": `"A \"B\"" <sip:a@b>;tag=1`, "To": "<sip:us@b>", "Call-ID": "compact-1", "Supported": "timer, 100rel", "Subject": "late",
		"Session-Expires": "1800;refresher=uas", "Event": "presence", "Refer-To": "<sip:r@b>", "Referred-By": "<sip:b@b>", "Allow-Events": "x",
		"Content-Encoding": "gzip", "Accept-Contact": "*", "Request-Disposition": "no-fork", "Reject-Contact": "*", "Identity": "id",
		"Identity-Info": "<x:y>", "Content-Length": "3", "m": "<sip:a@" + w.addr.String() + ">", "Absent": "",
	}
	for name, value := range want {
		if got := m.Header(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if diff := cmp.Diff([]string{"one", "two"}, m.Headers("x-two")); diff != "" {
		t.Errorf("repeated header (-want +got):\n%s", diff)
	}
	if m.StartLine() != "INVITE sip:us@127.0.0.1 SIP/2.0" || m.Method() != "INVITE" || m.URI() != "sip:us@127.0.0.1" || m.Status() != 0 {
		t.Errorf("start line %q, method %q, URI %q", m.StartLine(), m.Method(), m.URI())
	}
	if string(m.Body()) != "v=0" || m.ContentType() != "application/sdp" {
		t.Errorf("body %q of %q", m.Body(), m.ContentType())
	}
	if m.CallID() != "compact-1" || d.CallID() != "compact-1" || d.Source() != w.addr || len(m.All()) != 23 {
		t.Errorf("Call-ID %q from %v with %d headers", m.CallID(), d.Source(), len(m.All()))
	}
	if err := d.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	if got := w.expect("SIP/2.0 200").header("Session-Expires"); got != "1800;refresher=uas" {
		t.Errorf("200 says Session-Expires %q: the far end wants us to refresh", got)
	}
}

func TestStatusesHaveTheirPhrases(t *testing.T) {
	for status, want := range map[int]string{
		486: "Busy Here", 603: "Decline", 302: "Redirected", 499: "Refused", 100: "", 480: "Temporarily Unavailable",
	} {
		_, w, d := ringingCall(t)
		if err := d.Reject(status, "", nil); (err != nil) != (want == "") {
			t.Errorf("rejecting with %d: %v", status, err)
		}
		if want != "" {
			if got := w.expect("SIP/2.0 ").start; !strings.HasSuffix(got, want) {
				t.Errorf("rejecting with %d: %q, want %q", status, got, want)
			}
		}
	}
}

func TestStackWithoutHandlerAnswersOptionsAndRefusesTheRest(t *testing.T) {
	s := sip.New(sip.Config{UserAgent: "test/1"}, nil)
	t.Cleanup(func() { _ = s.Close() })
	at, err := s.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t)
	w.ask(at, "OPTIONS", "n1", farFrom, usTo, "none-1", 1, "", "")
	if m := w.expect("SIP/2.0 200"); m.header("Server") != "test/1" || m.header("Allow") == "" {
		t.Errorf("OPTIONS: Server %q, Allow %q", m.header("Server"), m.header("Allow"))
	}
	w.ask(at, "INVITE", "n2", farFrom, usTo, "none-2", 1, ofSDP, offerSDP)
	w.expect("SIP/2.0 405")
}

func TestByeWhileRingingEndsTheCall(t *testing.T) {
	p, w, d := ringingCall(t)
	_ = d.Ring(180, nil, "", nil)
	to := w.expect("SIP/2.0 180").header("To")
	w.ask(p.udp, "BYE", "bye", farFrom, to, "call-1", 6, "", "")
	w.expect("SIP/2.0 200")
	w.expect("SIP/2.0 487")
	next[sip.Cancelled](t, d)
	over(t, d)
}

func TestEarlyDialogTakesRequestsOfEachFork(t *testing.T) {
	d, w, invite := outgoing(t, nil)
	info := func(fork, branch string, cseq int) {
		w.ask(invite.from, "INFO", branch, invite.header("To")+";tag="+fork, invite.header("From"), d.CallID(), cseq, "", "")
		x := next[sip.Received](t, d)
		_ = x.Respond(200, "", nil, "", nil)
		w.expect("SIP/2.0 200")
		if x.Network() != "udp" {
			t.Errorf("INFO came over %q", x.Network())
		}
	}
	for i, fork := range []string{"one", "two"} {
		w.reply(invite, "183 Session Progress", fork, "", offerSDP)
		next[sip.Provisional](t, d)
		info(fork, "early"+fork, 1+i)
	}
	info("one", "again", 9)
	w.ask(invite.from, "BYE", "earlybye", invite.header("To")+";tag=one", invite.header("From"), d.CallID(), 10, "", "")
	w.expect("SIP/2.0 481") // it has not answered, so it has nothing to hang up
}

func TestDatagramThatCannotBeSentIsUnreachable(t *testing.T) {
	a := newParty(t, sip.Config{})
	d := a.invite(t, call("sip:192.0.2.1:9;transport=udp")) // not from a socket on loopback
	if f := next[sip.Failed](t, d); f.Cause != sip.Unreachable || f.Err == nil {
		t.Errorf("address that cannot be sent to: %v %v", f.Cause, f.Err)
	}
	d = a.invite(t, call("sip:[2001:db8::1];transport=udp")) // no socket of that family
	if f := next[sip.Failed](t, d); f.Cause != sip.Unreachable {
		t.Errorf("no socket for the family: %v", f.Cause)
	}
	if got := sip.Unreachable.String() + " " + sip.Timeout.String(); got != "unreachable timeout" {
		t.Errorf("log words: %q", got)
	}
}
