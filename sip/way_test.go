package sip_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

// lostServers gives a name server that refuses and one that never answers.
func lostServers(t *testing.T) map[string]string {
	t.Helper()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	return map[string]string{"refuses": "127.0.0.1:1", "is silent": silent.LocalAddr().String()}
}

// TestContactThatNobodyCanResolveLosesNoCall: the ACK does not wait for the name server, and BYE and re-INVITE find the far end.
func TestContactThatNobodyCanResolveLosesNoCall(t *testing.T) {
	for name, server := range lostServers(t) {
		for _, contact := range []string{"sip:far@sbc.invalid", "sip:far@[::1]"} {
			t.Run("name server "+name+", "+contact, func(t *testing.T) {
				t.Parallel()
				a, w := newParty(t, sip.Config{Resolver: sip.NewResolver(server)}), newWire(t)
				d := a.invite(t, call(w.uri()))
				m := w.expect("INVITE")
				accept := func(m message) {
					w.reply(m, "200 OK", "far", "Content-Type: application/sdp\r\n", offerSDP)
				}
				w.contact = contact
				asked := time.Now()
				accept(m)
				ack := w.expect("ACK")
				if ack.start != "ACK "+contact+" SIP/2.0" {
					t.Errorf("ACK goes to %q, want the Contact", ack.start)
				}
				if took := time.Since(asked); took > 400*time.Millisecond {
					t.Errorf("ACK waits %v", took)
				}
				skip[sip.Answered](t, d)
				d.Reoffer("application/sdp", []byte(offerSDP))
				accept(w.expect("INVITE " + contact))
				if again := w.expect("ACK"); !strings.HasPrefix(again.header("CSeq"), "2 ") {
					t.Errorf("ACK of the re-INVITE: CSeq %q", again.header("CSeq"))
				}
				d.End("")
				w.reply(w.expect("BYE "+contact), "200 OK", "", "", "")
				over(t, d)
			})
		}
	}
}
