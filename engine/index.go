package engine

import (
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// What an emergency call asks of the state is found without passing over ordinary calls, however many there are.

// index finds calls by what they are.
type index struct {
	urgent   map[CallID]*call // emergency calls and call backs
	ordinary map[rep.ID]*call // a rep has one at most
	timed    map[CallID]*call // ordinary calls that wait for a deadline
	channels map[trunk.ID]int // ordinary calls on each trunk
	live     int              // ordinary calls that have not failed
	tabCount int              // browsers of everybody
	changed  bool             // who must not wait is to be published anew
}

func newIndex() index {
	return index{
		urgent: make(map[CallID]*call), ordinary: make(map[rep.ID]*call), timed: make(map[CallID]*call), channels: make(map[trunk.ID]int),
	}
}

// add takes up a call that begins.
func (s *State) add(c *call) {
	s.calls[c.id] = c
	if c.emergency() {
		s.urgent[c.id], s.changed = c, true
		return
	}
	s.ordinary[c.rep] = c
	s.live++
}

// remove forgets a call that is over.
func (s *State) remove(c *call) {
	delete(s.legs, c.leg)
	delete(s.calls, c.id)
	if c.emergency() {
		delete(s.urgent, c.id)
		s.changed = true
		return
	}
	s.release(c)
	delete(s.timed, c.id)
	if s.ordinary[c.rep] == c {
		delete(s.ordinary, c.rep)
	}
}

// release takes an ordinary call that is over or has failed out of what is counted.
func (s *State) release(c *call) {
	s.occupy(c, "")
	if c.kind == ordinary && c.state != failed {
		s.live--
	}
}

// occupy counts an ordinary call on the trunk that carries it now; empty: none does.
func (s *State) occupy(c *call, id trunk.ID) {
	if c.kind != ordinary {
		return
	}
	if c.channel != "" {
		s.channels[c.channel]--
		if s.channels[c.channel] == 0 {
			delete(s.channels, c.channel)
		}
	}
	c.channel = id
	if id != "" {
		s.channels[id]++
	}
}

// trunkOf returns the trunk whose turn it is.
func trunkOf(a emergency.Attempt) trunk.ID {
	if turn, ok := a.Turn().(emergency.Try); ok {
		return turn.Trunk
	}
	return ""
}

// retime notes whether a call that has just changed waits for a deadline.
func (s *State) retime(c *call) {
	switch {
	case c.kind != ordinary:
		s.changed = true
	case c.state != failed && (!c.answerBy.IsZero() || c.tab == "" && !c.soundLost.IsZero()):
		s.timed[c.id] = c
	default:
		delete(s.timed, c.id)
	}
}

// callsOf returns the calls that the rep speaks or places, in the order in which they were placed.
func (s *State) callsOf(id rep.ID) []*call {
	var calls []*call
	for _, c := range s.urgent {
		if c.rep == id {
			calls = append(calls, c)
		}
	}
	if c := s.ordinary[id]; c != nil {
		calls = append(calls, c)
	}
	return inOrder(calls)
}

// incoming returns the call backs that ring, in the order in which they came.
func (s *State) incoming() []*call {
	var calls []*call
	for _, c := range s.urgent {
		if c.state == incoming {
			calls = append(calls, c)
		}
	}
	return inOrder(calls)
}

// due returns the calls that wait for a deadline which has come, in the order in which they were placed.
func (s *State) due(now time.Time) []*call {
	var calls []*call
	for _, all := range []map[CallID]*call{s.urgent, s.timed} {
		for _, c := range all {
			if next := s.deadlineOf(c); !next.IsZero() && !now.Before(next) {
				calls = append(calls, c)
			}
		}
	}
	return inOrder(calls)
}

// inOrder sorts calls, so that a story replayed gives the same events.
func inOrder(calls []*call) []*call {
	slices.SortFunc(calls, func(a, b *call) int {
		if order := a.placedAt.Compare(b.placedAt); order != 0 {
			return order
		}
		return compareIDs(a.id, b.id)
	})
	return calls
}

// deadlineOf returns when the call has to be looked at next; zero: not before another command.
func (s *State) deadlineOf(c *call) time.Time {
	next := s.loneUntil(c)
	for _, at := range [...]time.Time{c.answerBy, c.retryAt, c.chainAt} {
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
