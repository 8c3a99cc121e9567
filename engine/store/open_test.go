package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"mayday/center"
	"mayday/engine/store"
)

// refused opens a database that must not open; the error names where and has the words in it.
func refused(t *testing.T, at store.Location, words ...string) {
	t.Helper()
	s, err := store.Open(deadline(t), at, quiet())
	if err == nil {
		s.Close()
		t.Errorf("%+v: opened", at)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: error %q, want %q in it", at, err, word)
		}
	}
}

func TestDataDirectoryIsMadeAndOnlyItsOwnerReadsIt(t *testing.T) {
	data := filepath.Join(t.TempDir(), "a dir?with%20odd#signs", "data")
	s := open(t, store.Location{Data: data})
	applied(t, s, sample())
	for name, want := range map[string]fs.FileMode{"": 0o700, "mayday.db": 0o600, "mayday.db-wal": 0o600} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("data directory: %q has mode %v (%v), want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

func TestDataDirectoryWithoutWritePermissionIsNamed(t *testing.T) {
	// The directories of t.TempDir are closed to other users.
	parent, err := os.MkdirTemp("", "mayday-closed")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(parent)
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		refused(t, store.Location{Data: parent}, "write to data directory "+parent, "permission denied", "give it to the user")
		refused(t, store.Location{Data: filepath.Join(parent, "data")}, "open data directory "+parent, "permission denied")
	})
}

// asNobody runs something as a user whom file permissions bind; root is bound by none. Only the thread changes its user, and it
// ends with its goroutine, so that no other test runs on it.
func asNobody(t *testing.T, something func()) {
	if os.Getuid() != 0 {
		something()
		return
	}
	const nobody = 65534
	var done sync.WaitGroup
	done.Go(func() {
		runtime.LockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Errorf("become nobody: %v", err)
			return
		}
		something()
	})
	done.Wait()
}

func TestDataDirectoryThatIsAFileIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, store.Location{Data: file}, file, "not a directory")
}

func TestRuinedFileIsNamedAndLeftAsItIs(t *testing.T) {
	data := t.TempDir()
	file := filepath.Join(data, "mayday.db")
	ruin := []byte(strings.Repeat("this is no database ", 500))
	if err := os.WriteFile(file, ruin, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, store.Location{Data: data}, "open "+file, "damaged", "backup")
	if got, err := os.ReadFile(file); err != nil || string(got) != string(ruin) {
		t.Errorf("ruined file: it was changed (%v)", err)
	}
}

func TestPageThatIsRuinedLaterIsNamed(t *testing.T) {
	data := t.TempDir()
	s := open(t, store.Location{Data: data})
	applied(t, s, crowd(sample(), 200))
	s.Close()
	file := filepath.Join(data, "mayday.db")
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for at := int64(page); at < info.Size(); at += page {
		if _, err := f.WriteAt([]byte("ruined ruined ruined"), at); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	s, err = store.Open(deadline(t), store.Location{Data: data}, quiet())
	if err == nil {
		defer s.Close()
		_, _, err = s.Center(deadline(t))
	}
	var fault *sqlite.Error
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("file with ruined pages: %v", err)
	}
}

// A writer waits for another program that holds the file, and then says so; a reader does not wait at all.
func TestLockedFileIsNamed(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	at := store.Location{Data: data}
	s := open(t, at)
	applied(t, s, sample())
	other, err := raw(t, at).Conn(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(deadline(t), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	holds(t, "another program holds the file locked", s, 1, sample())
	err = s.AddHistory(deadline(t), record(1, "alice"))
	if err == nil || !strings.Contains(err.Error(), filepath.Join(data, "mayday.db")) || !strings.Contains(err.Error(), "another program holds it locked") {
		t.Errorf("another program holds the file locked: %v", err)
	}
	if _, err := other.ExecContext(deadline(t), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := s.AddHistory(deadline(t), record(1, "alice")); err != nil {
		t.Errorf("the other program let go: %v", err)
	}
}

func TestSchemaOfANewerProgramIsLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		applied(t, s, sample())
		s.Close()
		db := raw(t, at)
		if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, $1)`, true); err != nil {
			t.Fatal(err)
		}
		refused(t, at, "open ", "schema is number 99", "newer program")
		var reps int
		if err := db.QueryRow(`SELECT count(*) FROM reps`).Scan(&reps); err != nil || reps != 2 {
			t.Errorf("schema of a newer program: %d reps are left, %v", reps, err)
		}
	})
}

// raw opens the database behind the store's back.
func raw(t *testing.T, at store.Location) *sql.DB {
	t.Helper()
	var db *sql.DB
	if at.Database == "" {
		connector, err := sqlite.NewConnector("file:" + filepath.Join(at.Data, "mayday.db"))
		if err != nil {
			t.Fatal(err)
		}
		db = sql.OpenDB(connector)
	} else {
		settings, err := pgx.ParseConfig(at.Database)
		if err != nil {
			t.Fatal(err)
		}
		db = stdlib.OpenDB(*settings)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestDatabaseRefusesWhatTheCheckWouldRefuse(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		applied(t, s, sample())
		db := raw(t, at)
		if at.Database == "" {
			db.SetMaxOpenConns(1)
			if _, err := db.Exec(`PRAGMA foreign_keys = 1`); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range []string{
			`UPDATE numbers SET site = 'nowhere'`,
			`DELETE FROM trunks`,
			`DELETE FROM reps`,
			`UPDATE capacity_profiles SET "limit" = 0`,
			`UPDATE sites SET latitude = 91`,
			`UPDATE sites SET longitude = NULL WHERE id = 'hq'`,
			`INSERT INTO center_version (singleton, version) VALUES (2, 7)`,
			`UPDATE rep_roles SET role = 'king'`,
		} {
			if _, err := db.Exec(statement); err == nil {
				t.Errorf("%s: the database took it", statement)
			}
		}
		holds(t, "after statements that were refused", s, 1, sample())
	})
}

func TestUnreachablePostgresIsNamedWithoutItsPassword(t *testing.T) {
	at := store.Location{Database: "postgres://mayday:" + secret + "@127.0.0.1:1/center"}
	_, err := store.Open(deadline(t), at, quiet())
	if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "open postgres://mayday@127.0.0.1:1/center") {
		t.Errorf("PostgreSQL that is not there: %v", err)
	}
	_, err = store.Open(deadline(t), store.Location{Database: "postgres://mayday:" + secret + "@h:x/center"}, quiet())
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("URL that is none: %v", err)
	}
}

func TestSeveralProgramsMayMakeTheSchemaAtOnce(t *testing.T) {
	try := func(t *testing.T, at store.Location) {
		t.Parallel()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				s, err := store.Open(deadline(t), at, quiet())
				if err != nil {
					t.Errorf("one of four that open a new database: %v", err)
					return
				}
				defer s.Close()
				if _, err := s.Version(deadline(t)); err != nil {
					t.Errorf("one of four that open a new database: %v", err)
				}
			})
		}
		all.Wait()
	}
	t.Run("sqlite", func(t *testing.T) { try(t, store.Location{Data: t.TempDir()}) })
	t.Run("postgresql", func(t *testing.T) { try(t, store.Location{Database: database(t)}) })
}

func TestWhatIsDeletedIsOverwritten(t *testing.T) {
	data := t.TempDir()
	s := open(t, store.Location{Data: data})
	c := sample()
	c.Trunks[1].Password = strings.Repeat(secret, 2000)
	applied(t, s, c)
	applied(t, s, center.WithoutSecrets(sample()))
	s.Close()
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		bytes, err := os.ReadFile(filepath.Join(data, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(bytes), secret) {
			t.Errorf("a password that was taken away: still in %s", entry.Name())
		}
	}
}

func TestCommitsAreSyncedToDisk(t *testing.T) {
	data := t.TempDir()
	s := open(t, store.Location{Data: data})
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "secure_delete": "1", "foreign_keys": "1", "busy_timeout": "5000"} {
		if got := s.Pragma(context.Background(), t, pragma); got != want {
			t.Errorf("SQLite connection that writes: %s is %s, want %s", pragma, got, want)
		}
	}
}
