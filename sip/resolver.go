package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	minTTL     = 5 * time.Second // a shorter TTL is stretched to this
	maxTTL     = 24 * time.Hour
	usableFor  = time.Hour // how long after its TTL an answer is used without asking first
	resolveFor = 4 * time.Second
	maxNames   = 4096 // answers remembered
)

var errNoHop = errors.New("sip: no address for that name")

// Resolver finds the hops of SIP URIs and remembers the answers. RFC 3263. It may serve several stacks.
type Resolver struct {
	dns lookups

	mu      sync.Mutex
	plans   map[string]*plan
	flights map[string]*flight
}

// NewResolver asks the given name servers ("192.0.2.53:53"), or those of the system when none is given.
func NewResolver(servers ...string) *Resolver {
	return &Resolver{dns: lookups{servers: servers}, plans: map[string]*plan{}, flights: map[string]*flight{}}
}

// plan is a resolved name: servers in groups of one priority, from which every call makes its own order.
type plan struct {
	servers []server
	until   time.Time
}

// server is one SRV record with its addresses; without SRV its priority and weight are zero.
type server struct {
	network  string
	rank     int // of its NAPTR record or transport
	priority uint16
	weight   uint16
	port     uint16
	addrs    []netip.Addr
}

// flight is a resolution under way, which later askers join.
type flight struct {
	done chan struct{}
	plan *plan
	err  error
}

// known gives the hops that need no asking: those of an address, and of a name whose answer is remembered.
// stale asks the caller to refresh it beside his work.
func (r *Resolver) known(u uri, now time.Time) (hops []hop, known, stale bool) {
	if h, ok := literal(u); ok {
		return []hop{h}, true, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.plans[planKey(u)]
	if p == nil || now.After(p.until.Add(usableFor)) {
		return nil, false, false
	}
	return p.hops(), true, now.After(p.until)
}

// resolve asks the name servers. When they are dead the last answer serves, however old.
func (r *Resolver) resolve(ctx context.Context, u uri) ([]hop, error) {
	if h, ok := literal(u); ok {
		return []hop{h}, nil
	}
	key := planKey(u)
	r.mu.Lock()
	f := r.flights[key]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		r.flights[key] = f
		r.mu.Unlock()
		r.fly(ctx, key, u, f)
	} else {
		r.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if f.err != nil {
		return nil, fmt.Errorf("resolve peer: %w", f.err)
	}
	return f.plan.hops(), nil
}

func (r *Resolver) fly(ctx context.Context, key string, u uri, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, resolveFor)
	defer cancel()
	f.plan, f.err = r.dns.plan(ctx, u)
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.err == nil {
		if len(r.plans) >= maxNames {
			clear(r.plans)
		}
		r.plans[key] = f.plan
	} else if old := r.plans[key]; old != nil {
		f.plan, f.err = old, nil
	}
	delete(r.flights, key)
	close(f.done)
}

// freshUntil is when the remembered answer runs out; the zero time when there is none.
func (r *Resolver) freshUntil(u uri) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.plans[planKey(u)]; p != nil {
		return p.until
	}
	return time.Time{}
}

// hops draws an order: by rank and priority, within a priority at random by weight. RFC 2782, RFC 3263 §4.2.
func (p *plan) hops() []hop {
	var hops []hop
	left := slices.Clone(p.servers)
	for len(left) > 0 {
		i := draw(left)
		s := left[i]
		left = slices.Delete(left, i, i+1)
		for _, addr := range s.addrs {
			hops = append(hops, hop{network: s.network, addr: netip.AddrPortFrom(addr, s.port)})
		}
	}
	return hops
}

// draw picks one of the servers that share the first one's rank and priority.
func draw(servers []server) int {
	end, sum := 0, 0
	for end < len(servers) && servers[end].rank == servers[0].rank && servers[end].priority == servers[0].priority {
		sum += int(servers[end].weight)
		end++
	}
	if sum == 0 {
		return randomBelow(end)
	}
	point := randomBelow(sum + 1)
	for i := range end {
		if point -= int(servers[i].weight); point <= 0 {
			return i
		}
	}
	return 0
}

// literal is the hop of a URI whose host is an address: no name server is asked. RFC 3263 §4.1.
func literal(u uri) (hop, bool) {
	addr, err := netip.ParseAddr(u.host)
	if err != nil {
		if !strings.EqualFold(u.host, "localhost") {
			return hop{}, false
		}
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	network := networkOf(u)
	return hop{network: network, addr: netip.AddrPortFrom(addr.Unmap(), portOf(u, network))}, true
}

// networkOf is the URI's transport, UDP when it leaves that open.
func networkOf(u uri) string {
	switch {
	case u.scheme == "sips":
		return "tls"
	case u.transport == "":
		return "udp"
	}
	return u.transport
}

func portOf(u uri, network string) uint16 {
	switch {
	case u.port != 0:
		return uint16(u.port)
	case network == "tls":
		return 5061
	}
	return 5060
}

func planKey(u uri) string {
	return u.scheme + " " + u.transport + " " + strings.ToLower(u.host) + " " + itoa(uint32(u.port))
}

// Watch names the peers whose hops are kept resolved in the background, so that Invite finds them ready. Each
// call replaces the list.
func (s *Stack) Watch(uris []string) {
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	if s.watch != nil {
		s.watch()
	}
	s.watch = cancel
	s.mu.Unlock()
	for _, text := range uris {
		u, err := parseURI(text)
		if err != nil || u.host == "" {
			continue
		}
		if _, ok := literal(u); !ok {
			s.spawn(func() { s.resolver.keep(ctx, u) })
		}
	}
}

// keep asks again before an answer runs out, and every few seconds while the name servers are dead.
func (r *Resolver) keep(ctx context.Context, u uri) {
	for {
		_, _ = r.resolve(ctx, u)
		wait := time.Until(r.freshUntil(u)) * 4 / 5
		select {
		case <-time.After(max(wait, minTTL*3/5)):
		case <-ctx.Done():
			return
		}
	}
}
