package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine"
)

var nineAM = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// toldAt is what a network tells: the building of the first site, on its ninth floor.
func toldAt(now time.Time, lasts time.Duration) location.Told {
	return location.Told{
		Country: location.US, Civic: location.Civic{HouseNumber: "1", Street: "MAIN ST.", City: "Springfield", Floor: "9", Room: "901"},
		Method: "Wiremap", At: now, Until: now.Add(lasts),
	}
}

// elsewhereAt is what it tells somewhere else.
func elsewhereAt(now time.Time) location.Told {
	told := toldAt(now, time.Hour)
	told.Country, told.Civic = location.DK, location.Civic{HouseNumber: "12", Street: "Åboulevarden", City: "Aarhus", Floor: "3"}
	return told
}

func located() center.Center {
	c := storyCenter()
	c.Organisation.HELD = "https://held.example/"
	c.Sites[0].Position = &location.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 30}
	c.Reps[0].Home = &location.Home{Country: location.US, Civic: location.Civic{HouseNumber: "7", Street: "Elm St", City: "Springfield"}}
	return c
}

func stateOf(c center.Center) *engine.State {
	return engine.NewState(engine.NewSnapshot(c), time.Hour)
}

// TestWhatTheNetworkTellsStandsUntilTheRepHasSpoken: the order of precedence, as the INVITE has the place.
func TestWhatTheNetworkTellsStandsUntilTheRepHasSpoken(t *testing.T) {
	confirm := engine.ConfirmPlace{Rep: "alice", Site: "hq", Floor: "4", Room: "412"}
	changed := engine.ReportNetwork{Rep: "alice"}
	told := func(at location.Told) engine.ReportTold { return engine.ReportTold{Rep: "alice", Told: at} }
	type at struct {
		after   time.Duration
		command engine.Command
	}
	for _, row := range []struct {
		circumstance string
		steps        []at
		floor        string
		number       string
		told         bool
	}{
		{"nothing", nil, "", "911", false},
		{"told and nothing said", []at{{0, told(toldAt(nineAM, time.Hour))}}, "9", "911", true},
		{"told to be abroad", []at{{0, told(elsewhereAt(nineAM))}}, "3", "112", true},
		{"told, then confirmed", []at{{0, told(elsewhereAt(nineAM))}, {time.Minute, confirm}}, "4", "911", false},
		{"confirmed, then told", []at{{0, confirm}, {time.Minute, told(elsewhereAt(nineAM.Add(time.Minute)))}}, "4", "911", false},
		{"confirmed, another network, told", []at{{0, confirm}, {time.Minute, changed}, {2 * time.Minute, told(elsewhereAt(nineAM.Add(2 * time.Minute)))}}, "3", "112", true},
		{"confirmed, told as the page signs in, and the page says that the network has changed", []at{
			{0, confirm}, {time.Hour, told(elsewhereAt(nineAM.Add(time.Hour)))}, {time.Hour + time.Second, changed}}, "3", "112", true},
		{"told, confirmed, another network, and nothing told there", []at{{0, told(elsewhereAt(nineAM))}, {time.Minute, confirm}, {time.Hour, changed}}, "4", "911", false},
		{"told, and expired since", []at{{0, told(toldAt(nineAM, time.Hour))}, {25 * time.Hour, engine.ReportLocationServer{}}}, "9", "911", true},
		{"told, and told nothing any more", []at{{0, told(elsewhereAt(nineAM))}, {time.Minute, engine.ReportTold{Rep: "alice", Refused: "locationUnknown"}}}, "", "911", false},
	} {
		s, now := stateOf(located()), nineAM
		for _, step := range row.steps {
			now = nineAM.Add(step.after)
			if err := s.Step(now, step.command).Err; err != nil {
				t.Fatalf("%s: %v", row.circumstance, err)
			}
		}
		_, to := invited(t, s, now, "alice", "911")
		if to.Place.Civic.Floor != row.floor || to.Number.String() != row.number || to.Place.Told != row.told {
			t.Errorf("%s: %s is called from floor %q, as told %t; want %s from %q, %t", row.circumstance, to.Number, to.Place.Civic.Floor, to.Place.Told, row.number, row.floor, row.told)
		}
		if row.told != (to.Place.Method == "Wiremap") {
			t.Errorf("%s: the place was found by %q", row.circumstance, to.Place.Method)
		}
	}
}

// TestAnAddressThatIsToldIsTheSiteOfItsBuilding: with the desk, the position and the numbers of that site; home where it is home.
func TestAnAddressThatIsToldIsTheSiteOfItsBuilding(t *testing.T) {
	c := located()
	upstairs := c.Sites[0]
	upstairs.ID, upstairs.Name, upstairs.Civic.Floor = "hq-9", "Headquarters, ninth floor", "9"
	c.Sites = append(c.Sites, upstairs)
	for _, row := range []struct {
		circumstance string
		change       func(*location.Told)
		want         engine.PlaceView
		position     bool
	}{
		{"the site on that floor", func(*location.Told) {}, engine.PlaceView{Site: "hq-9", Name: "Headquarters, ninth floor", Floor: "9", Room: "901"}, true},
		{"the rep's own where no site is on it", func(at *location.Told) { at.Civic.Floor = "7" }, engine.PlaceView{Site: "hq", Name: "Headquarters", Floor: "7", Room: "901"}, true},
		{"no floor", func(at *location.Told) { at.Civic.Floor, at.Civic.Room = "", "" }, engine.PlaceView{Site: "hq", Name: "Headquarters"}, true},
		{"a floor with a very long name", func(at *location.Told) { at.Civic.Floor = strings.Repeat("9", 99) }, engine.PlaceView{Site: "hq", Name: "Headquarters"}, true},
		{"home", func(at *location.Told) { at.Civic = location.Civic{HouseNumber: "7", Street: "Elm St."} }, engine.PlaceView{Home: true}, false},
		{"the same street abroad", func(at *location.Told) { at.Country, at.Civic.City = "GB", "" }, engine.PlaceView{Name: "Room 901, Floor 9, 1 MAIN ST., United Kingdom"}, false},
		{"next door", func(at *location.Told) { at.Civic.HouseNumber = "3" }, engine.PlaceView{Name: "Room 901, Floor 9, 3 MAIN ST., Springfield, United States"}, false},
	} {
		s, told := stateOf(c), toldAt(nineAM, time.Hour)
		row.change(&told)
		s.Step(nineAM, engine.ReportTold{Rep: "alice", Told: told})
		got := s.View("alice", "", nineAM).Confirmed
		if got.Told != nil {
			row.want.Told = told.Lines()
		}
		row.want.Ask, row.want.ByTold = true, true
		if got.Ask != row.want.Ask || got.Given || got.Home != row.want.Home || got.Site != row.want.Site || got.Name != row.want.Name || got.Floor != row.want.Floor ||
			got.Room != row.want.Room || !slices.Equal(got.Told, row.want.Told) || !got.ByTold {
			t.Errorf("%s: proposed is %+v, want %+v", row.circumstance, got, row.want)
		}
		if place := s.Readiness("alice", nineAM).Place; (place.Position != nil) != row.position {
			t.Errorf("%s: position %v", row.circumstance, place.Position)
		}
	}
}

// TestAddressAndPositionAreConveyedAsTheyWereTold: both, either, and what the browser has measured in place of a position; nothing is made
// from the other.
func TestAddressAndPositionAreConveyedAsTheyWereTold(t *testing.T) {
	there := &location.Position{Latitude: 56.15, Longitude: 10.2, RadiusM: 40, Method: "Wiremap"}
	both := elsewhereAt(nineAM)
	both.Position = there
	alone := both
	alone.Civic, alone.Country = location.Civic{}, ""
	denmark := location.Sighting{Country: location.DK, Certain: true}
	for _, row := range []struct {
		circumstance string
		told         location.Told
		browser      bool
		latitude     float64
		measured     bool
		city         string
		country      location.Country
	}{
		{"both", both, false, 56.15, false, "Aarhus", location.DK},
		{"both, and the browser has measured", both, true, 39.9, true, "Aarhus", location.US}, // it was seen in the United States
		{"a position alone", alone, false, 56.15, true, "Springfield", location.DK},
		{"a position alone, and the browser has measured", alone, true, 39.9, true, "Springfield", location.US},
	} {
		s := stateOf(located())
		if row.browser {
			s.Step(nineAM, engine.ReportPosition{Rep: "alice", Position: location.Position{Latitude: 39.9}, Seen: location.Sighting{Country: location.US, Certain: true}})
		}
		s.Step(nineAM, engine.ReportTold{Rep: "alice", Told: row.told, Seen: denmark})
		place := s.Readiness("alice", nineAM).Place
		if place.Position.Latitude != row.latitude || place.Measured != row.measured || place.Civic.City != row.city || place.Country != row.country {
			t.Errorf("%s: %+v of %+v, measured %t, in %s, %s", row.circumstance, place.Position, place, place.Measured, place.Civic.City, place.Country)
		}
	}
}

func TestWhoAgreesWithTheNetworkHasConfirmedThat(t *testing.T) {
	s := stateOf(located())
	first := elsewhereAt(nineAM)
	s.Step(nineAM, engine.ReportTold{Rep: "alice", Told: first})
	shown := s.View("alice", "", nineAM).Confirmed
	second := first
	second.Civic.HouseNumber = "14"
	s.Step(nineAM, engine.ReportTold{Rep: "alice", Told: second})
	if err := s.Step(nineAM, engine.ConfirmPlace{Rep: "alice", Told: shown.Told}).Err; !errors.Is(err, engine.ToldOtherwise) {
		t.Errorf("the address that was shown is another by now: %v", err)
	}
	outcome := s.Step(nineAM, engine.ConfirmPlace{Rep: "alice", Told: s.View("alice", "", nineAM).Confirmed.Told})
	if outcome.Err != nil {
		t.Fatal(outcome.Err)
	}
	s.Step(nineAM, engine.ReportTold{Rep: "alice"})
	again := stateOf(located())
	for _, effect := range outcome.Effects {
		if kept, is := effect.(engine.KeepPlace); is {
			again.Step(nineAM, engine.RestorePlaces{Found: map[rep.ID]location.Confirmation{kept.Rep: kept.Place}})
		}
	}
	for circumstance, state := range map[string]*engine.State{"when the network tells nothing any more": s, "after a restart": again} {
		view := state.View("alice", "", nineAM).Confirmed
		if !view.Given || view.Ask || view.ByTold || view.Site != "" || view.Home || !slices.Equal(view.Told, second.Lines()) {
			t.Errorf("%s: %+v", circumstance, view)
		}
		if _, to := invited(t, state, nineAM, "alice", "911"); to.Number.String() != "112" || to.Place.Civic.HouseNumber != "14" || to.Place.Told {
			t.Errorf("%s: %s is called from %v", circumstance, to.Number, to.Place.Lines())
		}
	}
}

// TestReadinessTurnsAmberWhereThePlaceIsInDoubt: near a border, with a radius over 5 km, where position and confirmed place disagree, and
// with whatever a location server tells, does not tell, or tells otherwise.
func TestReadinessTurnsAmberWhereThePlaceIsInDoubt(t *testing.T) {
	measured := func(latitude, radiusM float64, seen location.Sighting) engine.Command {
		return engine.ReportPosition{Rep: "alice", Position: location.Position{Latitude: latitude, Longitude: -89.6436, RadiusM: radiusM}, Seen: seen}
	}
	us := location.Sighting{Country: location.US, Certain: true}
	expired := toldAt(nineAM.Add(-2*time.Hour), time.Hour)
	doubts := []engine.Cause{
		engine.CountryUncertain, engine.PositionWide, engine.CountriesDisagree, engine.PositionElsewhere, engine.PlaceUnconfirmed, engine.PlaceOld,
		engine.NotLocated, engine.NetworkPlaceOld, engine.NetworkDisagrees, engine.HELDAway,
	}
	confirmed := engine.ConfirmPlace{Rep: "alice", Site: "hq"}
	for _, row := range []struct {
		circumstance string
		commands     []engine.Command
		want         []engine.Cause
	}{
		{"confirmed and measured there", []engine.Command{confirmed, measured(39.801, 30, us)}, nil},
		{"a radius of 5 km", []engine.Command{confirmed, measured(39.801, 5000, us)}, nil},
		{"a radius over 5 km", []engine.Command{confirmed, measured(39.801, 5001, us)}, []engine.Cause{engine.PositionWide}},
		{"near a border", []engine.Command{confirmed, measured(39.801, 30, location.Sighting{Country: location.US})}, []engine.Cause{engine.CountryUncertain}},
		{"in another country than was confirmed", []engine.Command{confirmed, measured(39.801, 30, location.Sighting{Country: location.CA, Certain: true})}, []engine.Cause{engine.CountriesDisagree}},
		{"22 km from where was confirmed", []engine.Command{confirmed, measured(40, 30, us)}, []engine.Cause{engine.PositionElsewhere}},
		{"22 km from the site, and at home", []engine.Command{engine.ConfirmPlace{Rep: "alice", Home: true}, measured(40, 30, us)}, nil},
		{"nothing said", nil, []engine.Cause{engine.PlaceUnconfirmed}},
		{"nothing said, and the network is not known", []engine.Command{engine.ReportTold{Rep: "alice", Refused: "locationUnknown"}}, []engine.Cause{engine.PlaceUnconfirmed, engine.NotLocated}},
		{"confirmed, and the network is not known", []engine.Command{confirmed, engine.ReportTold{Rep: "alice", Refused: "locationUnknown"}}, nil},
		{"told, and nothing said", []engine.Command{engine.ReportTold{Rep: "alice", Told: toldAt(nineAM, time.Hour)}}, []engine.Cause{engine.PlaceUnconfirmed}},
		{"told too long ago, and nothing said", []engine.Command{engine.ReportTold{Rep: "alice", Told: expired}}, []engine.Cause{engine.PlaceUnconfirmed, engine.NetworkPlaceOld}},
		{"told too long ago, and confirmed", []engine.Command{engine.ReportTold{Rep: "alice", Told: expired}, confirmed}, nil},
		{"told to be elsewhere than was confirmed", []engine.Command{confirmed, engine.ReportTold{Rep: "alice", Told: elsewhereAt(nineAM)}}, []engine.Cause{engine.NetworkDisagrees}},
		{"told to be on another floor", []engine.Command{confirmed, engine.ReportTold{Rep: "alice", Told: toldAt(nineAM, time.Hour)}}, nil},
		{"the location server is away", []engine.Command{confirmed, engine.ReportLocationServer{AwaySince: nineAM, AwayReason: "no answer in time"}}, []engine.Cause{engine.HELDAway}},
		{"the location server is back", []engine.Command{confirmed, engine.ReportLocationServer{AwaySince: nineAM}, engine.ReportLocationServer{}}, nil},
	} {
		s := stateOf(located())
		for _, command := range row.commands {
			if err := s.Step(nineAM, command).Err; err != nil {
				t.Fatalf("%s: %v", row.circumstance, err)
			}
		}
		var got []engine.Cause
		for _, cause := range s.Readiness("alice", nineAM).Causes {
			if slices.Contains(doubts, cause) {
				got = append(got, cause)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.circumstance, got, row.want)
		}
		if len(got) > 0 && engine.ColourOf(got) != engine.Amber {
			t.Errorf("%s: %s, want amber", row.circumstance, engine.ColourOf(got))
		}
	}
}

// TestNoLocationServerNoWordOfIt: what was told before it was taken out of the center counts no more.
func TestNoLocationServerNoWordOfIt(t *testing.T) {
	c := located()
	c.Organisation.HELD = ""
	s := stateOf(c)
	s.Step(nineAM, engine.ReportLocationServer{AwaySince: nineAM})
	s.Step(nineAM, engine.ReportTold{Rep: "alice", Told: elsewhereAt(nineAM)})
	if r := s.Readiness("alice", nineAM); r.Network.Asked || slices.Contains(r.Causes, engine.HELDAway) || r.Place.Country != location.US {
		t.Errorf("no location server: %+v, %v, in %s", r.Network, r.Causes, r.Place.Country)
	}
}
