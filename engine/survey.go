package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// How ready everybody is, is asked for a few people at a time: an emergency call waits for no more than that.

// Survey asks how ready people are. Nothing is dialled and nothing changes.
type Survey struct {
	Reps []rep.ID
	Into *[]Readiness // filled in, in the order of Reps, when Do returns without an error
}

// ReportLocation says that a tab has measured no position, and whether it may not.
type ReportLocation struct {
	Rep    rep.ID
	Tab    TabID
	Denied bool
}

func (Survey) command()         {}
func (ReportLocation) command() {}

// LocationReported says that a tab has measured no position, and whether it may not.
type LocationReported struct {
	Rep    rep.ID
	Tab    TabID
	Denied bool
}

func (e LocationReported) apply(s *State) { s.person(e.Rep).tab(e.Tab).unlocated = e.Denied }

// surveyed is how many people are looked at in one command.
const surveyed = 8

// Survey returns how ready each of the people is. What changes meanwhile may be in it or not.
func (e *Engine) Survey(ctx context.Context, people []rep.ID) ([]Readiness, error) {
	all := make([]Readiness, 0, len(people))
	for some := range slices.Chunk(people, surveyed) {
		var found []Readiness
		if err := e.Do(ctx, Survey{Reps: some, Into: &found}); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (c Survey) answer(t *step) error {
	found := make([]Readiness, len(c.Reps))
	for i, id := range c.Reps {
		found[i] = t.Readiness(id, t.now)
	}
	*c.Into = found
	return nil
}

func (t *step) reportLocation(c ReportLocation) {
	t.emit(LocationReported(c))
	t.touch(c.Rep)
}

// Colour says how bad what is missing is.
type Colour string

// The colours.
const (
	Green Colour = "green" // nothing is missing
	Amber Colour = "amber" // something is, and none of it is serious
	Red   Colour = "red"   // something serious is
)

// Colours lists every colour, the worst first.
func Colours() []Colour { return []Colour{Red, Amber, Green} }

// ColourOf returns the colour of what is missing.
func ColourOf(missing []Cause) Colour {
	switch {
	case len(missing) == 0:
		return Green
	case slices.ContainsFunc(missing, Cause.Red):
		return Red
	}
	return Amber
}

// Colour returns how bad it is what the rep lacks.
func (r Readiness) Colour() Colour { return ColourOf(r.Causes) }

// Standing is how ready a rep is, for the rep's own screen.
type Standing struct {
	Colour Colour
	Causes []Cause
}

func (s *State) readyLine(id rep.ID, now time.Time) *Standing {
	missing := s.Readiness(id, now).Causes
	return &Standing{ColourOf(missing), missing}
}

// browserCauses says what the rep's open workspaces lack. Pages that only watch, as the admin center does, say nothing of a microphone.
func (s *State) browserCauses(id rep.ID) []Cause {
	var found causes
	open := slices.DeleteFunc(slices.Clone(s.tabs(id)), func(t tab) bool { return t.left || !t.asked && !t.connected && !t.unlocated })
	if len(open) == 0 {
		return append(found, NoWorkspace)
	}
	some := func(is func(tab) bool) bool { return slices.ContainsFunc(open, is) }
	switch {
	case some(func(t tab) bool { return t.asked && !t.deaf }):
	case some(func(t tab) bool { return !t.asked }):
		found = append(found, MicrophoneUnsaid)
	case some(func(t tab) bool { return t.denied }):
		found = append(found, MicrophoneDenied)
	default:
		found = append(found, NoMicrophone)
	}
	found.when(!some(func(t tab) bool { return t.connected }), NoSound)
	denied := some(func(t tab) bool { return t.unlocated })
	p, known := s.people[id]
	found.when(denied, LocationDenied)
	found.when(!denied && (!known || p.position == nil), NoPosition)
	return found
}

// crowd is how many people belong to a site, and how many call-back numbers there are for them.
type crowd struct{ reps, numbers int }

// short reports whether not all of them could be called back at once.
func (c crowd) short() bool { return c.numbers < c.reps }

// crowdsOf counts once for each site, for those of no site too, with whose numbers every site helps itself.
func crowdsOf(c center.Center) map[location.SiteID]crowd {
	crowds := make(map[location.SiteID]crowd, len(c.Sites)+1)
	count := func(site location.SiteID, reps, numbers int) {
		at := crowds[site]
		crowds[site] = crowd{at.reps + reps, at.numbers + numbers}
	}
	for i := range c.Reps {
		count(c.Reps[i].Site, 1, 0)
	}
	free := 0
	for _, ours := range c.Numbers {
		switch {
		case ours.Use != number.EmergencyCallback:
		case ours.Site == "":
			free++
		default:
			count(ours.Site, 0, 1)
		}
	}
	count("", 0, 0)
	for site := range crowds {
		count(site, 0, free)
	}
	return crowds
}

// drillOf returns the last drill of the rep's way: by the first trunk that has a test service, else by the built-in one, and back to a number
// of the rep's site. Where several may be first, the one that went worst counts. Its time is zero where there was none; false where no drill
// goes the rep's way.
func (s *State) drillOf(id rep.ID, order trunk.Order) (emergency.DrillResult, bool) {
	site := s.snapshot.siteOf(id)
	if site.ID == "" && len(s.snapshot.Center.Sites) > 0 {
		return emergency.DrillResult{}, false
	}
	for _, turn := range order {
		var went []emergency.DrillResult
		for _, first := range turn {
			if carrier, _ := s.snapshot.table.Trunk(first); carrier.Serves(string(site.Country)) && s.snapshot.testTarget(carrier) != nil {
				went = append(went, s.drilled(emergency.DrillWay{Trunk: first, Site: site.ID}))
			}
		}
		if len(went) > 0 {
			return slices.MinFunc(went, worseDrill), true
		}
	}
	return s.drilled(emergency.DrillWay{Site: site.ID}), true
}

// drilled returns how the last drill of a way went; its time is zero where there was none.
func (s *State) drilled(way emergency.DrillWay) emergency.DrillResult {
	last := s.schedule.last[way]
	last.Way = way
	return last
}

// worseDrill puts a drill that failed first, then one that there was not, then the oldest.
func worseDrill(a, b emergency.DrillResult) int {
	failed := func(r emergency.DrillResult) int {
		if r.At.IsZero() || r.Passed {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(failed(a), failed(b)), a.At.Compare(b.At))
}

// drillCauses says what is wrong with the last drill. Two drills may be missed before it is said.
func (s *State) drillCauses(last emergency.DrillResult, goes bool, now time.Time) []Cause {
	var found causes
	every := max(s.snapshot.DrillsEvery(), emergency.DrillsEvery)
	found.when(goes && !last.At.IsZero() && !last.Passed, LastDrillFailed)
	found.when(goes && now.Sub(last.At) > 2*every, DrillOverdue)
	return found
}
