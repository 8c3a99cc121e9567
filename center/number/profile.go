package number

import (
	"cmp"
	"slices"
	"strings"

	"mayday/center/location"
)

// This file is what we say of emergency numbers ourselves. Below it lies the library's table in regions.go, which no person here has
// checked: the widest net, for all other countries.

// curated returns the strings that reach the emergency service of a country that we have looked at, the usual one first. It takes the
// place of what the library says. The library is wrong of Denmark: it takes 114, the police when there is no hurry, for an emergency
// number. It also lists 112 in the United States and in Canada, where it is a mask of 911 here.
func curated(country location.Country) []string {
	switch country {
	case location.US, location.CA, location.PR:
		return []string{"911"}
	case location.GB:
		return []string{"999", "112"}
	case location.DK:
		return []string{"112"}
	}
	return nil
}

// testOf returns the string of the carriers' test service in the country; empty: there is none.
func testOf(country location.Country) string {
	switch country {
	case location.US, location.CA, location.PR:
		return "933"
	case location.GB, location.DK:
	}
	return ""
}

// foreign lists what people dial for help elsewhere; each is a mask wherever it is not itself the local number. Of several numbers of
// a country that we have not looked at, the first of these is the usual one, unless it is known to be another.
func foreign() []string { return []string{"000", "112", "911", "999"} }

// usualOnLines returns the usual number of those countries where 112 is known to mobile telephones and not to lines; empty for others.
func usualOnLines(country location.Country) string {
	switch country {
	case "BQ", "CR", "CW", "DO", "EC", "JO", "PH":
		return "911"
	case "AE", "HK", "MY":
		return "999"
	case "BR":
		return "190"
	case "CO":
		return "123"
	case location.US, location.CA, location.PR, location.GB, location.DK: // curated
	}
	return ""
}

// outside is the digit that people dial for an outside line.
const outside = "9"

// Service is a number that people take for an emergency number, and that is an ordinary one.
type Service struct {
	Country location.Country
	Number  string
	Name    string
}

// Services lists them.
func Services() []Service {
	return []Service{
		{location.US, "988", "the suicide and crisis line"},
		{location.PR, "988", "the suicide and crisis line"},
		{location.CA, "988", "the suicide crisis line"},
		{location.GB, "18000", "the relay for those who type an emergency call"},
		{location.GB, "101", "the police when there is no hurry"},
		{location.GB, "111", "the health service when there is no hurry"},
		{location.GB, "119", "a health service line"},
		{location.DK, "114", "the police when there is no hurry"},
	}
}

// Own returns what is an emergency number in the country, the usual one first; nothing where none is known.
func Own(country location.Country) []string {
	if own := curated(country); own != nil {
		return own
	}
	own := strings.Fields(regionally(country))
	usual := usualOnLines(country)
	slices.SortStableFunc(own, func(a, b string) int { return rank(a, usual) - rank(b, usual) })
	return own
}

// rank puts the usual string first, and those that people dial everywhere before those of single services.
func rank(own, usual string) int {
	if own == usual {
		return -1
	}
	if at := slices.Index(foreign(), own); at >= 0 {
		return at
	}
	return len(foreign())
}

// Usual returns the emergency number of the country that every mask is sent as; empty where none is known.
func Usual(country location.Country) string {
	if own := Own(country); len(own) > 0 {
		return own[0]
	}
	return ""
}

// Removable reports whether an organisation may say that the string is no emergency number of the country: only the library says that
// it is, and it is none that people dial everywhere.
func Removable(own string, country location.Country) bool {
	return curated(country) == nil && slices.Contains(Own(country), own) && !slices.Contains(foreign(), own)
}

// helpSomewhere reports whether the string is a call for help in the country, or in any other, masks included. The test number of North
// America is the fire brigade's of Tonga, and a test number all the same wherever Tonga is not served.
func helpSomewhere(digits string, serves location.Country) bool {
	if _, live := EmergencyStrings(serves)[digits]; live {
		return true
	}
	_, somewhere := slices.BinarySearch(everywhere[:], digits)
	return somewhere && digits != testOf(location.US)
}

// region is what the library says of one.
type region struct {
	country location.Country
	numbers string // with blanks between
}

// regionally returns what the library says of the country. The table is in order, so that it needs no making when the program starts.
func regionally(country location.Country) string {
	at, known := slices.BinarySearchFunc(regions[:], country, func(r region, c location.Country) int { return cmp.Compare(r.country, c) })
	if !known {
		return ""
	}
	return regions[at].numbers
}

// MobileNumber is the emergency number that somebody in the country dials on a mobile phone.
func MobileNumber(country location.Country) string {
	if usual := Usual(country); usual != "" {
		return usual
	}
	return "112"
}
