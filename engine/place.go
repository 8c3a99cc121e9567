package engine

import (
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// ConveyEvery is how long an NG trunk is left alone between two messages about the place (RFC 6881 ED-38).
const ConveyEvery = 10 * time.Second

// emergencyTarget is the emergency service as a trunk is asked for it, with what it is told of the place.
func (t *step) emergencyTarget(c *call) ToEmergency {
	lease, leased := t.leases.Of(c.rep)
	to := ToEmergency{
		Number: c.live, Place: c.place, ProvidedBy: t.snapshot.Center.Organisation.Name,
		Desk: number.E164(t.whereOf(c.rep).EmergencyDesk), At: c.placedAt, Conceded: c.attempt.Conceded,
		Rep: c.rep, Caller: t.snapshot.rep(c.rep).Name, Leased: leased && lease.Number == c.callerID,
	}
	to.Place = placeFor(to.Conceded, c.place)
	to.Route = t.routed(c.attempt, to.Place, t.now)
	return to
}

// movePlace takes a new position or a newly confirmed place of the rep into the emergency call that goes on. The trunk is told at once if it may be.
func (t *step) movePlace(id rep.ID) {
	for _, c := range t.ownEmergencies(id) {
		if c.kind != outgoingEmergency {
			continue
		}
		place := t.place(id, t.now)
		if samePlace(place, c.place) {
			continue
		}
		before := t.alerts[c.id]
		t.emit(PlaceMoved{Call: c.id, Place: place})
		if _, open := t.alerts[c.id]; open && !sameAddress(before.place.Civic, place.Civic) {
			t.touch(t.watchers(before)...)
			t.touch(t.watchers(t.alerts[c.id])...)
		}
		if at := t.conveyAt(c); !at.IsZero() && !t.now.Before(at) {
			t.convey(c)
		}
	}
}

// samePlace reports whether there is nothing to tell anew. What nobody knew and nobody knows is not told.
func samePlace(a, b location.Place) bool {
	return sameAddress(a.Civic, b.Civic) && (a.Position == nil && b.Position == nil || samePosition(a.Position, b.Position))
}

func sameAddress(a, b *location.Civic) bool { return a == b || a != nil && b != nil && *a == *b }

func samePosition(a, b *location.Position) bool {
	return a != nil && b != nil && a.Latitude == b.Latitude && a.Longitude == b.Longitude && a.RadiusM == b.RadiusM
}

// conveyAt returns when the trunk is told of the new place; zero: there is none, or the trunk does not want it.
func (s *State) conveyAt(c *call) time.Time {
	if !c.moved || c.state != connected || c.leg == "" || c.attempt.Conceded.Has(emergency.WithoutPlace) || c.conveyedAt.IsZero() {
		return time.Time{}
	}
	return c.conveyedAt.Add(ConveyEvery)
}

func tellsMoves(carrier trunk.Trunk) bool { return carrier.NG && carrier.Conveys() != trunk.NoPlace }

func (t *step) convey(c *call) {
	carrier := t.trunk(trunkOf(c.attempt))
	t.do(ConveyPlace{Leg: c.leg, Trunk: carrier, Target: t.emergencyTarget(c), CallerID: c.callerID})
	t.emit(PlaceConveyed{Call: c.id, At: t.now})
}

// conveyed notes that the INVITE tells the place.
func (t *step) conveyed(c *call, carrier trunk.Trunk) {
	if c.kind == outgoingEmergency && tellsMoves(carrier) {
		t.emit(PlaceConveyed{Call: c.id, At: t.now})
	}
}

// Events of a place that changes during a call.
type (
	// PlaceMoved is another place of the rep during an emergency call.
	PlaceMoved struct {
		Call  CallID
		Place location.Place
	}
	// PlaceConveyed is a message to an NG trunk that tells the place.
	PlaceConveyed struct {
		Call CallID
		At   time.Time
	}
)

func (e PlaceMoved) apply(s *State) {
	s.change(e.Call, func(c *call) { c.place, c.moved = e.Place, true })
	if open, stands := s.alerts[e.Call]; stands {
		open.place, open.site = e.Place, s.whereOf(open.rep).ID
		s.alerts[e.Call] = open
	}
}

func (e PlaceConveyed) apply(s *State) {
	s.change(e.Call, func(c *call) { c.conveyedAt, c.moved = e.At, false })
}
