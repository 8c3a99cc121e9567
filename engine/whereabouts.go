package engine

import (
	"sync"
	"time"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
)

// seen returns the country in which the rep was last seen.
func (s *State) seen(id rep.ID) location.Sighting {
	p, ok := s.people[id]
	if told := s.network(id); told.alone() && (!ok || p.position == nil) {
		return told.seen
	}
	if !ok {
		return location.Sighting{}
	}
	return p.seen
}

// net returns every string that is a call for help for the rep now.
func (s *State) net(id rep.ID) number.Net { return s.snapshot.net(id, s.whereabouts(id)) }

// whereabouts is where somebody was seen, where they have said to be, and where their network has told that they are.
type whereabouts struct {
	seen     location.Sighting
	said     confirmation
	told     location.Told
	position *location.Position // measured; nil: none was
}

func (s *State) whereabouts(id rep.ID) whereabouts {
	return whereabouts{s.seen(id), s.confirmations[id], s.network(id).told, s.measured(id)}
}

// place returns where the rep is who is thereabouts, as far as we know.
func (s *Snapshot) place(id rep.ID, at whereabouts, now time.Time) location.Place {
	site, told := s.whereOf(id, at)
	place := s.share(location.At(site, at.position, now), site.ID)
	if place.Told = told && place.Civic != nil; place.Told {
		place.Method = at.told.Method
	}
	if place.Country == "" {
		place.Country = s.Center.Organisation.Country
	}
	return place.Seen(at.seen)
}

// net returns every string that is a call for help for the rep who is thereabouts. The rep may be there, at the site, at home, where
// the network says or anywhere in the country of the organisation; the first of these whose country is known and certain is the resolved one: as seen, then
// as confirmed, or as the network has told it to somebody who has confirmed nothing.
func (s *Snapshot) net(id rep.ID, at whereabouts) number.Net {
	site, home, seen := s.siteOf(id), s.rep(id).Home, at.seen
	base := site.Country
	if base == "" {
		base = s.Center.Organisation.Country
	}
	said, _ := s.standing(id, at)
	confirmed, known := s.confirmedSite(id, said)
	elsewhere := known && (confirmed.ID != site.ID || confirmed.Country != site.Country)
	alike := func(other location.Country) bool { return other == "" || other == base }
	if home == nil && !elsewhere && alike(seen.Country) && alike(at.told.Country) {
		return s.nets[site.ID]
	}
	there := number.Area{Country: seen.Country}
	areas := []number.Area{center.AreaOf(site), s.Center.Organisation.Area(), there, {Country: at.told.Country}}
	if home != nil {
		areas = append(areas, number.Area{Country: home.Country})
	}
	if known {
		areas = append([]number.Area{confirmedArea(confirmed, said)}, areas...)
	}
	if seen.Certain {
		areas = append([]number.Area{there}, areas...)
	}
	return number.NewNet(areas...).WrittenIn(base)
}

// confirmedArea returns the area of a confirmed place. What a site says of numbers does not hold elsewhere.
func confirmedArea(site location.Site, said location.Confirmation) number.Area {
	if said.Site == "" {
		return number.Area{Country: site.Country}
	}
	return center.AreaOf(site)
}

// sightings is where each rep is thereabouts who was seen anywhere or has said to be anywhere. The engine's goroutine writes it; anybody
// reads it and waits for nobody.
type sightings struct{ byRep sync.Map }

// follow takes over what is new in the state.
func (w *sightings) follow(s *State) {
	for _, id := range s.sighted {
		w.byRep.Store(id, s.whereabouts(id))
	}
	s.sighted = s.sighted[:0]
}

func (w *sightings) of(id rep.ID) whereabouts {
	if at, ok := w.byRep.Load(id); ok {
		return at.(whereabouts)
	}
	return whereabouts{}
}
