package atlas

import (
	"strings"

	"mayday/center/location"
)

// CountryOf returns the country that the table gives a zone.
func CountryOf(zone string) location.Country {
	for line := range strings.Lines(zones) {
		if country, name, _ := strings.Cut(strings.TrimSpace(line), "\t"); name == zone {
			return location.Country(country)
		}
	}
	return ""
}
