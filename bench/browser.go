package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v5/packetio"

	"mayday/web/api"
)

// browser is the sound of a person, as a browser's WebRTC makes it and no more: it checks the node's one address, agrees a key as
// the DTLS client and sends G.711.
type browser struct {
	sound       *sound
	conn        *net.UDPConn
	certificate tls.Certificate
	ufrag       string
	node        answer
	agreeing    *packetio.Buffer // packets of DTLS that have arrived
	checked     chan struct{}    // is sent when a check was answered
	keys        *dtls.Conn
	in          atomic.Pointer[srtp.Context]
	out         *srtp.Context
	done        chan struct{}
	working     sync.WaitGroup
}

// answer is what the node answered to the offer.
type answer struct {
	address                      netip.AddrPort
	ufrag, password, fingerprint string
}

const (
	checkEvery   = 200 * time.Millisecond // until the first answer
	consentEvery = 2 * time.Second        // after it
)

// newCertificate makes the certificate that all browsers of a run use.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	return selfsign.SelfSign(key)
}

// connect makes the person's sound connection and returns when sound could flow.
func (p *person) connect(ctx context.Context, s *sound, certificate tls.Certificate) (*browser, error) {
	conn, err := listen()
	if err != nil {
		return nil, err
	}
	b := &browser{
		sound: s, conn: conn, certificate: certificate, ufrag: rand.Text()[:8],
		agreeing: packetio.NewBuffer(), checked: make(chan struct{}, 1), done: make(chan struct{}),
	}
	b.working.Go(b.read)
	if err := b.join(ctx, p); err != nil {
		b.close()
		return nil, fmt.Errorf("connect sound: %w", err)
	}
	return b, nil
}

func (b *browser) join(ctx context.Context, p *person) error {
	reply, err := p.do(ctx, api.Request{Do: api.DoMediaOffer, SDP: b.offer()})
	if err != nil {
		return err
	}
	if err := b.take(reply.SDP); err != nil {
		return err
	}
	if err := b.check(ctx); err != nil {
		return err
	}
	if err := b.agree(ctx); err != nil {
		return err
	}
	b.working.Go(b.consent)
	return p.until(ctx, func(w api.Workspace) bool { return w.Sound.Connected })
}

func (b *browser) close() {
	close(b.done)
	if b.keys != nil {
		_ = b.keys.Close() // the node learns of it, or finds out
	}
	_ = b.agreeing.Close() // it ends the agreeing
	_ = b.conn.Close()     // it ends the reading
	b.working.Wait()
}

// offer writes what a browser offers, of G.711 alone.
func (b *browser) offer() string {
	return strings.Join([]string{
		"v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
		"m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0",
		"a=ice-ufrag:" + b.ufrag, "a=ice-pwd:" + rand.Text(), "a=fingerprint:sha-256 " + fingerprint(b.certificate.Certificate[0]),
		"a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux", "a=rtpmap:0 PCMU/8000", "",
	}, "\r\n")
}

func fingerprint(certificate []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(certificate)), " ", ":")
}

func (b *browser) take(description string) error {
	candidate := strings.Fields(line(description, "a=candidate:"))
	if len(candidate) < 6 {
		return errors.New("an answer without a candidate")
	}
	address, err := netip.ParseAddrPort(net.JoinHostPort(candidate[4], candidate[5]))
	if err != nil {
		return fmt.Errorf("read candidate: %w", err)
	}
	if !address.Addr().IsLoopback() {
		return errors.New("the node's sound is not on loopback")
	}
	b.node = answer{
		address: address, ufrag: line(description, "a=ice-ufrag:"), password: line(description, "a=ice-pwd:"),
		fingerprint: strings.TrimPrefix(line(description, "a=fingerprint:"), "sha-256 "),
	}
	return nil
}

// read sorts what arrives by its first octet.
func (b *browser) read() {
	buffer, plain := make([]byte, 2048), make([]byte, 0, 2048)
	for {
		n, err := b.conn.Read(buffer)
		now := time.Now()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n == 0 {
			continue
		}
		switch first := buffer[0]; {
		case first <= 3:
			select {
			case b.checked <- struct{}{}:
			default:
			}
		case first < 64:
			_, _ = b.agreeing.Write(buffer[:n], nil) // DTLS sends again what is lost
		default:
			b.hear(buffer[:n], plain, now)
		}
	}
}

func (b *browser) hear(raw, plain []byte, now time.Time) {
	key := b.in.Load()
	if key == nil || raw[1] >= 192 && raw[1] <= 223 {
		return // too early, or a report
	}
	if opened, err := key.DecryptRTP(plain, raw, nil); err == nil {
		b.sound.hear(opened, now)
	}
}

// check proves the address to the node and chooses it.
func (b *browser) check(ctx context.Context) error {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		if err := b.sendCheck(); err != nil {
			return err
		}
		select {
		case <-b.checked:
			return nil
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// attribute adds one that the library has no type for.
type attribute struct {
	name  stun.AttrType
	value []byte
}

// AddTo implements stun.Setter.
func (a attribute) AddTo(m *stun.Message) error {
	m.Add(a.name, a.value)
	return nil
}

func (b *browser) sendCheck() error {
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(b.node.ufrag+":"+b.ufrag),
		attribute{stun.AttrPriority, []byte{0x6e, 0, 0, 0xff}}, attribute{stun.AttrICEControlling, make([]byte, 8)},
		attribute{stun.AttrUseCandidate, nil}, stun.NewShortTermIntegrity(b.node.password), stun.Fingerprint)
	if err != nil {
		return fmt.Errorf("write a check: %w", err)
	}
	_, err = b.conn.WriteToUDPAddrPort(m.Raw, b.node.address)
	return err
}

// consent keeps asking whether the node still wants our sound.
func (b *browser) consent() {
	tick := time.NewTicker(consentEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = b.sendCheck() // the next one makes up for it
		case <-b.done:
			return
		}
	}
}

// agree agrees the key as the client.
func (b *browser) agree(ctx context.Context) error {
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	conn, err := dtls.ClientWithOptions(wire{b}, net.UDPAddrFromAddrPort(b.node.address),
		dtls.WithCertificates(b.certificate), dtls.WithInsecureSkipVerify(true), dtls.WithLoggerFactory(quiet),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || fingerprint(raw[0]) != b.node.fingerprint {
				return errors.New("the node's certificate is not the one of its answer")
			}
			return nil
		}))
	if err != nil {
		return err
	}
	b.keys = conn
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	profile, _ := conn.SelectedSRTPProtectionProfile()
	state, _ := conn.ConnectionState()
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := config.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		return err
	}
	in, err := srtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile)
	if err != nil {
		return err
	}
	if b.out, err = srtp.CreateContext(config.Keys.LocalMasterKey, config.Keys.LocalMasterSalt, config.Profile); err != nil {
		return err
	}
	b.in.Store(in)
	return nil
}

// speak begins the person's voice.
func (b *browser) speak() *voice {
	sealed := make([]byte, 0, 2048)
	return b.sound.begin(func(packet []byte) {
		if whole, err := b.out.EncryptRTP(sealed, packet, nil); err == nil {
			_, _ = b.conn.WriteToUDPAddrPort(whole, b.node.address) // what does not arrive is counted
		}
	})
}

// wire is the packet connection that DTLS sees.
type wire struct{ b *browser }

// ReadFrom implements net.PacketConn.
func (w wire) ReadFrom(to []byte) (int, net.Addr, error) {
	n, _, err := w.b.agreeing.Read(to, nil)
	return n, net.UDPAddrFromAddrPort(w.b.node.address), err
}

// WriteTo implements net.PacketConn.
func (w wire) WriteTo(raw []byte, _ net.Addr) (int, error) {
	return w.b.conn.WriteToUDPAddrPort(raw, w.b.node.address)
}

// Close implements net.PacketConn.
func (w wire) Close() error { return w.b.agreeing.Close() }

// LocalAddr implements net.PacketConn.
func (w wire) LocalAddr() net.Addr { return w.b.conn.LocalAddr() }

// SetDeadline implements net.PacketConn.
func (w wire) SetDeadline(t time.Time) error { return w.b.agreeing.SetReadDeadline(t) }

// SetReadDeadline implements net.PacketConn.
func (w wire) SetReadDeadline(t time.Time) error { return w.b.agreeing.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn.
func (w wire) SetWriteDeadline(time.Time) error { return nil }
