// Package pgtest runs real PostgreSQL servers for tests: each on a Unix socket in a directory of its own, so that it meets no other server.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server that ends with the test, however the test ends.
type Server struct {
	directory string
	programs  string
	as        *syscall.Credential
	process   *os.Process
	exited    chan struct{}
	databases atomic.Int64
}

// Start makes a server and waits until it takes connections.
func Start() (*Server, error) {
	programs, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	s := &Server{programs: programs}
	if s.directory, err = os.MkdirTemp("", "mayday-pg"); err != nil {
		return nil, err
	}
	if s.as, err = servant(s.directory); err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", s.data(), "-U", "mayday", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: s.as}, s.directory
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.Again()
}

// Again starts a server that has ended, with what it had.
func (s *Server) Again() error {
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer log.Close()
	server := exec.Command(filepath.Join(s.programs, "postgres"), "-D", s.data(), "-k", s.directory,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	server.Dir, server.Stdout, server.Stderr = s.directory, log, log
	server.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGINT}
	if s.exited, err = run(server); err != nil {
		return err
	}
	s.process = server.Process
	return s.answers()
}

// Crash ends the server at once, without a word to anybody.
func (s *Server) Crash() { s.end(syscall.SIGQUIT) }

// Remove ends the server and removes all that it has.
func (s *Server) Remove() {
	if s.process != nil {
		s.end(syscall.SIGINT)
	}
	_ = os.RemoveAll(s.directory) // what is left lies among other temporary files
}

func (s *Server) end(how os.Signal) {
	_ = s.process.Signal(how) // an error means that it has ended already
	<-s.exited
}

// Database makes an empty database and returns its URL.
func (s *Server) Database(ctx context.Context) (string, error) {
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return "", fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	return s.url(name), nil
}

// Socket is the Unix socket on which the server listens.
func (s *Server) Socket() string { return filepath.Join(s.directory, ".s.PGSQL.5432") }

func (s *Server) url(name string) string {
	query := url.Values{"host": {s.directory}, "port": {"5432"}, "user": {"mayday"}}
	return "postgres:///" + name + "?" + query.Encode()
}

func (s *Server) data() string { return filepath.Join(s.directory, "data") }
func (s *Server) log() string  { return filepath.Join(s.directory, "log") }

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
func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-again.C:
		case <-s.exited:
			log, _ := os.ReadFile(s.log())
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
