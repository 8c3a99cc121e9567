package atlas_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/ringsaturn/tzf"

	"mayday/center/location"
	"mayday/edge/atlas"
)

var drawn = sync.OnceValues(func() (*atlas.Atlas, error) {
	a := new(atlas.Atlas)
	return a, a.Load()
})

func whole(t testing.TB) *atlas.Atlas {
	t.Helper()
	a, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCountriesAtBorders says where one is as a person would.
func TestCountriesAtBorders(t *testing.T) {
	a := whole(t)
	for _, row := range []struct {
		place               string
		latitude, longitude float64
		country             location.Country
		certain             bool
	}{
		{"Detroit, downtown", 42.3314, -83.0458, "US", false},
		{"Detroit, Eight Mile Road", 42.4467, -83.1000, "US", true},
		{"Windsor, downtown", 42.3149, -83.0364, "CA", false},
		{"Windsor, Lake Erie shore", 42.2300, -82.9600, "CA", true},
		{"Niagara Falls, New York", 43.0945, -79.0567, "US", false},
		{"Niagara Falls, Ontario", 43.0896, -79.0849, "CA", false},
		{"St. Catharines", 43.1594, -79.2469, "CA", true},
		{"Tijuana, Zona Centro", 32.5332, -117.0382, "MX", false},
		{"Rosarito, south of Tijuana", 32.4000, -117.0200, "MX", true},
		{"San Ysidro", 32.5520, -117.0430, "US", false},
		{"San Diego, downtown", 32.7157, -117.1611, "US", true},
		{"El Paso, downtown", 31.7587, -106.4869, "US", false},
		{"Ciudad Juárez, centro", 31.7380, -106.4870, "MX", false},
		{"Ciudad Juárez, south", 31.6200, -106.4000, "MX", true},
		{"El Paso, Northeast", 31.9000, -106.4300, "US", true},
		{"Point Roberts", 48.9850, -123.0780, "US", false},
		{"Tsawwassen", 49.0230, -123.0830, "CA", false},
		{"Vancouver", 49.2827, -123.1207, "CA", true},
		{"Newry, town hall", 54.1761, -6.3390, "GB", true},
		{"Newry, south", 54.1500, -6.3400, "GB", false},
		{"Belfast", 54.5973, -5.9301, "GB", true},
		{"Dundalk", 54.0090, -6.4049, "IE", true},
		{"Carrickcarnon, north of Dundalk", 54.0950, -6.3600, "IE", false},
		{"Derry, six kilometres from Killea", 54.9966, -7.3086, "GB", true},
		{"Derry, Coshquin", 55.0260, -7.3640, "GB", false},
		{"Bridgend, Donegal", 55.0420, -7.3760, "IE", false},
		{"Letterkenny, Donegal", 54.9500, -7.7340, "IE", true},
		{"Helsingør", 56.0361, 12.6136, "DK", false},
		{"Helsingborg", 56.0465, 12.6945, "SE", false},
		{"Copenhagen, Rådhuspladsen", 55.6761, 12.5683, "DK", true},
		{"Padborg", 54.8250, 9.3600, "DK", false},
		{"Harrislee", 54.7990, 9.3790, "DE", false},
		{"Aarhus", 56.1572, 10.2107, "DK", true},
		{"Malmö", 55.6050, 13.0038, "SE", true},
		{"Bornholm, Rønne", 55.1009, 14.7066, "DK", true},
		{"San Juan", 18.4655, -66.1057, "PR", true},
		{"St Thomas, Charlotte Amalie", 18.3419, -64.9307, "VI", true},
		{"Tórshavn", 62.0107, -6.7741, "FO", true},
		{"Nuuk", 64.1835, -51.7216, "GL", true},
		{"Jersey, St Helier", 49.1868, -2.1066, "JE", true},
		{"Guernsey, St Peter Port", 49.4550, -2.5360, "GG", true},
		{"Isle of Man, Douglas", 54.1509, -4.4819, "IM", true},
		{"the middle of the Atlantic", 40, -40, "", false},
		{"the South Pole", -90, 0, "AQ", true},
		{"Fiji, at the antimeridian", -16.8000, 179.9900, "FJ", true},
	} {
		got := a.Sighting(location.Position{Latitude: row.latitude, Longitude: row.longitude, RadiusM: 30})
		if want := (location.Sighting{Country: row.country, Certain: row.certain}); got != want {
			t.Errorf("%s: %+v, want %+v", row.place, got, want)
		}
	}
}

func TestAnInexactPositionIsNeverCertain(t *testing.T) {
	a := whole(t)
	for radius, certain := range map[float64]bool{0: true, 5000: true, 5001: false, 1e6: false} {
		got := a.Sighting(location.Position{Latitude: 56.1572, Longitude: 10.2107, RadiusM: radius})
		if want := (location.Sighting{Country: location.DK, Certain: certain}); got != want {
			t.Errorf("Aarhus within %v m: %+v, want %+v", radius, got, want)
		}
	}
}

func TestABlankMapKnowsNothing(t *testing.T) {
	a := new(atlas.Atlas)
	if got := a.Sighting(location.Position{Latitude: 56, Longitude: 10}); a.Loaded() || got != (location.Sighting{}) {
		t.Errorf("before the map is loaded: %+v", got)
	}
	if got := whole(t).Sighting(location.Position{Latitude: 91}); got != (location.Sighting{}) {
		t.Errorf("off the globe: %+v", got)
	}
}

func TestEveryZoneHasACountry(t *testing.T) {
	finder, err := tzf.NewDefaultFinder()
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range finder.TimezoneNames() {
		if country := atlas.CountryOf(zone); !country.Valid() && !strings.HasPrefix(zone, "Etc/") {
			t.Errorf("zone %s: %q is no country", zone, country)
		}
	}
}

func FuzzSighting(f *testing.F) {
	f.Add(54.825, 9.36, 30.0)
	f.Add(-90.0, 180.0, 0.0)
	f.Fuzz(func(t *testing.T, latitude, longitude, radius float64) {
		got := whole(t).Sighting(location.Position{Latitude: latitude, Longitude: longitude, RadiusM: radius})
		if got.Country != "" && !got.Country.Valid() || got.Certain && got.Country == "" {
			t.Errorf("at %v %v within %v m: %+v", latitude, longitude, radius, got)
		}
	})
}

func BenchmarkSighting(b *testing.B) {
	a := whole(b)
	for b.Loop() {
		a.Sighting(location.Position{Latitude: 56.1572, Longitude: 10.2107, RadiusM: 30})
	}
}
