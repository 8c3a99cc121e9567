package location_test

import (
	"testing"

	"mayday/center/location"
)

func TestCountryCodesAreTheAssignedOnes(t *testing.T) {
	valid := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if location.Country([]rune{a, b}).Valid() {
				valid++
			}
		}
	}
	if valid != 249 {
		t.Errorf("of all pairs of letters: %d are country codes, ISO 3166-1 assigns 249", valid)
	}
	for _, country := range location.Supported() {
		if !country.Valid() {
			t.Errorf("supported country %s: not a country code", country)
		}
	}
	for _, wrong := range []location.Country{"", "U", "us", "UK", "XX", "USA", " U", "S ", "\nB"} {
		if wrong.Valid() {
			t.Errorf("%q: taken for a country code", wrong)
		}
	}
}
