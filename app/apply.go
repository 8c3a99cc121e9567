package app

import (
	"context"

	"mayday/center"
	"mayday/config/centerfile"
	"mayday/engine/store"
)

// Apply brings the center in the database to what the center file says and returns the changes, a line each. file is its name in
// what is reported. On a mistake nothing is applied.
func Apply(ctx context.Context, s *store.Store, by, file string, data []byte, dryRun bool) ([]string, error) {
	current, _, err := s.Center(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := centerfile.ParseOver(current, file, data)
	if err != nil {
		return nil, err
	}
	changes := center.Diff(current, wanted)
	if !dryRun {
		if _, changes, err = s.Apply(ctx, wanted, by); err != nil {
			return nil, err
		}
	}
	lines := make([]string, len(changes))
	for i, change := range changes {
		lines[i] = change.String()
	}
	return lines, nil
}
