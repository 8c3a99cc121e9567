package sipcall_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
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

// loopback is an address that this run of the tests has to itself, so that the usual ports are free there.
func loopback(n int) string {
	return fmt.Sprintf("127.%d.%d.%d", 1+os.Getpid()%250, 1+os.Getpid()/250%250, n)
}

// TestEmergencyCallIsPlacedWithoutTLSWhereItCannotBeHad: at once, at the same host, and before the next trunk; RFC 6881 ED-58.
func TestEmergencyCallIsPlacedWithoutTLSWhereItCannotBeHad(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	certificate := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	for n, row := range []struct {
		circumstance string
		config       func(host string) *tls.Config // nil: nobody listens
		silent       bool
	}{
		{"a certificate that has expired", func(host string) *tls.Config { return certificate(ca.issue(host, -time.Minute)) }, false},
		{"a certificate of another name", func(string) *tls.Config { return certificate(ca.issue("sbc.example", time.Hour)) }, false},
		{"a certificate of a stranger", func(host string) *tls.Config { return certificate(stranger.issue(host, time.Hour)) }, false},
		{"nobody who listens", nil, false},
		{"a listener that says nothing", nil, true},
	} {
		t.Run(row.circumstance, func(t *testing.T) {
			t.Parallel()
			host := loopback(n + 1)
			carrier := startSipp(t, "accept", "-t", "t1")
			front, err := net.Listen("tcp", host+":5060") // SIPp has a port of its own: this is its usual one
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = front.Close() })
			go serveEach(front, func(conn net.Conn) { passPlain(conn, fmt.Sprintf("127.0.0.1:%d", carrier.port)) })
			switch {
			case row.config != nil:
				terminate(t, host+":5061", row.config(host), "127.0.0.1:9")
			case row.silent:
				l, err := net.Listen("tcp", host+":5061")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = l.Close() })
			}
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
	front, err := net.Listen("tcp", host+":5060")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = front.Close() })
	came := make(chan struct{}, 1)
	go serveEach(front, func(net.Conn) { came <- struct{}{} })
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
