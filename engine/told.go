package engine

import (
	"time"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/rep"
)

// A location server may know where the networks of reps are (HELD). What it has told was asked for beforehand: no call waits for it, and
// nobody is asked during one. Where the rep has not said where they are since they signed in or their network changed, it stands for that;
// once they have, it is compared with it.

// ReportTold is what a location server has told of where a rep's network is, as it stands now.
type ReportTold struct {
	Rep     rep.ID
	Told    location.Told     // not given: nothing
	Seen    location.Sighting // the country of a position
	Refused string            // why it has not told anew when it was asked last, in a word of RFC 5985 §6.3 or of ours; empty: it has
}

// ReportLocationServer says since when the location server is not reached; the zero value: it is.
type ReportLocationServer struct {
	AwaySince  time.Time
	AwayReason string // in words for an operator
}

// Events of location servers.
type (
	// PlaceTold is what a location server has told of a rep, as it stands from now on.
	PlaceTold ReportTold
	// LocationServerReported is whether the location server is reached from now on.
	LocationServerReported ReportLocationServer
)

func (ReportTold) command()           {}
func (ReportLocationServer) command() {}

func (c ReportLocationServer) event() Event { return LocationServerReported(c) }

// network is what a rep's network has told.
type network struct {
	told    location.Told
	seen    location.Sighting
	refused string
}

func (t *step) reportTold(c ReportTold) {
	t.emit(PlaceTold(c))
	t.touch(c.Rep)
	t.movePlace(c.Rep)
}

func (e PlaceTold) apply(s *State) {
	s.person(e.Rep).network = network{e.Told, e.Seen, e.Refused}
	s.sighted = append(s.sighted, e.Rep)
}

func (e LocationServerReported) apply(s *State) { s.locationServer = e }

// network returns what the rep's network has told, where a location server is asked at all.
func (s *State) network(id rep.ID) network {
	if p, ok := s.people[id]; ok && s.snapshot.Center.Organisation.HELD != "" {
		return p.network
	}
	return network{}
}

// alone reports whether it has told a position and no address.
func (n network) alone() bool { return n.told.Position != nil && n.told.Civic.Empty() }

// tellsBefore is how long before we hear that a rep's network has changed the new one may have been asked already.
const tellsBefore = 10 * time.Second

// doubts reports whether what the network has told at that time goes before what the rep has said.
func (c confirmation) doubts(told time.Time) bool {
	return c.moved() && told.After(c.movedAt.Add(-tellsBefore))
}

// standing returns what stands for where the rep is: what the rep has said, or what the network has told to somebody who has said nothing
// since they signed in or their network changed.
func (s *Snapshot) standing(id rep.ID, at whereabouts) (said location.Confirmation, told bool) {
	said = at.said.place
	if _, known := s.confirmedSite(id, said); known && !at.said.doubts(at.told.At) {
		return said, false
	}
	if proposed := s.proposal(id, at.told); proposed.Given() {
		return proposed, true
	}
	return said, false
}

// proposal returns what the rep would say who agreed with what the network has told: a site or home where the address is of that building,
// with the floor and the room that were told, else the address itself. The zero value: no address was told.
func (s *Snapshot) proposal(id rep.ID, told location.Told) location.Confirmation {
	if told.Civic.Empty() {
		return location.Confirmation{}
	}
	inside := location.Confirmation{Floor: told.Civic.Floor, Room: told.Civic.Room, At: told.At}
	if len(inside.Floor) > longestInside || len(inside.Room) > longestInside {
		inside.Floor, inside.Room = "", ""
	}
	of := func(civic location.Civic, country location.Country) bool {
		return civic.Door() == told.Civic.Door() && !civic.Contradicts(told.Civic) && sameCountry(country, told.Country)
	}
	person := s.rep(id)
	door := told.Civic.Door()
	var best location.Site
	for _, named := range s.doors[door] {
		site := s.sites[named]
		if of(site.Civic, site.Country) && (best.ID == "" || fits(site, person.Site, told.Civic) > fits(best, person.Site, told.Civic)) {
			best = site
		}
	}
	switch {
	case best.ID != "":
		inside.Site = best.ID
		return inside
	case door != "" && person.Home != nil && of(person.Home.Civic, person.Home.Country):
		return inside
	}
	return location.Confirmation{Network: true, Country: told.Country, Civic: told.Civic, At: told.At}
}

// fits says how well a site of the right building matches: on the floor that was told, and the rep's own.
func fits(site location.Site, own location.SiteID, told location.Civic) int {
	fit := 0
	if told.Floor != "" && site.Civic.Floor == told.Floor {
		fit += 2
	}
	if site.ID == own {
		fit++
	}
	return fit
}

func sameCountry(a, b location.Country) bool { return a == "" || b == "" || a == b }

// doorsOf lists the sites of each house.
func doorsOf(c center.Center) map[string][]location.SiteID {
	doors := make(map[string][]location.SiteID)
	for _, site := range c.Sites {
		if door := site.Civic.Door(); door != "" {
			doors[door] = append(doors[door], site.ID)
		}
	}
	return doors
}

// whereOf returns the site that the rep's calls go by: what stands for where the rep is, else the rep's own site; and whether the network
// has told it.
func (s *Snapshot) whereOf(id rep.ID, at whereabouts) (site location.Site, told bool) {
	said, told := s.standing(id, at)
	site, known := s.confirmedSite(id, said)
	if !known {
		return s.siteOf(id), false
	}
	if at.told.Position != nil && (told || said.Network && said.Civic == at.told.Civic) {
		site.Position = at.told.Position
	}
	return site, told
}

func (s *State) whereOf(id rep.ID) location.Site {
	site, _ := s.snapshot.whereOf(id, s.whereabouts(id))
	return site
}

// Network is what is known of where a rep's network is.
type Network struct {
	Asked   bool // a location server is asked
	Told    location.Told
	Expired bool
	Used    bool   // it stands for where the rep is
	Refused string // why the server has not told anew when it was asked last; empty: it has

	AwaySince  time.Time // since when the server is not reached; zero: it is
	AwayReason string    // in words for an operator
}

func (s *State) networkOf(id rep.ID, now time.Time) Network {
	if s.snapshot.Center.Organisation.HELD == "" {
		return Network{}
	}
	n := Network{Asked: true, AwaySince: s.locationServer.AwaySince, AwayReason: s.locationServer.AwayReason}
	told := s.network(id)
	n.Told, n.Refused, n.Expired = told.told, told.refused, told.told.Expired(now)
	_, n.Used = s.snapshot.standing(id, s.whereabouts(id))
	return n
}

// networkCauses says what is amiss with what the location server has told. The call goes all the same.
func (s *State) networkCauses(id rep.ID, n Network, now time.Time) []Cause {
	if !n.Asked {
		return nil
	}
	var found causes
	found.when(n.Refused != "" && s.asks(id, now), NotLocated)
	found.when(n.Used && n.Expired, NetworkPlaceOld)
	found.when(!n.Used && !n.Expired && s.deniesTold(id, n.Told), NetworkDisagrees)
	found.when(!n.AwaySince.IsZero(), HELDAway)
	return found
}

// deniesTold reports whether the rep has said to be elsewhere than the network tells.
func (s *State) deniesTold(id rep.ID, told location.Told) bool {
	site, known := s.snapshot.confirmedSite(id, s.confirmed(id))
	return known && !told.Civic.Empty() && (!sameCountry(site.Country, told.Country) || site.Civic.Contradicts(told.Civic))
}

// elsewhere reports whether the rep was measured far from where the site that their calls go by lies, which is known of a site that has a
// position. No address is turned into one.
func (s *State) elsewhere(id rep.ID) bool {
	measured, site := s.measured(id), s.whereOf(id)
	return measured != nil && site.Position != nil && measured.Apart(*site.Position)
}
