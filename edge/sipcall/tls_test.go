package sipcall_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/edge/sipcall"
	"mayday/engine"
)

// secureCenter has trunks over TLS, whose authority is believed.
func secureCenter(ca *authority, uris ...string) center.Center {
	c := testCenter(1, uris)
	for i := range c.Trunks {
		c.Trunks[i].TLS.Authority = ca.text()
	}
	return c
}

// TestTrunkOverTLSCarriesTheCall: SIPp stands behind something that takes the TLS off, as carriers have it.
func TestTrunkOverTLSCarriesTheCall(t *testing.T) {
	ca := newAuthority(t)
	carrier := startSipp(t, "emergency", "-t", "t1")
	theirs := &tls.Config{Certificates: []tls.Certificate{ca.issue("127.0.0.1", time.Hour)}}
	at := terminate(t, "127.0.0.1:0", theirs, fmt.Sprintf("127.0.0.1:%d", carrier.port))
	r := newRigOf(t, "127.0.0.1", secureCenter(ca, "sip:"+at+";transport=tls"), sipcall.Limits{})
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered over TLS", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
}

// TestTrunkThatAsksForACertificateGetsOurs: it takes no connection on which none of an authority of its own is shown, and no plain one either.
func TestTrunkThatAsksForACertificateGetsOurs(t *testing.T) {
	ca, their := newAuthority(t), newAuthority(t)
	known := x509.NewCertPool()
	known.AddCert(their.cert)
	carrier := startSipp(t, "emergency", "-t", "t1")
	asks := &tls.Config{Certificates: []tls.Certificate{ca.issue("127.0.0.1", time.Hour)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
	at := terminate(t, "127.0.0.1:0", asks, fmt.Sprintf("127.0.0.1:%d", carrier.port))
	has := secureCenter(ca, "sip:"+at+";transport=tls")
	ours := string(pairOf(t, their.issue("node.acme.example", time.Hour)))
	has.Trunks[0].TLS.Certificate, has.Trunks[0].TLS.Key = ours, ours
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk that asks for a certificate has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
}

// loopback is an address that this run of the tests has to itself, so that the usual ports are free there.
func loopback(n int) string {
	return fmt.Sprintf("127.%d.%d.%d", 1+os.Getpid()%250, 1+os.Getpid()/250%250, n)
}

// TestEmergencyCallIsPlacedWithoutTLSWhereItCannotBeHad: at once, at the same host, and before the next trunk; RFC 6881 ED-58.
func TestEmergencyCallIsPlacedWithoutTLSWhereItCannotBeHad(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	shows := func(c tls.Certificate) func(*testing.T, string) {
		return func(t *testing.T, at string) { startOpenSSL(t, at, &c) }
	}
	for n, row := range []struct {
		circumstance string
		listens      func(t *testing.T, at string)
	}{
		{"a certificate that has expired", shows(ca.issue(loopback(1), -time.Minute))},
		{"a certificate of another name", shows(ca.issue("sbc.example", time.Hour))},
		{"a certificate of a stranger", shows(stranger.issue(loopback(3), time.Hour))},
		{"no certificate", func(t *testing.T, at string) { startOpenSSL(t, at, nil) }},
		{"nobody who listens", func(*testing.T, string) {}},
		{"a listener that says nothing", func(t *testing.T, at string) { listenAt(t, at, nil) }},
		{"a SIPp that knows no TLS", func(t *testing.T, at string) {
			deaf := fmt.Sprintf("127.0.0.1:%d", startSipp(t, "silent", "-t", "t1").port)
			listenAt(t, at, func(conn net.Conn) { passPlain(conn, deaf) })
		}},
	} {
		t.Run(row.circumstance, func(t *testing.T) {
			t.Parallel()
			host := loopback(n + 1)
			carrier := startSipp(t, "accept", "-t", "t1")
			// SIPp has a port of its own: this is its usual one.
			listenAt(t, host+":5060", func(conn net.Conn) { passPlain(conn, fmt.Sprintf("127.0.0.1:%d", carrier.port)) })
			row.listens(t, host+":5061")
			other := startSipp(t, "emergency")
			has := secureCenter(ca, "sip:"+host+";transport=tls", other.uri())
			r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, row.circumstance+": the trunk has answered without TLS", phase(engine.Connected))
			r.do(engine.End{Rep: repID(0)})
			carrier.passed()
		})
	}
}

// listenAt takes connections over TCP until the test ends, and returns where; without somebody who serves them, the system alone does.
func listenAt(t *testing.T, at string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if serve != nil {
		go serveEach(l, serve)
	}
	return l.Addr().String()
}

// startOpenSSL takes connections over TLS with a certificate, or without any, in a program that shares no code with us.
func startOpenSSL(t *testing.T, at string, shows *tls.Certificate) {
	t.Helper()
	arguments := []string{"s_server", "-accept", at, "-nocert"}
	if shows != nil {
		file := filepath.Join(t.TempDir(), "certificate.pem")
		if err := os.WriteFile(file, pairOf(t, *shows), 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = []string{"s_server", "-accept", at, "-cert", file, "-key", file}
	}
	server := exec.Command("openssl", arguments...)
	said, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	input, err := server.StdinPipe() // it ends when its input does
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatalf("start OpenSSL (Debian package openssl): %v", err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = input.Close()
		<-read
		_ = server.Wait()
	})
	accepts := make(chan struct{}, 1)
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "ACCEPT") && len(accepts) == 0 {
				accepts <- struct{}{}
			}
		}
	}()
	select {
	case <-accepts:
	case <-read:
		t.Fatalf("openssl %s: does not listen", strings.Join(arguments, " "))
	}
}

// pairOf writes a certificate and its key as one PEM text.
func pairOf(t *testing.T, c tls.Certificate) []byte {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
}

func serveEach(l net.Listener, serve func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go serve(conn)
	}
}

// TestOrdinaryCallIsNotPlacedWithoutTLS: the trunk would take it in the clear, and is not asked to.
func TestOrdinaryCallIsNotPlacedWithoutTLS(t *testing.T) {
	ca := newAuthority(t)
	host := loopback(100)
	came := make(chan struct{}, 1)
	listenAt(t, host+":5060", func(net.Conn) { came <- struct{}{} })
	theirs := &tls.Config{Certificates: []tls.Certificate{ca.issue(host, -time.Minute)}}
	terminate(t, host+":5061", theirs, "127.0.0.1:9")
	has := secureCenter(ca, "sip:"+host+";transport=tls")
	lendNumber(&has)
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	w := r.watch(0)
	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "217 555 0123", Call: "c1"})
	until(t, w, "the call has failed", func(v engine.View) bool { return v.Call != nil && v.Call.Phase == engine.Failed })
	select {
	case <-came:
		t.Error("ordinary call by a trunk whose certificate has expired: the trunk was asked without TLS")
	default:
	}
}

func TestTrunkWithItsOwnNameAndWithoutChecksIsReached(t *testing.T) {
	ca := newAuthority(t)
	for _, row := range []struct {
		name  string
		words trunk.TLS
	}{
		{"sbc.example", trunk.TLS{Authority: ca.text(), ServerName: "sbc.example"}},
		{"whatever.example", trunk.TLS{Verify: trunk.VerifyNone}},
	} {
		carrier := startSipp(t, "emergency", "-t", "t1")
		theirs := &tls.Config{Certificates: []tls.Certificate{ca.issue(row.name, time.Hour)}}
		at := terminate(t, "127.0.0.1:0", theirs, fmt.Sprintf("127.0.0.1:%d", carrier.port))
		has := testCenter(1, []string{"sip:" + at + ";transport=tls"})
		has.Trunks[0].TLS = row.words
		r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
		w := r.watch(0)
		dial(r, "c1")
		until(t, w, row.name+": the trunk has answered", phase(engine.Connected))
		r.do(engine.End{Rep: repID(0)})
		carrier.passed()
	}
}

// lendNumber lets the first rep place ordinary calls.
func lendNumber(c *center.Center) {
	c.OutboundProfiles = []rep.OutboundProfile{{ID: "out", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice"}}}
	c.Reps[0].CapacityProfiles = []rep.ProfileID{"voice"}
}
