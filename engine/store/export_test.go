package store

import (
	"context"
	"testing"
)

// Pragma returns a setting of the connection that writes.
func (s *Store) Pragma(ctx context.Context, t *testing.T, name string) (value string) {
	t.Helper()
	if err := s.write.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatalf("pragma %s: %v", name, err)
	}
	return value
}
