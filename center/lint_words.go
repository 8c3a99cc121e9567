package center

import (
	"regexp"
	"slices"
	"strings"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/trunk"
)

// claim is a word of a center that takes dialled strings for itself.
type claim struct {
	path     string
	noun     string
	takes    func(dialled string) bool
	harmless string // why no emergency call is lost to it; empty: it would be
}

// claims lists every word that takes dialled strings for itself. A new kind of word joins here, with a line of its own; a test asks of each
// word that is new in a center whether it is one.
func claims(c Center) []claim {
	var all []claim
	all = append(all, routeClaims(c)...)
	return all
}

func routeClaims(c Center) []claim {
	var all []claim
	for i, route := range c.VoiceRoutes {
		matches, err := regexp.Compile(route.Pattern)
		if err != nil || route.Emergency {
			continue // a mistake, which Check says, or meant
		}
		named := trunk.Named(route.Pattern)
		all = append(all, claim{
			path: index("voice_routes", i), noun: "voice route " + string(route.ID),
			takes:    func(dialled string) bool { return matches.MatchString(dialled) && !slices.Contains(named, dialled) },
			harmless: "only a route that names the number, or that is marked emergency, takes an emergency call",
		})
	}
	return all
}

// claim says which emergency strings a word would take.
func (l *linter) claim(of claim) {
	taken := slices.DeleteFunc(slices.Clone(l.dialled), func(dialled string) bool { return !of.takes(dialled) })
	switch {
	case len(taken) == 0:
	case of.harmless != "":
		l.say(Note, of.path, "the %s matches %s and does not take them: %s", of.noun, few(taken), of.harmless)
	default:
		l.say(Clash, of.path, "the %s takes %s, which are calls for help", of.noun, few(taken))
	}
}

// few writes a list, and of a long one its beginning.
func few(list []string) string {
	const most = 6
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + ", …"
}

// trunks looks at the trunks by themselves: is there one, and is it told what it asks for?
func (l *linter) trunks() {
	if len(l.center.Trunks) == 0 {
		l.say(Clash, "trunks", "there is no trunk: no emergency call can leave")
	}
	for i, carrier := range l.center.Trunks {
		if carrier.NG && carrier.Conveys() == trunk.NoPlace {
			l.say(Warning, index("trunks", i)+".location", "the trunk %s is marked ng and is told no place, by which such a service finds who is to help: set by_value or by_reference", carrier.ID)
		}
	}
}

// routes looks at the voice routes that take emergency calls: where do they lead?
func (l *linter) routes() {
	for i, route := range l.center.VoiceRoutes {
		path := index("voice_routes", i)
		matches, err := regexp.Compile(route.Pattern)
		if err != nil {
			continue
		}
		named := trunk.Named(route.Pattern)
		l.masksNamed(path, named)
		for _, people := range l.people {
			if !people.at {
				continue
			}
			for _, sent := range sentStrings(people.net) {
				if slices.Contains(named, sent) || route.Emergency && matches.MatchString(sent) {
					l.leads(path, route, sent, people)
				}
			}
		}
	}
}

// masksNamed warns of a route that names what is dialled and never sent.
func (l *linter) masksNamed(path string, named []string) {
	for _, mask := range named {
		if slices.Contains(l.dialled, mask) && !l.sent[mask] {
			l.say(Warning, path, "names %s, which is dialled and never sent: name the number that is sent for it", mask)
		}
	}
}

// leads warns of trunks that an emergency call of these people should not take first.
func (l *linter) leads(path string, route trunk.VoiceRoute, sent string, people crowd) {
	for _, id := range route.Trunks {
		carrier, known := l.table.Trunk(id)
		switch {
		case !known:
		case carrier.Country != "" && carrier.Country != string(people.country):
			l.say(Warning, path, "takes %s of %s (%s) to the trunk %s, which serves %s", sent, people.name, people.country.Name(), id, location.Country(carrier.Country).Name())
		case carrier.TestNumber == "" && !carrier.NG:
			l.say(Note, path, "takes %s to the trunk %s, which has no test service: no drill can go that way", sent, id)
		}
	}
}

func sentStrings(net number.Net) []string {
	var all []string
	for _, sent := range net.Strings() {
		all = append(all, sent)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// extras warns of emergency numbers of the organisation's own that are something else as well, and of those that it takes away.
func (l *linter) extras() {
	l.extrasOf("organisation", l.center.Organisation.Area())
	for i, site := range l.center.Sites {
		l.extrasOf(index("sites", i), AreaOf(site))
	}
}

func (l *linter) extrasOf(path string, area number.Area) {
	for i, taken := range area.Ordinary {
		l.say(Warning, index(path+".not_emergency", i), "%s is no call for help in %s, because this list says so: make sure that nobody answers it who sends help", taken, area.Country.Name())
	}
	bare := number.EmergencyStrings(area.Country)
	for i, extra := range area.Extra {
		at := index(path+".emergency_numbers", i)
		sent, known := bare[extra]
		switch {
		case known && sent == extra:
			l.say(Note, at, "%s is an emergency number of %s anyway", extra, area.Country.Name())
		case known:
			l.say(Warning, at, "%s was sent as %s, and is now sent as it is: make sure that a trunk knows it", extra, sent)
		}
	}
}
