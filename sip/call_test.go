package sip_test

import (
	"testing"

	"mayday/sip"
)

func TestCallGoesFromInviteToBye(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
			t.Run(transport+" "+address, func(t *testing.T) {
				a, b := newPartyAt(t, sip.Config{UserAgent: "a"}, address), newPartyAt(t, sip.Config{UserAgent: "b"}, address)
				caller := a.invite(t, call(b.uri(transport)))
				callee := b.invited(t)
				if err := callee.Ring(180, nil, "", nil); err != nil {
					t.Fatalf("ringing: %v", err)
				}
				if err := callee.Ring(183, nil, "application/sdp", []byte(offerSDP)); err != nil {
					t.Fatalf("early media: %v", err)
				}
				if err := callee.Answer([]sip.Header{{Name: "X-Note", Value: "yes"}}, "application/sdp", []byte(offerSDP)); err != nil {
					t.Fatalf("answering: %v", err)
				}
				for _, want := range []int{100, 180, 183} {
					if got := next[sip.Provisional](t, caller).Response.Status(); got != want {
						t.Fatalf("provisional response: got %d, want %d", got, want)
					}
				}
				answer := next[sip.Answered](t, caller).Response
				if answer.Header("X-Note") != "yes" || string(answer.Body()) != offerSDP {
					t.Errorf("200 arrives with %q and body %q", answer.Header("X-Note"), answer.Body())
				}
				next[sip.Confirmed](t, callee)
				caller.End("SIP;cause=200;text=\"done\"")
				if e := over(t, caller); e.By != sip.Local {
					t.Errorf("who hung up sees the end by %v", e.By)
				}
				if e := over(t, callee); e.By != sip.Remote || e.Reason != "SIP;cause=200;text=\"done\"" {
					t.Errorf("who was hung up on sees %v %q", e.By, e.Reason)
				}
			})
		}
	}
}
