package app

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/trunk"
	"mayday/engine"
	"mayday/web/api"
)

// drills is the evidence of drills: of those that go on, for whoever waits for it, and of the last one of each way, on its way to the
// database.
type drills struct {
	come chan struct{} // holds one: a drill is over

	mu     sync.Mutex // guards the rest; never held while anything is waited for
	hops   map[engine.CallID][]engine.Hop
	waits  map[engine.CallID]chan engine.Evidence // each holds one
	last   map[emergency.DrillWay]engine.Evidence
	unkept map[emergency.DrillWay]engine.Evidence // not in the database yet
}

func newDrills() *drills {
	return &drills{
		come: make(chan struct{}, 1), hops: make(map[engine.CallID][]engine.Hop), waits: make(map[engine.CallID]chan engine.Evidence),
		last: make(map[emergency.DrillWay]engine.Evidence), unkept: make(map[emergency.DrillWay]engine.Evidence),
	}
}

func (d *drills) begin(id engine.CallID) <-chan engine.Evidence {
	d.mu.Lock()
	defer d.mu.Unlock()
	over := make(chan engine.Evidence, 1)
	d.waits[id] = over
	return over
}

func (d *drills) note(e engine.NoteHop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hops[e.Drill] = append(d.hops[e.Drill], e.Hop)
}

func (d *drills) end(e engine.EndDrill) {
	d.mu.Lock()
	defer d.mu.Unlock()
	evidence := engine.Evidence{Result: e.Result, Hops: d.hops[e.Drill]}
	delete(d.hops, e.Drill)
	if over := d.waits[e.Drill]; over != nil {
		over <- evidence
		delete(d.waits, e.Drill)
	}
	if e.Result.At.IsZero() {
		return // ended for an emergency call: it says nothing
	}
	d.last[e.Result.Way], d.unkept[e.Result.Way] = evidence, evidence
	select {
	case d.come <- struct{}{}:
	default:
	}
}

func (d *drills) forget(id engine.CallID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waits, id)
}

// found takes up what was kept, unless something newer is known, and returns it for the engine.
func (d *drills) found(kept []engine.Evidence) (results []emergency.DrillResult) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range kept {
		if e.Result.At.After(d.last[e.Result.Way].Result.At) {
			d.last[e.Result.Way] = e
			results = append(results, e.Result)
		}
	}
	return results
}

func (d *drills) evidenceOf(way emergency.DrillWay) engine.Evidence {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last[way]
}

func (d *drills) unwritten() map[emergency.DrillWay]engine.Evidence {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.unkept)
}

func (d *drills) kept(e engine.Evidence) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unkept[e.Result.Way].Result == e.Result {
		delete(d.unkept, e.Result.Way)
	}
}

// drillsEvery is how often evidence that the database did not take is tried again.
const drillsEvery = 10 * time.Second

// lastWrite is how long a stop waits for the evidence of drills to be written.
const lastWrite = 2 * time.Second

// followDrills lets drills begin by themselves, tells the engine how the last ones went and keeps how the next ones go. Each node and
// organisation has times of its own.
func (n *Node) followDrills(ctx context.Context) {
	seed := n.settings.Node + "/" + n.engine.Snapshot().Center.Organisation.Name
	n.tellDrills(ctx, engine.ScheduleDrills{Seed: seed})
	if opened, err := n.database.soon(ctx); err == nil {
		kept, err := opened.Drills(ctx)
		if err != nil && ctx.Err() == nil {
			n.log.Warn("last drills not read from the database", "error", err)
		}
		n.tellDrills(ctx, engine.RestoreDrills{Found: n.drills.found(kept)})
	}
	retry := time.NewTicker(drillsEvery)
	defer retry.Stop()
	for {
		select {
		case <-n.drills.come:
		case <-retry.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			n.keepDrills(last)
			return
		}
		n.keepDrills(ctx)
	}
}

func (n *Node) tellDrills(ctx context.Context, told engine.Command) {
	if err := n.engine.Do(ctx, told); err != nil && ctx.Err() == nil {
		n.log.Warn("drills not scheduled", "error", err)
	}
}

func (n *Node) keepDrills(ctx context.Context) {
	unkept := n.drills.unwritten()
	if len(unkept) == 0 {
		return
	}
	opened, err := n.database.now()
	if err != nil {
		return // told of already; tried again
	}
	for _, e := range unkept {
		if err := opened.KeepDrill(ctx, e); err != nil {
			n.log.Warn("drill not kept yet", "error", err)
			return
		}
		n.drills.kept(e)
	}
}

// Drill implements web.Drills.
func (d *desk) Drill(ctx context.Context, order api.DrillOrder) (api.Drill, error) {
	id := engine.CallID(uuid.NewString())
	over := d.drills.begin(id)
	defer d.drills.forget(id)
	if err := d.engine.Do(ctx, engine.StartDrill{Drill: id, Trunk: trunk.ID(order.Trunk), Site: location.SiteID(order.Site)}); err != nil {
		return api.Drill{}, err
	}
	select {
	case evidence := <-over:
		return drillShown(evidence), nil
	case <-ctx.Done():
		return api.Drill{}, ctx.Err()
	}
}

func drillShown(e engine.Evidence) api.Drill {
	shown := api.Drill{Passed: e.Result.Passed, At: moment(e.Result.At), Hops: []api.Hop{}}
	for _, hop := range e.Hops {
		shown.Hops = append(shown.Hops, api.Hop{At: hop.At, What: hop.What, Failed: hop.Failed})
	}
	return shown
}

// Targets implements web.Drills.
func (d *desk) Targets() []string {
	var names []string
	for _, id := range d.engine.Snapshot().TestTrunks() {
		names = append(names, string(id))
	}
	return names
}

// Schedule implements web.Drills.
func (d *desk) Schedule(ctx context.Context) (api.DrillSchedule, error) {
	var plans []engine.DrillPlan
	if err := d.engine.Do(ctx, engine.ListDrills{Into: &plans}); err != nil {
		return api.DrillSchedule{}, err
	}
	every := d.engine.Snapshot().DrillsEvery()
	schedule := api.DrillSchedule{EveryDays: int(every / (24 * time.Hour)), Ways: []api.DrillWay{}}
	for _, plan := range plans {
		way := api.DrillWay{Trunk: string(plan.Way.Trunk), Site: string(plan.Way.Site), Next: moment(plan.Next)}
		if evidence := d.drills.evidenceOf(plan.Way); !evidence.Result.At.IsZero() {
			shown := drillShown(evidence)
			way.Last = &shown
		}
		schedule.Ways = append(schedule.Ways, way)
	}
	return schedule, nil
}
