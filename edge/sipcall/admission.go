package sipcall

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mayday/center/trunk"
	"mayday/engine"
	"mayday/sip"
)

// Limits bound ordinary calls from outside. Emergency calls, call backs and the telephones that are asked to help have none.
type Limits struct {
	Concurrent int           // ordinary legs at once, ours among them; 0: no limit
	PerSecond  int           // ordinary calls from outside that begin in a second; 0: no limit
	Backlog    time.Duration // how long work may wait for the processor before ordinary calls are turned away; 0: no limit
	Reserve    int           // pairs of media ports that ordinary calls leave free
}

// retryAfter is when whoever was turned away may come back: not all at the same moment.
const (
	retryAfter  = 5 * time.Second
	retrySpread = 10 // seconds
)

// gate decides which ordinary calls from outside are let in.
type gate struct {
	limits Limits
	trunks func() []trunk.Trunk

	ordinary atomic.Int64 // ordinary legs
	opening  atomic.Int64 // those that have not come as far as the engine yet
	waited   atomic.Int64 // the longest wait of an ordinary message since the last look, in nanoseconds

	mu       sync.Mutex // guards the rest; no emergency call takes it
	pace     engine.Pace
	throttle throttle
	channels map[trunk.ID]int
	shed     map[engine.Shed]uint64
}

func newGate(config Config) *gate {
	config.Ports.Reserve(config.Limits.Reserve)
	return &gate{
		limits: config.Limits, trunks: config.Trunks, pace: engine.Pace{PerSecond: config.Limits.PerSecond},
		channels: make(map[trunk.ID]int), shed: make(map[engine.Shed]uint64),
	}
}

// callsBack reports whether an INVITE with that Request-URI and To is a call back of an emergency service.
func (c *Calls) callsBack(requestURI, to string) bool {
	return c.config.CallsBack == nil || c.config.CallsBack(userOf(requestURI), userOf(addressIn(to)))
}

// Shed returns how many messages and calls from outside were turned away because there were too many, by reason.
func (c *Calls) Shed() map[string]uint64 {
	counted := make(map[string]uint64)
	for reason, count := range c.stack.Shed() {
		if reason != sip.ShedRefused { // counted below, with why
			counted[string(reason)] = count
		}
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	for _, reason := range []engine.Shed{engine.ShedConcurrent, engine.ShedPerSecond, engine.ShedChannels, engine.ShedBacklog} {
		counted[string(reason)] = c.gate.shed[reason]
	}
	return counted
}

// openingAtOnce is how many ordinary legs may be on their way to the engine: each needs about a tenth of a millisecond of a processor.
const openingAtOnce = 100

// admit says when an ordinary call may come back; zero: it may come in now.
func (g *gate) admit(a sip.Arrival) time.Duration {
	if wait := int64(a.Waited); wait > g.waited.Load() {
		g.waited.Store(wait) // of two at once one may be lost: the next says the same
	}
	now := time.Now()
	at := g.trunkAt(a.Source)
	g.mu.Lock()
	defer g.mu.Unlock()
	reason := g.reason(now, a.Waited, at)
	if reason == "" {
		g.pace.Take(now)
		g.throttle.take(now)
		return 0
	}
	g.shed[reason]++
	return retryAfter + time.Duration(rand.IntN(retrySpread))*time.Second
}

// reason says why an ordinary call cannot come in now; empty: it can.
func (g *gate) reason(now time.Time, waited time.Duration, at trunk.ID) engine.Shed {
	late := g.limits.Backlog > 0 && (waited > g.limits.Backlog || g.opening.Load() >= openingAtOnce)
	switch {
	case late:
		return engine.ShedBacklog
	case g.limits.Concurrent > 0 && int(g.ordinary.Load()) >= g.limits.Concurrent:
		return engine.ShedConcurrent
	case at != "" && g.channels[at] >= g.channelsOf(at):
		return engine.ShedChannels
	case !g.pace.Free(now):
		return engine.ShedPerSecond
	case !g.throttle.free(now):
		return engine.ShedBacklog
	}
	return ""
}

// trunkAt returns the trunk with a limit whose URI names the address that a call comes from; empty: there is none. A trunk that is known
// by a name only is limited by its carrier.
func (g *gate) trunkAt(source netip.AddrPort) trunk.ID {
	if g.trunks == nil {
		return ""
	}
	for _, carrier := range g.trunks() {
		if carrier.Channels > 0 && addressOf(carrier.URI) == source.Addr().Unmap() {
			return carrier.ID
		}
	}
	return ""
}

// addressOf returns the address in a SIP URI; the zero value when it has a name.
func addressOf(uri string) netip.Addr {
	host := hostOf(uri)
	if address, err := netip.ParseAddrPort(host); err == nil {
		return address.Addr().Unmap()
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap()
}

func (g *gate) channelsOf(id trunk.ID) int {
	for _, carrier := range g.trunks() {
		if carrier.ID == id {
			return carrier.Channels
		}
	}
	return 0
}

// enter counts a leg that begins.
func (g *gate) enter(l *leg) {
	if l.urgent {
		return
	}
	g.ordinary.Add(1)
	g.opening.Add(1)
	g.occupy(l.trunk, 1)
}

// opened says that the engine knows of a leg, or never will.
func (g *gate) opened(l *leg) {
	if !l.urgent {
		g.opening.Add(-1)
	}
}

// leave counts it out.
func (g *gate) leave(l *leg) {
	if l.urgent {
		return
	}
	g.ordinary.Add(-1)
	g.occupy(l.trunk, -1)
}

func (g *gate) occupy(id trunk.ID, by int) {
	if id == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.channels[id] += by
	if g.channels[id] == 0 {
		delete(g.channels, id)
	}
}

// lookEvery is how often the processor is looked at.
const lookEvery = 20 * time.Millisecond

// watch looks at how late this goroutine itself is woken, and at how long messages have waited, until ctx ends. The engine is told when
// that becomes too long, and when it is well again.
func (g *gate) watch(ctx context.Context, report func(engine.Command)) {
	if g.limits.Backlog <= 0 {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	strain := strain{bound: g.limits.Backlog}
	last := time.Now()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		late := now.Sub(last) - lookEvery
		last = now
		changed := strain.observe(now, max(late, time.Duration(g.waited.Swap(0))))
		g.mu.Lock()
		g.throttle.adapt(now, strain.on && !strain.above.IsZero())
		g.mu.Unlock()
		if changed {
			report(engine.ReportStrain{On: strain.on})
		}
	}
}
