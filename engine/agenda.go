package engine

import (
	"time"

	"mayday/center/rank"
	"mayday/center/rep"
)

// agenda holds when each of many has to be looked at next.
type agenda[K comparable] struct{ list *rank.List[K, time.Time] }

func newAgenda[K comparable]() agenda[K] { return agenda[K]{rank.NewList[K](time.Time.Compare)} }

// note puts down a deadline in place of the last one; zero: there is none any more.
func (a agenda[K]) note(key K, at time.Time) {
	if at.IsZero() {
		a.list.Drop(key)
		return
	}
	a.list.Set(key, at)
}

// next returns the earliest deadline; zero: there is none.
func (a agenda[K]) next() time.Time {
	_, at, _ := a.list.First()
	return at
}

// due returns whose deadline has come, in any order.
func (a agenda[K]) due(now time.Time) []K { return a.list.UpTo(now) }

// due returns the calls that wait for a deadline which has come, in the order in which they were placed.
func (s *State) due(now time.Time) []*call {
	var calls []*call
	for _, id := range s.callsDue.due(now) {
		calls = append(calls, s.calls[id])
	}
	return inOrder(calls)
}

// retime notes when a call that may have changed has to be looked at.
func (s *State) retime(c *call) { s.callsDue.note(c.id, s.deadlineOf(c)) }

// retimeAll does so for the calls of a rep who has other browsers now.
func (s *State) retimeAll(id rep.ID) {
	for _, c := range s.callsOf(id) {
		s.retime(c)
	}
}

// retimeLease notes when the rep's lease ends by itself: not while a call needs it.
func (s *State) retimeLease(id rep.ID) {
	lease, ok := s.leases.Of(id)
	if !ok || s.needed(id) {
		s.leasesDue.note(id, time.Time{})
		return
	}
	s.leasesDue.note(id, lease.Until)
}

// deadlineOf returns when the call has to be looked at next; zero: not before another command.
func (s *State) deadlineOf(c *call) time.Time {
	next := s.loneUntil(c)
	for _, at := range [...]time.Time{c.answerBy, c.retryAt, c.chainAt, c.referBy, s.conveyAt(c), c.desk.answerBy, c.desk.ringBy} {
		next = sooner(next, at)
	}
	for _, h := range c.helpers {
		next = sooner(next, h.answerBy)
	}
	return next
}

// sooner returns the earlier of two times, where zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
