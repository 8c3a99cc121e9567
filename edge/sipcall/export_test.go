package sipcall

import (
	"mayday/engine"
	"mayday/sip"
)

// KeyIn reads the key of an INFO.
var KeyIn = keyIn

// Compose returns the INVITE that would be sent for an order; nothing is sent.
func Compose(c *Calls, order engine.SendInvite) (sip.Invite, error) {
	return c.compose(&leg{calls: c, id: order.Leg}, order, []byte("v=0\r\n"))
}
