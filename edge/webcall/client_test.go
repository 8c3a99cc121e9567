package webcall_test

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
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v5/packetio"
)

// client is a browser's media made of Pion's parts, so that tests can do what no browser does.
type client struct {
	t           testing.TB
	conn        *net.UDPConn
	certificate tls.Certificate
	ufrag       string
	server      answered
	deaf        atomic.Bool // loses every packet but checks, both ways
	inbox       *packetio.Buffer
	responses   chan *stun.Message
	session     atomic.Pointer[keys]
	out         *srtp.Context

	mu      sync.Mutex
	packets []rtp.Packet
	reports [][]rtcp.Packet
}

type keys struct{ rtp, rtcp *srtp.Context }

// answered is what a client needs of an answer.
type answered struct {
	addr               netip.AddrPort
	ufrag, password    string
	fingerprint, whole string
}

func newClient(t testing.TB) *client {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := selfsign.SelfSign(key)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{
		t: t, conn: conn, certificate: certificate, ufrag: rand.Text()[:8],
		inbox: packetio.NewBuffer(), responses: make(chan *stun.Message, 64),
	}
	go c.read()
	t.Cleanup(func() { conn.Close(); c.inbox.Close() })
	return c
}

func (c *client) fingerprint() string { return fingerprintOf(c.certificate.Certificate[0]) }

func fingerprintOf(certificate []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(certificate)), " ", ":")
}

// offer writes what a browser would offer.
func (c *client) offer(change ...func(string) string) string {
	offer := strings.Join([]string{
		"v=0", "o=- 4711 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic: WMS x",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=candidate:1 1 udp 2113937151 4f2a9c1e-0000-4000-8000-000000000000.local 50000 typ host",
		"a=ice-ufrag:" + c.ufrag, "a=ice-pwd:0123456789012345678901", "a=ice-options:trickle",
		"a=fingerprint:sha-256 " + c.fingerprint(), "a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux",
		"a=rtpmap:111 opus/48000/2", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000",
		"a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000", "",
	}, "\r\n")
	for _, f := range change {
		offer = f(offer)
	}
	return offer
}

// take reads an answer.
func (c *client) take(answer string) {
	c.t.Helper()
	c.server = answered{
		ufrag: line(answer, "a=ice-ufrag:"), password: line(answer, "a=ice-pwd:"),
		fingerprint: strings.TrimPrefix(line(answer, "a=fingerprint:"), "sha-256 "), whole: answer,
	}
	fields := strings.Fields(line(answer, "a=candidate:"))
	if len(fields) < 6 {
		c.t.Fatalf("an answer without a candidate:\n%s", answer)
	}
	c.server.addr = netip.MustParseAddrPort(net.JoinHostPort(fields[4], fields[5]))
}

func line(description, prefix string) string {
	for l := range strings.Lines(description) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(l), prefix); ok {
			return rest
		}
	}
	return ""
}

// read sorts what arrives.
func (c *client) read() {
	buffer := make([]byte, 2000)
	for {
		n, _, err := c.conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if c.deaf.Load() && buffer[0] > 3 {
			continue
		}
		raw := append([]byte(nil), buffer[:n]...)
		switch {
		case raw[0] <= 3:
			m := &stun.Message{Raw: raw}
			if m.Decode() == nil {
				select {
				case c.responses <- m:
				default:
				}
			}
		case raw[0] < 64:
			_, _ = c.inbox.Write(raw, nil)
		default:
			c.keep(raw)
		}
	}
}

// keep decrypts and remembers one packet of sound or one report.
func (c *client) keep(raw []byte) {
	k := c.session.Load()
	if k == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if raw[1] >= 192 && raw[1] <= 223 {
		plain, err := k.rtcp.DecryptRTCP(nil, raw, nil)
		if err != nil {
			return
		}
		if packets, err := rtcp.Unmarshal(plain); err == nil {
			c.reports = append(c.reports, packets)
		}
		return
	}
	plain, err := k.rtp.DecryptRTP(nil, raw, nil)
	if err != nil {
		return
	}
	var p rtp.Packet
	if p.Unmarshal(plain) == nil {
		c.packets = append(c.packets, p)
	}
}

func (c *client) heard() []rtp.Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]rtp.Packet(nil), c.packets...)
}

func (c *client) reported() [][]rtcp.Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([][]rtcp.Packet(nil), c.reports...)
}

// priority is an attribute that every check of ICE has.
type priority struct{}

func (priority) AddTo(m *stun.Message) error {
	m.Add(stun.AttrPriority, []byte{0x6e, 0, 0, 0xff})
	return nil
}

// flag is an attribute of eight octets, or of none.
type flag stun.AttrType

func (f flag) AddTo(m *stun.Message) error {
	value := make([]byte, 8)
	if stun.AttrType(f) == stun.AttrUseCandidate {
		value = nil
	}
	m.Add(stun.AttrType(f), value)
	return nil
}

// ask builds a connectivity check.
func (c *client) ask(extra ...stun.Setter) *stun.Message {
	c.t.Helper()
	setters := []stun.Setter{
		stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.server.ufrag + ":" + c.ufrag), priority{},
	}
	setters = append(setters, extra...)
	m, err := stun.Build(append(setters, stun.NewShortTermIntegrity(c.server.password), stun.Fingerprint)...)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *client) send(raw []byte) {
	_, _ = c.conn.WriteToUDPAddrPort(raw, c.server.addr)
}

// answerTo sends a request and waits for its response.
func (c *client) answerTo(m *stun.Message) *stun.Message {
	c.t.Helper()
	c.send(m.Raw)
	deadline := time.After(patience)
	for {
		select {
		case r := <-c.responses:
			if r.TransactionID == m.TransactionID {
				return r
			}
		case <-deadline:
			c.t.Fatal("a connectivity check: no response")
		}
	}
}

// nominate proves the client's address and chooses it.
func (c *client) nominate() {
	c.t.Helper()
	r := c.answerTo(c.ask(flag(stun.AttrICEControlling), flag(stun.AttrUseCandidate)))
	if r.Type != stun.BindingSuccess {
		c.t.Fatalf("a connectivity check: answered with %v", r)
	}
}

// connect does what a browser does with an answer, and leaves checks to the test.
func (c *client) connect() error {
	c.nominate()
	return c.secure(c.certificate)
}

func (c *client) secure(certificate tls.Certificate) error {
	conn, err := dtls.ClientWithOptions(packets{c}, net.UDPAddrFromAddrPort(c.server.addr),
		dtls.WithCertificates(certificate), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithFlightInterval(100*time.Millisecond),
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			if fingerprintOf(raw[0]) != c.server.fingerprint {
				return errors.New("the server's certificate is not the one of its answer")
			}
			return nil
		}))
	if err != nil {
		return err
	}
	c.t.Cleanup(func() { conn.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	profile, _ := conn.SelectedSRTPProtectionProfile()
	state, _ := conn.ConnectionState()
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := config.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		return err
	}
	k, in := config.Keys, &keys{}
	for _, one := range []struct {
		to        **srtp.Context
		key, salt []byte
	}{
		{&in.rtp, k.RemoteMasterKey, k.RemoteMasterSalt}, {&in.rtcp, k.RemoteMasterKey, k.RemoteMasterSalt},
		{&c.out, k.LocalMasterKey, k.LocalMasterSalt},
	} {
		if *one.to, err = srtp.CreateContext(one.key, one.salt, config.Profile); err != nil {
			return err
		}
	}
	c.session.Store(in)
	return nil
}

// say sends one packet of sound.
func (c *client) say(p rtp.Packet) {
	c.t.Helper()
	raw, err := p.Marshal()
	if err != nil {
		c.t.Fatal(err)
	}
	sealed, err := c.out.EncryptRTP(nil, raw, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(sealed)
}

// packets is the packet connection of the client's DTLS.
type packets struct{ c *client }

func (p packets) ReadFrom(to []byte) (int, net.Addr, error) {
	n, _, err := p.c.inbox.Read(to, nil)
	return n, net.UDPAddrFromAddrPort(p.c.server.addr), err
}

func (p packets) WriteTo(raw []byte, _ net.Addr) (int, error) {
	if !p.c.deaf.Load() {
		p.c.send(raw)
	}
	return len(raw), nil
}

func (p packets) Close() error                      { return p.c.inbox.Close() }
func (p packets) LocalAddr() net.Addr               { return p.c.conn.LocalAddr() }
func (p packets) SetDeadline(t time.Time) error     { return p.c.inbox.SetReadDeadline(t) }
func (p packets) SetReadDeadline(t time.Time) error { return p.c.inbox.SetReadDeadline(t) }
func (p packets) SetWriteDeadline(time.Time) error  { return nil }
