package engine_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mayday/center/emergency"
	"mayday/engine"
)

// partner answers drills as trunks and test services do, and remembers how they ended.
type partner struct {
	engine *engine.Engine
	ctx    context.Context
	mu     sync.Mutex // guards ended
	ended  []emergency.DrillResult
}

func (p *partner) Do(effect engine.Effect) {
	report := func(c engine.Command) { go func() { _ = p.engine.Do(p.ctx, c) }() }
	if e, is := effect.(engine.SendInvite); is {
		if to, back := e.Target.(engine.ToOrdinary); back {
			report(engine.CallIn{Leg: e.Leg + ".in", Call: "in", Called: []string{to.Number}})
		}
		report(engine.LegAnswered{Leg: e.Leg})
	}
	if e, is := effect.(engine.MeasureLeg); is {
		report(engine.LegHeard{Leg: e.Leg, Packets: 100, LevelDBov: -20})
	}
	if e, is := effect.(engine.EndDrill); is {
		p.mu.Lock()
		p.ended = append(p.ended, e.Result)
		p.mu.Unlock()
	}
}

// TestDrillsBeginByThemselvesForAYear: about once in 30 days for each site, none in the first half hour, never two at a time.
func TestDrillsBeginByThemselvesForAYear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := &partner{ctx: ctx}
		p.engine = engine.New(engine.NewSnapshot(storyCenter()), p, slog.New(slog.DiscardHandler))
		go p.engine.Run(ctx, time.Hour)
		started := time.Now()
		for _, c := range []engine.Command{engine.ListenAt{URI: "sip:127.0.0.1:5060"}, engine.ScheduleDrills{Seed: "n1"}} {
			if err := p.engine.Do(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(12 * emergency.DrillsEvery)
		synctest.Wait()
		drilled := make(map[emergency.DrillWay]int)
		for i, result := range p.ended {
			drilled[result.Way]++
			if !result.Passed || result.At.Sub(started) < emergency.DrillsAfterStart || i > 0 && result.At.Sub(p.ended[i-1].At) < 4*time.Second {
				t.Errorf("drill %d: %+v, the node was started at %s", i, result, started)
			}
		}
		var plans []engine.DrillPlan
		if err := p.engine.Do(ctx, engine.ListDrills{Into: &plans}); err != nil || len(plans) != 3 {
			t.Fatalf("three sites and one trunk with a test service: %d ways, %v", len(plans), err)
		}
		for _, plan := range plans {
			if many := drilled[plan.Way]; many < 11 || many > 13 || plan.Way.Trunk != "carrier" {
				t.Errorf("%v: %d drills in 360 days", plan.Way, many)
			}
			if !plan.Next.After(time.Now()) || plan.Last.At.IsZero() || !plan.Last.Passed {
				t.Errorf("%v: the next drill is at %s, the last one was %+v", plan.Way, plan.Next, plan.Last)
			}
		}
	})
}

// TestAnOrganisationMayHaveNoDrillsByThemselves: a negative number of days ends them, and another one begins them again.
func TestAnOrganisationMayHaveNoDrillsByThemselves(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	has := storyCenter()
	state := engine.NewState(engine.NewSnapshot(has), time.Hour)
	state.Step(now, engine.ScheduleDrills{Seed: "n1"})
	for _, row := range []struct {
		days int
		none bool
	}{{0, false}, {-1, true}, {7, false}} {
		has.Organisation.DrillEveryDays = row.days
		state.Step(now, engine.Publish{Snapshot: engine.NewSnapshot(has)})
		for _, plan := range state.DrillPlans() {
			if plan.Next.IsZero() != row.none {
				t.Errorf("every %d days: %v is drilled at %s", row.days, plan.Way, plan.Next)
			}
		}
	}
	state.Step(now, engine.RestoreDrills{Found: []emergency.DrillResult{{Way: emergency.DrillWay{Trunk: "carrier", Site: "hq"}, At: now.Add(-time.Hour)}}})
	if last, any := state.LastDrill("hq"); !any || last.Passed {
		t.Errorf("a drill failed before the start: the last one is %+v, %v", last, any)
	}
	if _, any := state.LastDrill("leeds"); any {
		t.Error("Leeds was never drilled: there is a last drill")
	}
	if refused := state.Step(now, engine.StartDrill{Drill: "d", Site: "nowhere"}).Err; refused == nil || !strings.Contains(refused.Error(), "site") {
		t.Errorf("a drill of a site that does not exist: %v", refused)
	}
}
