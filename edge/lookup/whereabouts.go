package lookup

import (
	"context"
	"math"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mayday/center/location"
	"mayday/pidf"
)

// More words of ours.
const (
	OutOfDate = "answerExpired"  // it had expired before it came
	Hidden    = "addressHidden"  // the node does not see the device's own address
	TooLong   = "addressTooLong" // an element of the address is longer than any is
)

const (
	keptFor       = 24 * time.Hour // an answer that does not say how long it may be kept
	longestInside = 120            // characters of one element of an address
)

// Where asks a location server where a device is, by value; where it has given a reference alone, that is followed. Errors are Unreached
// or Refused.
func (c *Client) Where(ctx context.Context, server string, device netip.Addr, now time.Time) (location.Told, error) {
	found, err := c.Locate(ctx, server, Request{Kinds: []Kind{Civic, Geodetic}, Device: device}, now)
	if err != nil {
		return location.Told{}, err
	}
	document := found.Document
	if document == nil {
		reference := found.References[0]
		if strings.HasPrefix(strings.ToLower(server), "https:") && !strings.HasPrefix(strings.ToLower(reference), "https:") {
			return location.Told{}, Refused{Insecure}
		}
		followed, err := c.Dereference(ctx, reference)
		if err != nil {
			return location.Told{}, err
		}
		document = &followed
	}
	return toldIn(*document, now)
}

// toldIn returns the first address and the first position of a document, whose order is that of preference (RFC 5491 §3). Neither is
// made from the other.
func toldIn(document pidf.Document, now time.Time) (location.Told, error) {
	told := location.Told{At: now, Until: now.Add(keptFor)}
	for _, tuple := range document.Tuples {
		civic, position := civicIn(tuple.Place.Civic), positionIn(tuple.Place.Shape)
		takesCivic, takesPosition := told.Civic.Empty() && !civic.Empty(), told.Position == nil && position != nil
		if !takesCivic && !takesPosition {
			continue
		}
		if until := tuple.RetentionExpiry; !until.IsZero() {
			if !until.After(now) {
				return location.Told{}, Refused{OutOfDate}
			}
			if until.Before(told.Until) {
				told.Until = until.UTC()
			}
		}
		if takesCivic {
			told.Country, told.Civic, told.Method = location.Country(strings.ToUpper(tuple.Place.Civic.Country)), civic, methodIn(tuple)
		}
		if takesPosition {
			position.At, position.Method = now, methodIn(tuple)
			told.Position = position
		}
	}
	switch {
	case told.Civic.Empty() && told.Position == nil:
		return location.Told{}, Refused{Unusable}
	case told.Country != "" && !told.Country.Valid():
		return location.Told{}, Refused{Unreadable}
	case longest(told.Civic) > longestInside:
		return location.Told{}, Refused{TooLong}
	}
	return told, nil
}

// civicIn returns an address with the words that we have for it. What is said of a road in several elements is one name of a street, as
// people write it.
func civicIn(c *pidf.Civic) location.Civic {
	if c == nil {
		return location.Civic{}
	}
	street := []string{c.PRM, c.PRD, c.RD, c.STS, c.POD, c.POM}
	if c.RD == "" {
		street = []string{c.A6}
	}
	room := c.ROOM
	if room == "" {
		room = c.SEAT
	}
	return location.Civic{
		Name: words(c.NAM), Building: words(c.BLD), Floor: words(c.FLR), Room: words(room), Unit: words(c.UNIT), HouseNumber: words(c.HNO),
		HouseSuffix: words(c.HNS), Street: words(street...), City: words(c.A3), District: words(c.A4), County: words(c.A2), Region: words(c.A1),
		PostalCode: words(c.PC), AdditionInfo: words(c.LOC, c.LMK),
	}
}

// words joins what was said, with one space between two words and nothing that does not print.
func words(parts ...string) string {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.Join(parts, " "))
	return strings.Join(strings.Fields(text), " ")
}

func longest(c location.Civic) int {
	most := 0
	for _, element := range []string{
		c.Name, c.Building, c.Floor, c.Room, c.Unit, c.HouseNumber, c.HouseSuffix, c.Street, c.City, c.District, c.County, c.Region, c.PostalCode, c.AdditionInfo,
	} {
		most = max(most, utf8.RuneCountInString(element))
	}
	return most
}

// methodIn returns how a place was found, where that is a word as methods are (RFC 4119 §6.1).
func methodIn(tuple pidf.Tuple) string {
	outside := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>&"'`, r) }
	if len(tuple.Method) > 32 || strings.ContainsFunc(tuple.Method, outside) {
		return ""
	}
	return tuple.Method
}

// positionIn returns the circle in which a shape lies; nil: there is none.
func positionIn(shape pidf.Shape) *location.Position {
	at := func(center pidf.Position, radiusM float64) *location.Position {
		return &location.Position{Latitude: center.Latitude, Longitude: center.Longitude, RadiusM: radiusM}
	}
	switch s := shape.(type) {
	case nil:
		return nil
	case pidf.Point:
		return at(s.Position, 0)
	case pidf.Circle:
		return at(s.Center, s.RadiusM)
	case pidf.Ellipse:
		return at(s.Center, s.SemiMajorM)
	case pidf.ArcBand:
		return at(s.Center, s.OuterM)
	case pidf.Polygon:
		return around(s.Corners)
	case pidf.Point3D:
		return at(s.Position, 0)
	case pidf.Sphere:
		return at(s.Center.Position, s.RadiusM)
	case pidf.Ellipsoid:
		return at(s.Center.Position, s.SemiMajorM)
	case pidf.Prism:
		return around(s.Base)
	}
	return nil
}

// around returns a circle around corners: about the middle of the box in which they lie, as far as the farthest of them.
func around(corners []pidf.Position) *location.Position {
	if len(corners) == 0 {
		return nil
	}
	first := corners[0]
	south, north, west, east := first.Latitude, first.Latitude, 0.0, 0.0
	for _, corner := range corners {
		turn := math.Remainder(corner.Longitude-first.Longitude, 360) // a region may lie across the date line
		south, north, west, east = min(south, corner.Latitude), max(north, corner.Latitude), min(west, turn), max(east, turn)
	}
	middle := location.Position{Latitude: (south + north) / 2, Longitude: math.Remainder(first.Longitude+(west+east)/2, 360)}
	for _, corner := range corners {
		middle.RadiusM = max(middle.RadiusM, middle.DistanceM(location.Position{Latitude: corner.Latitude, Longitude: corner.Longitude}))
	}
	return &middle
}
