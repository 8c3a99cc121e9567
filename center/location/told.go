package location

import (
	"math"
	"strings"
	"time"
	"unicode"
)

// Told is where the network of a rep says that the rep is, as its location server has told it: an address, a position or both, neither
// of which was made from the other. The zero value is nowhere: nothing was told.
type Told struct {
	Country  Country // of the address; empty: not said
	Civic    Civic
	Position *Position
	Method   string    // how the network knows, in a registered word: "Wiremap"; empty: not said
	At       time.Time // when it was told
	Until    time.Time // when it expires
}

// Given reports whether anything was told.
func (t Told) Given() bool { return !t.At.IsZero() }

// Expired reports whether it holds no more. It is used until something else is known, and said to be old.
func (t Told) Expired(now time.Time) bool { return t.Given() && !now.Before(t.Until) }

// Lines returns the address as a person reads it out.
func (t Told) Lines() []string { return t.Civic.Lines(t.Country) }

// String hides the place, so that none ends in a log by accident.
func (t Told) String() string { return "[place]" }

// Contradicts reports whether two addresses cannot be of one building: both name a state, a city, a postal code, a street or a house
// number, and not the same one. Capitals, spaces and punctuation do not count; abbreviations do.
func (c Civic) Contradicts(other Civic) bool {
	for _, pair := range [][2]string{
		{c.Region, other.Region}, {c.City, other.City}, {c.PostalCode, other.PostalCode}, {c.Street, other.Street},
		{c.HouseNumber + c.HouseSuffix, other.HouseNumber + other.HouseSuffix},
	} {
		if a, b := folded(pair[0]), folded(pair[1]); a != "" && b != "" && a != b {
			return true
		}
	}
	return false
}

// Door is what all addresses of one house have alike: its street and number, as Contradicts compares them. Empty: one of them is not known.
func (c Civic) Door() string {
	street, house := folded(c.Street), folded(c.HouseNumber+c.HouseSuffix)
	if street == "" || house == "" {
		return ""
	}
	return house + " " + street
}

// folded leaves letters and digits alone, in lower case.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

const earthRadiusM = 6_371_000

// DistanceM returns the distance in metres between the middles of two positions, on a ball.
func (p Position) DistanceM(other Position) float64 {
	const rad = math.Pi / 180
	sin := func(a, b float64) float64 { return math.Pow(math.Sin((a-b)*rad/2), 2) }
	h := sin(p.Latitude, other.Latitude) + math.Cos(p.Latitude*rad)*math.Cos(other.Latitude*rad)*sin(p.Longitude, other.Longitude)
	return 2 * earthRadiusM * math.Asin(math.Sqrt(min(h, 1)))
}

// WideM is the length in metres within which a position tells a place: one whose radius is longer does not tell the country, and two
// that lie farther apart are not of one place.
const WideM = 5000

// Wide reports whether the radius is too long for the position to tell the country.
func (p Position) Wide() bool { return p.RadiusM > WideM }

// Apart reports whether two positions, with all of their radii, are not of one place.
func (p Position) Apart(other Position) bool {
	return p.DistanceM(other)-p.RadiusM-other.RadiusM > WideM
}
