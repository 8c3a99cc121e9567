package sip

import (
	"context"
	"fmt"
	"time"
)

// Options asks the peer whether it is there and gives the status of its final answer. It waits for that, or
// for the context. RFC 3261 §11.1.
func (s *Stack) Options(ctx context.Context, peer string) (status int, err error) {
	u, err := parseURI(peer)
	if err != nil || u.host == "" {
		return 0, fmt.Errorf("probe peer: %w", errURI)
	}
	type outcome struct {
		status int
		err    error
	}
	done := make(chan outcome, 1)
	settle := func(o outcome) {
		select {
		case done <- o:
		default:
		}
	}
	st := s.strandOf(random(16), true)
	if st == nil {
		return 0, fmt.Errorf("probe peer: %w", errClosed)
	}
	st.enter(func(now time.Time) {
		l := &leg{localTag: random(8), target: peer}
		st.locate(now, l, func(now time.Time, to route, err error) {
			if err != nil {
				settle(outcome{err: err})
				return
			}
			at := to.flow.local(to.to).String()
			l.local, l.remote = "<sip:"+at+">;tag="+l.localTag, "<"+peer+">"
			m := l.request("OPTIONS", 1, st.callID, to)
			m.add("Contact", contactFor(to, ""))
			m.add("Accept", "application/sdp")
			m.add("User-Agent", s.userAgent)
			st.send(now, m.encode(), to, func(_ time.Time, m *Message) {
				if m.status >= 200 {
					settle(outcome{status: m.status})
				}
			}, func(_ time.Time, err error) { settle(outcome{err: err}) })
		})
	})
	select {
	case o := <-done:
		if o.err != nil {
			return 0, fmt.Errorf("probe peer: %w", o.err)
		}
		return o.status, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("probe peer: %w", ctx.Err())
	case <-s.ctx.Done():
		return 0, fmt.Errorf("probe peer: %w", errClosed)
	}
}
