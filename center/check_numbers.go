package center

import (
	"slices"
	"strings"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/trunk"
)

// AreaOf returns the country of the site with what the site says of its emergency numbers.
func AreaOf(s location.Site) number.Area {
	return number.Area{Country: s.Country, Extra: s.EmergencyNumbers, Ordinary: s.NotEmergency}
}

// Area returns the country of the organisation with what it says of its emergency numbers.
func (o Organisation) Area() number.Area {
	return number.Area{Country: o.Country, Extra: o.EmergencyNumbers, Ordinary: o.NotEmergency}
}

// ExtraNumbers returns every string that the center makes an emergency number anywhere.
func ExtraNumbers(c Center) []string {
	extra := slices.Clone(c.Organisation.EmergencyNumbers)
	for _, s := range c.Sites {
		extra = append(extra, s.EmergencyNumbers...)
	}
	return extra
}

// longestEmergency is how many digits an emergency number has at most; a longer one is a telephone number.
const longestEmergency = 8

// emergencyNumbers checks what an organisation or a site adds to the emergency numbers of its country, and what it takes away.
func (k *checker) emergencyNumbers(at string, country location.Country, extra, ordinary []string) {
	for i, digits := range extra {
		path := index(at+".emergency_numbers", i)
		switch {
		case len(digits) < 2 || len(digits) > longestEmergency || strings.Trim(digits, "0123456789") != "":
			k.say(path, "%q is no emergency number: 2 to %d digits, such as %q", digits, longestEmergency, "1813")
		case slices.ContainsFunc(k.center.Trunks, func(t trunk.Trunk) bool { return t.TestNumber == digits }):
			k.say(path, "%q is the test number of a trunk, and must not be an emergency number as well", digits)
		case isTest(digits, country):
			k.say(path, "%q is the number of the carriers' test service here, and must not be an emergency number as well", digits)
		}
	}
	k.once(at+".emergency_numbers", extra)
	for i, digits := range ordinary {
		if fault := removalFault(digits, country, extra); fault != "" {
			k.say(index(at+".not_emergency", i), "%s", fault)
		}
	}
	k.once(at+".not_emergency", ordinary)
}

func isTest(digits string, country location.Country) bool {
	dialled, err := number.Classify(digits, country)
	_, test := dialled.(number.TestCall)
	return err == nil && test
}

// removalFault says why the string must stay an emergency number; empty if it may be taken away.
func removalFault(digits string, country location.Country, extra []string) string {
	quoted := `"` + digits + `"`
	switch {
	case slices.Contains(extra, digits):
		return quoted + " also stands in emergency_numbers: remove one of the two"
	case number.Removable(digits, country):
		return ""
	case country.Supported():
		return "nothing can be taken away from the emergency numbers of " + country.Name()
	case slices.Contains(number.Own(country), digits):
		return quoted + " is dialled for help everywhere, and stays an emergency number"
	}
	return quoted + " is no emergency number of " + country.Name() + ": leave it out"
}

// testNumber makes sure that a test call can never reach a live emergency service.
func (k *checker) testNumber(path string, t trunk.Trunk) {
	digits := t.TestNumber
	if digits == "" {
		return
	}
	if strings.Trim(digits, "0123456789") != "" || len(digits) > 15 {
		k.say(path, `%q is no test number: digits only, such as "933"`, digits)
		return
	}
	for _, serves := range k.served(t) {
		if _, made := number.TestOf(digits, serves, ExtraNumbers(k.center)...); !made {
			k.say(path, "%q reaches a live emergency service; a test number must not", digits)
			return
		}
	}
}

// served returns the countries whose people may call through the trunk.
func (k *checker) served(t trunk.Trunk) []location.Country {
	if t.Country != "" {
		return []location.Country{location.Country(t.Country)}
	}
	served := []location.Country{k.center.Organisation.Country}
	for _, s := range k.center.Sites {
		served = append(served, s.Country)
	}
	for _, r := range k.center.Reps {
		if r.Home != nil && !slices.Contains(served, r.Home.Country) {
			served = append(served, r.Home.Country)
		}
	}
	return served
}
