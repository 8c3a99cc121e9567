// Package web is the side of a node that a browser sees: signing in, the pages, and the feed that carries a rep's
// requests to the node and the state of the rep's screen back.
//
// It decides nothing about calls. What a screen shows comes from the Node behind it, and what a rep asks for is handed to
// that Node in order and at once; an emergency call waits for nothing in here.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayday/web/api"
)

// Node is what stands behind the screens.
type Node interface {
	// Attach opens a tab of the rep (a Person's ID) whose browser has that address; empty: a proxy stands between, and it is not known. A Refusal when there is no such rep or the rep may not have a workspace.
	Attach(rep, from string) (Tab, error)
	// Ready tells whether an emergency call can be placed now and, if not, what is missing, in words.
	Ready() (ok bool, missing []string)
	// People are those who may sign in, as they are now, from memory.
	People() People
}

// Tab is one open workspace of a rep. Next and Do are called from different goroutines, each of them from one at a time.
// Its errors name nobody and no number: those that are no Refusal are logged.
type Tab interface {
	// Next waits for a state newer than the one it returned last. Only the latest counts: none queue up.
	Next(ctx context.Context) (api.Workspace, error)
	// Do does what the rep asks. It must not be slow: the tab's next request waits for it.
	Do(ctx context.Context, r api.Request) api.Reply
	// Close is called once, after the last Next and Do have returned.
	Close()
}

// People are those who may sign in.
type People interface {
	// Person finds somebody by the name that they sign in with.
	Person(username string) (p api.Person, passwordHash string, ok bool)
}

// Session is a person's signing in, as it is kept in the database. The token itself is known to the browser alone.
type Session struct {
	TokenHash string // SHA-256 of the token, in lower-case hexadecimal
	Username  string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Sessions keeps sessions across a restart. It may fail or be slow: people sign in without it.
type Sessions interface {
	Save(ctx context.Context, s Session) error // inserts, or replaces the session of the same TokenHash
	Delete(ctx context.Context, tokenHash string) error
	Load(ctx context.Context) ([]Session, error)
}

// History has the ordinary conversations that have ended.
type History interface {
	// History returns at most limit rows of the rep (a Person's ID), the newest first.
	History(ctx context.Context, rep string, limit int) ([]api.HistoryRow, error)
}

// CenterAdmin reads and changes the configuration as a center file.
type CenterAdmin interface {
	// Export returns the center file without secrets.
	Export(ctx context.Context) ([]byte, error)
	// Apply brings the center to what the file says and returns what that changes, a line each; a dry run changes nothing.
	// A file with mistakes gets a Refusal that names them, one a line.
	Apply(ctx context.Context, by string, yaml []byte, dryRun bool) (changes []string, err error)
}

// Refusal is the rules saying no: it is shown to the person in its own words, a mistake a line where there are several.
// Every other error is a fault, and is logged.
type Refusal interface {
	error
	Code() string
}

// Config is what a Server needs. Node, Sessions, History, Center, Verify and DummyHash must be given.
type Config struct {
	Node      Node
	Sessions  Sessions
	History   History
	Center    CenterAdmin
	Parts     CenterParts // nil: the center is changed as a whole only
	Drills    Drills      // nil: there are none
	Explainer Explainer   // nil: nothing is explained
	Overview  Overview    // nil: there is none

	AddressBook AddressBook // nil: there is none

	Verify    func(hash, plain string) bool // whether plain is the password behind hash; slow on purpose
	DummyHash string                        // a hash as costly as any, verified for names that nobody has

	Registry *prometheus.Registry // nil: one of its own
	Logger   *slog.Logger         // nil: nothing is logged
	Version  string               // of the program, for the API's description

	EmbedOrigins []string                // pages that may show the workspace in a frame: https://crm.example
	Secure       bool                    // browsers reach this node over TLS
	Extra        map[string]http.Handler // by path ("/psap"); each also gets everything below its path, the path left whole
}

// Server answers a node's HTTP requests.
type Server struct {
	config   Config
	log      *slog.Logger
	timing   timing
	metrics  *metrics
	sessions *sessions
	throttle *throttle
	verifier chan struct{} // holds a token for each password that is being verified
	handler  http.Handler

	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup // feeds and the keeper of sessions
}

// timing is every duration that a test may want shorter.
type timing struct {
	pingEvery, pongWithin time.Duration // a dead peer is noticed within their sum
	writeWithin           time.Duration // a reader slower than this is cut off
	verifyWithin          time.Duration // how long a sign-in waits for its turn
	keepEvery             time.Duration // how often renewed sessions are written down
	keepWithin            time.Duration // one attempt at the database
	keepRetry             time.Duration // pause after a fault of the database
	sessionLife           time.Duration // since the person last did something
	sessionGrace          time.Duration // before its end a session is looked at, and lives on while an emergency call needs it
}

func usualTiming() timing {
	return timing{
		pingEvery: 20 * time.Second, pongWithin: 10 * time.Second, writeWithin: 10 * time.Second,
		verifyWithin: 20 * time.Second,
		keepEvery:    5 * time.Minute, keepWithin: 5 * time.Second, keepRetry: 5 * time.Second,
		sessionLife: 12 * time.Hour, sessionGrace: 2 * time.Minute,
	}
}

// New builds a Server and starts to read the sessions that were kept. The error names everything that is wrong with c.
func New(c Config) (*Server, error) { return newServer(c, usualTiming()) }

func newServer(c Config, t timing) (*Server, error) {
	if err := check(c); err != nil {
		return nil, err
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	m, err := newMetrics(c.Registry)
	if err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	s := &Server{
		config: c, log: c.Logger, timing: t, metrics: m,
		sessions: newSessions(t.sessionLife),
		throttle: newThrottle(),
		// Half the cores: a morning's sign-ins must leave room for calls.
		verifier: make(chan struct{}, max(1, runtime.NumCPU()/2)),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.handler, err = s.routes(); err != nil {
		s.cancel()
		return nil, err
	}
	s.work.Go(func() { s.keepSessions(s.ctx) })
	return s, nil
}

func check(c Config) error {
	var wrong []error
	missing := func(is bool, what string) {
		if is {
			wrong = append(wrong, fmt.Errorf("web: no %s", what))
		}
	}
	missing(c.Node == nil, "Node")
	missing(c.Sessions == nil, "Sessions")
	missing(c.History == nil, "History")
	missing(c.Center == nil, "Center")
	missing(c.Verify == nil, "Verify")
	missing(c.DummyHash == "", "DummyHash")
	for _, origin := range c.EmbedOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || origin != u.Scheme+"://"+u.Host || !plainHost(u.Host) {
			wrong = append(wrong, fmt.Errorf("web: embedding origin %q is not of the form https://host", origin))
		}
	}
	return errors.Join(wrong...)
}

// Handler answers every request to the node. It wants to see whole paths, so it belongs at the root.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends all feeds, writes down what is not yet kept of the sessions, and returns when that is done or has failed.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
}

// begin counts a feed into the work that Close waits for; false when Close has been called.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}
