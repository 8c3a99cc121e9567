// Package mapping says which emergency service looks after a place, as a LoST server has told it, and until when that holds
// (RFC 5222 §5).
//
// It asks nobody: answers come in with the time, and what to ask next, and when, goes out. No call waits for it; a call takes what is
// known when it is placed.
package mapping

import (
	"math"
	"slices"
	"strings"
	"time"

	"mayday/center/location"
	"mayday/center/trunk"
)

// Service is the name of a service (RFC 5031 §4.2).
type Service string

// SOS is the emergency service that calls ask for.
const SOS Service = "urn:service:sos"

// Covers reports whether what was asked for is this service or the one that it belongs to.
func (s Service) Covers(other Service) bool {
	other = Service(strings.ToLower(string(other)))
	return other == s || strings.HasPrefix(string(other), string(s)+".")
}

// Point is a position as a server is asked about it.
type Point struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	RadiusM   float64 `json:"radius_m,omitempty"`
}

// Question asks which service looks after one place: an address, or a point where there is no country. Two that are equal are asked once.
type Question struct {
	Service Service          `json:"service"`
	Country location.Country `json:"country,omitempty"` // of the address
	Civic   location.Civic   `json:"civic,omitzero"`
	Point   Point            `json:"point,omitzero"`
	Passing bool             `json:"-"` // a browser has measured the point: it is kept in memory alone
}

// String hides the place, so that none ends in a log by accident.
func (q Question) String() string { return "[question]" }

// Geodetic reports whether it is about a point.
func (q Question) Geodetic() bool { return q.Civic.Empty() }

// grid is the step in degrees to which measured points are rounded, about 100 m: people in one building ask one question.
const grid = 1e-3

// Of returns the question about a place: about the half that goes first, since the call is routed by it (RFC 6881 §8). false: nothing
// is known of the place.
func Of(place location.Place) (Question, bool) {
	civic := place.Civic != nil && !place.Civic.Empty()
	switch {
	case place.PositionFirst(), !civic && place.Position != nil:
		return ofPosition(*place.Position, place.Measured), true
	case civic:
		return ofAddress(*place.Civic, place.CivicCountry()), true
	}
	return Question{}, false
}

// ofAddress leaves out what lies inside of the building: the service is the same on every floor.
func ofAddress(address location.Civic, country location.Country) Question {
	address.Floor, address.Room, address.AdditionInfo = "", "", ""
	return Question{Service: SOS, Country: country, Civic: address}
}

func ofPosition(p location.Position, measured bool) Question {
	point := Point{Latitude: p.Latitude, Longitude: p.Longitude, RadiusM: p.RadiusM}
	if measured {
		point = Point{Latitude: math.Round(p.Latitude/grid) * grid, Longitude: math.Round(p.Longitude/grid) * grid}
	}
	return Question{Service: SOS, Point: point, Passing: measured}
}

// Validation lists the elements of an address by what the server knows of them (RFC 5222 §8.4.2).
type Validation struct {
	Valid     []string `json:"valid,omitempty"`
	Invalid   []string `json:"invalid,omitempty"`
	Unchecked []string `json:"unchecked,omitempty"`
}

// Expiry is until when an answer holds (RFC 5222 §5.2).
type Expiry struct {
	Until   time.Time `json:"until,omitzero"`
	Never   bool      `json:"never,omitempty"`    // NO-EXPIRATION
	NotKept bool      `json:"not_kept,omitempty"` // NO-CACHE: it holds for the moment of the question, which is not that of a call
}

// Mapping is what a server has said of a place.
type Mapping struct {
	URIs       []string   `json:"uris,omitempty"`   // at which the service is reached
	Number     string     `json:"number,omitempty"` // that people dial there for it
	Name       string     `json:"name,omitempty"`   // of the service, for people
	Expires    Expiry     `json:"expires"`
	Warnings   []string   `json:"warnings,omitempty"` // the words of RFC 5222 §13.2, such as defaultMappingReturned
	Validation Validation `json:"validation"`
}

// The warnings that make an answer a guess (RFC 5222 §13.2).
const (
	DefaultMapping      = "defaultMappingReturned"
	ServiceSubstitution = "serviceSubstitution"
)

// Guessed reports whether the server itself says that it is not sure.
func (m Mapping) Guessed() bool {
	return slices.Contains(m.Warnings, DefaultMapping) || slices.Contains(m.Warnings, ServiceSubstitution)
}

// Route returns the URI that a call to the service takes; over a connection that is secured one that asks for that, if there is one, and
// over another one that does not (RFC 6881 §9.2). Empty: none can be used.
func (m Mapping) Route(secure bool) string {
	other := ""
	for _, uri := range m.URIs {
		switch {
		case !Usable(uri):
		case strings.HasPrefix(strings.ToLower(uri), "sips:") == secure:
			return uri
		case other == "":
			other = uri
		}
	}
	return other
}

// Usable reports whether a call can go to the URI.
func Usable(uri string) bool {
	outside := func(r rune) bool { return r <= ' ' || r >= 0x7f }
	return len(uri) <= longestURI && !strings.ContainsFunc(uri, outside) && trunk.URIFault(uri) == ""
}

// longestURI bounds what an answer may put into an INVITE.
const longestURI = 255

// same reports whether two answers lead a call to the same place.
func (m Mapping) same(other Mapping) bool {
	return m.Number == other.Number && slices.Equal(m.URIs, other.URIs)
}
