package engine

import (
	"sync"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
)

// seen returns the country in which the rep's browser was last seen.
func (s *State) seen(id rep.ID) location.Sighting {
	if p, ok := s.people[id]; ok {
		return p.seen
	}
	return location.Sighting{}
}

// net returns every string that is a call for help for the rep now.
func (s *State) net(id rep.ID) number.Net { return s.snapshot.net(id, s.seen(id)) }

// net returns every string that is a call for help for the rep who was seen in a country. The rep may be there, at the site, at home or
// anywhere in the country of the organisation; the first of these whose country is known and certain is the resolved one.
func (s *Snapshot) net(id rep.ID, seen location.Sighting) number.Net {
	site, home := s.siteOf(id), s.rep(id).Home
	base := site.Country
	if base == "" {
		base = s.Center.Organisation.Country
	}
	if home == nil && (seen.Country == "" || seen.Country == base) {
		return s.nets[site.ID]
	}
	elsewhere := number.Area{Country: seen.Country}
	areas := []number.Area{center.AreaOf(site), s.Center.Organisation.Area(), elsewhere}
	if home != nil {
		areas = append(areas, number.Area{Country: home.Country})
	}
	if seen.Certain {
		areas = append([]number.Area{elsewhere}, areas...)
	}
	return number.NewNet(areas...).WrittenIn(base)
}

// sightings is where each rep was seen who was seen anywhere. The engine's goroutine writes it; anybody reads it and waits for nobody.
type sightings struct{ byRep sync.Map }

// follow takes over what is new in the state.
func (w *sightings) follow(s *State) {
	for _, id := range s.sighted {
		w.byRep.Store(id, s.seen(id))
	}
	s.sighted = s.sighted[:0]
}

func (w *sightings) of(id rep.ID) location.Sighting {
	if seen, ok := w.byRep.Load(id); ok {
		return seen.(location.Sighting)
	}
	return location.Sighting{}
}
