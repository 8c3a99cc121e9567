package number

import (
	"maps"
	"slices"
)

// Everywhere is the table of what is a call for help in any country.
func Everywhere() []string { return everywhere[:] }

// InAnyRegion works out what it must hold.
func InAnyRegion() []string {
	all := make(map[string]bool)
	for _, r := range regions {
		for dialled := range EmergencyStrings(r.country) {
			all[dialled] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
