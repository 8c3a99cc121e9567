package sip_test

import (
	"sync"
	"testing"
	"time"

	"mayday/sip"
)

// together runs things as much at once as the machine can.
func together(things ...func()) {
	var started, done sync.WaitGroup
	started.Add(len(things))
	for _, thing := range things {
		done.Go(func() {
			started.Done()
			started.Wait()
			thing()
		})
	}
	done.Wait()
}

// Whatever crosses whatever, both sides learn that the call is over.
func TestEverythingThatCrossesEndsOnBothSides(t *testing.T) {
	answer := func(d *sip.Dialog) func() {
		return func() { _ = d.Answer(nil, "application/sdp", []byte(offerSDP)) }
	}
	end := func(d *sip.Dialog) func() { return func() { d.End("") } }
	for _, transport := range []string{"udp", "tcp"} {
		a, b := newParty(t, sip.Config{}), newParty(t, sip.Config{})
		for range 100 {
			caller := a.invite(t, call(b.uri(transport)))
			callee := b.invited(t)
			together(end(caller), answer(callee))
			over(t, caller)
			over(t, callee)

			caller = a.invite(t, call(b.uri(transport)))
			callee = b.invited(t)
			together(end(caller), func() { _ = callee.Reject(486, "", nil) })
			over(t, caller)
			over(t, callee)

			caller, callee = connect(t, a, b, transport)
			together(end(caller), end(callee), end(caller), end(callee))
			over(t, caller)
			over(t, callee)

			caller, callee = connect(t, a, b, transport)
			together(end(caller), func() { callee.Reoffer("application/sdp", []byte(offerSDP)) },
				func() { callee.Send("INFO", nil, "", nil) })
			over(t, caller)
			over(t, callee)
		}
	}
}

func TestBothSidesOfferAtOnce(t *testing.T) {
	a, b := newParty(t, sip.Config{}), newParty(t, sip.Config{})
	caller, callee := connect(t, a, b, "udp")
	for _, d := range []*sip.Dialog{caller, callee} {
		d.Reoffer("application/sdp", []byte(offerSDP))
	}
	for reanswered := 0; reanswered < 2; {
		var event sip.Event
		select {
		case event = <-caller.Events():
		case event = <-callee.Events():
		case <-time.After(patience):
			t.Fatal("glare: nothing more came")
		}
		if x, ok := event.(sip.Reinvited); ok {
			_ = x.Respond(200, "", nil, "application/sdp", []byte(offerSDP))
		}
		if _, ok := event.(sip.Reanswered); ok {
			reanswered++
		}
		if f, ok := event.(sip.ReofferFailed); ok {
			t.Fatalf("glare: an offer failed with %d", f.Status)
		}
	}
	caller.End("")
	over(t, caller)
	over(t, callee)
}

func TestImpossibleArgumentsAreErrors(t *testing.T) {
	a := newParty(t, sip.Config{})
	for name, change := range map[string]func(*sip.Invite){
		"no peer":             func(i *sip.Invite) { i.Peer = "" },
		"peer without a host": func(i *sip.Invite) { i.Peer = "tel:911" },
		"no request URI":      func(i *sip.Invite) { i.RequestURI = "" },
		"request URI breaks":  func(i *sip.Invite) { i.RequestURI = "sip:a@b\r\nX: y" },
		"URI with headers":    func(i *sip.Invite) { i.RequestURI = "sip:a@b?Route=x" },
		"from breaks":         func(i *sip.Invite) { i.From.URI = "sip:a@b>\r\n" },
		"call id breaks":      func(i *sip.Invite) { i.CallID = "a\r\nb" },
		"header breaks":       func(i *sip.Invite) { i.Headers = []sip.Header{{Name: "X", Value: "a\r\nY: b"}} },
		"header without name": func(i *sip.Invite) { i.Headers = []sip.Header{{Value: "a"}} },
		"type breaks":         func(i *sip.Invite) { i.ContentType = "a/b\r\n" },
	} {
		i := call("sip:127.0.0.1:9")
		change(&i)
		if _, err := a.Invite(i); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	i := call("sip:127.0.0.1:9")
	i.RequestURI = "urn:service:sos"
	i.From.Display = "broken\r\nX: y\x00"
	d, err := a.Invite(i)
	if err != nil {
		t.Fatalf("urn:service:sos: %v", err)
	}
	if d.Request().Header("X") != "" || d.Request().URI() != "urn:service:sos" {
		t.Errorf("display name with a line break makes %q", d.Request().All())
	}
	if _, err := a.Listen("sctp", "127.0.0.1:0"); err == nil {
		t.Error("listening on sctp: no error")
	}
	if _, err := a.Listen("udp", a.udp.String()); err == nil {
		t.Error("listening twice on one port: no error")
	}
	_, _, ringing := ringingCall(t)
	for name, err := range map[string]error{
		"ringing with 100":   ringing.Ring(100, nil, "", nil),
		"ringing with 200":   ringing.Ring(200, nil, "", nil),
		"rejecting with 200": ringing.Reject(200, "", nil),
		"a reason breaks":    ringing.Reject(486, "a\r\nb", nil),
		"a header breaks":    ringing.Answer([]sip.Header{{Name: "a b"}}, "", nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
