package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mayday/engine/store"
)

// TestMain ends the PostgreSQL server that the first test which needs one has started.
func TestMain(m *testing.M) {
	code := m.Run()
	if stop := postgresStop.Load(); stop != nil {
		(*stop)()
	}
	os.Exit(code)
}

var (
	postgres     = sync.OnceValues(startPostgres)
	postgresStop atomic.Pointer[func()]
	databases    atomic.Int64
)

// database makes an empty PostgreSQL database of the test's own and returns its URL.
func database(t *testing.T) string {
	t.Helper()
	socket, err := postgres()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	ctx := deadline(t)
	conn, err := pgx.Connect(ctx, databaseURL(socket, "postgres"))
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return databaseURL(socket, name)
}

func databaseURL(socket, name string) string {
	query := url.Values{"host": {socket}, "port": {"5432"}, "user": {"mayday"}}
	return "postgres:///" + name + "?" + query.Encode()
}

// startPostgres starts one server for the whole run on a Unix socket in a directory of its own, so that it meets no other server.
func startPostgres() (socket string, err error) {
	programs, err := postgresPrograms()
	if err != nil {
		return "", err
	}
	directory, err := os.MkdirTemp("", "mayday-pg")
	if err != nil {
		return "", err
	}
	as, err := servant(directory)
	if err != nil {
		return "", err
	}
	data := filepath.Join(directory, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", data, "-U", "mayday", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: as}, directory
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(directory, "log"))
	if err != nil {
		return "", err
	}
	server := exec.Command(filepath.Join(programs, "postgres"), "-D", data, "-k", directory,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	server.Dir, server.Stdout, server.Stderr = directory, log, log
	// The server ends with the test, however the test ends.
	server.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGINT}
	exited, err := run(server)
	if err != nil {
		return "", err
	}
	stop := func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown; an error means that it has ended already
		<-exited
		os.RemoveAll(directory)
	}
	postgresStop.Store(&stop)
	return directory, answers(directory, exited)
}

// run starts the program from a thread that lives as long as the program, because a parent-death signal comes when the thread ends.
func run(program *exec.Cmd) (exited chan struct{}, err error) {
	started := make(chan error)
	exited = make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(exited)
		err := program.Start()
		started <- err
		if err == nil {
			_ = program.Wait() // its log says why it ended
		}
	}()
	return exited, <-started
}

// answers waits until the server takes connections.
func answers(directory string, exited chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		conn, err := pgx.Connect(ctx, databaseURL(directory, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-again.C:
		case <-exited:
			log, _ := os.ReadFile(filepath.Join(directory, "log"))
			return fmt.Errorf("it ended at once:\n%s", log)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
}

// postgresPrograms finds Debian's newest server, which is not in the PATH, or one that is.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return release(b) - release(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if inPath, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(inPath), nil
	}
	return "", errors.New("there is no PostgreSQL server on this machine: apt-get install postgresql")
}

func release(program string) int {
	number, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program)))) // no number: the oldest
	return number
}

// servant gives the directory to the user nobody where the tests run as root, which PostgreSQL refuses to do.
func servant(directory string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(nobody.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr, os.Chown(directory, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
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
