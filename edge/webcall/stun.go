package webcall

import (
	"net"
	"net/netip"
	"strings"

	"github.com/pion/stun/v4"
)

// binding is what a user name fragment of ours stands for.
type binding struct {
	peer     *Peer
	own      credentials
	remote   string // the browser's own fragment
	password stun.MessageIntegrity
}

// binder answers connectivity checks. Only the gateway's reader uses it.
type binder struct {
	request, response stun.Message
}

// check is what a connectivity check says, up to the attribute that protects it: what follows that one
// could have been added by anybody (RFC 8489 §14.5).
type check struct {
	username   string
	protected  bool
	nominates  bool // USE-CANDIDATE
	controlled bool // ICE-CONTROLLED: the browser takes the role that an ICE-lite agent has
	unknown    stun.UnknownAttributes
}

func readCheck(m *stun.Message) (c check) {
	for _, a := range m.Attributes {
		switch a.Type {
		case stun.AttrMessageIntegrity:
			c.protected = true
			return c
		case stun.AttrUsername:
			c.username = string(a.Value)
		case stun.AttrUseCandidate:
			c.nominates = true
		case stun.AttrICEControlled:
			c.controlled = true
		case stun.AttrPriority, stun.AttrICEControlling, stun.AttrMessageIntegritySHA256:
		default:
			if a.Type.Required() {
				c.unknown = append(c.unknown, a.Type)
			}
		}
	}
	return c
}

// check answers one connectivity check (RFC 8445 §7.3).
func (g *Gateway) check(raw []byte, from netip.AddrPort) {
	m := &g.binder.request
	m.Raw = append(m.Raw[:0], raw...)
	if err := m.Decode(); err != nil || m.Type != stun.BindingRequest || stun.Fingerprint.Check(m) != nil {
		g.dropped.Add(1)
		return
	}
	c := readCheck(m)
	own, remote, _ := strings.Cut(c.username, ":")
	b := g.byUfrag.find(own)
	switch {
	case !c.protected || c.username == "":
		g.refuse(from, nil, stun.CodeBadRequest)
	case b == nil || b.remote != remote || b.password.Check(m) != nil:
		g.refuse(from, nil, stun.CodeUnauthorized)
	case len(c.unknown) > 0:
		g.refuse(from, b, stun.CodeUnknownAttribute, c.unknown)
	case c.controlled:
		// A full agent takes the controlling role when it meets a lite one (RFC 8445 §6.1.1).
		g.refuse(from, b, stun.CodeRoleConflict)
	default:
		b.peer.checked(b, from, c.nominates)
		g.respond(from, b, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())})
	}
}

func (g *Gateway) refuse(from netip.AddrPort, b *binding, code stun.ErrorCode, extra ...stun.Setter) {
	g.dropped.Add(1)
	// Without a reason in words, so that a response is hardly larger than any request.
	reason := stun.ErrorCodeAttribute{Code: code}
	g.respond(from, b, stun.BindingError, append([]stun.Setter{reason}, extra...)...)
}

// respond sends a response, protected by the password of the binding unless there is none.
func (g *Gateway) respond(to netip.AddrPort, b *binding, kind stun.MessageType, setters ...stun.Setter) {
	m := &g.binder.response
	all := append([]stun.Setter{stun.NewTransactionIDSetter(g.binder.request.TransactionID), kind}, setters...)
	if b != nil {
		all = append(all, b.password)
	}
	if err := m.Build(append(all, stun.Fingerprint)...); err != nil {
		g.logger.Error("connectivity check not answered", "error", err)
		return
	}
	// A response that is lost is asked for again.
	_ = g.port.Send(m.Raw, to)
}
