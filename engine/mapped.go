package engine

import (
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// An NG trunk is told which emergency service looks after the place, where that is known when the call is placed. Nobody is asked then, and
// without it the call goes as if there were no such knowledge: the trunk finds the service by the place.

// ReportMappings says what is known now of which emergency service looks after which place. The book is not changed afterwards.
type ReportMappings struct{ Book *mapping.Book }

// MappingsReported is what is known of that from now on.
type MappingsReported struct{ Book *mapping.Book }

func (ReportMappings) command() {}

func (c ReportMappings) event() Event { return MappingsReported(c) }

func (e MappingsReported) apply(s *State) { s.mappings = e.Book }

// Mapped is what is known of the emergency service for a place.
type Mapped struct {
	Asked      bool // a LoST server is asked about the place
	Standing   mapping.Standing
	Mapping    mapping.Mapping
	Changed    bool      // it became another one less than a day ago
	Refused    string    // why the server has not told anew when it was asked last; empty: it has
	AwaySince  time.Time // since when the server is not reached; zero: it is
	AwayReason string    // in words for an operator
}

func (s *State) mapped(place location.Place, now time.Time) Mapped {
	q, known := mapping.Of(place)
	if !known || s.mappings.Server() == "" {
		return Mapped{}
	}
	entry, away := s.mappings.Look(q), s.mappings.Away()
	return Mapped{
		Asked: true, Standing: entry.Standing(now), Mapping: entry.Mapping, Changed: entry.ChangedLately(now), Refused: entry.Refused,
		AwaySince: away.Since, AwayReason: away.Reason,
	}
}

// routed returns the URI of the emergency service that the trunk whose turn it is is told; empty: none. What is known is used after its
// expiry too, until something better is (RFC 6881 §8). Where every trunk has failed with it, the next round goes without.
func (s *State) routed(a emergency.Attempt, place location.Place, now time.Time) string {
	carrier, _ := s.snapshot.table.Trunk(trunkOf(a))
	if !carrier.NG || a.Round > 0 || a.Conceded.Has(emergency.WithoutRoute) {
		return ""
	}
	known := s.mapped(place, now)
	if known.Standing == mapping.Unknown {
		return ""
	}
	return known.Mapping.Route(carrier.Secure() && !a.Conceded.Has(emergency.WithoutTLS))
}

// routedFirst returns the URI of the emergency service that a trunk which may be tried first is told; empty: none of them is told one.
func (s *State) routedFirst(order trunk.Order, place location.Place, now time.Time) string {
	for _, first := range order.First() {
		if uri := s.routed(emergency.Attempt{Order: []trunk.ID{first}}, place, now); uri != "" {
			return uri
		}
	}
	return ""
}

// placeFor returns the place as the trunk is told it. Where there is no other half, it is the same, told by value.
func placeFor(conceded emergency.Concession, place location.Place) location.Place {
	if conceded.Has(emergency.WithOtherPlace) {
		place, _ = place.Other()
	}
	return place
}

// mappingCauses says what is amiss with what is known of the service for a place. The call goes all the same.
func (s *State) mappingCauses(id rep.ID, m Mapped) []Cause {
	if !m.Asked {
		return nil
	}
	var found causes
	found.when(m.Standing == mapping.Unknown, NotMapped)
	found.when(m.Standing == mapping.Expired, MappingExpired)
	found.when(m.Standing != mapping.Unknown && m.Mapping.Guessed(), MappingGuessed)
	found.when(m.Changed, MappingChanged)
	found.when(len(m.Mapping.Validation.Invalid) > 0, PlaceInvalid)
	found.when(!s.dials(id, m.Mapping.Number), NumberUnknown)
	found.when(!m.AwaySince.IsZero(), LoSTAway)
	return found
}

// dials reports whether the rep reaches the emergency service with the number that people dial for it there; empty: nobody has said one.
func (s *State) dials(id rep.ID, there string) bool {
	if there == "" {
		return true
	}
	dialled, err := s.net(id).Classify(there)
	_, help := dialled.(number.Emergency)
	return err == nil && help
}

// mappedFor returns what is known for a rep whose call would go by that order; nothing where no trunk that may be first is told of it.
func (s *State) mappedFor(place location.Place, order trunk.Order, now time.Time) Mapped {
	ng := func(id trunk.ID) bool { carrier, _ := s.snapshot.table.Trunk(id); return carrier.NG }
	if s.snapshot.Center.Organisation.LoST == "" || !slices.ContainsFunc(order.First(), ng) {
		return Mapped{}
	}
	known := s.mapped(place, now)
	known.Asked = true
	return known
}

// Questions returns what has to be known of the places at which people work and have been seen, for the trunks that are told it. It does
// not wait for the engine.
func (e *Engine) Questions(now time.Time) map[mapping.Question]bool {
	s := e.Snapshot()
	wanted := make(map[mapping.Question]bool)
	if s.Center.Organisation.LoST == "" {
		return wanted
	}
	want := func(place location.Place) {
		if q, known := mapping.Of(place); known && s.tells(place.Country) {
			wanted[q] = true
		}
	}
	for _, site := range s.Center.Sites {
		want(location.At(site, nil, now))
	}
	for i := range s.Center.Reps {
		id := s.Center.Reps[i].ID
		at := e.sightings.of(id)
		want(s.place(id, at, now))
		at.position, at.seen = nil, location.Sighting{}
		want(s.place(id, at, now)) // where the position is old by then
	}
	return wanted
}

// tells reports whether a trunk that serves the country is told of the emergency service.
func (s *Snapshot) tells(country location.Country) bool {
	for _, carrier := range s.Center.Trunks {
		if carrier.NG && carrier.Serves(string(country)) {
			return true
		}
	}
	return false
}
