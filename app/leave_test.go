package app_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mayday/sip"
	"mayday/web/api"
)

// registrar is a trunk that lets a node register and keeps what it asks for.
type registrar struct {
	mu   sync.Mutex
	asks []string // Expires of each REGISTER
}

func (r *registrar) Invited(d *sip.Dialog) { _ = d.Reject(503, "", nil) }

func (r *registrar) Requested(x *sip.Exchange) {
	if x.Request().Method() != "REGISTER" {
		x.RespondDefault()
		return
	}
	r.mu.Lock()
	r.asks = append(r.asks, x.Request().Header("Expires"))
	r.mu.Unlock()
	contact := sip.Header{Name: "Contact", Value: x.Request().Header("Contact") + ";expires=600"}
	_ = x.Respond(200, "", []sip.Header{contact}, "", nil)
}

func (r *registrar) asked() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.asks, " ")
}

func startRegistrar(t *testing.T) (*registrar, netip.AddrPort) {
	t.Helper()
	r := &registrar{}
	stack := sip.New(sip.Config{}, r)
	t.Cleanup(func() { _ = stack.Close() })
	at, err := stack.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return r, at
}

// TestRegistrationEndsWithTheProgram: when it is asked to stop, and not while an emergency call goes on.
func TestRegistrationEndsWithTheProgram(t *testing.T) {
	known, at := startRegistrar(t)
	data := filepath.Join(t.TempDir(), "data")
	v := newVictimAt(t, data, "")
	v.seed(data, func(center string) string {
		office := fmt.Sprintf("  - {id: office, kind: direct_routing, uri: \"sip:%s\", register: true, username: acme}\nnumbers:\n", at)
		return withFurtherReps(strings.Replace(center, "numbers:\n", office, 1))
	})
	v.runs()
	eventually(t, "the node has registered", func() bool { return known.asked() == "600" })
	f := signIn(t, v.url(), "alice").feed()
	if code := f.ask(api.Request{Do: api.DoDial, Digits: "911"}); code != "" {
		t.Fatalf("911: refused with %s", code)
	}
	v.running.signal()
	eventually(t, "stopping is said", func() bool { return strings.Contains(v.running.said(), "msg=stopping") })
	v.running.runs("an emergency call goes on")
	if asked := known.asked(); asked != "600" {
		t.Errorf("an emergency call goes on while the node is to stop: REGISTER with Expires %s, want 600 alone", asked)
	}
	f.ask(api.Request{Do: api.DoEnd})
	v.running.ends("the emergency call has ended", 0)
	if asked := known.asked(); asked != "600 0" {
		t.Errorf("the node has stopped: REGISTER with Expires %s, want 600 and then 0", asked)
	}
}
