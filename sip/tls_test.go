package sip_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

// authority signs certificates.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	a.cert = a.sign(template, template, a.key, a.key)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue makes a certificate that lives as long as told and names a host, an address or a "sip:" domain.
func (a *authority) issue(name string, life time.Duration) tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "peer"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	domain, isDomain := strings.CutPrefix(name, "sip:")
	address := net.ParseIP(name)
	switch {
	case isDomain:
		template.URIs = []*url.URL{{Scheme: "sip", Opaque: domain}}
	case address != nil:
		template.IPAddresses = []net.IP{address}
	default:
		template.DNSNames = []string{name}
	}
	key := newKey(a.t)
	return tls.Certificate{Certificate: [][]byte{a.sign(template, a.cert, key, a.key).Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// secureParty is a party that listens over TLS as well.
func secureParty(t testing.TB, config sip.Config) (*party, netip.AddrPort) {
	t.Helper()
	p := newParty(t, config)
	at, err := p.Listen("tls", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening on tls: %v", err)
	}
	return p, at
}

func secureURI(at netip.AddrPort) string { return fmt.Sprintf("sip:%s;transport=tls", at) }

func TestCallGoesOverTLSBothWays(t *testing.T) {
	ca := newAuthority(t)
	theirs := &tls.Config{Certificates: []tls.Certificate{ca.issue("127.0.0.1", time.Hour)}}
	far, at := secureParty(t, sip.Config{TLS: theirs})
	near := newParty(t, sip.Config{})
	ours := &tls.Config{RootCAs: ca.pool()}
	var source netip.AddrPort
	for round := range 3 {
		i := call(secureURI(at))
		i.TLS = ours
		caller := near.invite(t, i)
		callee := far.invited(t)
		if via := callee.Request().Header("Via"); !strings.HasPrefix(via, "SIP/2.0/TLS ") || !strings.Contains(via, ";alias") {
			t.Errorf("INVITE over TLS: Via %q", via)
		}
		if contact := callee.Request().Header("Contact"); !strings.Contains(contact, ";transport=tls") {
			t.Errorf("INVITE over TLS: Contact %q", contact)
		}
		if round > 0 && callee.Source() != source {
			t.Errorf("call %d: came from %s, the first from %s: the connection is not used again", round, callee.Source(), source)
		}
		source = callee.Source()
		if err := callee.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		skip[sip.Answered](t, caller)
		next[sip.Confirmed](t, callee)
		if round%2 == 0 {
			caller.End("")
		} else {
			callee.End("")
		}
		over(t, callee)
		over(t, caller)
	}
}

func TestCallsOfDifferentTrustShareNoConnection(t *testing.T) {
	ca := newAuthority(t)
	far, at := secureParty(t, sip.Config{TLS: &tls.Config{Certificates: []tls.Certificate{ca.issue("127.0.0.1", time.Hour)}}})
	near := newParty(t, sip.Config{})
	sources := map[netip.AddrPort]bool{}
	for _, trust := range []*tls.Config{{RootCAs: ca.pool()}, {InsecureSkipVerify: true}} {
		i := call(secureURI(at))
		i.TLS = trust
		near.invite(t, i)
		sources[far.invited(t).Source()] = true
	}
	if len(sources) != 2 {
		t.Errorf("two ways to trust one peer: %d connections, want 2", len(sources))
	}
}

// plainly is a listener that does with each connection what it is told.
func plainly(t testing.TB, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go serve(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func TestConnectionThatCannotBeSecuredIsSaidToBeSo(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	listening := func(certificate tls.Certificate) netip.AddrPort {
		_, at := secureParty(t, sip.Config{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
		return at
	}
	nobody := plainly(t, func(net.Conn) {})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closedAt := closed.Addr().(*net.TCPAddr).AddrPort()
	closed.Close()
	trust := &tls.Config{RootCAs: ca.pool()}
	for circumstance, at := range map[string]netip.AddrPort{
		"a certificate that has expired":        listening(ca.issue("127.0.0.1", -time.Minute)),
		"a certificate of another name":         listening(ca.issue("sbc.example", time.Hour)),
		"a certificate of a stranger":           listening(stranger.issue("127.0.0.1", time.Hour)),
		"a certificate of another SIP domain":   listening(ca.issue("sip:sbc.example", time.Hour)),
		"nobody who listens":                    closedAt,
		"a connection that is taken in silence": nobody,
		"a listener without TLS": plainly(t, func(conn net.Conn) {
			_, _ = io.WriteString(conn, "SIP/2.0 400 Bad Request\r\n\r\n")
			conn.Close()
		}),
	} {
		t.Run(circumstance, func(t *testing.T) {
			t.Parallel()
			near := newParty(t, sip.Config{})
			i := call(secureURI(at))
			i.TLS = trust
			begun := time.Now()
			failed := next[sip.Failed](t, near.invite(t, i))
			if failed.Cause != sip.Insecure {
				t.Errorf("%s: cause %s (%v), want insecure", circumstance, failed.Cause, failed.Err)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("%s: said after %v, want at most 2 s", circumstance, took)
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if _, err := near.Ask(ctx, sip.Ask{Method: "OPTIONS", Peer: secureURI(at), TLS: trust}); !errors.Is(err, sip.ErrInsecure) {
				t.Errorf("%s: asked with OPTIONS: %v, want ErrInsecure", circumstance, err)
			}
		})
	}
}

func TestPeerIsKnownByItsNameAndNotItsAddress(t *testing.T) {
	ca := newAuthority(t)
	for _, name := range []string{"localhost", "sip:localhost"} {
		far, at := secureParty(t, sip.Config{TLS: &tls.Config{Certificates: []tls.Certificate{ca.issue(name, time.Hour)}}})
		near := newParty(t, sip.Config{})
		i := call(fmt.Sprintf("sips:localhost:%d", at.Port()))
		i.TLS = &tls.Config{RootCAs: ca.pool()}
		near.invite(t, i)
		if callee := far.invited(t); callee == nil {
			t.Errorf("a certificate for %s: no call came", name)
		}
	}
}

func TestOurCertificateIsShown(t *testing.T) {
	ca := newAuthority(t)
	theirs := &tls.Config{
		Certificates: []tls.Certificate{ca.issue("127.0.0.1", time.Hour)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
	}
	far, at := secureParty(t, sip.Config{TLS: theirs})
	far.respondDefault(t)
	near := newParty(t, sip.Config{})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ask := sip.Ask{Method: "OPTIONS", Peer: secureURI(at), TLS: &tls.Config{RootCAs: ca.pool()}}
	if _, err := near.Ask(ctx, ask); err == nil {
		t.Error("without a certificate of ours: the peer answers")
	}
	ask.TLS = &tls.Config{RootCAs: ca.pool(), Certificates: []tls.Certificate{ca.issue("node.example", time.Hour)}}
	if answer, err := near.Ask(ctx, ask); err != nil || answer.Status() != 200 {
		t.Errorf("with a certificate of ours: %v", err)
	}
}

func TestCallThatLostItsConnectionIsHungUpOverAnotherOne(t *testing.T) {
	ca := newAuthority(t)
	far, at := secureParty(t, sip.Config{TLS: &tls.Config{Certificates: []tls.Certificate{ca.issue("localhost", time.Hour)}}})
	far.respondDefault(t)
	broken := make(chan net.Conn, 8)
	between := plainly(t, func(conn net.Conn) {
		on, err := net.Dial("tcp", at.String())
		if err != nil {
			return
		}
		broken <- conn
		go func() { _, _ = io.Copy(on, conn) }()
		_, _ = io.Copy(conn, on)
		conn.Close()
	})
	near := newParty(t, sip.Config{})
	i := call(fmt.Sprintf("sip:localhost:%d;transport=tls", between.Port()))
	i.TLS = &tls.Config{RootCAs: ca.pool()}
	caller := near.invite(t, i)
	callee := far.invited(t)
	if err := callee.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	skip[sip.Answered](t, caller)
	next[sip.Confirmed](t, callee)
	(<-broken).Close()
	for { // until the loss has been noticed and the peer is reached anew
		if _, err := near.Ask(t.Context(), sip.Ask{Method: "OPTIONS", Peer: i.Peer, TLS: i.TLS}); err == nil {
			break
		}
	}
	caller.End("")
	if ended := over(t, callee); ended.By != sip.Remote {
		t.Errorf("connection lost during the call: ended by %s, want remote", ended.By)
	}
}

func TestChallengedRegistrationIsSentAgainWithCredentials(t *testing.T) {
	near := newParty(t, sip.Config{})
	far := newWire(t)
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		answer, err := near.Ask(ctx, sip.Ask{
			Method: "REGISTER", Peer: far.uri(), RequestURI: "sip:carrier.example", CallID: "reg-1", CSeq: 7, Contact: "acme",
			From: sip.Address{URI: "sip:acme@carrier.example"}, To: sip.Address{URI: "sip:acme@carrier.example"},
			Headers: []sip.Header{{Name: "Expires", Value: "600"}}, Credentials: &sip.Credentials{Username: "acme", Password: "secret"},
		})
		if err == nil && answer.Status() != 200 {
			err = fmt.Errorf("status %d", answer.Status())
		}
		done <- err
	}()
	first := far.expect("REGISTER")
	if first.start != "REGISTER sip:carrier.example SIP/2.0" || first.header("CSeq") != "7 REGISTER" || first.header("Expires") != "600" {
		t.Errorf("first: %s, CSeq %q, Expires %q", first.start, first.header("CSeq"), first.header("Expires"))
	}
	if want := fmt.Sprintf("<sip:acme@%s>", near.udp); first.header("Contact") != want {
		t.Errorf("first: Contact %q, want %q", first.header("Contact"), want)
	}
	far.reply(first, "401 Unauthorized", "far", "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\n", "")
	var second message
	for second.header("Authorization") == "" {
		second = far.expect("REGISTER")
	}
	if second.header("CSeq") != "8 REGISTER" || second.header("Call-ID") != "reg-1" || !strings.Contains(second.header("Authorization"), "algorithm=SHA-256") {
		t.Errorf("second: CSeq %q, Call-ID %q, Authorization %q", second.header("CSeq"), second.header("Call-ID"), second.header("Authorization"))
	}
	far.reply(second, "200 OK", "far", "", "")
	if err := <-done; err != nil {
		t.Errorf("after the answer: %v", err)
	}
}
