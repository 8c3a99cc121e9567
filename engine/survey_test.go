package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// TestBrowserSaysWhatItLacks follows the workspace of one rep from its opening to a call that would work, and back.
func TestBrowserSaysWhatItLacks(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := storyCenter()
	who := c.Reps[0].ID
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	browser := []engine.Cause{
		engine.NoWorkspace, engine.NoMicrophone, engine.MicrophoneDenied, engine.MicrophoneUnsaid, engine.NoSound, engine.NoPosition, engine.LocationDenied,
	}
	for _, step := range []struct {
		circumstance string
		command      engine.Command
		want         []engine.Cause
	}{
		{"nobody has signed in", nil, []engine.Cause{engine.NoWorkspace}},
		{"a page that only watches", engine.AttachTab{Rep: who, Tab: "admin"}, []engine.Cause{engine.NoWorkspace}},
		{"a workspace whose sound is connected", engine.AttachTab{Rep: who, Tab: "t"}, []engine.Cause{engine.NoWorkspace}},
		{"it asks for the microphone", engine.ReportSound{Rep: who, Tab: "t", Connected: true}, []engine.Cause{engine.MicrophoneUnsaid, engine.NoPosition}},
		{"there is no microphone", engine.ReportMicrophone{Rep: who, Tab: "t"}, []engine.Cause{engine.NoMicrophone, engine.NoPosition}},
		{"it is denied", engine.ReportMicrophone{Rep: who, Tab: "t", Denied: true}, []engine.Cause{engine.MicrophoneDenied, engine.NoPosition}},
		{"it is allowed", engine.ReportMicrophone{Rep: who, Tab: "t", Works: true}, []engine.Cause{engine.NoPosition}},
		{"the position is denied", engine.ReportLocation{Rep: who, Tab: "t", Denied: true}, []engine.Cause{engine.LocationDenied}},
		{"it cannot be measured", engine.ReportLocation{Rep: who, Tab: "t"}, []engine.Cause{engine.NoPosition}},
		{"it is measured", engine.ReportPosition{Rep: who, Position: location.Position{Latitude: 1}}, nil},
		{"and denied later", engine.ReportLocation{Rep: who, Tab: "t", Denied: true}, []engine.Cause{engine.LocationDenied}},
		{"and measured again", engine.ReportPosition{Rep: who, Position: location.Position{Latitude: 1}}, nil},
		{"another workspace may not use it", engine.ReportMicrophone{Rep: who, Tab: "admin", Denied: true}, nil},
		{"the sound is lost", engine.ReportSound{Rep: who, Tab: "t"}, []engine.Cause{engine.NoSound}},
		{"the workspace is closed", engine.DetachTab{Rep: who, Tab: "t"}, []engine.Cause{engine.MicrophoneDenied, engine.NoSound}},
	} {
		if step.command != nil {
			s.Step(now, step.command)
		}
		var got []engine.Cause
		for _, cause := range s.Readiness(who, now).Causes {
			if slices.Contains(browser, cause) {
				got = append(got, cause)
			}
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.circumstance, diff)
		}
	}
}

func TestCallerIDOfAnotherCountryIsSaid(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := storyCenter()
	who := c.Reps[0].ID
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	if slices.Contains(s.Readiness(who, now).Causes, engine.CallerIDAbroad) {
		t.Errorf("%s from %s: abroad", s.Readiness(who, now).CallerID, s.Readiness(who, now).Place.Country)
	}
	s.Step(now, engine.ReportPosition{Rep: who, Position: location.Position{Latitude: 1}, Seen: location.Sighting{Country: "GB", Certain: true}})
	c.Numbers = slices.DeleteFunc(slices.Clone(c.Numbers), func(n number.Number) bool { return n.E164.Abroad(location.US) })
	s.Step(now, engine.Publish{Snapshot: engine.NewSnapshot(c)})
	if r := s.Readiness(who, now); !slices.Contains(r.Causes, engine.CallerIDAbroad) || !r.CallerID.Abroad("GB") {
		t.Errorf("in Britain with American numbers alone: %s, %v", r.CallerID, r.Causes)
	}
}

func TestScreenSaysHowReadyItsRepIsAndNotDuringAnEmergency(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := storyCenter()
	who := c.Reps[0].ID
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	s.Step(now, engine.AttachTab{Rep: who, Tab: "t"})
	ready := s.View(who, "t", now).Ready
	if want := s.Readiness(who, now).Causes; ready == nil || !slices.Equal(ready.Causes, want) || ready.Colour != engine.ColourOf(want) {
		t.Fatalf("the screen says %+v, want %v", ready, want)
	}
	s.Step(now, engine.Dial{Rep: who, Tab: "t", Typed: "911", Call: "c1"})
	if ready := s.View(who, "t", now).Ready; ready != nil {
		t.Errorf("during an emergency call the screen says %+v", ready)
	}
}

func TestEveryScreenIsShownATrunkThatGoesDown(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := engine.NewState(engine.NewSnapshot(storyCenter()), time.Hour)
	for _, step := range []struct {
		health trunk.Health
		all    bool
	}{{trunk.Up, false}, {trunk.Unanswered, false}, {trunk.Down, true}, {trunk.Recovering, false}, {trunk.Up, true}} {
		if got := s.Step(now, engine.ReportTrunk{Trunk: "provider", Health: step.health, Since: now}).All; got != step.all {
			t.Errorf("a trunk is %s: shown to all is %t", step.health, got)
		}
	}
}

func TestColourIsThatOfTheWorstCause(t *testing.T) {
	for _, row := range []struct {
		causes []engine.Cause
		want   engine.Colour
	}{
		{nil, engine.Green}, {[]engine.Cause{engine.NoContacts}, engine.Amber}, {[]engine.Cause{engine.NoContacts, engine.NoTrunks}, engine.Red},
	} {
		if got := engine.ColourOf(row.causes); got != row.want {
			t.Errorf("%v: %s, want %s", row.causes, got, row.want)
		}
	}
}

// crowded is a center with many people, numbers and sites, some of the people at home.
func crowded(many int) *engine.State {
	c := storyCenter()
	c.Reps, c.Numbers, c.Sites = nil, nil, nil
	for i := range max(1, many/500) {
		c.Sites = append(c.Sites, location.Site{ID: location.SiteID(fmt.Sprint("s", i)), Country: location.Supported()[i%5], Civic: location.Civic{City: "Town"}})
	}
	for i := range many {
		site := c.Sites[i%len(c.Sites)].ID
		person := rep.Rep{ID: rep.ID(fmt.Sprint("r", i)), Site: site}
		if i%3 == 0 {
			person.Home = &location.Home{Country: "US", Civic: location.Civic{City: "Home"}}
		}
		c.Reps = append(c.Reps, person)
		c.Numbers = append(c.Numbers, number.Number{E164: number.E164(fmt.Sprintf("+1217%07d", i)), Kind: number.DirectRouting, Use: number.EmergencyCallback, Site: site})
	}
	return engine.NewState(engine.NewSnapshot(c), time.Hour)
}

func surveyOf(s *engine.State, many int, now time.Time) []engine.Readiness {
	all := make([]rep.ID, many)
	for i := range all {
		all[i] = rep.ID(fmt.Sprint("r", i))
	}
	var found []engine.Readiness
	s.Step(now, engine.Survey{Reps: all, Into: &found})
	return found
}

// TestReadinessOfOneRepCostsTheSameHoweverManyThereAre: with a hundred times as many people and numbers, each costs a small multiple at
// most. A walk through all of them for each would take a hundred times as long.
func TestReadinessOfOneRepCostsTheSameHoweverManyThereAre(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	few, many := crowded(500), crowded(50_000)
	var least [2]time.Duration
	for range 30 { // until a quiet moment has been found for both
		for i, s := range []*engine.State{few, many} {
			begin := time.Now()
			if found := surveyOf(s, 500, now); len(found) != 500 || found[499].Rep != "r499" {
				t.Fatalf("500 people: %d found", len(found))
			}
			if took := time.Since(begin) / 500; least[i] == 0 || took < least[i] {
				least[i] = took
			}
		}
	}
	t.Logf("among 500 people: %s each, among 50,000: %s", least[0], least[1])
	if least[1] > dearest*least[0] {
		t.Errorf("among 50,000 people: %s each, more than %d times the %s among 500", least[1], dearest, least[0])
	}
}

func BenchmarkReadiness(b *testing.B) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := crowded(50_000)
	b.ReportAllocs()
	for b.Loop() {
		surveyOf(s, 100, now)
	}
}

func TestLastDrillOfTheRepsWayIsSaid(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := storyCenter()
	who := c.Reps[0].ID
	for _, row := range []struct {
		circumstance string
		ago          time.Duration
		passed       bool
		want         []engine.Cause
	}{
		{"it passed yesterday", 24 * time.Hour, true, nil},
		{"it failed yesterday", 24 * time.Hour, false, []engine.Cause{engine.LastDrillFailed}},
		{"it passed long ago", 61 * 24 * time.Hour, true, []engine.Cause{engine.DrillOverdue}},
	} {
		s := engine.NewState(engine.NewSnapshot(c), time.Hour)
		var results []emergency.DrillResult
		for _, carrier := range append(s.Readiness(who, now).Order.Listed(), "") {
			results = append(results, emergency.DrillResult{Way: emergency.DrillWay{Trunk: carrier, Site: c.Reps[0].Site}, At: now.Add(-row.ago), Passed: row.passed})
		}
		s.Step(now, engine.RestoreDrills{Found: results})
		var got []engine.Cause
		r := s.Readiness(who, now)
		if !r.Drill.At.Equal(now.Add(-row.ago)) || r.Drill.Passed != row.passed || r.Drill.Way.Site != c.Reps[0].Site {
			t.Errorf("%s: the last drill is %+v", row.circumstance, r.Drill)
		}
		for _, cause := range r.Causes {
			if cause == engine.LastDrillFailed || cause == engine.DrillOverdue {
				got = append(got, cause)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.circumstance, diff)
		}
	}
}
