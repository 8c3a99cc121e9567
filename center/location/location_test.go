package location_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
)

func TestAddressIsReadOutFromTheRoomToTheCountry(t *testing.T) {
	for _, row := range []struct {
		circumstance string
		civic        location.Civic
		country      location.Country
		want         []string
	}{
		{"a whole address", location.Civic{Name: "Acme", Floor: "4", Room: "412", HouseNumber: "1", HouseSuffix: "B", Street: "Main St", City: "Springfield", Region: "IL", PostalCode: "62701"},
			location.US, []string{"Acme", "Room 412, Floor 4", "1B Main St", "Springfield, IL 62701", "United States"}},
		{"the Danish order", location.Civic{Street: "Søndergade", HouseNumber: "12", City: "Aarhus C", PostalCode: "8000"},
			location.DK, []string{"Søndergade 12", "Aarhus C, 8000", "Denmark"}},
		{"nothing but how to get there", location.Civic{AdditionInfo: "door behind the ramp"}, "SE", []string{"door behind the ramp", "SE"}},
		{"nothing", location.Civic{}, "", nil},
	} {
		if diff := cmp.Diff(row.want, row.civic.Lines(row.country)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.circumstance, diff)
		}
	}
}

func TestMeasuredPositionGoesBeforeTheSites(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	site := location.Site{Country: location.US, Civic: location.Civic{Street: "Main St"}, Position: &location.Position{Latitude: 1}}
	for _, row := range []struct {
		circumstance string
		measured     *location.Position
		latitude     float64
		isMeasured   bool
		stale        bool
	}{
		{"nothing measured", nil, 1, false, false},
		{"measured an hour ago", &location.Position{Latitude: 2, At: now.Add(-time.Hour)}, 2, true, false},
		{"measured yesterday", &location.Position{Latitude: 2, At: now.Add(-25 * time.Hour)}, 2, true, true},
		{"measured off the globe", &location.Position{Latitude: 91, At: now}, 1, false, false},
	} {
		place := location.At(site, row.measured, now)
		if place.Position.Latitude != row.latitude || place.Measured != row.isMeasured || place.Stale != row.stale {
			t.Errorf("%s: latitude %v, measured %t, stale %t", row.circumstance, place.Position.Latitude, place.Measured, place.Stale)
		}
		if place.Civic == nil || place.Civic.Street != "Main St" {
			t.Errorf("%s: the civic address is not the site's", row.circumstance)
		}
	}
}

func TestTheCountryIsTheOneInWhichTheRepWasSeen(t *testing.T) {
	site := location.Site{Country: location.DK, Civic: location.Civic{Street: "Søndergade", HouseNumber: "12"}}
	for _, row := range []struct {
		circumstance string
		seen         location.Sighting
		want         location.Country
		lastLine     string
	}{
		{"seen nowhere", location.Sighting{}, location.DK, "Denmark"},
		{"seen at home", location.Sighting{Country: location.DK, Certain: true}, location.DK, "Denmark"},
		{"seen abroad", location.Sighting{Country: location.GB, Certain: true}, location.GB, "Denmark"},
		{"seen abroad near the border", location.Sighting{Country: location.GB}, location.DK, "Denmark"},
		{"certainly at sea", location.Sighting{Certain: true}, location.DK, "Denmark"},
	} {
		place := location.At(site, nil, time.Time{}).Seen(row.seen)
		if place.Country != row.want {
			t.Errorf("%s: in %s, want %s", row.circumstance, place.Country, row.want)
		}
		if lines := place.Lines(); lines[len(lines)-1] != row.lastLine {
			t.Errorf("%s: the address reads %v", row.circumstance, lines)
		}
		if again := place.Seen(row.seen); again != place {
			t.Errorf("%s: seen twice, the place is another", row.circumstance)
		}
	}
}

func TestPlaceIsNotPrinted(t *testing.T) {
	place := location.Place{Country: location.US, Civic: &location.Civic{Street: "Main St"}}
	if got := place.String(); got != "[place]" {
		t.Errorf("a place prints as %q", got)
	}
}

// TestPlaceThatIsCalledBadIsGivenByItsOtherHalf: the half that went first is left out, and nothing is made from the other.
func TestPlaceThatIsCalledBadIsGivenByItsOtherHalf(t *testing.T) {
	civic, position := &location.Civic{City: "Springfield"}, &location.Position{Latitude: 39.8, Longitude: -89.6}
	for _, row := range []struct {
		circumstance    string
		place           location.Place
		civic, position bool // what is left
		other           bool
	}{
		{"address and the site's position", location.Place{Civic: civic, Position: position}, false, true, true},
		{"address and a measured position", location.Place{Civic: civic, Position: position, Measured: true}, true, false, true},
		{"address and a stale position", location.Place{Civic: civic, Position: position, Measured: true, Stale: true}, false, true, true},
		{"an address alone", location.Place{Civic: civic}, true, false, false},
		{"an empty address", location.Place{Civic: &location.Civic{}, Position: position}, true, true, false},
		{"a position alone", location.Place{Position: position, Measured: true}, false, true, false},
	} {
		got, other := row.place.Other()
		if other != row.other || (got.Civic != nil) != row.civic || (got.Position != nil) != row.position {
			t.Errorf("%s: address left %t, position left %t, other half %t", row.circumstance, got.Civic != nil, got.Position != nil, other)
		}
	}
}
