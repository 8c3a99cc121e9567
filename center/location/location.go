// Package location says where a rep is, precisely enough to send help.
//
// It holds two things that are never converted into each other: a civic address, as one would write it on a letter with
// the floor and the room, and a position on the globe with its uncertainty (RFC 6881 §5.2). It knows no map and asks nobody.
package location

import (
	"strings"
	"time"
)

// Country is an ISO 3166-1 alpha-2 code in upper case, such as "US"; empty means that the country is not known.
type Country string

// The countries whose emergency numbers Mayday curates.
const (
	US Country = "US"
	CA Country = "CA"
	PR Country = "PR"
	GB Country = "GB"
	DK Country = "DK"
)

// Supported lists the curated countries, in the order in which pages show them.
func Supported() []Country { return []Country{US, CA, PR, GB, DK} }

// Supported reports whether the country is one that Mayday curates.
func (c Country) Supported() bool {
	switch c {
	case US, CA, PR, GB, DK:
		return true
	}
	return false
}

// Name returns the country's name in English, as one writes it under an address; of a country that is not curated, its code.
func (c Country) Name() string {
	switch c {
	case US:
		return "United States"
	case CA:
		return "Canada"
	case PR:
		return "Puerto Rico"
	case GB:
		return "United Kingdom"
	case DK:
		return "Denmark"
	}
	return string(c)
}

// Civic is a civic address; every field is optional. The names in RFC 5139 §3 of the elements that it becomes stand behind each.
type Civic struct {
	Name         string `json:"name,omitempty"`         // NAM: name of the place, "Acme Headquarters"
	Building     string `json:"building,omitempty"`     // BLD
	Floor        string `json:"floor,omitempty"`        // FLR
	Room         string `json:"room,omitempty"`         // ROOM
	Unit         string `json:"unit,omitempty"`         // UNIT
	HouseNumber  string `json:"house_number,omitempty"` // HNO
	HouseSuffix  string `json:"house_suffix,omitempty"` // HNS
	Street       string `json:"street,omitempty"`       // RD
	City         string `json:"city,omitempty"`         // A3
	District     string `json:"district,omitempty"`     // A4
	County       string `json:"county,omitempty"`       // A2
	Region       string `json:"region,omitempty"`       // A1: state or province
	PostalCode   string `json:"postal_code,omitempty"`  // PC
	AdditionInfo string `json:"additional,omitempty"`   // LOC: how to get there, "door behind the loading ramp"
}

// Empty reports whether no field is set.
func (c Civic) Empty() bool { return c == Civic{} }

// Lines returns the address as a person reads it out: the room first, the country last, no empty line.
func (c Civic) Lines(country Country) []string {
	inside := join(", ", named("Room ", c.Room), named("Floor ", c.Floor), named("Unit ", c.Unit), c.Building)
	street := join(" ", c.HouseNumber+c.HouseSuffix, c.Street)
	if country == DK {
		street = join(" ", c.Street, c.HouseNumber+c.HouseSuffix)
	}
	town := join(", ", c.District, c.City, join(" ", c.Region, c.PostalCode))
	var lines []string
	for _, line := range []string{c.Name, inside, street, town, c.AdditionInfo, country.Name()} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func named(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}

func join(separator string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}

// Position is a point on the globe (WGS 84) with the radius in metres within which the rep is.
type Position struct {
	Latitude  float64   `json:"latitude"`  // degrees, north positive
	Longitude float64   `json:"longitude"` // degrees, east positive
	RadiusM   float64   `json:"radius_m"`  // metres; 0 means a surveyed point
	At        time.Time `json:"at,omitzero"`
	Method    string    `json:"-"` // how a network has found it, in a registered word; empty: a browser has, or somebody surveyed it
}

// Valid reports whether the position lies on the globe and its radius is not negative.
func (p Position) Valid() bool {
	return p.Latitude >= -90 && p.Latitude <= 90 && p.Longitude >= -180 && p.Longitude <= 180 && p.RadiusM >= 0
}

// SiteID names a site.
type SiteID string

// Site is a building or a part of one where reps work.
type Site struct {
	ID                SiteID    `json:"id"`
	Name              string    `json:"name"`
	Country           Country   `json:"country"`
	TimeZone          string    `json:"time_zone,omitempty"` // IANA name; empty: the organisation's
	Civic             Civic     `json:"civic"`
	Position          *Position `json:"position,omitempty"`
	EmergencyDesk     string    `json:"emergency_desk,omitempty"`     // E.164 number of the site's security desk
	StaticNumber      string    `json:"static_number,omitempty"`      // caller id when no pool number is free, E.164
	EmergencyContacts string    `json:"emergency_contacts,omitempty"` // mail addresses, separated by semicolons
	EmergencyNumbers  []string  `json:"emergency_numbers,omitempty"`  // more strings that are calls for help there, "1813"
	NotEmergency      []string  `json:"not_emergency,omitempty"`      // strings that the library takes for emergency numbers of the country, and wrongly
	DeskJoins         Joining   `json:"desk_joins,omitempty"`         // whether the security desk joins emergency calls; empty: it does not
	Language          string    `json:"language,omitempty"`           // of the mails about its emergency calls, "da"; empty: English
}

// Joining says how a security desk takes part in an emergency call. It can never end one.
type Joining string

const (
	DeskListens Joining = "listen" // it hears everybody and is heard by nobody
	DeskSpeaks  Joining = "speak"  // it comes in silent and may unmute itself
)

// Home is where a rep works who does not work at a site today.
type Home struct {
	Country Country `json:"country"`
	Civic   Civic   `json:"civic"`
}

// Sighting is the country in which a measured position lies, as a map has it.
type Sighting struct {
	Country Country
	Certain bool // the position is exact enough, and lies far enough from a border, that the rep is in no other country
}

// Place is where a rep is as far as we know: what an emergency call conveys.
type Place struct {
	Country  Country   `json:"country"`
	Civic    *Civic    `json:"civic,omitempty"`
	CivicIn  Country   `json:"civic_in,omitempty"` // country of the civic address where it is another: the rep was seen abroad
	Position *Position `json:"position,omitempty"`
	Measured bool      `json:"measured,omitempty"` // the position is where the rep's browser or network has found the rep, not the site's
	Stale    bool      `json:"stale,omitempty"`    // the measured position is older than StaleAfter
	Told     bool      `json:"told,omitempty"`     // the address is as the rep's network has told it; the rep has not said so
	Method   string    `json:"-"`                  // how the network knows the address it has told, in a registered word; empty: not said
}

// PositionFirst reports whether the position goes before the civic address: it was measured where the rep is, not long ago, or the rep was
// seen in another country than the address is in.
func (p Place) PositionFirst() bool {
	return p.Position != nil && (p.Measured && !p.Stale || p.CivicIn != "")
}

// Other returns the place without the half that goes first, for somebody who called that half bad; false when there is no other
// (RFC 6442 §4.3).
func (p Place) Other() (Place, bool) {
	civic := p.Civic != nil && !p.Civic.Empty()
	switch {
	case p.Position == nil || !civic:
		return p, false
	case p.PositionFirst():
		p.Position, p.Measured, p.Stale = nil, false, false
	default:
		p.Civic = nil
	}
	return p, true
}

// StaleAfter is the age beyond which a measured position is still sent, but marked.
const StaleAfter = 12 * time.Hour

// Lines returns the place as a person reads it out.
func (p Place) Lines() []string {
	if p.Civic != nil && !p.Civic.Empty() {
		return p.Civic.Lines(p.CivicCountry())
	}
	if p.Country != "" {
		return []string{p.Country.Name()}
	}
	return nil
}

// CivicCountry returns the country of the civic address.
func (p Place) CivicCountry() Country {
	if p.CivicIn != "" {
		return p.CivicIn
	}
	return p.Country
}

// Seen returns the place of someone who was seen in a country. It is the country of the place if that is certain; the civic address
// keeps its own.
func (p Place) Seen(in Sighting) Place {
	if !in.Certain || in.Country == "" || in.Country == p.Country {
		return p
	}
	if p.Civic != nil {
		p.CivicIn = p.CivicCountry()
	}
	p.Country = in.Country
	return p
}

// At returns the place of someone who works at the site and whose browser measured the given position, if any.
// The measured position goes before the site's, because it is where the rep is; the civic address stays the site's.
func At(site Site, measured *Position, now time.Time) Place {
	place := Place{Country: site.Country, Position: site.Position}
	if !site.Civic.Empty() {
		civic := site.Civic
		place.Civic = &civic
	}
	if measured != nil && measured.Valid() {
		place.Position, place.Measured = measured, true
		place.Stale = now.Sub(measured.At) > StaleAfter
	}
	return place
}

// String hides the place, so that none ends in a log by accident; Lines is for people.
func (p Place) String() string { return "[place]" }
