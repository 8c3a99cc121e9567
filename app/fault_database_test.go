package app_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mayday/engine/store"
	"mayday/web/api"
)

// soon is what a person calls soon; a working node needs a moment.
const soon = 10 * time.Second

// databaseFault is a way in which a database goes wrong.
type databaseFault struct {
	name   string
	strike func(*station) (heal func())
	code   string // what a node that runs comes to know by itself; empty: nothing
	starts bool   // a node that starts comes to know it
	moves  bool   // what is put back is another center
}

// leaves are the files of the database of a data directory.
func leaves(data string) []string {
	file := filepath.Join(data, store.FileName)
	return []string{file, file + "-wal", file + "-shm"}
}

// remove takes the database away. What is put back is a copy in which the headquarters have moved.
func removeDatabase(s *station) (heal func()) {
	moved := s.moved()
	for _, file := range leaves(s.settings.Data) {
		_ = os.Remove(file) // a database at rest is one file
	}
	return func() { s.putBack(moved) }
}

// replaceByGarbage puts what is no database at its place.
func replaceByGarbage(s *station) (heal func()) {
	heal = removeDatabase(s)
	s.write(s.database(), strings.Repeat("this was a database ", 5000))
	return heal
}

// overwrite writes garbage into the database that the node has open.
func overwrite(s *station) (heal func()) {
	moved := s.moved()
	for _, file := range leaves(s.settings.Data)[:2] {
		scribble(s.t, file)
	}
	return func() { s.putBack(moved) }
}

func scribble(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if os.IsNotExist(err) {
		return // the log of a database at rest is gone
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("garbage ", int(info.Size()/8))), 0); err != nil {
		t.Fatal(err)
	}
}

// lock holds the database as another program does that wants it for itself.
func lock(s *station) (heal func()) { return lockAfter(s, "BEGIN EXCLUSIVE") }

// keepAlone holds it so that nobody can even read.
func keepAlone(s *station) (heal func()) {
	return lockAfter(s, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE")
}

func lockAfter(s *station, statements ...string) (heal func()) {
	ctx := context.Background()
	other := s.other()
	held, err := other.Conn(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := held.ExecContext(ctx, statement); err != nil {
			s.t.Fatal(err)
		}
	}
	return func() {
		if _, err := held.ExecContext(ctx, "ROLLBACK"); err != nil {
			s.t.Error(err)
		}
		_ = held.Close()  // and of its lock
		_ = other.Close() // it has changed nothing
	}
}

// slow lets another program hold the database most of the time.
func slow(s *station) (heal func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	other := s.other()
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			hold(ctx, other)
			pause(ctx, 20*time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-ended
		_ = other.Close() // it has changed nothing
	}
}

func hold(ctx context.Context, other *sql.DB) {
	held, err := other.Conn(context.Background())
	if err != nil {
		return
	}
	defer held.Close()
	if _, err := held.ExecContext(context.Background(), "BEGIN EXCLUSIVE"); err != nil {
		return // the node has it
	}
	pause(ctx, 700*time.Millisecond)
	_, _ = held.ExecContext(context.Background(), "ROLLBACK") // it has changed nothing
}

func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// other opens the database as another program.
func (s *station) other() *sql.DB {
	s.t.Helper()
	other, err := sql.Open("sqlite", "file:"+s.database()+"?_pragma=busy_timeout(2000)")
	if err != nil {
		s.t.Fatal(err)
	}
	return other
}

// moved returns a database of the same center whose headquarters have moved.
func (s *station) moved() []byte {
	s.t.Helper()
	data := s.t.TempDir()
	s.seed(data, nil)
	s.seed(data, func(center string) string { return strings.ReplaceAll(center, "Main St", "Moved Ave") })
	file, err := os.ReadFile(filepath.Join(data, store.FileName))
	if err != nil {
		s.t.Fatal(err)
	}
	return file
}

// putBack puts a database at its place as a restored backup is: of a sudden and whole.
func (s *station) putBack(content []byte) {
	s.t.Helper()
	for _, file := range leaves(s.settings.Data) {
		_ = os.Remove(file) // whatever is left of the ruined one
	}
	s.write(s.database()+".restored", string(content))
	if err := os.Rename(s.database()+".restored", s.database()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) write(file, content string) {
	s.t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func databaseFaults() []databaseFault {
	return []databaseFault{
		{name: "removed", strike: removeDatabase, code: "database_away", starts: true, moves: true},
		{name: "replaced by garbage", strike: replaceByGarbage, code: "database_away", starts: true, moves: true},
		{name: "overwritten", strike: overwrite, code: "database_away", starts: true, moves: true},
		{name: "locked", strike: lock, code: "database_not_writable"},
		{name: "slow", strike: slow},
	}
}

func TestEmergencyCallsGoOnWhateverBecomesOfTheDatabase(t *testing.T) {
	for _, fault := range databaseFaults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			s := lay(t, t.TempDir(), nil)
			s.start()
			callers := s.callers()
			administrator := callers[3]
			s.healthy(callers)
			heal := fault.strike(s)
			s.callFor("database "+fault.name, callers, 5)
			if fault.code != "" {
				s.faulty("database "+fault.name, fault.code, administrator)
				s.callFor("database known to be "+fault.name, callers, 1)
			}
			late := signIn(t, s.node.HTTP(), "alice").feed()
			late.shows("signed in while the database is "+fault.name, func(w api.Workspace) bool { return w.Rep.ID == "alice" })
			heal()
			s.healed("database back", "database_away", administrator)
			s.healed("database back", "database_not_writable", administrator)
			if fault.moves {
				callers[0].shows("the center of the database that was put back is in force", isMoved)
			}
			s.callFor("database back", callers, 1)
		})
	}
}

func isMoved(w api.Workspace) bool { return strings.Contains(strings.Join(w.Place, "\n"), "Moved Ave") }

func TestNodeStartsFromItsBlackBoxWithoutADatabase(t *testing.T) {
	alone := databaseFault{name: "kept by another program alone", strike: keepAlone, starts: true}
	for _, fault := range append(databaseFaults(), alone) {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			s := lay(t, t.TempDir(), nil)
			s.start()
			s.healthy(s.callers())
			s.stop()
			heal := fault.strike(s)
			if took := s.start(); took > soon {
				t.Errorf("database %s: ready after %v", fault.name, took)
			} else {
				t.Logf("database %s: ready after %v", fault.name, took)
			}
			if !strings.Contains(s.reads("/readyz"), `"ready":true`) {
				t.Errorf("database %s: readyz says %s", fault.name, s.reads("/readyz"))
			}
			callers := s.callers()
			administrator := callers[3]
			s.callFor("started with the database "+fault.name, callers, 5)
			if fault.starts {
				s.faulty("started with the database "+fault.name, "database_away", administrator)
			}
			heal()
			s.healed("database back", "database_away", administrator)
			if fault.moves {
				callers[0].shows("the center of the database that was put back is in force", isMoved)
			}
			s.callFor("database back", callers, 1)
		})
	}
}
