package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mayday/engine/store"
)

func TestProbesOfASoundDatabaseChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		before, err := s.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Readable(t.Context()); err != nil {
			t.Errorf("a sound database: Readable says %v", err)
		}
		if err := s.Writable(t.Context()); err != nil {
			t.Errorf("a sound database: Writable says %v", err)
		}
		if after, err := s.Version(t.Context()); err != nil || after != before {
			t.Errorf("after both probes the version is %d (%v), and was %d", after, err, before)
		}
	})
}

func TestDatabaseLockedByAnotherProgramIsReadableAndNotWritable(t *testing.T) {
	data := t.TempDir()
	s := open(t, store.Location{Data: data})
	other, err := sql.Open("sqlite", "file:"+filepath.Join(data, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	held, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := held.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Readable(t.Context()); err != nil {
		t.Errorf("locked for writing: Readable says %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err = s.Writable(ctx)
	if err == nil || !strings.Contains(err.Error(), store.FileName) || !strings.Contains(err.Error(), "another program holds it locked") {
		t.Errorf("locked for writing: Writable says %v", err)
	}
	if _, err := held.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(t.Context()); err != nil {
		t.Errorf("unlocked again: Writable says %v", err)
	}
}

func TestDatabaseOverwrittenInPlaceIsNotReadable(t *testing.T) {
	data := t.TempDir()
	s := open(t, store.Location{Data: data})
	if _, err := s.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{store.FileName, store.FileName + "-wal"} {
		file := filepath.Join(data, name)
		info, err := os.Stat(file)
		if err != nil {
			continue // a log that has been taken over is gone
		}
		if err := os.WriteFile(file, []byte(strings.Repeat("garbage ", int(info.Size()/8))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Readable(t.Context()); err == nil || !strings.Contains(err.Error(), store.FileName) {
		t.Errorf("overwritten: Readable says %v", err)
	}
}
