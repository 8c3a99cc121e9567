package webcall

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mayday/edge/relay"
)

// PeerEvent is what happens to a peer: [Connected], [Lost], [Silent], [Heard] or [Closed].
type PeerEvent interface{ peerEvent() }

type (
	// Connected says that sound can flow, for the first time or again after Lost.
	Connected struct{}
	// Lost says that nothing came from the browser for five seconds, no sound and no check of its
	// consent (RFC 7675 §5.1).
	Lost struct{}
	// Silent says that the browser is there but sent no sound for a second: its microphone is in trouble.
	Silent struct{}
	// Heard says that sound comes again after Silent.
	Heard struct{}
	// Closed is the last event of every peer.
	Closed struct {
		// Cause is nil after Close or when the browser closed the connection, else what failed.
		Cause error
	}
)

func (Connected) peerEvent() {}
func (Lost) peerEvent()      {}
func (Silent) peerEvent()    {}
func (Heard) peerEvent()     {}
func (Closed) peerEvent()    {}

const (
	lostAfter    = 5 * time.Second
	silentAfter  = time.Second
	consentEnds  = 30 * time.Second // RFC 7675 §5.1
	watchEvery   = 200 * time.Millisecond
	maxAddresses = 8 // that a browser is known by at once
)

// Peer is one browser's sound: a side of package relay.
type Peer struct {
	gateway *Gateway
	id      uint64 // random; also the session's name
	on      func(PeerEvent)
	end     *relay.End
	inbox   *inbox
	context context.Context
	cancel  context.CancelFunc

	selected atomic.Pointer[netip.AddrPort] // where we send; nil before the first check and without consent
	session  atomic.Pointer[session]        // nil before the key is agreed
	heard    atomic.Int64                   // when anything authentic came, on the gateway's clock
	sounded  atomic.Int64                   // when sound came

	mu        sync.Mutex // not on the way of sound
	offer     *offer
	version   int
	bindings  []*binding
	addresses []netip.AddrPort
	over      bool
}

func newPeer(g *Gateway, o *offer, on func(PeerEvent)) *Peer {
	if on == nil {
		on = func(PeerEvent) {}
	}
	p := &Peer{gateway: g, id: mathrand.Uint64N(1 << 62), on: on, offer: o}
	p.end = relay.NewEnd(p)
	p.end.Agree(o.formats...)
	p.inbox = newInbox(p)
	p.context, p.cancel = context.WithCancel(g.context)
	return p
}

// End makes a peer a relay.Side.
func (p *Peer) End() *relay.End { return p.end }

// Stats answers with what was received and sent so far.
func (p *Peer) Stats() relay.Stats { return p.end.Stats() }

// Close ends the connection. It returns at once; Closed follows when nothing of the peer runs any more
// but the event itself.
func (p *Peer) Close() error {
	p.cancel()
	return nil
}

// Reopen answers another offer of the same browser, such as it makes when its network has changed
// (RFC 8445 §9). Sound keeps flowing on the old way until the new one is checked, and stays joined. It
// answers ErrClosed, or an [OfferError] after which all is as before.
func (p *Peer) Reopen(description string) (string, error) {
	o, err := readOffer(description)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	first := p.offer
	p.mu.Unlock()
	if !slices.Equal(o.fingerprints, first.fingerprints) {
		return "", ErrOtherBrowser
	}
	answer := p.bind(o)
	if answer == "" || p.context.Err() != nil {
		return "", ErrClosed
	}
	p.end.Agree(o.formats...)
	return answer, nil
}

// bind answers an offer. A fragment that the browser used before keeps our credentials; a new one is a
// restart of ICE and gets new ones. The last two generations are valid. A peer that is over answers nothing.
func (p *Peer) bind(o *offer) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return ""
	}
	p.offer = o
	p.version++
	if n := len(p.bindings); n > 0 && p.bindings[n-1].remote == o.ufrag {
		return p.answer(o, p.bindings[n-1].own, p.version)
	}
	own := credentials{ufrag: rand.Text()[:16], password: rand.Text() + rand.Text()}
	b := &binding{peer: p, own: own, remote: o.ufrag, password: []byte(own.password)}
	p.bindings = append(p.bindings, b)
	p.gateway.byUfrag.put(own.ufrag, b)
	if len(p.bindings) > 2 {
		p.retire()
	}
	return p.answer(o, own, p.version)
}

// retire makes the oldest credentials invalid. The caller holds the lock.
func (p *Peer) retire() {
	p.gateway.byUfrag.remove(p.bindings[0].own.ufrag, p.bindings[0])
	p.bindings = p.bindings[1:]
}

// checked notes that the browser proved an address to be its own, and whether it chose that one. A
// choice ends what was valid before a restart of ICE.
func (p *Peer) checked(b *binding, from netip.AddrPort, nominated bool) {
	p.heard.Store(int64(p.gateway.now()))
	selected := p.selected.Load()
	if selected == nil || nominated && *selected != from {
		p.selected.Store(&from)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	if nominated && len(p.bindings) > 1 && p.bindings[1] == b {
		p.retire()
	}
	if p.gateway.byAddress.find(from) == p {
		return
	}
	p.gateway.byAddress.put(from, p)
	p.addresses = append(slices.DeleteFunc(p.addresses, func(a netip.AddrPort) bool { return a == from }), from)
	if len(p.addresses) > maxAddresses {
		oldest := 0
		if to := p.selected.Load(); to != nil && p.addresses[0] == *to {
			oldest = 1
		}
		p.gateway.byAddress.remove(p.addresses[oldest], p)
		p.addresses = slices.Delete(p.addresses, oldest, oldest+1)
	}
}

// forget takes the peer out of the gateway's tables.
func (p *Peer) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	for _, b := range p.bindings {
		p.gateway.byUfrag.remove(b.own.ufrag, b)
	}
	for _, a := range p.addresses {
		p.gateway.byAddress.remove(a, p)
	}
}

// run owns the peer: it agrees the key, watches over the browser, reports to it, and tells of it.
func (p *Peer) run() {
	w := watch{peer: p}
	secured, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- p.secure(secured) }()
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	report := time.NewTimer(relay.NextReport())
	defer report.Stop()
	var cause error
	for running := true; running; {
		select {
		case <-secured:
			secured = nil
			w.begin()
		case <-ticker.C:
			w.look()
		case <-report.C:
			p.report()
			report.Reset(relay.NextReport())
		case cause = <-ended:
			running = false
		}
	}
	relay.Part(p)
	p.cancel()
	p.forget()
	if errors.Is(cause, context.Canceled) {
		cause = nil
	}
	p.gateway.logger.Info("browser media closed", "peer", p.id, "error", cause)
	p.on(Closed{Cause: cause})
}

// watch is what the owner of a peer remembers of what it told.
type watch struct {
	peer             *Peer
	up, lost, silent bool
	since            time.Duration // of Connected
}

func (w *watch) begin() {
	w.up, w.since = true, w.peer.gateway.now()
	w.peer.heard.Store(int64(w.since))
	w.peer.gateway.logger.Info("browser media connected", "peer", w.peer.id)
	w.peer.on(Connected{})
}

// look tells what has changed since the last look.
func (w *watch) look() {
	now, p := w.peer.gateway.now(), w.peer
	quiet := now - time.Duration(p.heard.Load())
	if quiet > consentEnds {
		p.selected.Store(nil)
	}
	if !w.up {
		return
	}
	if lost := quiet > lostAfter; lost != w.lost {
		w.lost = lost
		if lost {
			w.silent = false
			p.on(Lost{})
			return
		}
		w.since = now
		p.on(Connected{})
	}
	silence := now - max(time.Duration(p.sounded.Load()), w.since)
	if silent := silence > silentAfter; !w.lost && silent != w.silent {
		w.silent = silent
		if silent {
			p.on(Silent{})
		} else {
			p.on(Heard{})
		}
	}
}
