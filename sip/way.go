package sip

import (
	"errors"
	"time"
)

var errSlowName = errors.New("sip: name of the next hop is not found in time")

// locate finds the route to a leg's next hop and then goes on, at once when the way is known. Where the far end names
// one that cannot be found, or not in a moment, the way over which it spoke last serves: a call must not be lost
// because a Contact holds a name that only its owner can resolve.
func (st *strand) locate(now time.Time, l *leg, then func(now time.Time, to route, err error)) {
	near := l.near
	u, fault := parseURI(l.nextHop())
	back := func(now time.Time, err error) {
		if to, ok := st.back(near); ok && near.mayCarry(u) {
			then(now, to, nil)
			return
		}
		then(now, route{}, err)
	}
	if fault != nil || u.host == "" {
		back(now, errors.Join(errUnreachable, fault))
		return
	}
	patience := wayPatience
	if near.flow == nil { // there is no way back
		patience = 2 * resolveFor
	}
	st.resolve(now, u, patience, func(now time.Time, hops []hop, err error) {
		for _, h := range st.stack.suspects.order(l.secured(u, hops), now) {
			if near.leadsTo(u, h) {
				then(now, near, nil)
				return
			}
			var to route
			if to, err = st.stack.routeTo(h); err == nil {
				then(now, to, nil)
				return
			}
		}
		if err == nil {
			err = errUnreachable
		}
		back(now, err)
	})
}

// back gives the way over which the far end spoke last, opened anew where its connection is gone.
func (st *strand) back(near route) (route, bool) {
	switch {
	case near.flow == nil:
		return route{}, false
	case near.flow.alive():
		return near, true
	case !near.reliable():
		return route{}, false
	}
	again, ok := near.again()
	if !ok {
		return route{}, false
	}
	to, err := st.stack.routeTo(again)
	return to, err == nil
}

// hasten sends what must not wait for a name server: back over the way on which the far end spoke last while its next
// hop is looked for, and there as well once it is found. An ACK that comes twice does no harm.
func (st *strand) hasten(now time.Time, l *leg, send func(to route)) {
	var first route
	if u, err := parseURI(l.nextHop()); err == nil && u.host != "" && l.near.mayCarry(u) {
		if _, known, _ := st.stack.resolver.known(u, now); !known {
			if to, ok := st.back(l.near); ok {
				first = to
				send(to)
			}
		}
	}
	st.locate(now, l, func(_ time.Time, to route, err error) {
		if err == nil && to != first {
			send(to)
		}
	})
}

// resolve finds the hops of a URI: at once for an address or a remembered name, else beside the strand, which waits for
// the patience given and no longer; what is found later serves the next time.
func (st *strand) resolve(now time.Time, u uri, patience time.Duration, then func(now time.Time, hops []hop, err error)) {
	if hops, known, stale := st.stack.resolver.known(u, now); known {
		if stale {
			st.stack.spawn(func() { _, _ = st.stack.resolver.resolve(st.stack.ctx, u) })
		}
		then(now, hops, nil)
		return
	}
	st.pending++
	st.stack.spawn(func() {
		hops, err := st.stack.resolveWithin(u, patience)
		st.enter(func(now time.Time) {
			st.pending--
			then(now, hops, err)
		})
	})
}

// resolveWithin asks the name servers and leaves them to it when they take too long.
func (s *Stack) resolveWithin(u uri, patience time.Duration) (hops []hop, err error) {
	done := make(chan struct{})
	var found []hop
	var fault error
	if !s.spawn(func() {
		defer close(done)
		found, fault = s.resolver.resolve(s.ctx, u)
	}) {
		return nil, errClosed
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return found, fault
	case <-timer.C:
		return nil, errSlowName
	}
}
