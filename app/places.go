package app

import (
	"context"
	"sync"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/edge/atlas"
	"mayday/engine"
)

// places finds the country of what browsers measure. What comes before the map is drawn is told without a country, and again with it.
type places struct {
	atlas   atlas.Atlas
	mu      sync.Mutex // guards waiting alone
	waiting map[rep.ID]location.Position
}

func newPlaces() *places { return &places{waiting: make(map[rep.ID]location.Position)} }

// report returns what the engine is told of a position. It waits for nothing.
func (p *places) report(id rep.ID, measured location.Position) engine.ReportPosition {
	p.mu.Lock()
	if !p.atlas.Loaded() {
		p.waiting[id] = measured
	}
	p.mu.Unlock()
	return engine.ReportPosition{Rep: id, Position: measured, Seen: p.atlas.Sighting(measured)}
}

// take returns the positions that came before the map was drawn.
func (p *places) take() map[rep.ID]location.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := p.waiting
	p.waiting = make(map[rep.ID]location.Position)
	return waiting
}

// drawMap loads the map beside start-up; calls are placed meanwhile.
func (n *Node) drawMap(ctx context.Context) {
	loaded := make(chan error, 1) // drawing cannot be stopped, and a node that stops does not wait for it
	go func() { loaded <- n.places.atlas.Load() }()
	var err error
	select {
	case err = <-loaded:
	case <-ctx.Done():
		return
	}
	if err != nil {
		n.log.Error("map not loaded: the country of a rep is the one of the site", "error", err)
		return
	}
	for id, measured := range n.places.take() {
		if err := n.engine.Do(ctx, n.places.report(id, measured)); err != nil && ctx.Err() == nil {
			n.log.Warn("position not told again", "error", err)
		}
	}
}
