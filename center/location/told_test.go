package location_test

import (
	"fmt"
	"testing"
	"time"

	"mayday/center/location"
)

func TestAToldPlaceIsUsedAfterItsExpiryAndSaidToBeOld(t *testing.T) {
	nine := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	told := location.Told{At: nine, Until: nine.Add(time.Hour), Country: "US", Civic: location.Civic{Street: "Main St"}}
	for after, want := range map[time.Duration]bool{0: false, time.Hour - 1: false, time.Hour: true} {
		if told.Expired(nine.Add(after)) != want {
			t.Errorf("told for an hour, %s later: expired %t", after, !want)
		}
	}
	if nothing := (location.Told{}); nothing.Given() || nothing.Expired(nine) {
		t.Error("nothing told: something given, or expired")
	}
	if text := fmt.Sprint(told); text != "[place]" {
		t.Errorf("printed, it tells the place: %s", text)
	}
}

func TestAddressesOfOneBuildingAgree(t *testing.T) {
	site := location.Civic{HouseNumber: "1", Street: "Main St", City: "Springfield", Region: "IL", PostalCode: "62701", Floor: "4"}
	for _, row := range []struct {
		circumstance string
		other        location.Civic
		contradicts  bool
	}{
		{"itself", site, false},
		{"nothing", location.Civic{}, false},
		{"another floor and room", location.Civic{HouseNumber: "1", Street: "Main St", Floor: "9", Room: "900"}, false},
		{"written otherwise", location.Civic{HouseNumber: "1", Street: "MAIN  ST.", City: "springfield", PostalCode: "62 701"}, false},
		{"another house", location.Civic{HouseNumber: "1", HouseSuffix: "A", Street: "Main St"}, true},
		{"another street", location.Civic{HouseNumber: "1", Street: "Elm St"}, true},
		{"an abbreviation written out", location.Civic{Street: "Main Street"}, true},
		{"another city", location.Civic{City: "Shelbyville"}, true},
		{"another state", location.Civic{Region: "MA"}, true},
		{"another postal code", location.Civic{PostalCode: "62702"}, true},
	} {
		if site.Contradicts(row.other) != row.contradicts || row.other.Contradicts(site) != row.contradicts {
			t.Errorf("%s: contradicts %t", row.circumstance, !row.contradicts)
		}
	}
	if a, b := site.Door(), (location.Civic{HouseNumber: "1", Street: "MAIN ST."}).Door(); a == "" || a != b {
		t.Errorf("one house written twice: doors %q and %q", a, b)
	}
	if door := (location.Civic{Street: "Main St", City: "Springfield"}).Door(); door != "" {
		t.Errorf("no house number: door %q", door)
	}
}

// TestPositionsOfOnePlaceLieTogether: distances between cities as an atlas has them, to a percent.
func TestPositionsOfOnePlaceLieTogether(t *testing.T) {
	springfield := location.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 30}
	chicago := location.Position{Latitude: 41.8781, Longitude: -87.6298, RadiusM: 30}
	if d := springfield.DistanceM(chicago); d < 284_000 || d > 289_000 {
		t.Errorf("Springfield to Chicago: %.0f m, want 287 km", d)
	}
	fiji, samoa := location.Position{Latitude: -17, Longitude: 179.9}, location.Position{Latitude: -17, Longitude: -179.9}
	if d := fiji.DistanceM(samoa); d < 21_000 || d > 21_500 {
		t.Errorf("across the date line: %.0f m, want 21.3 km", d)
	}
	near := springfield
	near.Latitude += 0.05 // 5.6 km
	wide := near
	wide.RadiusM = 800
	for _, row := range []struct {
		circumstance string
		other        location.Position
		apart        bool
	}{
		{"itself", springfield, false}, {"5.6 km off", near, true}, {"5.6 km off, to 800 m", wide, false}, {"another city", chicago, true},
		{"anywhere in the country", location.Position{Latitude: 38, Longitude: -97, RadiusM: 2_000_000}, false},
	} {
		if springfield.Apart(row.other) != row.apart || row.other.Apart(springfield) != row.apart {
			t.Errorf("%s: apart %t", row.circumstance, !row.apart)
		}
	}
	for radius, want := range map[float64]bool{0: false, 5000: false, 5001: true} {
		if (location.Position{RadiusM: radius}).Wide() != want {
			t.Errorf("a radius of %v m: wide %t", radius, !want)
		}
	}
}
