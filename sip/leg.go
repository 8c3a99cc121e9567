package sip

import (
	"crypto/tls"
	"strconv"
	"strings"
)

// leg is the dialog state of RFC 3261 §12: how requests inside the dialog are addressed.
type leg struct {
	localTag, remoteTag string
	local, remote       string // From and To as we write them, with tags
	target              string // remote target: where the far end's Contact says
	routes              []string
	localSeq            uint32
	remoteSeq           uint32
	heard               bool // remoteSeq is set
	near                route
	tls                 *tls.Config // of the first request; afterwards it is that of near
}

// legFromResponse is the dialog that a response to our INVITE makes. RFC 3261 §12.1.2.
func legFromResponse(invite, m *Message, near route) leg {
	l := leg{
		localTag: invite.key.fromTag, remoteTag: m.key.toTag,
		local: invite.Header("From"), remote: m.Header("To"),
		localSeq: invite.key.cseq, near: near,
	}
	l.target = contactURI(m)
	if l.target == "" {
		l.target = invite.uri
	}
	recorded := m.list("Record-Route")
	for i := len(recorded) - 1; i >= 0; i-- {
		l.routes = append(l.routes, recorded[i])
	}
	return l
}

// legFromRequest is the dialog that an INVITE to us makes. RFC 3261 §12.1.1.
func legFromRequest(invite *Message, localTag string, near route) leg {
	l := leg{
		localTag: localTag, remoteTag: invite.key.fromTag,
		local: invite.Header("To") + ";tag=" + localTag, remote: invite.Header("From"),
		routes: invite.list("Record-Route"), remoteSeq: invite.key.cseq, heard: true, near: near,
	}
	l.target = contactURI(invite)
	if l.target == "" { // as RFC 2543 allowed
		from, _ := parseNameAddr(l.remote)
		l.target = from.uri
	}
	return l
}

// retarget follows the far end to its new Contact. RFC 3261 §12.2.1.2, §12.2.2.
func (l *leg) retarget(m *Message) {
	if target := contactURI(m); target != "" {
		l.target = target
	}
}

// contactURI is the URI of the first Contact, empty when there is none that can be used.
func contactURI(m *Message) string {
	contacts := m.list("Contact")
	if len(contacts) == 0 {
		return ""
	}
	contact, err := parseNameAddr(contacts[0])
	if err != nil {
		return ""
	}
	if u, err := parseURI(contact.uri); err != nil || u.host == "" {
		return ""
	}
	return contact.uri
}

// nextHop is the URI to which the next request goes: the first route, else the target. RFC 3261 §8.1.2.
func (l *leg) nextHop() string {
	if len(l.routes) > 0 {
		if first, err := parseNameAddr(l.routes[0]); err == nil {
			return first.uri
		}
	}
	return l.target
}

// request builds a request inside the dialog, ready to be encoded. A first route without lr is a strict
// router and becomes the Request-URI. RFC 3261 §12.2.1.1.
func (l *leg) request(method string, cseq uint32, callID string, to route) *Message {
	m := &Message{method: method, uri: l.target}
	routes := l.routes
	if len(routes) > 0 {
		first, err := parseNameAddr(routes[0])
		u, uriErr := parseURI(first.uri)
		if err == nil && uriErr == nil && !u.loose {
			m.uri = first.uri
			routes = append(append([]string(nil), routes[1:]...), "<"+l.target+">")
		}
	}
	line, branch := viaFor(to)
	m.key = parsed{via: via{branch: branch}, callID: callID, fromTag: l.localTag, toTag: l.remoteTag, cseq: cseq, cseqMethod: method}
	m.add("Via", line)
	if len(routes) > 0 {
		m.add("Route", strings.Join(routes, ", "))
	}
	m.add("Max-Forwards", "70")
	m.add("From", l.local)
	m.add("To", l.remote)
	m.add("Call-ID", callID)
	m.add("CSeq", strconv.Itoa(int(cseq))+" "+method)
	return m
}

// leadsTo says whether the connection over which the far end spoke last leads to a hop as well: then it is used
// again rather than a new one opened.
func (r route) leadsTo(u uri, h hop) bool {
	if !r.reliable() || !r.flow.alive() || h.addr.Addr().Unmap() != r.to.Addr() {
		return false
	}
	if r.security().used() {
		return u.transport != "udp" // what is less than this is not asked for by going on with it
	}
	return u.scheme == "sip" && (u.transport == "tcp" || u.transport == "")
}
