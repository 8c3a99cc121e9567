package sip

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

var (
	errClosed  = errors.New("sip: stack is closed")
	errNoFlow  = errors.New("sip: no socket for that transport and address family")
	errSlow    = errors.New("sip: far end does not read")
	errLostTCP = errors.New("sip: connection lost")
	errDeaf    = errors.New("sip: nothing comes over the connection any more")
)

// flow carries messages to far ends; send never waits for one.
type flow interface {
	send(b []byte, to netip.AddrPort) error
	network() string // "UDP", "TCP" or "TLS", as Via says it
	alive() bool
	// local is the address that the far end can reach us at, as seen by one far end.
	local(to netip.AddrPort) netip.AddrPort
}

// datagrams is a socket that sends to whomever it is told to.
type datagrams interface {
	flow
	serves(to netip.Addr) bool
	bound() netip.AddrPort
	close()
}

// route is a flow and the far end's address on it.
type route struct {
	flow flow
	to   netip.AddrPort
}

func (r route) send(m *Message) error {
	if r.flow == nil {
		return errNoFlow
	}
	return r.flow.send(m.raw, r.to)
}

func (r route) reliable() bool { return r.flow != nil && r.flow.network() != "UDP" }

// hop is one place where a request may be sent. RFC 3263 §4.
type hop struct {
	network string // "udp", "tcp" or "tls"
	addr    netip.AddrPort
	dial    time.Duration // patience with a connection; 0: that of its kind
	secure  security      // of TLS
}

// routeTo finds or opens the flow for a hop. A connection that is still being opened takes messages
// already.
func (s *Stack) routeTo(h hop) (route, error) {
	addr := netip.AddrPortFrom(h.addr.Addr().Unmap(), h.addr.Port())
	if h.network == "tcp" || h.network == "tls" && h.secure.used() {
		c, err := s.connTo(addr, h.secure, h.dial)
		if err != nil {
			return route{}, err
		}
		return route{c, addr}, nil
	}
	if h.network != "udp" {
		return route{}, errNoFlow
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return route{}, errClosed
	}
	var second datagrams
	for _, u := range s.udp {
		switch {
		case !u.serves(addr.Addr()):
		case u.bound().Addr().IsLoopback() == addr.Addr().IsLoopback():
			return route{u, addr}, nil
		case second == nil:
			second = u
		}
	}
	if second == nil {
		return route{}, errNoFlow
	}
	return route{second, addr}, nil
}

// ownAddress gives the listener's address in a form that the far end can use: an unspecified address
// becomes the one that the system would send from.
func (s *Stack) ownAddress(listener, to netip.AddrPort) netip.AddrPort {
	if !listener.Addr().IsUnspecified() {
		return listener
	}
	s.localMu.Lock()
	defer s.localMu.Unlock()
	ip, known := s.localIPs[to.Addr()]
	if !known {
		ip = sourceFor(to)
		if len(s.localIPs) >= maxLocalIPs {
			clear(s.localIPs)
		}
		s.localIPs[to.Addr()] = ip
	}
	return netip.AddrPortFrom(ip, listener.Port())
}

// maxLocalIPs bounds what we remember of our own addresses, one for each far end.
const maxLocalIPs = 4096

// sourceFor asks the routing table; nothing is sent.
func sourceFor(to netip.AddrPort) netip.Addr {
	fallback := netip.IPv6Loopback()
	if to.Addr().Is4() {
		fallback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return fallback
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
