package sip

import (
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Arrival is an INVITE that begins a call and is not urgent.
type Arrival struct {
	Source netip.AddrPort
	Waited time.Duration // how long it has waited for us since it was read
}

// Shed is how many messages a stack has turned away because there were too many, by reason.
type Shed string

const (
	// ShedRefused counts INVITEs that Config.Admit refused: they got 503 with Retry-After.
	ShedRefused Shed = "refused"
	// ShedDropped counts datagrams that found their lane full; whoever sent one sends it again.
	ShedDropped Shed = "dropped"
	// ShedStrands counts requests beyond the number of Call-IDs that are remembered at once: they got 503.
	ShedStrands Shed = "call_ids"
)

// admission is what stands before new calls when there are too many of them.
type admission struct {
	urgentFor func(requestURI, to string) bool
	admit     func(Arrival) (retryAfter time.Duration)

	refused, dropped, strands atomic.Uint64

	mu     sync.RWMutex // guards urgent alone; an ordinary call only ever reads
	urgent map[string]bool
}

// Shed says how many messages were turned away since the stack was made, by reason.
func (s *Stack) Shed() map[Shed]uint64 {
	return map[Shed]uint64{
		ShedRefused: s.gate.refused.Load(), ShedDropped: s.gate.dropped.Load(), ShedStrands: s.gate.strands.Load(),
	}
}

// mark makes every message of a Call-ID go before those of others.
func (a *admission) mark(callID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.urgent[callID] = true
}

func (a *admission) unmark(callID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.urgent, callID)
}

func (a *admission) marked(callID []byte) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.urgent[string(callID)]
}

// urgentAt says whether a datagram goes before all others: it belongs to an urgent call, or begins one.
func (a *admission) urgentAt(g glance) bool {
	if a.marked(g.callID) {
		return true
	}
	return a.urgentFor != nil && g.begins() && (string(g.method) == "INVITE" || string(g.method) == "CANCEL") &&
		a.urgentFor(string(g.uri), string(g.to))
}

// begin decides what becomes of a request that may begin something. It says whether the request's strand is urgent, and what it is
// refused with before anything is spent on it; nil: nothing.
func (s *Stack) begin(m *Message, from route, waited time.Duration) (urgent bool, flaw *defect) {
	if m.method != "INVITE" {
		return false, nil
	}
	if s.gate.urgentFor != nil && s.gate.urgentFor(m.uri, m.Header("To")) {
		return true, nil
	}
	if s.gate.admit == nil || s.strandOf(m.key.callID, false) != nil { // one that is known already was admitted when it came first
		return false, nil
	}
	if retry := s.gate.admit(Arrival{Source: from.to, Waited: waited}); retry > 0 {
		s.gate.refused.Add(1)
		return false, unavailable(retry)
	}
	return false, nil
}

// unavailable is the refusal of what comes when there is too much. RFC 3261 §21.5.4.
func unavailable(retryAfter time.Duration) *defect {
	seconds := int((retryAfter + time.Second - 1) / time.Second)
	return &defect{status: 503, extra: []Header{{"Retry-After", strconv.Itoa(seconds)}}}
}
