package sipcall

import (
	"fmt"

	"mayday/center/emergency"
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
	invite, err := c.compose(order, relay.Offer(socket.Local(), l.session))
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
func (c *Calls) compose(order engine.SendInvite, offer []byte) (sip.Invite, error) {
	from := c.identity(order.CallerID)
	peer, config := c.wayTo(order)
	invite := sip.Invite{
		Peer: peer, TLS: config, From: from, ContentType: sdpType, Body: offer, Credentials: credentials(order.Trunk),
		Urgent: order.Urgent,
	}
	if order.CallerID != "" {
		invite.Headers = append(invite.Headers, sip.Header{Name: "P-Asserted-Identity", Value: "<" + from.URI + ">"})
	}
	var dialled string
	switch target := order.Target.(type) {
	case engine.ToEmergency:
		dialled = target.Number.String()
		invite.Headers = append(invite.Headers, sip.Header{Name: "Priority", Value: "emergency"})
		if order.Trunk.Conveys() == trunk.ByValue && !target.Conceded.Has(emergency.WithoutPlace) {
			if err := c.convey(&invite, target, from.URI); err != nil {
				c.config.Logger.Error("place not conveyed", "leg", order.Leg, "error", err)
			}
		}
	case engine.ToTest:
		dialled = target.Number.String()
	case engine.ToTestService:
		dialled = testService
	case engine.ToOrdinary:
		dialled = target.Number
	}
	invite.RequestURI = "sip:" + dialled + "@" + hostOf(peer)
	invite.To = sip.Address{URI: invite.RequestURI}
	return invite, nil
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
