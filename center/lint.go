package center

import (
	"fmt"
	"maps"
	"slices"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/trunk"
)

// Level says how bad a finding is.
type Level string

const (
	Clash   Level = "clash"   // an emergency call would be stopped, altered or captured
	Warning Level = "warning" // it goes through, but not where one would expect
	Note    Level = "note"    // it looks like a clash and is none, or is good to know
)

// Finding is what the linter has to say about one word of a center.
type Finding struct {
	Level  Level
	Path   string // where, as in Mistake
	Reason string // what, in words for an operator
}

// String returns the finding as a line for an operator.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Level, f.Path, f.Reason) }

// Lint looks for everything in a checked center that could come between a dialled string and an emergency service. It places every
// emergency call that somebody of each site can dial, here and in each country of the center, by the functions that place them.
func Lint(c Center) []Finding {
	l := &linter{center: c, table: trunk.NewTable(c.Trunks, c.VoiceRoutes), seen: map[Finding]bool{}, sent: map[string]bool{}}
	l.numbers = make(map[number.E164]int, len(c.Numbers))
	for i, n := range c.Numbers {
		l.numbers[n.E164] = i
	}
	l.crowds()
	for _, people := range l.people {
		l.enumerate(people)
		l.services(people)
		l.ours(people)
	}
	for _, claim := range claims(c) {
		l.claim(claim)
	}
	l.trunks()
	l.routes()
	l.extras()
	return l.findings
}

// crowd is people who dial alike: those of a site, or of none, who are in a country.
type crowd struct {
	path, name string
	country    location.Country // the resolved one
	at         bool             // they are where they belong
	net        number.Net
}

type linter struct {
	center   Center
	table    trunk.Table
	people   []crowd
	numbers  map[number.E164]int
	dialled  []string        // every string that is a call for help for somebody
	sent     map[string]bool // every string that is sent for one
	findings []Finding
	seen     map[Finding]bool
}

func (l *linter) say(level Level, path, reason string, arguments ...any) {
	finding := Finding{Level: level, Path: path, Reason: fmt.Sprintf(reason, arguments...)}
	if !l.seen[finding] {
		l.seen[finding] = true
		l.findings = append(l.findings, finding)
	}
}

// crowds lists who there is: each site's people, and those of no site, where they belong and abroad.
func (l *linter) crowds() {
	organisation := l.center.Organisation
	l.travel("organisation", organisation.Name, organisation.Country, organisation.Area())
	for i, site := range l.center.Sites {
		l.travel(index("sites", i), site.Name, site.Country, AreaOf(site), organisation.Area())
	}
	all := map[string]string{}
	for _, people := range l.people {
		maps.Copy(all, people.net.Strings())
		for _, sent := range people.net.Strings() {
			l.sent[sent] = true
		}
	}
	l.dialled = slices.Sorted(maps.Keys(all))
}

func (l *linter) travel(path, name string, home location.Country, areas ...number.Area) {
	l.people = append(l.people, crowd{path: path, name: name, country: home, at: true, net: number.NewNet(areas...)})
	for _, abroad := range l.countries() {
		if abroad != home {
			there := append([]number.Area{{Country: abroad}}, areas...)
			l.people = append(l.people, crowd{path: path, name: name, country: abroad, net: number.NewNet(there...).WrittenIn(home)})
		}
	}
}

// countries returns the curated countries and those that the center names.
func (l *linter) countries() []location.Country {
	all := append(location.Supported(), l.center.Organisation.Country)
	for _, site := range l.center.Sites {
		all = append(all, site.Country)
	}
	for _, r := range l.center.Reps {
		if r.Home != nil {
			all = append(all, r.Home.Country)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// enumerate dials every emergency string as somebody of the crowd and looks where it goes.
func (l *linter) enumerate(people crowd) {
	for _, dialled := range slices.Sorted(maps.Keys(people.net.Strings())) {
		outcome, err := people.net.Classify(dialled)
		help, ok := outcome.(number.Emergency)
		if err != nil || !ok {
			l.say(Clash, people.path, "%s dialled in %s is no emergency call", dialled, people.country.Name())
			continue
		}
		order := l.table.EmergencyOrder(help.Number.String(), string(people.country))
		if len(order.Listed()) < len(l.center.Trunks) {
			l.say(Clash, people.path, "%s dialled in %s does not try every trunk", dialled, people.country.Name())
		}
	}
	l.served(people)
}

// served warns where the people of a site are in a country of their own that no trunk serves.
func (l *linter) served(people crowd) {
	serves := func(t trunk.Trunk) bool { return t.Serves(string(people.country)) }
	if people.at && len(l.center.Trunks) > 0 && !slices.ContainsFunc(l.center.Trunks, serves) {
		l.say(Warning, people.path+".country", "no trunk serves %s: its emergency calls leave by trunks of other countries", people.country.Name())
	}
}

// services warns where a number that is ordinary in a country is captured, because of another country or of an extra number.
func (l *linter) services(people crowd) {
	for _, service := range number.Services() {
		if _, captured := people.net.Strings()[service.Number]; captured && service.Country == people.country && people.at {
			l.say(Warning, people.path, "%s, %s in %s, is taken for a call for help here, because it is one in a country or a list of the center",
				service.Number, service.Name, service.Country.Name())
		}
	}
}

// ours warns where an emergency string is also the way in which one of our numbers is dialled.
func (l *linter) ours(people crowd) {
	for _, dialled := range slices.Sorted(maps.Keys(people.net.Strings())) {
		written := number.International(dialled, people.country)
		if i, known := l.numbers[number.E164(written)]; known && written != dialled {
			l.say(Warning, index("numbers", i), "%s is dialled as %s in %s, which is a call for help", written, dialled, people.country.Name())
		}
	}
}
