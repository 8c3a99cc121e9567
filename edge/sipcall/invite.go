package sipcall

import (
	"fmt"
	"strings"

	"mayday/center/number"
	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/engine"
	"mayday/sip"
)

// Invite sends the INVITE of an outgoing leg; it waits for nothing. When it returns, the message of an emergency call is on the wire or
// on its way there; that of an ordinary call is left to the leg's own loop, so that the engine is free again at once. What goes wrong
// is reported from that loop.
func (c *Calls) Invite(order engine.SendInvite) {
	l := &leg{calls: c, id: order.Leg, inbox: newInbox(), session: relay.NewSession(), urgent: order.Urgent, carrier: order.Trunk.ID}
	if l.urgent {
		l.begun = c.send(l, order)
	} else {
		l.trunk, l.order = order.Trunk.ID, &order
	}
	c.begin(l)
}

func (c *Calls) send(l *leg, order engine.SendInvite) error {
	socket, err := c.openPorts(l)
	if err != nil {
		return fmt.Errorf("open media port: %w", err)
	}
	l.socket = socket
	l.keys = keysFor(order)
	invite, err := c.compose(l, order, l.ourOffer(false))
	if err != nil {
		return err
	}
	if l.dialog, err = c.stack.Invite(invite); err != nil {
		return fmt.Errorf("send invite: %w", err)
	}
	return nil
}

// openPorts opens the leg's ports; those of emergency calls may use what is kept back from ordinary ones.
func (c *Calls) openPorts(l *leg) (*relay.Socket, error) {
	if l.urgent {
		return c.config.Ports.OpenReserved()
	}
	return c.config.Ports.Open()
}

// compose writes the INVITE for what the engine asks for.
func (c *Calls) compose(l *leg, order engine.SendInvite, offer []byte) (sip.Invite, error) {
	from := c.identity(order.CallerID)
	peer, config := c.wayTo(order)
	invite := sip.Invite{
		Peer: peer, TLS: config, From: from, ContentType: sdpType, Body: offer, Credentials: credentials(order.Trunk),
		Urgent: order.Urgent,
	}
	if order.CallerID != "" {
		invite.Headers = append(invite.Headers, sip.Header{Name: "P-Asserted-Identity", Value: "<" + from.URI + ">"})
	}
	invite.RequestURI = c.requestURI(order, hostOf(peer))
	switch target := order.Target.(type) {
	case engine.ToEmergency:
		invite.Headers = append(invite.Headers, sip.Header{Name: "Priority", Value: "emergency"})
		c.tellAll(l, &invite, order.Trunk, target)
		l.ng = order.Trunk.NG
	case engine.ToReferred:
		invite.Headers = append(invite.Headers, sip.Header{Name: "Priority", Value: "emergency"})
		if target.Replaces != "" {
			invite.Headers = append(invite.Headers, sip.Header{Name: "Replaces", Value: target.Replaces})
		}
		c.tellAll(l, &invite, order.Trunk, target.Emergency)
		l.ng = true
	case engine.ToTest, engine.ToTestService:
		l.tests = true
	case engine.ToOrdinary:
	}
	if l.ng || strings.HasPrefix(invite.RequestURI, "urn:") {
		invite.Headers = append(invite.Headers, sip.Header{Name: "Route", Value: routes(peer, order.Target)})
	}
	invite.To = sip.Address{URI: invite.RequestURI}
	return invite, nil
}

// tellAll puts what the far end is told beside the sound into the INVITE.
func (c *Calls) tellAll(l *leg, invite *sip.Invite, carrier trunk.Trunk, target engine.ToEmergency) {
	told := c.tellings(l, carrier, target, invite.From.URI)
	invite.Headers = append(invite.Headers, told.headers...)
	if len(told.parts) > 0 {
		invite.ContentType, invite.Body = sip.Multipart(append([]sip.Part{{ContentType: sdpType, Body: invite.Body}}, told.parts...))
	}
}

// The services of RFC 5031 §4.2 and, for tests, of RFC 6881 §15. Each is asked for by a target of its own type, so that a test has no
// way to the live one.
const (
	liveService = "urn:service:sos"
	testOfNG    = "urn:service:test.sos"
)

// requestURI is whom the INVITE asks for. An NG trunk is asked for the service and not for a number (RFC 6881 ED-62).
func (c *Calls) requestURI(order engine.SendInvite, host string) string {
	switch target := order.Target.(type) {
	case engine.ToEmergency:
		if order.Trunk.NG {
			return liveService
		}
		return "sip:" + target.Number.String() + "@" + host
	case engine.ToTest:
		if order.Trunk.NG {
			return testOfNG
		}
		return "sip:" + target.Number.String() + "@" + host
	case engine.ToReferred:
		return target.URI
	case engine.ToTestService:
		return "sip:" + testService + "@" + host
	case engine.ToOrdinary:
		return "sip:" + target.Number + "@" + host
	}
	panic(fmt.Sprintf("sipcall: BUG: target %T", order.Target))
}

// routes is the way of a call to a service: over the trunk, and where that is known to the emergency service that looks after the place
// (RFC 6881 §9.2). The trunk is asked to go there; no call of ours waits for the name of that service to be found.
func routes(peer string, target engine.Target) string {
	way := "<" + routeOf(peer) + ">"
	if to, is := target.(engine.ToEmergency); is && to.Route != "" {
		way += ", <" + routeOf(to.Route) + ">"
	}
	return way
}

// routeOf is a trunk's URI as a loose route (RFC 3261 §19.1.1).
func routeOf(uri string) string {
	for _, parameter := range strings.Split(uri, ";")[1:] {
		if strings.EqualFold(parameter, "lr") {
			return uri
		}
	}
	return uri + ";lr"
}

// identity is who calls: the caller id as a SIP URI, anonymous where there is none (RFC 3323 §4.1.1.3).
func (c *Calls) identity(callerID number.E164) sip.Address {
	if callerID == "" {
		return sip.Address{URI: "sip:anonymous@anonymous.invalid"}
	}
	return sip.Address{URI: "sip:" + string(callerID) + "@" + c.config.Host + ";user=phone"}
}

func credentials(carrier trunk.Trunk) *sip.Credentials {
	if carrier.Username == "" {
		return nil
	}
	return &sip.Credentials{Username: carrier.Username, Password: carrier.Password}
}
