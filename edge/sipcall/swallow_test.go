package sipcall_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"mayday/engine"
	"mayday/sip"
)

// swallowing is a proxy in front of a far end that reads its first connection and passes nothing on, as a firewall does that has
// forgotten it; later ones are passed on.
func swallowing(t *testing.T, to string) (at string, connections *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connections = new(atomic.Int32)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if connections.Add(1) == 1 {
				go func() { _, _ = io.Copy(io.Discard, conn) }()
				continue
			}
			behind, err := net.Dial("tcp", to)
			if err != nil {
				_ = conn.Close()
				continue
			}
			go func() { _, _ = io.Copy(behind, conn); _ = behind.Close() }()
			go func() { _, _ = io.Copy(conn, behind); _ = conn.Close() }()
		}
	}()
	return listener.Addr().String(), connections
}

// TestEmergencyCallOutlivesADeadConnection: its next attempt goes over a new one.
func TestEmergencyCallOutlivesADeadConnection(t *testing.T) {
	far := newFarEnd(t, "tcp")
	at, connections := swallowing(t, far.uri[len("sip:"):len(far.uri)-len(";transport=tcp")])
	r := newRig(t, 1, "sip:"+at+";transport=tcp")
	w := r.watch(0)
	dial(r, "c1")
	d := far.answer(far.describe("127.0.0.1", "0", "sendrecv"))
	until(t, w, "the far end behind the proxy has answered", phase(engine.Connected))
	if n := connections.Load(); n != 2 {
		t.Errorf("connections opened: %d, want the dead one and another", n)
	}
	r.do(engine.End{Rep: repID(0)})
	await[sip.Ended](t, d)
}
