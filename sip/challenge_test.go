package sip_test

import (
	"strings"
	"testing"

	"mayday/sip"
)

func TestChallengesAreAnsweredInAndOutsideOfDialogs(t *testing.T) {
	withCredentials := func(i *sip.Invite) { i.Credentials = &sip.Credentials{Username: "trunk", Password: "secret"} }
	d, w, invite := outgoing(t, withCredentials)
	w.reply(invite, "407 Proxy Authentication Required", "x", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256\r\n", "")
	w.expect("ACK")
	second := w.expect("INVITE")
	if auth := second.header("Proxy-Authorization"); !strings.Contains(auth, `nonce="n1"`) || !strings.Contains(auth, "nc=00000001") || second.header("CSeq") != "2 INVITE" {
		t.Fatalf("challenged INVITE comes again with %q, CSeq %q", auth, second.header("CSeq"))
	}
	w.reply(second, "200 OK", "b", "", offerSDP)
	if ack := w.expect("ACK"); ack.header("Proxy-Authorization") != second.header("Proxy-Authorization") || ack.header("CSeq") != "2 ACK" {
		t.Errorf("ACK has credentials %q, CSeq %q", ack.header("Proxy-Authorization"), ack.header("CSeq"))
	}
	next[sip.Answered](t, d)
	d.End("")
	bye := w.expect("BYE")
	if !strings.Contains(bye.header("Proxy-Authorization"), "nc=00000002") {
		t.Errorf("BYE has credentials %q, want the nonce used again", bye.header("Proxy-Authorization"))
	}
	w.reply(bye, "407 Proxy Authentication Required", "b", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", algorithm=SHA-256\r\n", "")
	if again := w.expect("BYE"); !strings.Contains(again.header("Proxy-Authorization"), `nonce="n2"`) {
		t.Errorf("challenged BYE comes again with %q", again.header("Proxy-Authorization"))
	}
}

func TestWrongCredentialsAreARejection(t *testing.T) {
	d, w, invite := outgoing(t, func(i *sip.Invite) { i.Credentials = &sip.Credentials{Username: "u", Password: "wrong"} })
	challenge := "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"
	w.reply(invite, "401 Unauthorized", "x", challenge, "")
	w.reply(w.expect("INVITE sip:911@127.0.0.1"), "401 Unauthorized", "x", challenge, "")
	if f := next[sip.Failed](t, d); f.Status != 401 {
		t.Errorf("wrong password: %+v", f)
	}
	over(t, d)
}
