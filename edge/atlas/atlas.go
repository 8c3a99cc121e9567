// Package atlas says in which country a position lies, from polygons that come with the program, and whether that is certain.
//
// It asks nobody and knows no address: a position and a civic address are never converted into each other.
package atlas

import (
	_ "embed"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ringsaturn/tzf"

	"mayday/center/location"
)

// zones.tsv gives each time zone of the IANA database its country: the polygons are those of time zones, and none crosses a border.
//
//go:embed zones.tsv
var zones string

// Atlas is the map. A new one is blank until it is loaded.
type Atlas struct{ chart atomic.Pointer[chart] }

type chart struct {
	finder    tzf.F
	countries map[string]location.Country
}

// Load draws the map, which takes about half a second. Positions are asked for meanwhile, and lie nowhere. The world is drawn once in a
// process, however many maps of it there are.
func (a *Atlas) Load() error {
	drawn, err := world()
	if err != nil {
		return err
	}
	a.chart.Store(drawn)
	return nil
}

var world = sync.OnceValues(drawWorld)

func drawWorld() (*chart, error) {
	finder, err := tzf.NewDefaultFinder()
	if err != nil {
		return nil, fmt.Errorf("load map: %w", err)
	}
	drawn := &chart{finder: finder, countries: make(map[string]location.Country)}
	for line := range strings.Lines(zones) {
		country, zone, _ := strings.Cut(strings.TrimSpace(line), "\t")
		drawn.countries[zone] = location.Country(country)
	}
	return drawn, nil
}

// Loaded reports whether the map is drawn.
func (a *Atlas) Loaded() bool { return a.chart.Load() != nil }

// Exact is the radius up to which a measured position may say which country it is, and how far from a border it has to be for it.
const Exact = 5_000 // metres

// Sighting returns the country in which the position lies; none on the open sea and before the map is loaded. It is certain if the radius
// is at most Exact and no other country is as near as that. A border in water counts like one on land: a telephone network reaches across
// either, and so does a browser that finds itself by the networks around it.
func (a *Atlas) Sighting(p location.Position) location.Sighting {
	drawn := a.chart.Load()
	if drawn == nil || !p.Valid() {
		return location.Sighting{}
	}
	seen := location.Sighting{Country: drawn.country(p.Latitude, p.Longitude)}
	seen.Certain = seen.Country != "" && p.RadiusM <= Exact && drawn.alone(seen.Country, p)
	return seen
}

// country returns the country of a point; empty on the open sea.
func (c *chart) country(latitude, longitude float64) location.Country {
	return c.countries[c.finder.GetTimezoneName(longitude, latitude)]
}

const (
	rims     = 3  // circles around a position that are probed, the widest at Exact
	bearings = 16 // points on each
)

// alone reports whether no other country is nearer to the position than Exact.
func (c *chart) alone(country location.Country, p location.Position) bool {
	for rim := range rims {
		distance := Exact * float64(rim+1) / rims
		for n := range bearings {
			if there := c.country(towards(p, 2*math.Pi*float64(n)/bearings, distance)); there != "" && there != country {
				return false
			}
		}
	}
	return true
}

// metresPerDegree is the length of a degree of latitude.
const metresPerDegree = 111_195

// towards returns the point that lies in a direction, in radians from the north, at a distance in metres that is short beside the globe.
func towards(p location.Position, bearing, distance float64) (latitude, longitude float64) {
	latitude = p.Latitude + distance*math.Cos(bearing)/metresPerDegree
	if latitude = min(90, max(-90, latitude)); math.Abs(latitude) > 89.9 {
		return latitude, p.Longitude // around a pole every country is far away
	}
	longitude = p.Longitude + distance*math.Sin(bearing)/(metresPerDegree*math.Cos(latitude*math.Pi/180))
	return latitude, math.Remainder(longitude, 360)
}
