package webcall

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"

	"mayday/edge/relay"
)

// ErrWrongFingerprint says that whoever agreed a key does not hold the certificate of the offer.
var ErrWrongFingerprint = errors.New("certificate is not the one that the offer names")

// session holds the keys of both directions. Each context belongs to one goroutine at a time: the two
// that decrypt to the gateway's reader, out to whoever is in the gate of the peer's end, outReport to the
// peer's own goroutine.
type session struct {
	in, inReport, out, outReport *srtp.Context

	inHeader, outHeader             rtp.Header
	inReportHeader, outReportHeader rtcp.Header
	inBuffer, outBuffer             [2048]byte
}

// secure agrees the key as the DTLS server and then waits for the end of the connection (RFC 5763 §5).
// It answers nil when the browser closed it.
func (p *Peer) secure(secured chan<- struct{}) error {
	conn, err := dtls.ServerWithOptions(p.inbox, p.inbox.LocalAddr(), p.options()...)
	if err != nil {
		return fmt.Errorf("prepare DTLS: %w", err)
	}
	defer conn.Close()
	if err := conn.HandshakeContext(p.context); err != nil {
		return fmt.Errorf("agree key: %w", err)
	}
	s, err := newSession(conn)
	if err != nil {
		return err
	}
	p.session.Store(s)
	close(secured)
	stop := context.AfterFunc(p.context, func() { conn.Close() })
	defer stop()
	var nothing [64]byte
	for {
		if _, err := conn.Read(nothing[:]); err != nil {
			break
		}
	}
	p.session.Store(nil)
	return p.context.Err()
}

func (p *Peer) options() []dtls.ServerOption {
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	return []dtls.ServerOption{
		dtls.WithCertificates(p.gateway.certificate),
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithVerifyPeerCertificate(p.verify),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		// The address has been proved by ICE already, so no cookie is needed.
		dtls.WithInsecureSkipVerifyHello(true),
		dtls.WithFlightInterval(100 * time.Millisecond),
		dtls.WithLoggerFactory(quiet),
	}
}

// verify compares the browser's certificate with its offer (RFC 8122 §6.2).
func (p *Peer) verify(certificates [][]byte, _ [][]*x509.Certificate) error {
	p.mu.Lock()
	o := p.offer
	p.mu.Unlock()
	if len(certificates) == 0 || !o.matches(certificates[0]) {
		return ErrWrongFingerprint
	}
	return nil
}

// newSession derives the keys of sound from the key of the connection (RFC 5764 §4.2).
func newSession(conn *dtls.Conn) (*session, error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, errors.New("derive keys: no protection profile in common")
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, errors.New("derive keys: connection has no state")
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := config.ExtractSessionKeysFromDTLS(&state, false); err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	k, s := config.Keys, &session{}
	for _, c := range []struct {
		to        **srtp.Context
		key, salt []byte
	}{
		{&s.in, k.RemoteMasterKey, k.RemoteMasterSalt},
		{&s.inReport, k.RemoteMasterKey, k.RemoteMasterSalt},
		{&s.out, k.LocalMasterKey, k.LocalMasterSalt},
		{&s.outReport, k.LocalMasterKey, k.LocalMasterSalt},
	} {
		var err error
		options := []srtp.ContextOption{srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(64)}
		if *c.to, err = srtp.CreateContext(c.key, c.salt, config.Profile, options...); err != nil {
			return nil, fmt.Errorf("derive keys: %w", err)
		}
	}
	return s, nil
}

// receive takes one encrypted packet. Only the gateway's reader calls it.
func (p *Peer) receive(raw []byte) {
	s := p.session.Load()
	if s == nil {
		p.gateway.dropped.Add(1)
		return
	}
	if relay.IsRTCP(raw) {
		plain, err := s.inReport.DecryptRTCP(s.inBuffer[:0], raw, &s.inReportHeader)
		if err != nil {
			p.gateway.dropped.Add(1)
			return
		}
		p.heard.Store(int64(p.gateway.now()))
		p.end.ReceiveReport(plain)
		return
	}
	plain, err := s.in.DecryptRTP(s.inBuffer[:0], raw, &s.inHeader)
	if err != nil {
		p.gateway.dropped.Add(1)
		return
	}
	now := int64(p.gateway.now())
	p.heard.Store(now)
	if p.end.Receive(plain) {
		p.sounded.Store(now)
	}
}

// SendRTP implements relay.Wire.
func (p *Peer) SendRTP(raw []byte) bool {
	s, to := p.session.Load(), p.selected.Load()
	if s == nil || to == nil {
		return false
	}
	sealed, err := s.out.EncryptRTP(s.outBuffer[:0], raw, &s.outHeader)
	if err != nil {
		return false
	}
	return p.gateway.port.Send(sealed, *to) == nil
}

// report sends a compound RTCP packet on the same port as the sound (RFC 5761 §4).
func (p *Peer) report() {
	s, to := p.session.Load(), p.selected.Load()
	if s == nil || to == nil {
		return
	}
	sealed, err := s.outReport.EncryptRTCP(nil, p.end.AppendReport(nil), &s.outReportHeader)
	if err != nil {
		p.gateway.logger.Error("report not encrypted", "peer", p.id, "error", err)
		return
	}
	// A report that cannot be sent is made good by the next one.
	_ = p.gateway.port.Send(sealed, *to)
}

// inbox is the packet connection that DTLS sees: what the gateway sorted out for it, and the way back
// to wherever the browser is at that moment.
type inbox struct {
	*packetio.Buffer
	peer *Peer
}

func newInbox(p *Peer) *inbox {
	b := &inbox{Buffer: packetio.NewBuffer(), peer: p}
	b.SetLimitCount(32)
	return b
}

// put adds a packet, or drops it when so many wait that DTLS is stuck.
func (b *inbox) put(raw []byte) {
	if _, err := b.Write(raw, nil); err != nil {
		b.peer.gateway.dropped.Add(1)
	}
}

// ReadFrom implements net.PacketConn.
func (b *inbox) ReadFrom(to []byte) (int, net.Addr, error) {
	n, _, err := b.Read(to, nil)
	return n, b.LocalAddr(), err
}

// WriteTo implements net.PacketConn. The address is where the browser was at first, and is not heeded.
func (b *inbox) WriteTo(raw []byte, _ net.Addr) (int, error) {
	to := b.peer.selected.Load()
	if to == nil {
		return len(raw), nil // lost on the way, as packets are
	}
	if err := b.peer.gateway.port.Send(raw, *to); errors.Is(err, net.ErrClosed) {
		return 0, err
	}
	return len(raw), nil
}

// LocalAddr implements net.PacketConn.
func (b *inbox) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(b.peer.gateway.local.Addr(), b.peer.gateway.local.Port()))
}

// SetDeadline implements net.PacketConn.
func (b *inbox) SetDeadline(t time.Time) error { return b.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn. A write never waits.
func (b *inbox) SetWriteDeadline(time.Time) error { return nil }
