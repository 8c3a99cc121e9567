package sipcall_test

import (
	"strings"
	"testing"
	"time"

	"mayday/engine"
	"mayday/sip"
)

// telephones is a trunk that answers emergency calls, and behind which every telephone rings until it is cancelled.
type telephones struct {
	rang    chan string // Request-URI of a telephone that rings
	stopped chan string // of one that was cancelled
}

// Invited implements sip.Handler.
func (p telephones) Invited(d *sip.Dialog) {
	uri := d.Request().URI()
	if strings.Contains(uri, "911") {
		answers(d)
	} else {
		rings(d)
		p.rang <- uri
	}
	go func() {
		for e := range d.Events() {
			if _, cancelled := e.(sip.Cancelled); cancelled {
				p.stopped <- uri
			}
		}
	}()
}

// Requested implements sip.Handler.
func (telephones) Requested(x *sip.Exchange) { x.RespondDefault() }

// TestChainRingsPhoneAndPeopleUntilOneAnswers: the rep is signed out and has no mobile phone, so the desk's telephone rings after three
// seconds, and the people at the site 15 s later. The telephone rings on until one of them answers, and the caller hears nothing but
// ringing until then.
func TestChainRingsPhoneAndPeopleUntilOneAnswers(t *testing.T) {
	t.Parallel()
	phones := telephones{rang: make(chan string, 4), stopped: make(chan string, 4)}
	stack := sip.New(sip.Config{}, phones)
	t.Cleanup(func() { _ = stack.Close() })
	address, err := stack.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, 2, "sip:"+address.String()+";transport=udp")
	watch := r.watch(0)
	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "911", Call: "lease"})
	until(t, watch, "the trunk has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	watch.Close(t.Context())
	colleague := r.watch(1)

	caller := newFar(t).place(t, r, "+12175550101")
	caller.rings(t)
	select {
	case uri := <-phones.rang:
		if !strings.Contains(uri, "12175550199") {
			t.Errorf("the rep is signed out: %s rings, want the telephone of the desk", uri)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the rep is signed out: the telephone of the desk does not ring")
	}
	ringing := until(t, colleague, "the chain has reached the people at the site", phase(engine.Incoming))
	if ringing.Emergency.For == "" {
		t.Error("a call back for somebody else rings: it does not say for whom")
	}
	if len(phones.stopped) > 0 || len(caller.Events()) > 0 {
		t.Errorf("the people at the site ring: %d telephones have stopped, the caller was told %d things more than ringing", len(phones.stopped), len(caller.Events()))
	}
	r.do(engine.Answer{Rep: repID(1), Tab: "tab1", Call: ringing.Emergency.ID})
	caller.answered(t)
	select {
	case <-phones.stopped:
	case <-time.After(20 * time.Second):
		t.Error("a colleague has answered: the telephone of the desk rings on")
	}
	caller.abandon()
}
