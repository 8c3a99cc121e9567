package engine

import (
	"sync"
	"time"

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
func (s *State) net(id rep.ID) number.Net {
	return s.snapshot.net(id, whereabouts{seen: s.seen(id), said: s.confirmed(id)})
}

// whereabouts is where somebody was seen, and where they have said to be.
type whereabouts struct {
	seen     location.Sighting
	said     location.Confirmation
	position *location.Position // measured; nil: none was
}

// place returns where the rep is who is thereabouts, as far as we know.
func (s *Snapshot) place(id rep.ID, at whereabouts, now time.Time) location.Place {
	site := s.whereOf(id, at.said)
	place := s.share(location.At(site, at.position, now), site.ID)
	if place.Country == "" {
		place.Country = s.Center.Organisation.Country
	}
	return place.Seen(at.seen)
}

// net returns every string that is a call for help for the rep who is thereabouts. The rep may be there, at the site, at home or
// anywhere in the country of the organisation; the first of these whose country is known and certain is the resolved one: as seen, then
// as confirmed.
func (s *Snapshot) net(id rep.ID, at whereabouts) number.Net {
	site, home, seen := s.siteOf(id), s.rep(id).Home, at.seen
	base := site.Country
	if base == "" {
		base = s.Center.Organisation.Country
	}
	confirmed, known := s.confirmedSite(id, at.said)
	elsewhere := known && (confirmed.ID != site.ID || confirmed.Country != site.Country)
	if home == nil && !elsewhere && (seen.Country == "" || seen.Country == base) {
		return s.nets[site.ID]
	}
	there := number.Area{Country: seen.Country}
	areas := []number.Area{center.AreaOf(site), s.Center.Organisation.Area(), there}
	if home != nil {
		areas = append(areas, number.Area{Country: home.Country})
	}
	if known {
		areas = append([]number.Area{confirmedArea(confirmed, at.said)}, areas...)
	}
	if seen.Certain {
		areas = append([]number.Area{there}, areas...)
	}
	return number.NewNet(areas...).WrittenIn(base)
}

// confirmedArea returns the area of a confirmed place. What a site says of numbers does not hold at home.
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
		w.byRep.Store(id, whereabouts{s.seen(id), s.confirmed(id), s.measured(id)})
	}
	s.sighted = s.sighted[:0]
}

func (w *sightings) of(id rep.ID) whereabouts {
	if at, ok := w.byRep.Load(id); ok {
		return at.(whereabouts)
	}
	return whereabouts{}
}
