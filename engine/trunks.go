package engine

import (
	"maps"
	"time"

	"mayday/center/emergency"
	"mayday/center/trunk"
)

// How a trunk does decides when its turn comes, and never whether: a sick one is tried last. What it refuses is asked for once more
// without what it may have refused it for, and for want of a channel an ordinary call of it is ended.

// Trunks returns how the trunks do, those of which anybody has told. It does not wait for the engine.
func (e *Engine) Trunks() map[trunk.ID]trunk.Condition { return *e.trunks.Load() }

// wellFirst puts the trunks that are sick now after the others.
func (s *State) wellFirst(order trunk.Order) trunk.Order {
	return trunk.LastTheSick(order, func(id trunk.ID) trunk.Health { return s.trunks[id].Health })
}

// reportTrunk takes how a trunk does, unless it is gone by now.
func (t *step) reportTrunk(r ReportTrunk) {
	if _, exists := t.snapshot.table.Trunk(r.Trunk); !exists {
		return
	}
	before := t.trunks[r.Trunk].Health.Sick()
	if t.emit(TrunkReported(r)); before != r.Health.Sick() {
		t.out.All = true // whether everybody is ready
	}
}

// failure describes how the trunk that a call tries has failed, as the attempt has to know it.
func (t *step) failure(c *call, l LegFailed) emergency.Failure {
	carrier := t.trunk(trunkOf(c.attempt))
	_, two := c.place.Other()
	return emergency.Failure{
		Status: l.Status, Insecure: l.Insecure, Sealed: carrier.Seals(), Routed: c.routed, Full: !carrier.KeepOrdinary && t.crowdedBy(carrier),
		Half: !two && carrier.Conveys() != trunk.ByReference,
	}
}

// crowdedBy reports whether a trunk carries more calls than it has channels, because an emergency call goes over the limit, and
// whether one of them is an ordinary one.
func (s *State) crowdedBy(carrier trunk.Trunk) bool {
	ordinary := s.channels[carrier.ID]
	return carrier.Channels > 0 && ordinary > 0 && ordinary+s.beyond[carrier.ID] > carrier.Channels
}

// makeChannel ends an ordinary call of the trunk, so that an emergency call finds a channel. It passes over the ordinary calls, and is
// only asked to when the carrier has refused the emergency call.
func (t *step) makeChannel(id trunk.ID) {
	var least *call
	for _, c := range t.ordinary {
		if c.channel == id && (least == nil || lessMissed(c, least)) {
			least = c
		}
	}
	if least != nil {
		t.hangUp(least)
		t.do(RaiseAlarm{Alarm: OrdinaryEnded})
	}
}

// lessMissed reports whether the first call is missed less than the second when it is ended: one that nobody speaks yet, then the one
// that has been held longest, then the one that began last.
func lessMissed(a, b *call) bool {
	rankA, rankB := rankOf(a), rankOf(b)
	switch {
	case rankA != rankB:
		return rankA < rankB
	case a.state == held && !a.heldAt.Equal(b.heldAt):
		return a.heldAt.Before(b.heldAt)
	case !a.placedAt.Equal(b.placedAt):
		return a.placedAt.After(b.placedAt)
	}
	return a.id < b.id
}

func rankOf(c *call) int {
	switch c.state {
	case placing, ringing, incoming, failed:
		return 0
	case held:
		return 1
	case connected:
		return 2
	}
	return 2
}

// ReportTrunk says how a trunk does.
type ReportTrunk struct {
	Trunk  trunk.ID
	Health trunk.Health
	Since  time.Time
	Reason string // why it is not up, in words for an operator; no content of any call
}

// TrunkReported is how a trunk does from now on.
type TrunkReported struct {
	Trunk  trunk.ID
	Health trunk.Health
	Since  time.Time
	Reason string
}

func (ReportTrunk) command() {}

func (e TrunkReported) apply(s *State) {
	told := maps.Clone(s.trunks) // others read the one there is
	told[e.Trunk] = trunk.Condition{Health: e.Health, Since: e.Since, Reason: e.Reason}
	s.trunks = told
}
