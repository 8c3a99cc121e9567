package psap

import (
	"net/http"
	"strings"
	"testing"

	"mayday/sip"
)

func TestPlaceOfAMultipartInviteIsShownDecoded(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	p.connect(o, "911", func(i *sip.Invite) {
		i.ContentType, i.Body = multipart(i.Body, springfield)
		i.Headers = append(i.Headers, sip.Header{Name: "Geolocation", Value: "<cid:place@example.com>"}, sip.Header{Name: "Geolocation-Routing", Value: "yes"})
	})
	c := o.calls()[0]
	if len(c.Places) != 2 || c.Places[0].Lines[1] != "1 Main St" || c.Places[1].Position == nil || c.Places[1].Position.Latitude != 39.80 {
		t.Errorf("places of the call: %+v", c.Places)
	}
	if len(c.Parts) != 2 || c.PIDF != springfield || !strings.HasPrefix(c.SDP, "v=0") || len(c.Faults) > 0 {
		t.Errorf("body: %d parts, %d bytes of location, sdp %.10q, faults %q", len(c.Parts), len(c.PIDF), c.SDP, c.Faults)
	}
	if id := c.CallerID; id.Number != "+12175550101" || id.Display != "Alice Doe" || id.Withheld || id.Asserted == "" {
		t.Errorf("caller id: %+v", id)
	}
	routing := ""
	for _, h := range c.Headers {
		if h.Name == "Geolocation-Routing" {
			routing = h.Value
		}
	}
	if routing != "yes" || !strings.HasPrefix(c.StartLine, "INVITE sip:911@") {
		t.Errorf("Geolocation-Routing %q, start line %q", routing, c.StartLine)
	}
}

func TestMalformedBodiesAreShownAndTheCallGoesOn(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	for name, change := range map[string]func(*sip.Invite){
		"location cut off": func(i *sip.Invite) { i.ContentType, i.Body = multipart(i.Body, springfield[:700]) },
		"location no XML":  func(i *sip.Invite) { i.ContentType, i.Body = multipart(i.Body, "here") },
		"location empty":   func(i *sip.Invite) { i.ContentType, i.Body = multipart(i.Body, "") },
	} {
		l := p.connect(o, "911", change)
		if c := o.calls()[0]; len(c.Faults) == 0 || len(c.Places) > 0 || c.Body == "" {
			t.Errorf("%s: faults %q, %d places, %d bytes shown", name, c.Faults, len(c.Places), len(c.Body))
		}
		l.dialog.End("")
		await[sip.Ended](l)
	}
}

func TestUnreadableSessionsAreRefusedAndShown(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	for name, change := range map[string]func(*sip.Invite){
		"garbage for a session": func(i *sip.Invite) { i.Body = []byte("\x00\xffgarbage") },
		"host name for address": func(i *sip.Invite) { i.Body = []byte(strings.ReplaceAll(string(i.Body), "127.0.0.1", "x.example")) },
		"garbage in a part":     func(i *sip.Invite) { i.ContentType, i.Body = multipart([]byte("v=1"), springfield) },
	} {
		if failed := await[sip.Failed](p.dial(o, "911", change)); failed.Status != 400 {
			t.Errorf("%s: status %d, want 400", name, failed.Status)
		}
		if c := o.untilState(Over); len(c.Faults) == 0 || c.Body == "" {
			t.Errorf("%s: faults %q, %d bytes shown", name, c.Faults, len(c.Body))
		}
	}
}

func TestBodyWithoutBoundaryIsShown(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.dial(o, "911", func(i *sip.Invite) { i.ContentType = "multipart/mixed" })
	await[sip.Ended](withEnd(l))
	if c := o.untilState(Over); len(c.Faults) == 0 || !strings.HasPrefix(c.Body, "v=0") {
		t.Errorf("multipart without a boundary: faults %q, body %.10q", c.Faults, c.Body)
	}
}

// withEnd hangs up as soon as the call is answered or refused.
func withEnd(l *leg) *leg {
	await[sip.Provisional](l)
	l.dialog.End("")
	return l
}

func TestCallBackRingsWithAndWithoutNumber(t *testing.T) {
	p := newProduct(t)
	o := start(t, Config{CallbackPeer: "sip:" + p.address.String()})
	for body, want := range map[string]struct{ from, asserted, privacy string }{
		`{"to":"+12175550101"}`:                       {"sip:+12175550119@", "<sip:+12175550119@", ""},
		`{"to":"+12175550101","from":"+12175550140"}`: {"sip:+12175550140@", "<sip:+12175550140@", ""},
		`{"to":"+12175550101","withheld":true}`:       {"sip:anonymous@anonymous.invalid", "", "id"},
	} {
		var placed Call
		o.do("POST", "callback", body, http.StatusAccepted, &placed)
		if placed.Direction != Outgoing || placed.Kind != CallBack || placed.Dialled != "+12175550101" {
			t.Errorf("call back %s: %s, %s, to %q", body, placed.Direction, placed.Kind, placed.Dialled)
		}
		l := p.newLeg()
		l.dialog = <-p.invited
		request := l.dialog.Request()
		_, from := readNameAddress(request.Header("From"))
		if !strings.HasPrefix(from, want.from) || !strings.HasPrefix(request.Header("P-Asserted-Identity"), want.asserted) ||
			want.asserted == "" && request.Header("P-Asserted-Identity") != "" || request.Header("Privacy") != want.privacy {
			t.Errorf("call back %s: From %q, P-Asserted-Identity %q, Privacy %q", body, from, request.Header("P-Asserted-Identity"), request.Header("Privacy"))
		}
		if source := l.dialog.Source(); source != o.service.SIP()[0] {
			t.Errorf("call back %s: comes from %s, the service listens at %s", body, source, o.service.SIP()[0])
		}
		if !strings.HasPrefix(request.URI(), "sip:+12175550101@"+p.address.String()) {
			t.Errorf("call back %s: to %s", body, request.URI())
		}
		l.talkWith(o, placed.ID)
	}
}

// talkWith answers a call back, hears and is heard, and lets the service hang up.
func (l *leg) talkWith(o *outside, id string) {
	l.t.Helper()
	if err := l.dialog.Ring(180, nil, "", nil); err != nil {
		l.t.Fatal(err)
	}
	o.untilState(Ringing)
	l.accept()
	l.hears(440)
	o.hears(620)
	o.do("POST", "calls/"+id+"/hangup", "", http.StatusOK, nil)
	await[sip.Ended](l)
	o.untilState(Over)
}

func TestCallBackGoesToWhereTheLastCallCameFrom(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.do("POST", "callback", `{"to":"+12175550101"}`, http.StatusConflict, nil)
	l := p.connect(o, "911", nil)
	l.dialog.End("")
	await[sip.Ended](l)
	o.do("POST", "callback", `{"to":"+12175550101"}`, http.StatusAccepted, nil)
	d := <-p.invited
	d.Reject(480, "", nil) //nolint:errcheck // its outcome is looked at
	if c := o.untilState(Over); c.Status != 480 || c.Direction != Outgoing {
		t.Errorf("a call back that is refused: %s with status %d", c.Direction, c.Status)
	}
}

func TestCallBackIsGivenUpOnTheConsole(t *testing.T) {
	p := newProduct(t)
	o := start(t, Config{CallbackPeer: "sip:" + p.address.String()})
	var placed Call
	o.do("POST", "callback", `{"to":"+12175550101"}`, http.StatusAccepted, &placed)
	l := &leg{t: t, dialog: <-p.invited}
	l.dialog.Ring(180, nil, "", nil) //nolint:errcheck // the wait below needs it
	o.untilState(Ringing)
	o.do("POST", "calls/"+placed.ID+"/hangup", "", http.StatusOK, nil)
	await[sip.Cancelled](l)
	o.untilState(Over)
}
