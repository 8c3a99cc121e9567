package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/number"
	"mayday/center/rank"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// What a command asks of the state is found without passing over calls, leases or alerts, however many there are. The index says nothing
// that the calls do not say; a test holds it against them.

// index finds calls by what they are, whom they concern and when they have to be looked at.
type index struct {
	standings   map[rep.ID]*standing // whom emergency calls and call backs concern
	ordinary    map[rep.ID]*call     // a rep has one at most
	channels    map[trunk.ID]int     // ordinary calls on each trunk
	beyond      map[trunk.ID]int     // emergency calls on each trunk, which no limit holds back
	wide        map[CallID]*call     // call backs that ring and have reached the desk, or further
	going       [kinds]int           // calls that have not failed
	tabCount    int                  // browsers of everybody
	callsDue    agenda[CallID]
	leasesDue   agenda[rep.ID] // those that no call holds open
	alertsDue   agenda[CallID]
	tellingsDue agenda[CallID] // alerts of which somebody else is told if nobody acknowledges them
	drillsDue   agenda[CallID]
	waysDue     agenda[emergency.DrillWay] // drills that begin by themselves
	news        news
}

// standing is what emergency calls and call backs ask of one rep.
type standing struct {
	own     []*call                    // those that the rep has placed or answered; what failed stays until it is put away
	ringing *rank.List[CallID, CallID] // call backs that ring the rep
	active  int                        // how many hold the presence
	needs   int                        // how many reasons there are to hold the lease
}

// news is what may be otherwise for those who must not wait, since somebody looked last. The same may be named twice.
type news struct {
	reps    []rep.ID
	numbers []number.E164
}

func newIndex() index {
	return index{
		standings: make(map[rep.ID]*standing), ordinary: make(map[rep.ID]*call), channels: make(map[trunk.ID]int),
		beyond: make(map[trunk.ID]int), wide: make(map[CallID]*call),
		callsDue: newAgenda[CallID](), leasesDue: newAgenda[rep.ID](), alertsDue: newAgenda[CallID](), tellingsDue: newAgenda[CallID](),
		drillsDue: newAgenda[CallID](), waysDue: newAgenda[emergency.DrillWay](),
	}
}

// add takes up a call that begins.
func (s *State) add(c *call) {
	s.calls[c.id] = c
	if c.kind == ordinary {
		s.ordinary[c.rep] = c
	}
	s.weigh(c, 1)
	s.retime(c)
}

// change lets how write the call's fields, and follows it with the index.
func (s *State) change(id CallID, how func(*call)) {
	c := s.calls[id]
	before := *c
	how(c)
	if before.stake() != c.stake() {
		s.weigh(&before, -1)
		s.weigh(c, 1)
	}
	s.retime(c)
}

// remove forgets a call that is over.
func (s *State) remove(c *call) {
	delete(s.legs, c.leg)
	delete(s.legs, c.referred)
	delete(s.legs, c.desk.leg)
	delete(s.listeners, c.desk.person)
	delete(s.calls, c.id)
	s.occupy(c, "")
	s.weigh(c, -1)
	s.callsDue.note(c.id, time.Time{})
	if c.kind == ordinary && s.ordinary[c.rep] == c {
		delete(s.ordinary, c.rep)
	}
}

// stake tells whom and which trunk a call concerns: two that are equal concern the same. Those who ring only become more, or nobody.
type stake struct {
	rep                    rep.ID
	rings                  int
	failed, incoming, wide bool
	carrier                trunk.ID
}

func (c *call) stake() stake {
	return stake{rep: c.rep, rings: len(c.rings), failed: c.state == failed, incoming: c.state == incoming, wide: c.wide(), carrier: c.carrier()}
}

// wide reports whether a call back rings at the desk, or further.
func (c *call) wide() bool { return c.state == incoming && c.reached >= toDesk }

// carrier returns the trunk that an emergency call is on; empty: none.
func (c *call) carrier() trunk.ID {
	if c.kind != outgoingEmergency || c.leg == "" {
		return ""
	}
	return trunkOf(c.attempt)
}

// weigh counts a call, as it is or was, for everybody whom it concerns (by 1), or counts it no longer (by -1).
func (s *State) weigh(c *call, by int) {
	if c.state != failed {
		s.going[c.kind] += by
	}
	if c.kind == ordinary {
		return
	}
	if c.rep != "" {
		s.concern(c.rep, func(at *standing) {
			if by > 0 {
				at.own = append(at.own, s.calls[c.id])
			} else {
				at.forget(c.id)
			}
			if c.state != failed {
				at.active += by
				at.needs += by
			}
		})
	}
	if carrier := c.carrier(); carrier != "" {
		if s.beyond[carrier] += by; s.beyond[carrier] == 0 {
			delete(s.beyond, carrier)
		}
	}
	if c.wide() && by > 0 {
		s.wide[c.id] = s.calls[c.id]
	} else {
		delete(s.wide, c.id)
	}
	if c.state == incoming {
		for _, id := range c.rings {
			s.concern(id, func(at *standing) {
				at.ring(c.id, by)
				at.active += by
				at.needs += by
			})
		}
	}
	for _, id := range c.holders {
		s.concern(id, func(at *standing) { at.needs += by })
	}
}

// concern changes a rep's standing, and what follows of it.
func (s *State) concern(id rep.ID, how func(*standing)) {
	at, known := s.standings[id]
	if !known {
		at = &standing{ringing: rank.NewList[CallID](cmp.Compare[CallID])}
		s.standings[id] = at
	}
	active, needs := at.active > 0, at.needs > 0
	how(at)
	if active != (at.active > 0) {
		s.news.reps = append(s.news.reps, id)
	}
	if needs != (at.needs > 0) {
		s.retimeLease(id)
	}
	if at.needs == 0 && len(at.own) == 0 {
		delete(s.standings, id)
	}
}

func (at *standing) forget(id CallID) {
	at.own = slices.DeleteFunc(at.own, func(c *call) bool { return c.id == id })
}

func (at *standing) ring(id CallID, by int) {
	if by > 0 {
		at.ringing.Set(id, id)
		return
	}
	at.ringing.Drop(id)
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

// ownOf returns the emergency calls that the rep has placed or answered.
func (s *State) ownOf(id rep.ID) []*call {
	if at, involved := s.standings[id]; involved {
		return at.own
	}
	return nil
}

// callsOf returns the calls that the rep speaks or places, in the order in which they were placed.
func (s *State) callsOf(id rep.ID) []*call {
	calls := slices.Clone(s.ownOf(id))
	if c := s.ordinary[id]; c != nil {
		calls = append(calls, c)
	}
	return inOrder(calls)
}

// reaching returns the call backs that ring and have reached the desk, or further, in the order in which they came.
func (s *State) reaching() []*call { return inOrder(slices.Collect(maps.Values(s.wide))) }

// inOrder sorts calls, so that a story replayed gives the same events.
func inOrder(calls []*call) []*call {
	slices.SortFunc(calls, func(a, b *call) int { return cmp.Or(a.placedAt.Compare(b.placedAt), cmp.Compare(a.id, b.id)) })
	return calls
}
