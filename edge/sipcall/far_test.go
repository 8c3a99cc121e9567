package sipcall_test

import (
	"net/netip"
	"testing"
	"time"

	"mayday/sip"
)

const farSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

// far is a far end in this process: it answers every call, hangs up at once, and calls.
type far struct {
	stack *sip.Stack
	udp   netip.AddrPort
}

func newFar(t *testing.T) *far {
	t.Helper()
	f := &far{}
	f.stack = sip.New(sip.Config{}, f)
	t.Cleanup(func() { _ = f.stack.Close() })
	var err error
	if f.udp, err = f.stack.Listen("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *far) uri() string { return "sip:" + f.udp.String() + ";transport=udp" }

// Invited implements sip.Handler.
func (f *far) Invited(d *sip.Dialog) {
	_ = d.Ring(180, nil, "", nil)
	_ = d.Answer(nil, "application/sdp", []byte(farSDP))
	go func() {
		for e := range d.Events() {
			if _, ok := e.(sip.Confirmed); ok {
				d.End("")
			}
		}
	}()
}

// Requested implements sip.Handler.
func (f *far) Requested(x *sip.Exchange) { x.RespondDefault() }

// farCall is a call by the far end.
type farCall struct{ *sip.Dialog }

func (f *far) place(t *testing.T, r *rig, called string) farCall {
	t.Helper()
	d, err := f.stack.Invite(sip.Invite{
		Peer: "sip:" + r.udp.String() + ";transport=udp", RequestURI: "sip:" + called + "@" + r.udp.String(),
		From: sip.Address{URI: "sip:+12175550911@127.0.0.1"}, To: sip.Address{URI: "sip:" + called + "@127.0.0.1"},
		ContentType: "application/sdp", Body: []byte(farSDP),
	})
	if err != nil {
		t.Fatal(err)
	}
	return farCall{d}
}

func (c farCall) abandon() { c.End("") }

// next waits for an event that holds; false: the call ended before, or ten seconds have passed.
func (c farCall) next(holds func(sip.Event) bool) bool {
	patience := time.After(10 * time.Second)
	for {
		select {
		case e, open := <-c.Events():
			if !open {
				return false
			}
			if holds(e) {
				return true
			}
		case <-patience:
			return false
		}
	}
}

func (c farCall) answered(t *testing.T) {
	t.Helper()
	if !c.next(func(e sip.Event) bool { _, ok := e.(sip.Answered); return ok }) {
		t.Fatal("a call by the far end: was not answered")
	}
}

func (c farCall) rang() bool {
	return c.next(func(e sip.Event) bool { p, ok := e.(sip.Provisional); return ok && p.Response.Status() == 180 })
}

func (c farCall) rings(t *testing.T) {
	t.Helper()
	if !c.rang() {
		t.Fatal("a call by the far end: does not ring")
	}
}

func (c farCall) refused(t *testing.T) (status int) {
	t.Helper()
	if !c.next(func(e sip.Event) bool { f, ok := e.(sip.Failed); status = f.Status; return ok }) {
		t.Fatal("a call by the far end: was not refused")
	}
	return status
}
