package engine

import (
	"maps"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/rep"
	"mayday/center/trunk"
)

func (s *State) person(id rep.ID) *person {
	p, ok := s.people[id]
	if !ok {
		p = &person{chosen: rep.Available}
		s.people[id] = p
	}
	return p
}

// tab returns the tab of that name; of one that is gone a copy that nobody keeps.
func (p *person) tab(id TabID) *tab {
	at := slices.IndexFunc(p.tabs, func(t tab) bool { return t.id == id })
	if at < 0 {
		return &tab{}
	}
	return &p.tabs[at]
}

func (e TabAttached) apply(s *State) {
	p := s.person(e.Rep)
	p.tabs = append(p.tabs, tab{id: e.Tab})
	s.tabCount++
	s.retimeAll(e.Rep)
}

func (e TabLeft) apply(s *State) { s.person(e.Rep).tab(e.Tab).left = true }

func (e TabDetached) apply(s *State) {
	p := s.person(e.Rep)
	before := len(p.tabs)
	p.tabs = slices.DeleteFunc(p.tabs, func(t tab) bool { return t.id == e.Tab })
	s.tabCount -= before - len(p.tabs)
	s.retimeAll(e.Rep)
}

func (e PresenceChosen) apply(s *State) { s.person(e.Rep).chosen = e.Presence }

func (e PositionReported) apply(s *State) {
	p := s.person(e.Rep)
	s.sighted = append(s.sighted, e.Rep)
	p.position, p.seen = &e.Position, e.Seen
	for i := range p.tabs {
		p.tabs[i].unlocated = false
	}
}

func (e MicrophoneReported) apply(s *State) {
	t := s.person(e.Rep).tab(e.Tab)
	t.asked, t.deaf, t.denied = true, !e.Works, e.Denied
}

func (e SoundReported) apply(s *State) {
	t := s.person(e.Rep).tab(e.Tab)
	t.connected, t.heard = e.Connected, e.Heard
}

func (e SnapshotPublished) apply(s *State) {
	s.snapshot = e.Snapshot
	s.trunks = maps.Clone(s.trunks)
	maps.DeleteFunc(s.trunks, func(id trunk.ID, _ trunk.Condition) bool {
		_, exists := e.Snapshot.table.Trunk(id)
		return !exists
	})
	s.leases.SetPool(e.Snapshot.pool)
}

func (e FaultsReported) apply(s *State) { s.faults = e.Faults }

func (e OrdinaryStopped) apply(s *State) { s.stopping = true }

func (e CallbackLeased) apply(s *State) { s.lease(e.Lease) }

func (e CallbackMissed) apply(s *State) { s.leases.Miss(e.Rep, true) }

func (e LeaseExpired) apply(s *State) {
	lease, _ := s.leases.Of(e.Rep)
	s.leases.End(e.Rep, e.At)
	s.retimeLease(e.Rep)
	s.news.numbers = append(s.news.numbers, lease.Number)
}

// lease takes up a lease, in place of the rep's last one.
func (s *State) lease(lease emergency.Lease) {
	before, _ := s.leases.Of(lease.Rep)
	s.leases.Enter(lease)
	s.retimeLease(lease.Rep)
	s.news.numbers = append(s.news.numbers, before.Number, lease.Number)
}

func (e EmergencyCallPlaced) apply(s *State) {
	s.add(&call{
		id: e.Call, kind: outgoingEmergency, rep: e.Rep, tab: e.Tab, number: e.Number.String(), live: e.Number, place: e.Place,
		callerID: e.CallerID, attempt: emergency.Attempt{Order: e.Order}, askedAt: e.Asked, placedAt: e.At,
	})
}

// An ordinary call tries its trunks once: its attempt begins in the last round.
func (e OrdinaryCallPlaced) apply(s *State) {
	s.load.pace.Take(e.At)
	s.add(&call{
		id: e.Call, kind: ordinary, rep: e.Rep, tab: e.Tab, number: e.Number, test: e.Test, callerID: e.CallerID,
		attempt: emergency.Attempt{Order: e.Order, Round: emergency.Rounds - 1}, placedAt: e.At,
	})
}

func (e CallbackRang) apply(s *State) {
	s.add(&call{
		id: e.Call, kind: callback, state: incoming, rings: e.Reps, holders: e.Reps, leg: e.Leg, callerID: e.Number, placedAt: e.At, chainAt: e.Until,
	})
	s.legs[e.Leg] = e.Call
}

func (e LegTried) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.leg, c.attempt, c.answerBy, c.retryAt, c.state, c.conveyedAt = e.Leg, e.Attempt, e.AnswerBy, time.Time{}, placing, time.Time{}
		c.legCount++
		c.routed = e.Routed
		s.occupy(c, trunkOf(e.Attempt))
	})
	s.legs[e.Leg] = e.Call
}

func (e LegLeft) apply(s *State) {
	delete(s.legs, e.Leg)
	s.change(e.Call, func(c *call) {
		c.leg, c.attempt, c.answerBy, c.state = "", e.Attempt, time.Time{}, placing
		s.occupy(c, "")
	})
}

func (e RoundAwaited) apply(s *State) { s.change(e.Call, func(c *call) { c.retryAt = e.Until }) }

func (e CallTrying) apply(s *State) { s.change(e.Call, func(c *call) { c.answerBy = time.Time{} }) }

func (e CallRinging) apply(s *State) {
	s.change(e.Call, func(c *call) { c.answerBy, c.state = time.Time{}, ringing })
}

func (e CallConnected) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.state, c.rep, c.tab, c.rings, c.answerBy, c.chainAt, c.connectedAt = connected, e.Rep, e.Tab, nil, time.Time{}, time.Time{}, e.At
		s.answered(c)
	})
}

// answered takes back that a call back was missed.
func (s *State) answered(c *call) {
	for _, id := range c.holders {
		s.leases.Miss(id, false)
	}
}

func (e CallHeld) apply(s *State) {
	s.change(e.Call, func(c *call) { c.state, c.heldAt = held, e.At })
}

func (e CallResumed) apply(s *State) { s.change(e.Call, func(c *call) { c.state = connected }) }

func (e CallMuted) apply(s *State) { s.calls[e.Call].muted = e.On }

func (e SoundMoved) apply(s *State) {
	s.change(e.Call, func(c *call) {
		c.tab, c.soundLost = e.Tab, time.Time{}
		if e.Tab == c.wanted {
			c.wanted = ""
		}
		if e.Tab == "" {
			c.soundLost = e.At
		}
	})
}

func (e SoundWanted) apply(s *State) { s.calls[e.Call].wanted = e.Tab }

func (e CallFailed) apply(s *State) {
	s.change(e.Call, func(c *call) {
		delete(s.legs, c.leg)
		s.occupy(c, "")
		c.leg, c.state, c.answerBy, c.retryAt = "", failed, time.Time{}, time.Time{}
	})
}

func (e CallOver) apply(s *State) { s.remove(s.calls[e.Call]) }
