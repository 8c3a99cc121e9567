package app

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"mayday/center/trunk"
	"mayday/engine"
	"mayday/web/api"
)

// drills hands the evidence of drills to those who wait for it.
type drills struct {
	mu      sync.Mutex // guards running; never held while anything is waited for
	running map[engine.CallID]*running
}

type running struct {
	hops []api.Hop
	over chan api.Drill // holds one
}

func newDrills() *drills { return &drills{running: make(map[engine.CallID]*running)} }

func (d *drills) begin(id engine.CallID) *running {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &running{over: make(chan api.Drill, 1)}
	d.running[id] = r
	return r
}

func (d *drills) note(e engine.NoteHop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.running[e.Drill]; r != nil {
		r.hops = append(r.hops, api.Hop{At: e.Hop.At, What: e.Hop.What, Failed: e.Hop.Failed})
	}
}

func (d *drills) end(e engine.EndDrill) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.running[e.Drill]; r != nil {
		r.over <- api.Drill{Passed: e.Passed, Hops: r.hops}
		delete(d.running, e.Drill)
	}
}

func (d *drills) forget(id engine.CallID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.running, id)
}

// Drill implements web.Drills.
func (d *desk) Drill(ctx context.Context, by string) (api.Drill, error) {
	id := engine.CallID(uuid.NewString())
	waiting := d.drills.begin(id)
	defer d.drills.forget(id)
	if err := d.engine.Do(ctx, engine.StartDrill{Drill: id, Trunk: trunk.ID(by)}); err != nil {
		return api.Drill{}, err
	}
	select {
	case evidence := <-waiting.over:
		return evidence, nil
	case <-ctx.Done():
		return api.Drill{}, ctx.Err()
	}
}

// Targets implements web.Drills.
func (d *desk) Targets() []string {
	var names []string
	for _, id := range d.engine.Snapshot().TestTrunks() {
		names = append(names, string(id))
	}
	return names
}
