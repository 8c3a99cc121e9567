package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"mayday/web"
	"mayday/web/api"
)

const patience = 20 * time.Second // human scale: only a broken test waits so long

// node is the fake behind the screens: it does what the test says and remembers what it was asked.
type node struct {
	mu      sync.Mutex
	people  map[string]api.Person
	missing []string
	tabs    []*tab
	refuse  error                                        // of Attach
	do      func(context.Context, api.Request) api.Reply // nil: everything is done
	verify  func(hash, plain string) bool                // nil: the hash is "hash of " and the password
	applied func(yaml string, dry bool) ([]string, error)

	attached chan *tab
	asked    chan api.Request
	verified chan string // each hash that was verified
}

type tab struct {
	node   *node
	rep    string
	from   string // the browser's address
	mu     sync.Mutex
	state  api.Workspace
	newer  chan struct{} // closed when state is newer than the last one returned
	fault  error
	bug    bool // the next Next panics
	closed chan struct{}
}

func newNode() *node {
	return &node{
		people: map[string]api.Person{
			"alice": {ID: "alice-id", Name: "Alice Doe", Site: "hq", Roles: []string{"rep"}},
			"bob":   {ID: "bob-id", Name: "Bob Roe", Site: "hq", Roles: []string{"rep"}},
			"ada":   {ID: "ada-id", Name: "Ada Poe", Site: "hq", Roles: []string{"administrator"}},
		},
		attached: make(chan *tab, 1000), asked: make(chan api.Request, 1000), verified: make(chan string, 1000),
	}
}

func (n *node) Attach(rep, from string) (web.Tab, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuse != nil {
		return nil, n.refuse
	}
	t := &tab{node: n, rep: rep, from: from, newer: make(chan struct{}), closed: make(chan struct{})}
	t.state = api.Workspace{Tab: "t1", Rep: api.Person{ID: rep}}
	close(t.newer)
	n.tabs = append(n.tabs, t)
	n.attached <- t
	return t, nil
}

func (n *node) Ready() (bool, []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.missing) == 0, n.missing
}

func (n *node) People() web.People { return n }

func (n *node) Person(username string) (api.Person, string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p, ok := n.people[username]
	return p, "hash of mayday", ok
}

func (n *node) Verify(hash, plain string) bool {
	n.verified <- hash
	if n.verify != nil {
		return n.verify(hash, plain)
	}
	return hash == "hash of "+plain
}

func (n *node) Export(context.Context) ([]byte, error) {
	return []byte("organisation: {name: Acme}\n"), nil
}

func (n *node) Apply(_ context.Context, _ string, yaml []byte, dry bool) ([]string, error) {
	return n.applied(string(yaml), dry)
}

func (n *node) Schedule(context.Context) (api.DrillSchedule, error) {
	return api.DrillSchedule{EveryDays: 30, Ways: []api.DrillWay{{Trunk: "provider", Site: "hq"}}}, nil
}

func (n *node) Drill(_ context.Context, order api.DrillOrder) (api.Drill, error) {
	return api.Drill{Passed: true, Hops: []api.Hop{{What: "INVITE sent to " + order.Trunk}}}, nil
}

func (n *node) Targets() []string { return []string{"provider"} }

func (n *node) History(_ context.Context, rep string, limit int) ([]api.HistoryRow, error) {
	return slices.Repeat([]api.HistoryRow{{ID: rep}}, min(limit, 3)), nil
}

func (t *tab) Next(ctx context.Context) (api.Workspace, error) {
	t.mu.Lock()
	newer := t.newer
	t.mu.Unlock()
	select {
	case <-newer:
	case <-ctx.Done():
		return api.Workspace{}, ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bug {
		panic("the state of alice is broken")
	}
	t.newer = make(chan struct{})
	return t.state, t.fault
}

func (t *tab) Do(ctx context.Context, r api.Request) api.Reply {
	t.node.asked <- r
	if t.node.do != nil {
		return t.node.do(ctx, r)
	}
	return api.Reply{}
}

func (t *tab) Close() { close(t.closed) }

// show changes the state of the screen.
func (t *tab) show(change func(*api.Workspace)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.state)
	t.wake()
}

func (t *tab) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = err
	t.wake()
}

func (t *tab) wake() {
	select {
	case <-t.newer:
	default:
		close(t.newer)
	}
}

// database is a fake of what keeps sessions; down, it fails.
type database struct {
	mu   sync.Mutex
	down bool
	kept map[string]web.Session
}

var errDown = errors.New("the database is down")

func newDatabase() *database {
	return &database{kept: map[string]web.Session{}}
}

func (d *database) change(change func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return errDown
	}
	change()
	return nil
}

func (d *database) Save(_ context.Context, s web.Session) error {
	return d.change(func() { d.kept[s.TokenHash] = s })
}

func (d *database) Delete(_ context.Context, hash string) error {
	return d.change(func() { delete(d.kept, hash) })
}

func (d *database) Load(context.Context) ([]web.Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, errDown
	}
	var all []web.Session
	for _, s := range d.kept {
		all = append(all, s)
	}
	return all, nil
}

func (d *database) setDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

func (d *database) sessions() []web.Session {
	all, _ := (&database{kept: d.snapshot()}).Load(context.Background())
	return all
}

func (d *database) snapshot() map[string]web.Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string]web.Session{}
	for k, v := range d.kept {
		all[k] = v
	}
	return all
}

// setup is a running server and what stands around it.
type setup struct {
	t        testing.TB
	node     *node
	database *database
	server   *web.Server
	http     *httptest.Server
	log      *logBook
}

type option func(*web.Config, *web.Timing)

func start(t testing.TB, options ...option) *setup {
	t.Helper()
	return startWith(t, newNode(), newDatabase(), options...)
}

func startWith(t testing.TB, n *node, d *database, options ...option) *setup {
	t.Helper()
	book := &logBook{}
	c := web.Config{
		Node: n, Sessions: d, History: n, Drills: n, Center: n, Verify: n.Verify, DummyHash: "hash of nobody",
		Registry: prometheus.NewRegistry(), Logger: slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Version: "1.2.3",
	}
	var timing web.Timing
	for _, o := range options {
		o(&c, &timing)
	}
	server, err := web.NewTimed(c, timing)
	if err != nil {
		t.Fatal(err)
	}
	s := &setup{t: t, node: n, database: d, server: server, http: httptest.NewServer(server.Handler()), log: book}
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *setup) stop() {
	s.server.Close()
	s.http.Close()
}

// logBook keeps what was logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// browser is an HTTP client with cookies.
type browser struct {
	s      *setup
	client *http.Client
}

func (s *setup) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar, Timeout: patience}}
}

// signedIn is a browser in which that person has signed in.
func (s *setup) signedIn(username string) *browser {
	s.t.Helper()
	b := s.browser()
	if r := b.signIn(username, "mayday"); r.status != http.StatusOK {
		s.t.Fatalf("signing in as %s: status %d, body %s", username, r.status, r.body)
	}
	return b
}

type response struct {
	status int
	header http.Header
	body   string
}

func (r response) problem(t testing.TB) api.Problem {
	t.Helper()
	if kind := r.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("with status %d: content type %q, want a problem; body %s", r.status, kind, r.body)
	}
	var p api.Problem
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *browser) send(method, path, body string, header ...string) response {
	b.s.t.Helper()
	r, err := http.NewRequest(method, b.s.http.URL+path, strings.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(content)}
}

func (b *browser) signIn(username, password string) response {
	b.s.t.Helper()
	body, err := json.Marshal(api.SignIn{Username: username, Password: password})
	if err != nil {
		b.s.t.Fatal(err)
	}
	return b.send("POST", "/api/v1/session", string(body))
}

func (b *browser) token() string {
	r, _ := http.NewRequest("GET", b.s.http.URL, nil)
	for _, c := range b.client.Jar.Cookies(r.URL) {
		return c.Value
	}
	return ""
}

// wire is an open feed as the browser has it.
type wire struct {
	t    testing.TB
	conn *websocket.Conn
	tab  *tab
}

func (b *browser) feed() *wire {
	b.s.t.Helper()
	conn, status, err := b.dialFeed()
	if err != nil {
		b.s.t.Fatalf("opening a feed: status %d, %v", status, err)
	}
	conn.SetReadLimit(-1)
	w := &wire{b.s.t, conn, wait(b.s.t, "the node to get a tab", b.s.node.attached)}
	b.s.t.Cleanup(func() { conn.CloseNow() })
	return w
}

func (b *browser) dialFeed(header ...string) (*websocket.Conn, int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	conn, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(b.s.http.URL, "http")+"/api/v1/feed",
		&websocket.DialOptions{HTTPClient: b.client, HTTPHeader: h})
	if answer == nil {
		return conn, 0, err
	}
	return conn, answer.StatusCode, err
}

func (w *wire) write(frame string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.conn.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) read() (api.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, frame, err := w.conn.Read(ctx)
	if err != nil {
		return api.Message{}, err
	}
	var m api.Message
	return m, json.Unmarshal(frame, &m)
}

// reply reads until the next reply.
func (w *wire) reply() api.Reply {
	w.t.Helper()
	for {
		m, err := w.read()
		if err != nil {
			w.t.Fatalf("while a reply was awaited: %v", err)
		}
		if m.Reply != nil {
			return *m.Reply
		}
	}
}

// workspace reads until a state that the test wants.
func (w *wire) workspace(wanted func(api.Workspace) bool) api.Workspace {
	w.t.Helper()
	for {
		m, err := w.read()
		if err != nil {
			w.t.Fatalf("while a state was awaited: %v", err)
		}
		if m.Workspace != nil && wanted(*m.Workspace) {
			return *m.Workspace
		}
	}
}

// goodbye reads until the feed is closed, and returns how.
func (w *wire) goodbye() websocket.CloseError {
	w.t.Helper()
	for {
		_, err := w.read()
		var bye websocket.CloseError
		if errors.As(err, &bye) {
			return bye
		}
		if err != nil {
			w.t.Fatalf("the feed ended without a close frame: %v", err)
		}
	}
}

func wait[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// eventually polls until the claim holds.
func eventually(t testing.TB, claim string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", patience, claim)
		}
	}
}
