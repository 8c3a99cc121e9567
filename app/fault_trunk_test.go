package app_test

import (
	"strings"
	"testing"
	"time"

	"mayday/psap"
)

// TestTrunkThatIsKnownToBeDownCostsNoTime: it stops to answer, is seen to, and the calls after that go to the other one at once.
func TestTrunkThatIsKnownToBeDownCostsNoTime(t *testing.T) {
	s := lay(t, t.TempDir(), func(center string) string {
		return strings.Replace(center, "{id: provider, kind", "{id: provider, keep_alive_s: 1, kind", 1)
	})
	s.start()
	callers := s.callers()
	s.healthy(callers)
	up := `mayday_trunk_up{trunk="provider"}`
	s.waitFor(up, 1)
	behave(t, s.provider, psap.Behaviour{Silent: true})
	s.waitFor(up, 0)
	begun := time.Now()
	s.callFor("a trunk that is known to be down", callers, 1)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("a trunk that is known to be down: the calls took %v, as if it had been tried first", took)
	}
}

// waitFor waits until a figure of the node is so; one that is not said yet is not 0.
func (s *station) waitFor(name string, want float64) {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if strings.Contains(s.reads("/metrics"), name) && s.measures(name) == want {
			return
		}
		<-tick.C
	}
	s.t.Fatalf("%s: is not %v", name, want)
}
