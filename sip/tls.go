package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// ErrInsecure is the fault of a peer that is there and with whom no connection can be secured.
var ErrInsecure = errors.New("sip: connection cannot be secured")

var (
	errNoTLS    = errors.New("no certificate to show to those who connect")
	errIdentity = errors.New("certificate is not that of the peer")
)

// security is how a connection is secured; the zero value not at all. It tells connections to one address apart: what one
// peer's certificate has proved holds for nobody else.
type security struct {
	config *tls.Config // nil: the system's roots
	name   string      // whom the far end has to prove to be; empty: it connected to us
}

func (s security) used() bool { return s != security{} }

// line tells connections apart.
type line struct {
	remote netip.AddrPort
	secure security
}

func (c *tcpConn) line() line { return line{c.remote, c.secure} }

// secure gives the hops over TLS what it takes: the name is the host of the URI, whatever addresses serve it. RFC 3263 §4.1,
// RFC 5922 §7.3.
func secure(hops []hop, u uri, config *tls.Config) []hop {
	for i := range hops {
		if hops[i].network == "tls" {
			hops[i].secure = security{config, serverName(u.host, config)}
		}
	}
	return hops
}

func serverName(host string, config *tls.Config) string {
	if config != nil && config.ServerName != "" {
		return config.ServerName
	}
	return strings.ToLower(host)
}

// secured does so for a request inside a dialog. A far end that gives an address as its Contact has to prove to be who it was.
func (l *leg) secured(u uri, hops []hop) []hop {
	before := l.near.security()
	if l.tls != nil || before.name == "" {
		return secure(hops, u, l.tls)
	}
	if _, err := netip.ParseAddr(u.host); err == nil {
		u.host = before.name
	}
	return secure(hops, u, before.config)
}

// security is how the route's connection is secured.
func (r route) security() security {
	if c, ok := r.flow.(*tcpConn); ok {
		return c.secure
	}
	return security{}
}

// mayCarry says whether what goes to a URI may go over the route instead: what asks for TLS is not sent in the clear.
func (r route) mayCarry(u uri) bool { return networkOf(u) != "tls" || r.security().used() }

// again is the hop that leads where the route's connection led; there is none to whom connected to us over TLS.
func (r route) again() (hop, bool) {
	switch s := r.security(); {
	case !s.used():
		return hop{network: "tcp", addr: r.to}, true
	case s.name == "":
		return hop{}, false
	default:
		return hop{network: "tls", addr: r.to, secure: s}, true
	}
}

// outward is the same security for a connection that we open to a host; of one that was accepted only the kind is known.
func (s security) outward(host string) security {
	if s.name != "" {
		return s
	}
	return security{name: serverName(host, nil)}
}

// refused says of a connection that was to be secured, and that somebody refused, that it could not be.
func (s security) refused(err error) error {
	if s.used() && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET)) {
		return errors.Join(ErrInsecure, err)
	}
	return err
}

// client is the configuration for a handshake that we begin. The names in a certificate are held against the peer's as SIP has it,
// unless the configuration checks nothing.
func (s security) client() *tls.Config {
	config := &tls.Config{}
	if s.config != nil {
		config = s.config.Clone()
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	config.ServerName = s.name
	if config.InsecureSkipVerify {
		return config
	}
	config.InsecureSkipVerify = true // the check below takes its place
	config.VerifyConnection = func(state tls.ConnectionState) error { return verify(state, s.name, config.RootCAs) }
	return config
}

// verify holds a certificate against whom we meant to reach. RFC 5922 §7.2.
func verify(state tls.ConnectionState, name string, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errIdentity
	}
	leaf := state.PeerCertificates[0]
	intermediates := x509.NewCertPool()
	for _, other := range state.PeerCertificates[1:] {
		intermediates.AddCert(other)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
		return err
	}
	err := leaf.VerifyHostname(name)
	if err == nil || hasDomain(leaf, name) {
		return nil
	}
	return errors.Join(errIdentity, err)
}

// hasDomain says whether a certificate has "sip:" and the name among its subject's names. RFC 5922 §7.1.
func hasDomain(leaf *x509.Certificate, name string) bool {
	for _, u := range leaf.URIs {
		if strings.EqualFold(u.Scheme, "sip") && strings.EqualFold(u.Opaque, name) {
			return true
		}
	}
	return false
}

func (s *Stack) listenTLS(address string) (netip.AddrPort, error) {
	if s.accepts == nil {
		return netip.AddrPort{}, errNoTLS
	}
	return s.listenTCP(address, security{config: s.accepts})
}

// welcome is the goroutine of a connection that was accepted over TLS: the handshake, then its reader.
func (c *tcpConn) welcome(raw *net.TCPConn) {
	ctx, cancel := context.WithTimeout(c.ctx, firstMessage)
	defer cancel()
	secured := tls.Server(raw, c.secure.config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		c.fail(errors.Join(ErrInsecure, err))
		return
	}
	if c.connected(secured, raw) {
		c.stack.running.Go(c.write)
		c.read()
	}
}
