package sipcall_test

import (
	"testing"
	"time"

	"mayday/engine"
)

// TestDrillGoesThroughTheWholeChain: out to the built-in test service over real sockets, its sound, and the call back.
func TestDrillGoesThroughTheWholeChain(t *testing.T) {
	r := newRig(t, 1)
	r.do(engine.ListenAt{URI: "sip:" + r.udp.String()})
	r.do(engine.StartDrill{Drill: "d1"})
	if !r.drillPassed() {
		t.Error("the drill by the built-in test service failed")
	}
}

func TestDrillByATrunkThatRefusesFails(t *testing.T) {
	carrier := startSipp(t, "reject 503")
	r := newRig(t, 1)
	c := testCenter(1, []string{carrier.uri()})
	c.Trunks[0].TestNumber = "933"
	r.do(engine.Publish{Snapshot: engine.NewSnapshot(c)})
	r.do(engine.ListenAt{URI: "sip:" + r.udp.String()})
	r.do(engine.StartDrill{Drill: "d1", Trunk: "trunk0"})
	if r.drillPassed() {
		t.Error("the trunk refuses: the drill passed")
	}
	carrier.passed()
}

func (r *rig) drillPassed() bool {
	r.t.Helper()
	select {
	case passed := <-r.drilled:
		return passed
	case <-time.After(30 * time.Second):
		r.t.Fatal("the drill did not end within 30 s")
		return false
	}
}
