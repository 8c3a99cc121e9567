package sipcall_test

import (
	"net/netip"
	"testing"
	"time"

	"mayday/edge/relay"
	"mayday/engine"
	"mayday/sip"
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

// announcer is a trunk whose test service says one short word and pauses, as those that speak do.
type announcer struct {
	t     *testing.T
	ports *relay.Ports
	word  relay.Sound
}

// Invited implements sip.Handler.
func (s *announcer) Invited(d *sip.Dialog) {
	parts, err := sip.Parts(d.Request().ContentType(), d.Request().Body())
	if err != nil {
		s.t.Errorf("the INVITE of a drill: %v", err)
		return
	}
	offer, err := relay.Read(parts[0].Body)
	if err != nil {
		s.t.Errorf("the offer of a drill: %v", err)
		return
	}
	socket, err := s.ports.Open()
	if err != nil {
		s.t.Errorf("the test service has no port: %v", err)
		return
	}
	answer, format, err := relay.Answer(socket.Local(), offer, relay.NewSession())
	if err != nil {
		s.t.Errorf("the answer to a drill: %v", err)
		return
	}
	socket.SetRemote(offer.Addr, format)
	_ = d.Answer(nil, "application/sdp", answer) // the drill tells whether it worked
	voice := relay.NewTone(s.word)
	relay.Join(socket, voice)
	go func() {
		for range d.Events() {
		}
		_ = voice.Close()
		_ = socket.Close() // the call is over
	}()
}

// Requested implements sip.Handler.
func (s *announcer) Requested(x *sip.Exchange) { x.RespondDefault() }

// TestDrillHearsATestServiceThatPauses: what counts is what was said while the drill listened, not the moment in which it asks.
func TestDrillHearsATestServiceThatPauses(t *testing.T) {
	for _, c := range []struct {
		circumstance string
		dBov         float64
		passes       bool
	}{
		{"a test service that says a word and pauses", -20, true},
		{"a test service that only hums", -80, false},
	} {
		t.Run(c.circumstance, func(t *testing.T) {
			word := relay.Sound{FrequenciesHz: []float64{400}, LevelDBov: c.dBov, On: 300 * time.Millisecond, Off: time.Minute}
			stack := sip.New(sip.Config{}, &announcer{t, relay.NewPorts(netip.MustParseAddr("127.0.0.1"), 31000, 39998), word})
			address, err := stack.Listen("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = stack.Close() })
			r := newRig(t, 1)
			center := testCenter(1, []string{"sip:" + address.String()})
			center.Trunks[0].TestNumber = "933"
			r.do(engine.Publish{Snapshot: engine.NewSnapshot(center)})
			r.do(engine.ListenAt{URI: "sip:" + r.udp.String()})
			r.do(engine.StartDrill{Drill: "d1", Trunk: "trunk0"})
			if passed := r.drillPassed(); passed != c.passes {
				t.Errorf("%s: the drill passed is %v", c.circumstance, passed)
			}
		})
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
