package emergency_test

import (
	"testing"

	"mayday/center/emergency"
	"mayday/center/trunk"
)

// TestTrunkIsSparedOneThingAfterTheOther: each row is how one trunk goes on failing, and what it is spared after each time; "next" is
// the end of its turn.
func TestTrunkIsSparedOneThingAfterTheOther(t *testing.T) {
	sealed := func(status int) emergency.Failure { return emergency.Failure{Status: status, Sealed: true} }
	full := func(status int) emergency.Failure { return emergency.Failure{Status: status, Full: true} }
	for _, row := range []struct {
		circumstance string
		failures     []emergency.Failure
		want         []string
	}{
		{"silence", []emergency.Failure{{}}, []string{"next"}},
		{"busy", []emergency.Failure{{Status: 486}}, []string{"next"}},
		{"no secure connection, then none at all", []emergency.Failure{{Insecure: true}, {}}, []string{"without-tls", "next"}},
		{"never a secure connection", []emergency.Failure{{Insecure: true}, {Insecure: true}}, []string{"without-tls", "next"}},
		{"no secure connection, then a body that is refused", []emergency.Failure{{Insecure: true}, {Status: 415}, {Status: 503}},
			[]string{"without-tls", "without-place+without-tls", "next"}},
		{"encrypted sound refused", []emergency.Failure{sealed(488), {Status: 503}}, []string{"without-srtp", "next"}},
		{"encrypted sound refused, then the body", []emergency.Failure{sealed(488), {Status: 488}, {Status: 488}},
			[]string{"without-srtp", "without-place+without-srtp", "next"}},
		{"encrypted sound offered, and busy", []emergency.Failure{sealed(486)}, []string{"next"}},
		{"a place that is called bad, and the other half too", []emergency.Failure{{Status: 424}, {Status: 424}, {Status: 424}},
			[]string{"with-other-place", "without-place+with-other-place", "next"}},
		{"a place that is called bad and has one half", []emergency.Failure{{Status: 424, Half: true}, {Status: 424, Half: true}},
			[]string{"without-place", "next"}},
		{"a place that is called bad, and then the body is refused", []emergency.Failure{{Status: 424}, {Status: 415}, {Status: 424}},
			[]string{"with-other-place", "without-place+with-other-place", "next"}},
		{"no channel", []emergency.Failure{full(486), full(486)}, []string{"with-room", "next"}},
		{"no channel, after the body was refused", []emergency.Failure{full(500), full(503), full(503)},
			[]string{"without-place", "without-place+with-room", "next"}},
		{"no channel and no answer", []emergency.Failure{full(0)}, []string{"next"}},
	} {
		attempt := emergency.Attempt{Order: []trunk.ID{"a", "b"}}
		for i, failure := range row.failures {
			attempt = attempt.Failed(failure)
			got := attempt.Conceded.String()
			if attempt.Turn() == (emergency.Try{Trunk: "b"}) {
				got = "next" + got
			}
			if got != row.want[i] {
				t.Errorf("%s: after failure %d %q, want %q", row.circumstance, i+1, got, row.want[i])
			}
		}
	}
}
