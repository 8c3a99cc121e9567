package sip

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// nameServer is a DNS server on loopback with the records it was given.
type nameServer struct {
	addr  string
	asked atomic.Int64

	mu      sync.Mutex
	records map[string][]dns.RR
	dead    bool
}

func newNameServer(t *testing.T, records ...string) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nameServer{addr: conn.LocalAddr().String(), records: map[string][]dns.RR{}}
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatalf("record %q: %v", text, err)
		}
		key := strings.ToLower(rr.Header().Name) + " " + dns.TypeToString[rr.Header().Rrtype]
		n.records[key] = append(n.records[key], rr)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, Handler: n, NotifyStartedFunc: func() { close(started) }}
	go func() { _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return n
}

func (n *nameServer) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	n.asked.Add(1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dead {
		return
	}
	answer := new(dns.Msg).SetReply(question)
	q := question.Question[0]
	answer.Answer = n.records[strings.ToLower(q.Name)+" "+dns.TypeToString[q.Qtype]]
	_ = w.WriteMsg(answer)
}

func (n *nameServer) die() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dead = true
}

func hopsOf(t *testing.T, r *Resolver, text string) []string {
	t.Helper()
	u, err := parseURI(text)
	if err != nil {
		t.Fatal(err)
	}
	hops, err := r.resolve(context.Background(), u)
	if err != nil {
		return []string{"error"}
	}
	var found []string
	for _, h := range hops {
		found = append(found, h.network+" "+h.addr.String())
	}
	return found
}

func TestHopsAreFoundInTheOrderOfRFC3263(t *testing.T) {
	n := newNameServer(t,
		`naptr.example. 60 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.naptr.example.`,
		`naptr.example. 60 IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.naptr.example.`,
		`naptr.example. 60 IN NAPTR 5 10 "s" "SIPS+D2T" "" _sips._tcp.naptr.example.`,
		`_sip._tcp.naptr.example. 60 IN SRV 10 0 5070 a.example.`,
		`_sip._udp.naptr.example. 60 IN SRV 20 0 5072 a.example.`,
		`_sip._udp.naptr.example. 60 IN SRV 10 0 5071 b.example.`,
		`_sip._udp.srv.example. 60 IN SRV 10 0 5080 two.example.`,
		`a.example. 60 IN A 192.0.2.1`,
		`b.example. 60 IN A 192.0.2.2`,
		`two.example. 60 IN A 192.0.2.3`,
		`two.example. 60 IN AAAA 2001:db8::3`,
		`_sip._udp.gone.example. 60 IN SRV 0 0 0 .`,
	)
	r := NewResolver(n.addr)
	for _, c := range []struct {
		uri  string
		want []string
	}{
		{"sip:x@naptr.example", []string{"tcp 192.0.2.1:5070", "udp 192.0.2.2:5071", "udp 192.0.2.1:5072"}},
		{"sip:naptr.example;transport=udp", []string{"udp 192.0.2.2:5071", "udp 192.0.2.1:5072"}},
		{"sip:srv.example", []string{"udp 192.0.2.3:5080", "udp [2001:db8::3]:5080"}},
		{"sip:a.example", []string{"udp 192.0.2.1:5060"}},
		{"sip:a.example;transport=tcp", []string{"tcp 192.0.2.1:5060"}},
		{"sip:a.example:5099", []string{"udp 192.0.2.1:5099"}},
		{"sip:naptr.example:5099", []string{"error"}},
		{"sip:nothing.example", []string{"error"}},
		{"sip:gone.example", []string{"error"}},
	} {
		if got := hopsOf(t, r, c.uri); !slices.Equal(got, c.want) {
			t.Errorf("%s: hops %v, want %v", c.uri, got, c.want)
		}
	}
}

func TestAddressAsksNoNameServer(t *testing.T) {
	n := newNameServer(t)
	r := NewResolver(n.addr)
	for text, want := range map[string]string{
		"sip:192.0.2.9":                    "udp 192.0.2.9:5060",
		"sip:x@[2001:db8::9]:5061":         "udp [2001:db8::9]:5061",
		"sip:192.0.2.9:5090;transport=TCP": "tcp 192.0.2.9:5090",
		"sip:localhost:5090":               "udp 127.0.0.1:5090",
		"sips:192.0.2.9":                   "tls 192.0.2.9:5061",
	} {
		if got := hopsOf(t, r, text); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: hops %v, want %s", text, got, want)
		}
	}
	if n.asked.Load() != 0 {
		t.Errorf("addresses: name server was asked %d times", n.asked.Load())
	}
}

func TestWeightsShareTheCalls(t *testing.T) {
	p := &plan{servers: []server{
		{"udp", 0, 1, 3, 5060, []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
		{"udp", 0, 1, 1, 5060, []netip.Addr{netip.MustParseAddr("192.0.2.2")}},
		{"udp", 0, 2, 9, 5060, []netip.Addr{netip.MustParseAddr("192.0.2.3")}},
	}}
	first := map[string]int{}
	for range 4000 {
		hops := p.hops()
		if len(hops) != 3 || hops[2].addr.Addr().String() != "192.0.2.3" {
			t.Fatalf("hops %v: the lower priority is not last", hops)
		}
		first[hops[0].addr.Addr().String()]++
	}
	if n := first["192.0.2.1"]; n < 2500 || n > 3500 {
		t.Errorf("weights 3 and 1: first in %d of 4000 calls, want about 3000", n)
	}
}

func TestAnswerIsRememberedAndOutlivesTheNameServer(t *testing.T) {
	n := newNameServer(t, "a.example. 60 IN A 192.0.2.1")
	r := NewResolver(n.addr)
	u, _ := parseURI("sip:a.example:5060")
	if _, known, _ := r.known(u, time.Now()); known {
		t.Error("before the first question: hops are known")
	}
	hopsOf(t, r, "sip:a.example:5060")
	asked := n.asked.Load()
	for _, c := range []struct {
		after        time.Duration
		known, stale bool
	}{{time.Second, true, false}, {2 * time.Minute, true, true}, {2 * time.Hour, false, false}} {
		if _, known, stale := r.known(u, time.Now().Add(c.after)); known != c.known || stale != c.stale {
			t.Errorf("after %v: known %v stale %v, want %v %v", c.after, known, stale, c.known, c.stale)
		}
	}
	if n.asked.Load() != asked {
		t.Error("a remembered answer: name server was asked again")
	}
	n.die()
	if got := hopsOf(t, r, "sip:a.example:5060"); !slices.Equal(got, []string{"udp 192.0.2.1:5060"}) {
		t.Errorf("name server is dead: hops %v, want those of the last answer", got)
	}
}

func TestWatchedPeerIsResolvedBeforeTheCall(t *testing.T) {
	far, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	_, port, _ := net.SplitHostPort(far.LocalAddr().String())
	n := newNameServer(t, "_sip._udp.trunk.example. 60 IN SRV 1 1 "+port+" host.example.", "host.example. 60 IN A 127.0.0.1")
	s := New(Config{Resolver: NewResolver(n.addr)}, nil)
	defer s.Close()
	if _, err := s.Listen("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.Watch([]string{"sip:trunk.example", "sip:192.0.2.1", "nonsense"})
	u, _ := parseURI("sip:trunk.example")
	end := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if _, known, _ := s.resolver.known(u, time.Now()); known {
			break
		}
		if time.Now().After(end) {
			t.Fatal("watched peer was not resolved")
		}
		<-tick.C
	}
	n.die()
	d, err := s.Invite(Invite{Peer: "sip:trunk.example", RequestURI: "sip:911@x", From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:911@x"}})
	if err != nil {
		t.Fatal(err)
	}
	if d.Request() == nil {
		t.Error("watched peer: INVITE is not out when Invite returns")
	}
	d.End("")
}

func TestPeerThatCannotBeResolvedIsUnreachable(t *testing.T) {
	n := newNameServer(t)
	s := New(Config{Resolver: NewResolver(n.addr)}, nil)
	defer s.Close()
	_, _ = s.Listen("udp", "127.0.0.1:0")
	d, err := s.Invite(Invite{Peer: "sip:nowhere.example", RequestURI: "sip:911@x", From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:911@x"}})
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := (<-d.Events()).(Failed); !ok || f.Cause != Unreachable {
		t.Errorf("unknown name: %+v, want Failed with Unreachable", f)
	}
}

func TestSilentHopComesLastTheNextTime(t *testing.T) {
	now := time.Now()
	a, b := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("192.0.2.2:5060")
	hops := []hop{{network: "udp", addr: a}, {network: "udp", addr: b}}
	var s suspects
	s.add(a, now)
	if got := s.order(hops, now); got[0].addr != b {
		t.Errorf("after a was silent: first hop is %v", got[0].addr)
	}
	if got := s.order(hops, now.Add(31*time.Second)); got[0].addr != a {
		t.Errorf("half a minute later: first hop is %v", got[0].addr)
	}
	s.clear(a)
	if got := s.order(hops, now); got[0].addr != a {
		t.Errorf("after a spoke again: first hop is %v", got[0].addr)
	}
}
