package number

import (
	"slices"

	"mayday/center/location"
)

// Area is a country that a rep may be in, with what an organisation says of its emergency numbers there.
type Area struct {
	Country  location.Country
	Extra    []string // more strings that are calls for help there
	Ordinary []string // strings that only the library takes for emergency numbers of the country, and wrongly
}

// Net holds every string that is a call for help for somebody who may be in one of some areas. It is never changed once it is made.
type Net struct {
	home  location.Country  // whose strings are sent
	plan  location.Country  // in which ordinary numbers are written
	sent  map[string]string // as cleaned → as sent
	tests []string
}

// NewNet makes the net of the areas, the resolved one first: a string of another one, and every mask, is sent as the usual string of
// the first area's country.
func NewNet(list ...Area) Net {
	list = slices.DeleteFunc(slices.Clone(list), func(a Area) bool { return a.Country == "" })
	net := Net{sent: make(map[string]string)}
	usual := ""
	if len(list) > 0 {
		net.home, net.plan = list[0].Country, list[0].Country
		usual = Usual(net.home)
	}
	for _, dialled := range foreign() {
		net.cast(dialled, usual)
	}
	for _, own := range ownStrings(list, func(c location.Country) bool { return c != net.home }) {
		net.behindOutside(own, usual)
		net.cast(own, usual)
	}
	local := ownStrings(list, func(c location.Country) bool { return c == net.home })
	for _, own := range local {
		net.behindOutside(own, own)
	}
	for _, own := range local {
		net.sent[own] = own
	}
	for _, area := range list {
		if test := testOf(area.Country); test != "" && !slices.Contains(net.tests, test) {
			net.tests = append(net.tests, test)
		}
	}
	return net
}

// cast makes a string one that is sent as the usual one, or as it was dialled where there is no usual one.
func (n Net) cast(dialled, usual string) {
	n.sent[dialled] = usual
	if usual == "" {
		n.sent[dialled] = dialled
	}
}

// behindOutside casts the string as it is dialled behind an outside line. Two digits behind a nine are too likely an extension.
func (n Net) behindOutside(own, sent string) {
	if len(own) >= 3 {
		n.cast(outside+own, sent)
	}
}

// ownStrings returns the emergency strings of the areas whose country is wanted, each country's own first.
func ownStrings(list []Area, wanted func(location.Country) bool) []string {
	var all []string
	for i, area := range list {
		if !wanted(area.Country) {
			continue
		}
		if i == slices.IndexFunc(list, func(a Area) bool { return a.Country == area.Country }) {
			all = append(all, withoutOrdinary(area.Country, list)...)
		}
		all = append(all, area.Extra...)
	}
	return all
}

// withoutOrdinary returns what is an emergency number in the country, less what an area of that country says is none.
func withoutOrdinary(country location.Country, list []Area) []string {
	return slices.DeleteFunc(Own(country), func(own string) bool {
		return slices.ContainsFunc(list, func(a Area) bool {
			return a.Country == country && slices.Contains(a.Ordinary, own) && Removable(own, country)
		})
	})
}

// WrittenIn returns the same net for somebody who writes ordinary numbers as in that country, wherever the resolved one is: who travels
// dials colleagues as ever.
func (n Net) WrittenIn(country location.Country) Net {
	n.plan = country
	return n
}

// Strings maps every cleaned string that is a call for help to the string that is sent for it. Nobody changes the map.
func (n Net) Strings() map[string]string { return n.sent }

// Classify says what a typed string is. An emergency number is matched exactly and before any other rule; a leading plus never makes
// one. The error is a Refusal.
func (n Net) Classify(typed string) (Dialled, error) {
	cleaned := Clean(typed)
	if sent, ok := n.sent[cleaned]; ok {
		return Emergency{Number: Live{digits: sent}}, nil
	}
	if slices.Contains(n.tests, cleaned) {
		return TestCall{Number: Test{service: cleaned}}, nil
	}
	if !dialable(cleaned) {
		return nil, NotANumber
	}
	return Ordinary{Number: International(cleaned, n.plan)}, nil
}

// EmergencyStrings maps every cleaned string that is a call for help for somebody who may be in any of the countries to the string
// that is sent for it. The first country is the resolved one: its string is sent.
func EmergencyStrings(countries ...location.Country) map[string]string {
	return NewNet(areas(countries)...).Strings()
}

func areas(countries []location.Country) []Area {
	list := make([]Area, len(countries))
	for i, country := range countries {
		list[i].Country = country
	}
	return list
}
