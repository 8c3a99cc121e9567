package sipcall

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"mayday/engine"
	"mayday/sip"
)

// leaveWithin is how long a far end that has taken its call to somewhere else may leave the old leg up.
const leaveWithin = 5 * time.Second

// refer takes a REFER (RFC 3515 §2.4.2). Only an NG trunk may take an emergency call to somewhere else (RFC 6881 ED-64), and one place at
// a time; what becomes of it is told in NOTIFYs.
func (l *leg) refer(x *sip.Exchange) {
	if !l.ng || !l.answered || l.referring {
		l.respond(x, 603, nil)
		return
	}
	uri, replaces, ok := referTo(x.Request().Header("Refer-To"))
	if !ok {
		l.respond(x, 400, nil)
		return
	}
	l.respond(x, 202, nil)
	l.referring = true
	l.notify("active;expires=60", 100)
	l.report(engine.LegReferred{Leg: l.id, URI: uri, Replaces: replaces})
}

// referTo reads a Refer-To header: a SIP URI to be asked for with an INVITE, and the call that this replaces, if any.
func referTo(header string) (uri, replaces string, ok bool) {
	uri, fields, _ := strings.Cut(addressIn(header), "?")
	scheme, _, _ := strings.Cut(uri, ":")
	if !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") && !strings.EqualFold(scheme, "urn") {
		return "", "", false
	}
	base, parameters, _ := strings.Cut(uri, ";")
	for _, parameter := range strings.Split(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		switch {
		case parameter == "":
		case !strings.EqualFold(name, "method"):
			base += ";" + parameter
		case !strings.EqualFold(value, "INVITE"):
			return "", "", false
		}
	}
	for _, field := range strings.Split(fields, "&") {
		if name, value, _ := strings.Cut(field, "="); strings.EqualFold(name, "Replaces") {
			plain, err := url.PathUnescape(value)
			if err != nil || strings.ContainsAny(plain, "\r\n") {
				return "", "", false
			}
			replaces = plain
		}
	}
	return base, replaces, true
}

// tellReferrer says what became of the wish. When the new leg stands, the far end hangs this one up; else we do.
func (l *leg) tellReferrer(status int) {
	l.referring = false
	l.notify("terminated;reason=noresource", status)
	if status == 200 {
		l.over = true // the engine has left the leg
		l.leave = time.After(leaveWithin)
	}
}

// notify sends the state of the new leg as the first line of its answer (RFC 3515 §2.4.4).
func (l *leg) notify(state string, status int) {
	reason := "Not Placed"
	switch status {
	case 100:
		reason = "Trying"
	case 200:
		reason = "OK"
	}
	l.dialog.Send("NOTIFY", []sip.Header{{Name: "Event", Value: "refer"}, {Name: "Subscription-State", Value: state}},
		"message/sipfrag;version=2.0", fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", status, reason))
}
