package store_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mayday/engine/store"
	"mayday/engine/store/pgtest"
)

// TestMain ends the PostgreSQL server that the first test which needs one has started.
func TestMain(m *testing.M) {
	code := m.Run()
	if server := running.Load(); server != nil {
		server.Remove()
	}
	os.Exit(code)
}

var (
	running  atomic.Pointer[pgtest.Server]
	postgres = sync.OnceValues(func() (*pgtest.Server, error) {
		server, err := pgtest.Start()
		running.Store(server)
		return server, err
	})
)

// database makes an empty PostgreSQL database of the test's own and returns its URL.
func database(t *testing.T) string {
	t.Helper()
	server, err := postgres()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	at, err := server.Database(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// each runs a claim on both databases, each time on an empty one. The location is there to open it again.
func each(t *testing.T, claim func(*testing.T, *store.Store, store.Location)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		at := store.Location{Data: filepath.Join(t.TempDir(), "data")}
		claim(t, open(t, at), at)
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		at := store.Location{Database: database(t)}
		claim(t, open(t, at), at)
	})
}

func open(t *testing.T, at store.Location) *store.Store {
	t.Helper()
	s, err := store.Open(deadline(t), at, quiet())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// deadline is a context that ends long after any test should have.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
