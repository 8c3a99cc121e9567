package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"mayday/center/location"
	"mayday/center/rep"
)

// A rep says where they are when they sign in and when their network has changed. It is never asked for during an emergency call, and
// no call waits for the answer.

// longestInside is how long the name of a floor or a room may be.
const longestInside = 40

// ConfirmPlace is where a rep says to be.
type ConfirmPlace struct {
	Rep   rep.ID
	Home  bool
	Site  location.SiteID // unless at home
	Floor string          // floor and room both empty: those of the address
	Room  string
	Told  []string // neither site nor home, but the address that the network has told, line by line as it was shown
}

// ReportNetwork says that a rep's browser has another network now: the rep may be elsewhere.
type ReportNetwork struct{ Rep rep.ID }

// RestorePlaces brings back what was kept of where people have said to be. What is newer here stays.
type RestorePlaces struct {
	Found map[rep.ID]location.Confirmation
}

func (ConfirmPlace) command()  {}
func (ReportNetwork) command() {}
func (RestorePlaces) command() {}

// KeepPlace writes down where a rep has said to be. It hands over and does not wait.
type KeepPlace struct {
	Rep   rep.ID
	Place location.Confirmation
}

func (KeepPlace) effect() {}

func (t *step) confirmPlace(c ConfirmPlace) error {
	said := location.Confirmation{Site: c.Site, Floor: strings.TrimSpace(c.Floor), Room: strings.TrimSpace(c.Room), At: t.now.Round(0)}
	if c.Home {
		said.Site = ""
	}
	if len(c.Told) > 0 {
		told := t.network(c.Rep).told
		if !slices.Equal(c.Told, told.Lines()) {
			return ToldOtherwise
		}
		said = location.Confirmation{Network: true, Country: told.Country, Civic: told.Civic, At: said.At}
	}
	switch _, known := t.snapshot.confirmedSite(c.Rep, said); {
	case len(said.Floor) > longestInside || len(said.Room) > longestInside:
		return NotAFloorOrRoom
	case !known && c.Home:
		return NoHome
	case !known || said.Home() && !c.Home:
		return NoSuchSite
	}
	t.emit(PlaceConfirmed{Rep: c.Rep, Place: said})
	t.do(KeepPlace{Rep: c.Rep, Place: said})
	t.touch(c.Rep)
	t.movePlace(c.Rep)
	return nil
}

func (t *step) reportNetwork(c ReportNetwork) {
	t.emit(NetworkChanged{Rep: c.Rep, At: t.now})
	t.touch(c.Rep)
}

func (t *step) restorePlaces(c RestorePlaces) {
	for _, id := range slices.Sorted(maps.Keys(c.Found)) {
		_, exists := t.snapshot.reps[id]
		if said := c.Found[id]; exists && said.At.After(t.confirmed(id).At) {
			t.emit(PlaceRestored{Rep: id, Place: said})
			t.touch(id)
		}
	}
}

// confirmed returns where the rep has said to be.
func (s *State) confirmed(id rep.ID) location.Confirmation { return s.confirmations[id].place }

// asks reports whether the rep should be asked where they are.
func (s *State) asks(id rep.ID, now time.Time) bool {
	said := s.confirmations[id]
	_, known := s.snapshot.confirmedSite(id, said.place)
	return !known || said.moved() || said.place.Old(now)
}

// confirmedSite returns the site at which somebody has said to be, as they have said it; home as a site without a position. false: it
// was not said, or there is no such place any more.
func (s *Snapshot) confirmedSite(id rep.ID, said location.Confirmation) (location.Site, bool) {
	if !said.Given() {
		return location.Site{}, false
	}
	switch {
	case said.Network:
		site := s.siteOf(id)
		site.Civic, site.Position = said.Civic, nil
		if said.Country != "" {
			site.Country = said.Country
		}
		return site, true
	case said.Home():
		home := s.rep(id).Home
		if home == nil {
			return location.Site{}, false
		}
		site := s.siteOf(id)
		site.Country, site.Civic, site.Position = home.Country, said.Inside(home.Civic), nil
		return site, true
	}
	site, known := s.sites[said.Site]
	site.Civic = said.Inside(site.Civic)
	return site, known
}

// confirmation is what is known of where a rep has said to be.
type confirmation struct {
	place location.Confirmation

	movedAt time.Time // when the rep's network has changed since; zero: it has not
}

func (c confirmation) moved() bool { return !c.movedAt.IsZero() }

// Events of places that people confirm.
type (
	// PlaceConfirmed is where a rep has said to be, just now.
	PlaceConfirmed struct {
		Rep   rep.ID
		Place location.Confirmation
	}
	// PlaceRestored is where a rep had said to be before the node was started.
	PlaceRestored struct {
		Rep   rep.ID
		Place location.Confirmation
	}
	// NetworkChanged is another network of a rep's browser.
	NetworkChanged struct {
		Rep rep.ID
		At  time.Time
	}
)

func (e PlaceConfirmed) apply(s *State) { s.confirm(e.Rep, e.Place) }

func (e PlaceRestored) apply(s *State) { s.confirm(e.Rep, e.Place) }

func (s *State) confirm(id rep.ID, said location.Confirmation) {
	s.confirmations[id] = confirmation{place: said}
	s.sighted = append(s.sighted, id)
}

func (e NetworkChanged) apply(s *State) {
	said := s.confirmations[e.Rep]
	said.movedAt = e.At
	s.confirmations[e.Rep] = said
	s.sighted = append(s.sighted, e.Rep)
}

// PlaceView is where a rep has said to be, for a screen.
type PlaceView struct {
	Ask    bool            // the rep should be asked
	Given  bool            // it was said
	Home   bool            // at home
	Site   location.SiteID // that it was, or is to be proposed; empty: home, an address that the network has told, or none
	Name   string          // of the site, or that address
	Floor  string
	Room   string
	Told   []string  // that address, line by line; nil: a site, or home
	ByTold bool      // the network has told it, and the rep is to be asked
	At     time.Time // when it was said
}

func (s *State) placeView(id rep.ID, now time.Time) PlaceView {
	at := s.whereabouts(id)
	said, told := s.snapshot.standing(id, at)
	site, given := s.snapshot.confirmedSite(id, said)
	view := PlaceView{Ask: s.asks(id, now) && !s.locked(id), Given: given && !told, At: at.said.place.At, Home: given && said.Home(), ByTold: told}
	if !given {
		site = s.snapshot.siteOf(id)
		view.Home = site.ID == "" && s.snapshot.rep(id).Home != nil
	}
	if given && said.Network {
		view.Told = said.Civic.Lines(said.Country)
		view.Name = strings.Join(view.Told, ", ")
		return view
	}
	view.Floor, view.Room = site.Civic.Floor, site.Civic.Room
	if !view.Home {
		view.Site, view.Name = site.ID, site.Name
	}
	view.Name = cmp.Or(view.Name, string(view.Site))
	return view
}
