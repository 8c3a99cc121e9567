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
