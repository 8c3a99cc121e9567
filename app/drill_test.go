package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mayday/psap"
	"mayday/web/api"
)

// TestAdministratorDrillsAWholeNode: by the provider's test service and by the built-in one. Each drill calls back, and nobody at the
// emergency service is called.
func TestAdministratorDrillsAWholeNode(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	d.behave(`{"answer_after_ms":0}`)
	administrator := signIn(t, d.HTTP(), "ada")
	for _, by := range []string{"provider", ""} {
		var evidence api.Drill
		said := administrator.send(http.MethodPost, "/api/v1/drills", `{"trunk":"`+by+`"}`)
		if err := json.Unmarshal([]byte(said), &evidence); err != nil || !evidence.Passed {
			t.Errorf("a drill by %q: %v\n%s", by, err, said)
		}
		for _, hop := range []string{"leased", "INVITE sent to", "answered", "sound:", "call back: INVITE sent", "call back: arrived", "call back: answered", "call back: sound:"} {
			if !strings.Contains(said, hop) {
				t.Errorf("a drill by %q: the evidence does not say %q:\n%s", by, hop, said)
			}
		}
		for i, hop := range evidence.Hops {
			if hop.At.IsZero() || i > 0 && hop.At.Before(evidence.Hops[i-1].At) {
				t.Errorf("a drill by %q: hop %d is at %v", by, i, hop.At)
			}
		}
	}
	calls := d.calls()
	if len(calls) != 1 || calls[0].Dialled != "933" || calls[0].Kind == psap.Emergency {
		t.Errorf("after a drill by the provider and a built-in one: %d calls came to the provider: %+v", len(calls), calls)
	}
}

// TestTestServiceOfAnNGTrunkSpeaksAndLoopsBack: three packets of sound come back, and what the answer says stands in the evidence.
func TestTestServiceOfAnNGTrunkSpeaksAndLoopsBack(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	d.behave(`{"answer_after_ms":0}`)
	administrator := signIn(t, d.HTTP(), "ada")
	administrator.asks(http.MethodPatch, "/api/v1/trunks/provider", `{"ng":true}`, http.StatusOK, nil)
	said := administrator.send(http.MethodPost, "/api/v1/drills", `{"trunk":"provider","site":"hq"}`)
	for _, hop := range []string{`"passed":true`, "the test service says: Pretend emergency service, test of urn:service:test.sos.", "sound: 3 packets"} {
		if !strings.Contains(said, hop) {
			t.Errorf("a drill by an NG trunk: the evidence does not say %q:\n%s", hop, said)
		}
	}
	if calls := d.calls(); len(calls) != 1 || calls[0].Dialled != "urn:service:test.sos" || calls[0].Kind == psap.Emergency {
		t.Errorf("after a drill by an NG trunk: %d calls came: %+v", len(calls), calls)
	}
}

// TestLastDrillOutlivesARestart: the schedule shows when each way is drilled next, and how the last drill went, also of an earlier run.
func TestLastDrillOutlivesARestart(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	if said := ada.send(http.MethodPost, "/api/v1/drills", `{"trunk":"provider","site":"hq"}`); !strings.Contains(said, `"passed":true`) {
		t.Fatalf("a drill by the provider: %s", said)
	}
	ada.asks(http.MethodPost, "/api/v1/drills", `{"site":"atlantis"}`, http.StatusUnprocessableEntity, nil)
	for _, circumstance := range []string{"before", "after"} {
		eventually(t, "the schedule "+circumstance+" a restart", func() bool {
			var schedule api.DrillSchedule
			ada.get("/api/v1/drills/schedule", &schedule)
			for _, way := range schedule.Ways {
				if way.Site == "hq" && way.Trunk == "provider" && way.Next != nil && way.Last != nil && way.Last.Passed && len(way.Last.Hops) > 5 {
					return schedule.EveryDays == 30
				}
			}
			return false
		})
		if circumstance == "before" {
			s.stop()
			s.start()
			ada = signIn(t, s.node.HTTP(), "ada")
		}
	}
}
