package app_test

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mayday/engine/store/pgtest"
)

// postgres is a real PostgreSQL server and where the node's database is on it.
type postgres struct {
	t      *testing.T
	server *pgtest.Server
	at     string
}

func startPostgres(t *testing.T) *postgres {
	t.Helper()
	server, err := pgtest.Start()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(server.Remove)
	at, err := server.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &postgres{t, server, at}
}

// crash ends the server at once; it comes back with what it had.
func (p *postgres) crash() (heal func()) {
	p.server.Crash()
	return func() {
		if err := p.server.Again(); err != nil {
			p.t.Fatal(err)
		}
	}
}

// lock holds every table as another program does that alters them: nobody can even read.
func (p *postgres) lock() (heal func()) {
	p.t.Helper()
	other, err := pgx.Connect(p.t.Context(), p.at)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := other.Exec(p.t.Context(), `BEGIN; DO $$ DECLARE t text; BEGIN
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', t); END LOOP;
	END $$`); err != nil {
		p.t.Fatal(err)
	}
	return func() { _ = other.Close(p.t.Context()) } // and of its locks
}

// lateWay is a way to the server over TCP, which takes as long as the test wants.
func (p *postgres) lateWay() *lateWay {
	p.t.Helper()
	d := &lateWay{}
	address := listens(p.t, func(c net.Conn) { go d.join(c, p.server.Socket()) })
	host, port, _ := strings.Cut(address, ":") // it is one of ours
	at, err := url.Parse(p.at)
	if err != nil {
		p.t.Fatal(err)
	}
	at.RawQuery = url.Values{"host": {host}, "port": {port}, "user": {"mayday"}, "sslmode": {"disable"}}.Encode()
	p.at = at.String()
	return d
}

// TestEmergencyCallsGoOnWhateverBecomesOfPostgreSQL: a node whose database is a server notices that it is gone or locked, places
// emergency calls all the same, starts without it, and is well again by itself.
func TestEmergencyCallsGoOnWhateverBecomesOfPostgreSQL(t *testing.T) {
	for _, row := range []struct {
		name   string
		strike func(*postgres, *lateWay) (heal func())
		code   string // what the node comes to know by itself; empty: nothing
	}{
		{name: "gone", strike: func(p *postgres, _ *lateWay) func() { return p.crash() }, code: "database_away"},
		{name: "locked", strike: func(p *postgres, _ *lateWay) func() { return p.lock() }, code: "database_away"},
		{name: "slow", strike: func(_ *postgres, d *lateWay) func() { return d.take(700 * time.Millisecond) }},
		{name: "silent", strike: func(_ *postgres, d *lateWay) func() { return d.take(time.Hour) }, code: "database_away"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, p := lay(t, t.TempDir(), nil), startPostgres(t)
			s.settings.Database = p.at
			s.seed(s.settings.Data, nil)
			way := p.lateWay()
			s.settings.Database = p.at
			s.start()
			callers := s.callers()
			s.healthy(callers)
			heal := row.strike(p, way)
			s.callFor("PostgreSQL "+row.name, callers, 5)
			if row.code != "" {
				s.faulty("PostgreSQL "+row.name, row.code, callers[3])
			}
			s.callFor("PostgreSQL known to be "+row.name, callers, 1)
			s.stop()
			if took := s.start(); took > soon {
				t.Errorf("PostgreSQL %s: ready after %v", row.name, took)
			}
			callers = s.callers()
			s.callFor("started with PostgreSQL "+row.name, callers, 5)
			if row.code != "" {
				s.faulty("started with PostgreSQL "+row.name, row.code, callers[3])
			}
			heal()
			s.healed("PostgreSQL back", "database_away", callers[3])
			s.healed("PostgreSQL back", "database_not_writable", callers[3])
			s.moves()
			callers[0].shows("PostgreSQL back: a change of the center is in force", isMoved)
			s.callFor("PostgreSQL back", callers, 1)
		})
	}
}

// moves changes the center in the node's database: the headquarters have moved.
func (s *station) moves() {
	s.t.Helper()
	s.seed(s.settings.Data, func(center string) string { return strings.ReplaceAll(center, "Main St", "Moved Ave") })
}
