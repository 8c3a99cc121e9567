// Package webcall carries the sound of a call to and from a rep's browser, over WebRTC.
//
// All browsers talk to one UDP port. A browser proves that it may by the password in its answer (ICE),
// then a key is agreed with it (DTLS) and its sound travels encrypted (SRTP). The connection is made
// when the rep signs in and kept warm, so that a call needs no more than joining it with another side
// of package relay. This package places no calls and does not know what a rep is.
package webcall

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"

	"mayday/edge/relay"
)

// ErrClosed says that the gateway or the peer was closed before.
var ErrClosed = errors.New("browser media is closed")

// Config is what a gateway needs to know.
type Config struct {
	// Logger may be nil: nothing is logged then. Nothing of a call's content ever is.
	Logger *slog.Logger
	// Listen is the one UDP address of all browsers. Port 0 lets the system choose.
	Listen netip.AddrPort
	// Advertise lists the addresses at which browsers reach Listen; empty means its own address.
	Advertise []netip.Addr
}

// Gateway is the one UDP port that all browsers talk to.
type Gateway struct {
	logger      *slog.Logger
	port        *relay.Port
	local       netip.AddrPort
	advertise   []netip.Addr
	certificate tls.Certificate
	fingerprint string
	born        time.Time
	byUfrag     *table[string, *binding]
	byAddress   *table[netip.AddrPort, *Peer]
	dropped     atomic.Uint64
	binder      binder

	context context.Context
	cancel  context.CancelFunc
	mu      sync.Mutex // of closed and the start of a peer, so that Close waits for all of them
	closed  bool
	peers   sync.WaitGroup
	over    sync.Once
}

// Listen opens the port, makes the certificate of this process and begins to serve.
func Listen(config Config) (*Gateway, error) {
	certificate, fingerprint, err := newCertificate()
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(config.Listen))
	if err != nil {
		return nil, fmt.Errorf("open browser media port: %w", err)
	}
	// A burst of all browsers fits; a system that grants less still works.
	_ = errors.Join(conn.SetReadBuffer(4<<20), conn.SetWriteBuffer(4<<20))
	g := &Gateway{
		logger: config.Logger, advertise: config.Advertise, born: time.Now(),
		local:       unmapped(conn.LocalAddr().(*net.UDPAddr).AddrPort()),
		certificate: certificate, fingerprint: fingerprint,
		byUfrag: newTable[string, *binding](), byAddress: newTable[netip.AddrPort, *Peer](),
	}
	if g.logger == nil {
		g.logger = slog.New(slog.DiscardHandler)
	}
	if len(g.advertise) == 0 {
		if g.local.Addr().IsUnspecified() {
			conn.Close()
			return nil, errors.New("open browser media port: no address to advertise")
		}
		g.advertise = []netip.Addr{g.local.Addr()}
	}
	g.context, g.cancel = context.WithCancel(context.Background())
	g.port = relay.NewPort(conn)
	g.port.Attend(g.receive)
	return g, nil
}

// newCertificate makes an ECDSA certificate and the fingerprint that answers carry (RFC 8122 §5).
func newCertificate() (tls.Certificate, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("make certificate key: %w", err)
	}
	certificate, err := selfsign.SelfSign(key)
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("make certificate: %w", err)
	}
	return certificate, fingerprintOf(certificate.Certificate[0]), nil
}

// Local answers with the address of the port.
func (g *Gateway) Local() netip.AddrPort { return g.local }

// Dropped counts datagrams that belonged to no browser.
func (g *Gateway) Dropped() uint64 { return g.dropped.Load() }

// Close closes every peer and the port, and returns when nothing of them runs any more. It must not be
// called from an event.
func (g *Gateway) Close() error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.cancel()
	g.peers.Wait()
	var err error
	g.over.Do(func() { err = g.port.Close() })
	if err != nil {
		return fmt.Errorf("close browser media port: %w", err)
	}
	return nil
}

// Open reads a browser's offer and answers it. It never blocks. What happens to the peer is told to on,
// from a goroutine of the peer's own; an on that blocks holds up that peer's events and nothing else. An
// offer that cannot be answered is an [OfferError].
func (g *Gateway) Open(description string, on func(PeerEvent)) (*Peer, string, error) {
	o, err := readOffer(description)
	if err != nil {
		return nil, "", err
	}
	p := newPeer(g, o, on)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, "", ErrClosed
	}
	answer := p.bind(o)
	g.peers.Go(p.run)
	return p, answer, nil
}

// receive takes one datagram off the port. It is called from one goroutine only, so packets stay in order. One packet that we cannot
// bear must not silence every browser.
func (g *Gateway) receive(raw []byte, from netip.AddrPort) {
	defer func() {
		if bug := recover(); bug != nil {
			g.logger.Error("browser media packet met a bug", "bug", bug, "stack", string(debug.Stack()))
			g.dropped.Add(1)
		}
	}()
	g.dispatch(raw, from)
}

// dispatch tells the protocols on the port apart by the first octet (RFC 7983 §7).
func (g *Gateway) dispatch(raw []byte, from netip.AddrPort) {
	if len(raw) == 0 {
		return
	}
	if raw[0] <= 3 {
		g.check(raw, from)
		return
	}
	p := g.byAddress.find(from)
	switch {
	case p == nil:
		g.dropped.Add(1)
	case raw[0] >= 20 && raw[0] <= 63:
		p.inbox.put(raw)
	case raw[0] >= 128 && raw[0] <= 191:
		p.receive(raw)
	default:
		g.dropped.Add(1)
	}
}

// now answers with the time since the gateway was opened, which fits an atomic.
func (g *Gateway) now() time.Duration { return time.Since(g.born) }

func unmapped(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
