package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"mayday/engine"
)

const (
	putDrill = `INSERT INTO drills (trunk, site, began_at, passed, hops) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (trunk, site) DO UPDATE SET began_at = excluded.began_at, passed = excluded.passed, hops = excluded.hops
WHERE drills.began_at < excluded.began_at`
	selectDrills = `SELECT trunk, site, began_at, passed, hops FROM drills ORDER BY site, trunk`
)

// storedHop is a hop as it is kept.
type storedHop struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Failed bool      `json:"failed,omitempty"`
}

// KeepDrill keeps how a drill went, unless a newer one of its trunk and site is kept.
func (s *Store) KeepDrill(ctx context.Context, e engine.Evidence) error {
	hops := make([]storedHop, len(e.Hops))
	for i, hop := range e.Hops {
		hops[i] = storedHop(hop)
	}
	written, err := json.Marshal(hops)
	if err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	r := e.Result
	if _, err := s.write.ExecContext(ctx, putDrill, string(r.Way.Trunk), string(r.Way.Site), r.At.UnixMilli(), r.Passed, string(written)); err != nil {
		return s.fault("keep drill in", err)
	}
	return nil
}

// Drills returns how the last drill of each trunk and site went, also of those that are gone, in whole milliseconds.
func (s *Store) Drills(ctx context.Context) ([]engine.Evidence, error) {
	rows, err := s.read.QueryContext(ctx, selectDrills)
	if err != nil {
		return nil, s.fault("read drills from", err)
	}
	defer rows.Close()
	var drills []engine.Evidence
	for rows.Next() {
		var e engine.Evidence
		var at int64
		var hops []storedHop
		if err := rows.Scan(&e.Result.Way.Trunk, &e.Result.Way.Site, &at, &e.Result.Passed, fromJSON{&hops}); err != nil {
			return nil, s.fault("read drills from", err)
		}
		e.Result.At = time.UnixMilli(at).UTC()
		for _, hop := range hops {
			e.Hops = append(e.Hops, engine.Hop(hop))
		}
		drills = append(drills, e)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fault("read drills from", err)
	}
	return drills, nil
}
