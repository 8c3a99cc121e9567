package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/trunk"
)

// Drills begin by themselves, about every 30 days for each trunk and site, at a time that is drawn by lot. None begins soon after the
// node's start, beside an emergency call or beside another drill.

const (
	drillPutOff = time.Hour   // beside an emergency call, or without a free call-back number
	drillQueues = time.Minute // beside another drill
)

// schedule is which drills begin by themselves, and how the last ones went.
type schedule struct {
	seed    string    // empty: none begins by itself
	started time.Time // the node was
	next    map[emergency.DrillWay]time.Time
	last    map[emergency.DrillWay]emergency.DrillResult
}

func newSchedule() schedule {
	return schedule{next: make(map[emergency.DrillWay]time.Time), last: make(map[emergency.DrillWay]emergency.DrillResult)}
}

// DrillsEvery returns the mean time between two drills of a way; zero: none begins by itself.
func (s *Snapshot) DrillsEvery() time.Duration {
	switch days := s.Center.Organisation.DrillEveryDays; {
	case days < 0:
		return 0
	case days == 0:
		return emergency.DrillsEvery
	default:
		return time.Duration(days) * 24 * time.Hour
	}
}

// DrillWays returns every way that drills go: for each site each trunk that serves it and has a test service, else the built-in one.
func (s *Snapshot) DrillWays() []emergency.DrillWay {
	sites := s.Center.Sites
	if len(sites) == 0 {
		sites = []location.Site{{Country: s.Center.Organisation.Country}}
	}
	var ways []emergency.DrillWay
	for _, site := range sites {
		before := len(ways)
		for _, id := range s.table.TestTrunks() {
			carrier, _ := s.table.Trunk(id)
			if carrier.Serves(string(site.Country)) && s.testTarget(carrier) != nil {
				ways = append(ways, emergency.DrillWay{Trunk: id, Site: site.ID})
			}
		}
		if len(ways) == before {
			ways = append(ways, emergency.DrillWay{Site: site.ID})
		}
	}
	return ways
}

func (t *step) scheduleDrills(c ScheduleDrills) {
	t.emit(DrillsScheduled{Seed: c.Seed, At: t.now})
	t.planDrills()
}

func (t *step) restoreDrills(c RestoreDrills) {
	for _, result := range c.Found {
		if result.At.After(t.schedule.last[result.Way].At) {
			t.emit(DrillRestored{Result: result})
			t.emit(DrillPlanned{Way: result.Way}) // anew
		}
	}
	t.planDrills()
}

// planDrills says when each way is drilled that has no time yet, and forgets the ways that are gone.
func (t *step) planDrills() {
	ways := t.snapshot.DrillWays()
	there := make(map[emergency.DrillWay]bool, len(ways))
	every := t.snapshot.DrillsEvery()
	if t.schedule.seed == "" {
		every = 0
	}
	for _, way := range ways {
		there[way] = every > 0
		if _, planned := t.schedule.next[way]; !planned && every > 0 {
			t.emit(DrillPlanned{Way: way, At: t.nextDrill(way)})
		}
	}
	for way := range t.schedule.next {
		if !there[way] {
			t.emit(DrillPlanned{Way: way})
		}
	}
}

func (t *step) nextDrill(way emergency.DrillWay) time.Time {
	return emergency.NextDrill(t.schedule.seed, way, t.snapshot.DrillsEvery(), t.schedule.last[way].At, t.schedule.started, t.now)
}

// drillWays begins a drill whose time has come. Of several the first begins, and the others wait for their turn.
func (t *step) drillWays() {
	due := t.waysDue.due(t.now)
	slices.SortFunc(due, func(a, b emergency.DrillWay) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Trunk, b.Trunk))
	})
	for _, way := range due {
		wait := drillPutOff
		if t.emergencies() == 0 && len(t.drills) > 0 {
			wait = drillQueues
		}
		begun := false
		if t.emergencies() == 0 && len(t.drills) == 0 && !t.stopping {
			order := StartDrill{Drill: CallID(fmt.Sprintf("drill-%x-%s-%s", t.now.UnixMilli(), way.Trunk, way.Site)), Trunk: way.Trunk, Site: way.Site}
			begun = t.startDrill(order) == nil
		}
		if begun {
			t.emit(DrillPlanned{Way: way, At: t.after(way)})
			continue
		}
		t.emit(DrillPlanned{Way: way, At: t.now.Add(wait)})
	}
}

// after returns when a way is drilled after the drill that begins now.
func (t *step) after(way emergency.DrillWay) time.Time {
	return emergency.NextDrill(t.schedule.seed, way, t.snapshot.DrillsEvery(), t.now, t.schedule.started, t.now)
}

// stopDrills ends the drills that go on, because an emergency call begins: their numbers and their channels are free for it. It returns
// what has to be done after the call is on its way.
func (t *step) stopDrills() (later []Effect) {
	if len(t.drills) == 0 {
		return nil
	}
	before := len(t.out.Effects)
	for _, id := range slices.Sorted(maps.Keys(t.drills)) {
		d := t.drills[id]
		t.hop(id, true, "an emergency call began: the drill was ended for it")
		t.dropDrill(d, emergency.DrillResult{})
		t.do(EndDrill{Drill: id, Result: emergency.DrillResult{Way: d.way}})
		if _, planned := t.schedule.next[d.way]; planned {
			t.emit(DrillPlanned{Way: d.way, At: t.now.Add(drillPutOff)})
		}
	}
	later = slices.Clone(t.out.Effects[before:])
	t.out.Effects = t.out.Effects[:before]
	return later
}

// DrillPlan is when a way is drilled next, and how its last drill went.
type DrillPlan struct {
	Way  emergency.DrillWay
	Next time.Time             // zero: not by itself
	Last emergency.DrillResult // of which At is zero when there was none
}

// DrillPlans returns every way, in the order of the center.
func (s *State) DrillPlans() []DrillPlan {
	var plans []DrillPlan
	for _, way := range s.snapshot.DrillWays() {
		plans = append(plans, DrillPlan{Way: way, Next: s.schedule.next[way], Last: s.schedule.last[way]})
	}
	return plans
}

func (c ListDrills) answer(t *step) error {
	*c.Into = t.DrillPlans()
	return nil
}

// lastDrill returns how the last drill of a site went, by whatever trunk; false: there was none.
func (s *State) lastDrill(site location.SiteID) (newest emergency.DrillResult, any bool) {
	for way, result := range s.schedule.last {
		if way.Site == site && (result.At.After(newest.At) || result.At.Equal(newest.At) && way.Trunk < newest.Way.Trunk) {
			newest, any = result, true
		}
	}
	return newest, any
}

// LastDrill returns how the last drill of a site went; false: there was none.
func (s *State) LastDrill(site location.SiteID) (emergency.DrillResult, bool) {
	return s.lastDrill(site)
}

// Commands of the schedule.
type (
	// ScheduleDrills lets drills begin by themselves from now on, which is the node's start. The seed draws the times; each node has its own.
	ScheduleDrills struct{ Seed string }
	// RestoreDrills brings back how drills went. What is newer here stays.
	RestoreDrills struct{ Found []emergency.DrillResult }
	// ListDrills asks for every way that drills go.
	ListDrills struct {
		Into *[]DrillPlan // filled in when Do returns without an error
	}
)

func (ScheduleDrills) command() {}
func (RestoreDrills) command()  {}
func (ListDrills) command()     {}

// Events of the schedule.
type (
	// DrillsScheduled is the node's start, from which drills begin by themselves.
	DrillsScheduled struct {
		Seed string
		At   time.Time
	}
	// DrillPlanned is when a way is drilled next; zero: not by itself.
	DrillPlanned struct {
		Way emergency.DrillWay
		At  time.Time
	}
	// DrillRestored is how a drill went before the node was started, or on another one.
	DrillRestored struct{ Result emergency.DrillResult }
)

func (e DrillsScheduled) apply(s *State) { s.schedule.seed, s.schedule.started = e.Seed, e.At }

func (e DrillRestored) apply(s *State) { s.schedule.last[e.Result.Way] = e.Result }

func (e DrillPlanned) apply(s *State) {
	s.waysDue.note(e.Way, e.At)
	if e.At.IsZero() {
		delete(s.schedule.next, e.Way)
		return
	}
	s.schedule.next[e.Way] = e.At
}

// wayOf names the way of a drill: the built-in test service has no trunk.
func wayOf(id trunk.ID, site location.SiteID) emergency.DrillWay {
	if id == thisNode {
		id = ""
	}
	return emergency.DrillWay{Trunk: id, Site: site}
}
