package sip

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Config is what a stack needs; the zero value works.
type Config struct {
	Logger    *slog.Logger // nil: silent
	UserAgent string       // empty: neither User-Agent nor Server is sent
	Resolver  *Resolver    // nil: the system's name servers
	TLS       *tls.Config  // with which connections over TLS are accepted; nil: none are
	MaxBody   int          // bytes of a body from outside before 413; 0: 65536

	// Urgent says whether an INVITE with that Request-URI and that To goes before everything that is not urgent, as all messages of
	// its call do then, and is never asked to come back later. It is called by the sockets' readers and must return at once.
	// nil: no INVITE from outside is urgent.
	Urgent func(requestURI, to string) bool
	// Admit is asked about every other INVITE that begins a call, before anything is spent on it. More than zero refuses it with 503
	// and that Retry-After (RFC 3261 §21.5.4). It is called from several goroutines and must return at once. nil: all are admitted.
	Admit func(Arrival) (retryAfter time.Duration)
}

// Handler is told of calls and requests from outside. Its methods are called without any lock held, in the
// order of arrival within one Call-ID, and must return at once.
type Handler interface {
	// Invited brings a new call: an INVITE outside any dialog. 100 has been sent.
	Invited(d *Dialog)
	// Requested brings any other request outside a dialog; RespondDefault answers it as a stack without a
	// handler would. Unanswered it gets 500 after 32 s.
	Requested(x *Exchange)
}

// maxStrands bounds how many Call-IDs are alive at once; beyond it new requests get 503.
const maxStrands = 1 << 18

// Stack owns the sockets, the transactions and the dialogs.
type Stack struct {
	log       *slog.Logger
	userAgent string
	maxBody   int
	resolver  *Resolver
	handler   Handler
	accepts   *tls.Config // nil: nobody over TLS

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex // held only to look into the maps below, never while anything else is done
	closed  bool
	udp     []datagrams
	tcp     []*tcpListener
	conns   map[line]*tcpConn
	strands map[string]*strand
	watch   context.CancelFunc

	localMu  sync.Mutex
	localIPs map[netip.Addr]netip.Addr

	suspects suspects
	gate     admission
	lanes    func() *lanes // of UDP; they begin with the first socket
}

// New makes a stack that listens nowhere yet. Without a handler OPTIONS is answered with 200 and everything
// else is refused.
func New(config Config, handler Handler) *Stack {
	s := &Stack{
		log: config.Logger, userAgent: config.UserAgent, maxBody: config.MaxBody,
		resolver: config.Resolver, handler: handler, accepts: config.TLS,
		conns:    map[line]*tcpConn{},
		strands:  map[string]*strand{},
		localIPs: map[netip.Addr]netip.Addr{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.maxBody <= 0 {
		s.maxBody = 64 << 10
	}
	if s.resolver == nil {
		s.resolver = NewResolver()
	}
	if s.handler == nil {
		s.handler = nobody{}
	}
	s.gate.urgentFor, s.gate.admit, s.gate.urgent = config.Urgent, config.Admit, map[string]bool{}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.lanes = sync.OnceValue(func() *lanes { return newLanes(s) })
	return s
}

// nobody is the handler of a stack without one.
type nobody struct{}

func (nobody) Invited(d *Dialog)     { _ = d.Reject(405, "", []Header{{"Allow", "OPTIONS"}}) }
func (nobody) Requested(x *Exchange) { x.RespondDefault() }

// Listen opens a "udp", "tcp" or "tls" socket, IPv4 or IPv6, and gives its address; port 0 lets the system choose.
func (s *Stack) Listen(network, address string) (netip.AddrPort, error) {
	var bound netip.AddrPort
	var err error
	switch network {
	case "udp":
		bound, err = s.listenUDP(address)
	case "tcp":
		bound, err = s.listenTCP(address, security{})
	case "tls":
		bound, err = s.listenTLS(address)
	default:
		err = fmt.Errorf("unknown network %q", network)
	}
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("listen sip: %w", err)
	}
	return bound, nil
}

// Close ends every dialog without a word to the far ends, closes every socket and waits until all
// goroutines are gone. It may be called again.
func (s *Stack) Close() error {
	s.mu.Lock()
	s.closed = true
	udp, tcp, conns := s.udp, s.tcp, slices.Collect(maps.Values(s.conns))
	strands := slices.Collect(maps.Values(s.strands))
	s.mu.Unlock()
	s.cancel()
	for _, st := range strands {
		st.abandon()
	}
	for _, u := range udp {
		u.close()
	}
	for _, l := range tcp {
		_ = l.listener.Close()
	}
	for _, c := range conns {
		c.fail(errClosed)
	}
	s.running.Wait()
	return nil
}

// spawn runs f in a goroutine that Close waits for; after Close it does nothing and says so.
func (s *Stack) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(f)
	}
	return !s.closed
}

// pause waits a moment after a fault of a socket; false when the stack is closing.
func (s *Stack) pause() bool {
	select {
	case <-time.After(50 * time.Millisecond):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// lost forgets a connection and tells everybody who waits for an answer on it.
func (s *Stack) lost(c *tcpConn, err error) {
	s.mu.Lock()
	if s.conns[c.line()] == c {
		delete(s.conns, c.line())
	}
	var strands []*strand
	if !s.closed && c.asked.Load() {
		strands = slices.Collect(maps.Values(s.strands))
	}
	s.mu.Unlock()
	for _, st := range strands {
		st.enter(func(now time.Time) { st.broken(now, c, err) })
	}
}

// strandOf finds the strand of a Call-ID and makes it when asked to; nil when there is none or no room.
func (s *Stack) strandOf(callID string, create bool) *strand {
	return s.strandFor(callID, create, false)
}

// strandFor does so for an urgent call as well, for which there is always room.
func (s *Stack) strandFor(callID string, create, urgent bool) *strand {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.strands[callID]
	if st == nil && create && !s.closed && (urgent || len(s.strands) < maxStrands) {
		st = newStrand(s, callID)
		s.strands[callID] = st
	}
	if st != nil && urgent && !st.urgent {
		st.urgent = true
		s.gate.mark(callID)
	}
	return st
}

// forget drops a strand that has nothing left to do.
func (s *Stack) forget(st *strand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.strands[st.callID] == st {
		delete(s.strands, st.callID)
		if st.urgent {
			s.gate.unmark(st.callID)
		}
	}
}

// guard runs code of the handler: whatever it does, the process and the socket's reader go on.
func (s *Stack) guard(f func()) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("sip handler panicked", "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// suspects remembers the hops that fell silent, so that the next call tries the others first.
type suspects struct {
	mu    sync.Mutex
	until map[netip.AddrPort]time.Time
}

const (
	suspicion   = 30 * time.Second // how long a silent hop comes last
	maxSuspects = 1024
)

func (s *suspects) add(addr netip.AddrPort, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil || len(s.until) >= maxSuspects {
		s.until = map[netip.AddrPort]time.Time{}
	}
	s.until[addr] = now.Add(suspicion)
}

func (s *suspects) clear(addr netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, addr)
}

// order puts the suspected hops last and keeps the order otherwise.
func (s *suspects) order(hops []hop, now time.Time) []hop {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(hops) < 2 || len(s.until) == 0 {
		return hops
	}
	ordered := slices.Clone(hops)
	slices.SortStableFunc(ordered, func(a, b hop) int {
		return boolInt(now.Before(s.until[a.addr])) - boolInt(now.Before(s.until[b.addr]))
	})
	return ordered
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
