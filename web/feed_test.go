package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mayday/web"
	"mayday/web/api"
)

func TestFeedCarriesRequestsAndStates(t *testing.T) {
	s := start(t)
	s.node.do = func(_ context.Context, r api.Request) api.Reply {
		if r.Do == api.DoMediaOffer {
			return api.Reply{SDP: "answer to " + r.SDP}
		}
		return api.Reply{Refused: &api.Refusal{Code: "EMERGENCY_LOCKED", Detail: "locked"}}
	}
	w := s.signedIn("alice").feed()
	if w.tab.rep != "alice-id" {
		t.Errorf("the tab is of %q", w.tab.rep)
	}
	first := w.workspace(func(api.Workspace) bool { return true })
	if first.Tab != "t1" {
		t.Errorf("the first state: %+v", first)
	}
	w.write(`{"id":5,"do":"media_offer","sdp":"v=0"}`)
	if got := w.reply(); got.ID != 5 || got.SDP != "answer to v=0" || got.Refused != nil {
		t.Errorf("media_offer: %+v", got)
	}
	w.write(`{"id":6,"do":"presence","presence":"away"}`)
	if got := w.reply(); got.ID != 6 || got.Refused == nil || got.Refused.Code != "EMERGENCY_LOCKED" {
		t.Errorf("presence: %+v", got)
	}
	w.tab.show(func(w *api.Workspace) { w.Presence.Current = "away" })
	w.workspace(func(w api.Workspace) bool { return w.Presence.Current == "away" })
	w.conn.Close(websocket.StatusNormalClosure, "")
	wait(t, "the tab to be closed", w.tab.closed)
}

// TestAddressBehindAProxyIsNotTakenForTheBrowsers: whoever asks where that network is would be told where the proxy stands.
func TestAddressBehindAProxyIsNotTakenForTheBrowsers(t *testing.T) {
	s := start(t)
	alice := s.signedIn("alice")
	for header, want := range map[string]string{"X-Nothing": "127.0.0.1", "X-Forwarded-For": "", "Forwarded": "", "Via": ""} {
		conn, status, err := alice.dialFeed(header, "for=192.0.2.5")
		if err != nil {
			t.Fatalf("%q: status %d, %v", header, status, err)
		}
		if tab := wait(t, "the node to get a tab", s.node.attached); tab.from != want {
			t.Errorf("%q: the browser is at %q, want %q", header, tab.from, want)
		}
		conn.CloseNow()
	}
}

func TestFeedKeepsTheOrderOfRequests(t *testing.T) {
	s := start(t)
	w := s.signedIn("alice").feed()
	const many = 500
	go func() {
		for i := range many {
			w.write(fmt.Sprintf(`{"id":%d,"do":"keypad","digits":"%d"}`, i+1, i%10))
		}
	}()
	for i := range many {
		if got := w.reply(); got.ID != int64(i+1) {
			t.Fatalf("reply %d has id %d", i+1, got.ID)
		}
		if got := wait(t, "the request", s.node.asked); got.ID != int64(i+1) {
			t.Fatalf("request %d reached the tab as %d", i+1, got.ID)
		}
	}
}

func TestFeedSendsTheLatestStateOnly(t *testing.T) {
	s := start(t)
	w := s.signedIn("alice").feed()
	const many = 2000
	for i := range many {
		w.tab.show(func(w *api.Workspace) { w.Mobile = fmt.Sprint(i) })
	}
	states := 0
	w.workspace(func(w api.Workspace) bool { states++; return w.Mobile == fmt.Sprint(many-1) })
	if states > many/2 {
		t.Errorf("of %d states in a burst %d were sent", many, states)
	}
}

func TestStatesHoldNoNull(t *testing.T) {
	s := start(t)
	w := s.signedIn("alice").feed()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, frame, err := w.conn.Read(ctx)
	if err != nil || strings.Contains(string(frame), "null") || !strings.Contains(string(frame), `"roles":[]`) {
		t.Errorf("an empty state is sent as %s (%v)", frame, err)
	}
}

func TestFeedIsRefusedToStrangers(t *testing.T) {
	s := start(t)
	alice := s.signedIn("alice")
	host := strings.TrimPrefix(s.http.URL, "http://")
	for _, c := range []struct {
		name   string
		who    *browser
		header []string
		status int
	}{
		{"signed out", s.browser(), nil, http.StatusUnauthorized},
		{"a token that never was", s.browser(), []string{"Cookie", "mayday_session=abc"}, http.StatusUnauthorized},
		{"another site's page", alice, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"a sandboxed frame", alice, []string{"Origin", "null"}, http.StatusForbidden},
		{"our host on another port", alice, []string{"Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		{"our page", alice, []string{"Origin", "http://" + host}, http.StatusSwitchingProtocols},
	} {
		conn, status, _ := c.who.dialFeed(c.header...)
		if status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
		if conn != nil {
			conn.CloseNow()
		}
	}
	if r := alice.send("GET", "/api/v1/feed", ""); r.status != http.StatusUpgradeRequired {
		t.Errorf("without an upgrade: status %d", r.status)
	}
	for len(s.node.attached) > 0 {
		wait(t, "every tab to be closed", (<-s.node.attached).closed)
	}
	s.node.mu.Lock()
	s.node.refuse = mistakes{}
	s.node.mu.Unlock()
	if _, status, _ := alice.dialFeed(); status != http.StatusUnprocessableEntity {
		t.Errorf("a person without a workspace: status %d", status)
	}
}

func TestFeedBearsGarbage(t *testing.T) {
	s := start(t)
	w := s.signedIn("alice").feed()
	for _, c := range garbage {
		w.write(c.frame)
		got := w.reply()
		if got.ID != c.id || got.Refused == nil || got.Refused.Code != "BAD_REQUEST" || !strings.Contains(got.Refused.Detail, c.words) {
			t.Errorf("frame %.80q: reply %+v", c.frame, got)
		}
	}
	w.write(`{"id":1,"do":"dial","digits":"+12175550123"}`)
	if got := w.reply(); got.ID != 1 || got.Refused != nil {
		t.Errorf("a dial after all that: %+v", got)
	}
	if got := wait(t, "the dial", s.node.asked); got.Digits != "+12175550123" || len(s.node.asked) != 0 {
		t.Errorf("the tab was asked %+v and %d more", got, len(s.node.asked))
	}
	if strings.Contains(s.log.String(), "12175550123") {
		t.Errorf("the log holds what was sent:\n%s", s.log)
	}
}

func TestFeedClosesOnWhatIsNoRequest(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name  string
		kind  websocket.MessageType
		frame []byte
		code  websocket.StatusCode
	}{
		{"binary", websocket.MessageBinary, []byte(`{"id":1,"do":"end"}`), websocket.StatusUnsupportedData},
		{"oversize", websocket.MessageText, []byte(strings.Repeat("x", 70_000)), websocket.StatusMessageTooBig},
	} {
		w := s.signedIn("alice").feed()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if err := w.conn.Write(ctx, c.kind, c.frame); err != nil {
			t.Fatal(err)
		}
		cancel()
		if bye := w.goodbye(); bye.Code != c.code || bye.Reason == "" {
			t.Errorf("%s: closed with %v", c.name, bye)
		}
		wait(t, "the tab to be closed", w.tab.closed)
	}
}

func TestADialIsPlacedThoughTheBrowserIsGone(t *testing.T) {
	s := start(t)
	gone, placed := make(chan struct{}), make(chan error, 1)
	s.node.do = func(ctx context.Context, _ api.Request) api.Reply {
		<-gone
		placed <- ctx.Err()
		return api.Reply{}
	}
	w := s.signedIn("alice").feed()
	w.write(`{"id":1,"do":"dial","digits":"911"}`)
	wait(t, "the dial", s.node.asked)
	w.conn.CloseNow()
	w.tab.show(func(w *api.Workspace) { w.Place = []string{"a write that finds nobody"} })
	close(gone)
	if err := wait(t, "the call to be placed", placed); err != nil {
		t.Errorf("a browser that went away took its dial along: %v", err)
	}
	wait(t, "the tab to be closed", w.tab.closed)
}

func TestWhatWasSentBeforeTheBrowserWentIsDone(t *testing.T) {
	s := start(t)
	for range 20 {
		w := s.signedIn("alice").feed()
		w.workspace(func(api.Workspace) bool { return true }) // nothing is left unread, or the kernel would reset
		w.write(`{"id":1,"do":"dial","digits":"911"}`)
		w.conn.CloseNow()
		wait(t, "the dial", s.node.asked)
		wait(t, "the tab to be closed", w.tab.closed)
	}
}

func TestABugEndsNoFeed(t *testing.T) {
	s := start(t)
	s.node.do = func(_ context.Context, r api.Request) api.Reply {
		if r.Do == api.DoDial {
			panic("cannot dial " + r.Digits)
		}
		return api.Reply{}
	}
	w := s.signedIn("alice").feed()
	w.write(`{"id":1,"do":"dial","digits":"5550199"}`)
	if got := w.reply(); got.ID != 1 || got.Refused == nil || got.Refused.Code != "BUG" {
		t.Errorf("a request that panics: %+v", got)
	}
	w.write(`{"id":2,"do":"end"}`)
	if got := w.reply(); got.ID != 2 || got.Refused != nil {
		t.Errorf("the next request: %+v", got)
	}
	if book := s.log.String(); !strings.Contains(book, "recovered from a bug") || strings.Contains(book, "5550199") {
		t.Errorf("log of the panic:\n%s", book)
	}
}

func TestTheEndOfAWorkspaceIsSaid(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		fault error
		code  websocket.StatusCode
	}{{errors.New("the disk is on fire"), websocket.StatusInternalError}, {mistakes{}, 4403}} {
		w := s.signedIn("alice").feed()
		w.tab.fail(c.fault)
		if bye := w.goodbye(); bye.Code != c.code || strings.Contains(bye.Reason, "fire") {
			t.Errorf("after %v: closed with %v", c.fault, bye)
		}
	}
}

func TestClosingTheServerSaysGoodbyeToFeeds(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	w := b.feed()
	go s.server.Close()
	if bye := w.goodbye(); bye.Code != websocket.StatusGoingAway {
		t.Errorf("closed with %v", bye)
	}
	wait(t, "the tab to be closed", w.tab.closed)
	s.server.Close()
	if _, status, _ := b.dialFeed(); status != http.StatusServiceUnavailable {
		t.Errorf("a feed after Close: status %d", status)
	}
}

func TestSigningOutClosesTheFeed(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	first, second := b.feed(), b.feed()
	b.send("DELETE", "/api/v1/session", "")
	for _, w := range []*wire{first, second} {
		if bye := w.goodbye(); bye.Code != 4401 {
			t.Errorf("closed with %v", bye)
		}
	}
}

func TestNobodyIsSignedOutDuringAnEmergencyCall(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	w := b.feed()
	w.tab.show(func(w *api.Workspace) { w.Emergency = &api.Call{State: api.CallConnected} })
	w.workspace(func(w api.Workspace) bool { return w.Emergency != nil })
	if r := b.send("DELETE", "/api/v1/session", ""); r.status != http.StatusConflict || r.problem(t).Code != "EMERGENCY_LOCKED" {
		t.Errorf("signing out: status %d, body %s", r.status, r.body)
	}
	if r := b.signIn("bob", "mayday"); r.status != http.StatusOK {
		t.Fatalf("bob signing in: status %d", r.status)
	}
	w.write(`{"id":1,"do":"end"}`)
	if got := w.reply(); got.Refused != nil {
		t.Errorf("when bob has signed in at alice's browser, her feed: %+v", got)
	}
	w.tab.show(func(w *api.Workspace) { w.Emergency, w.Window = nil, &api.Window{} })
	w.workspace(func(w api.Workspace) bool { return w.Window != nil })
	w.write(`{"id":2,"do":"end"}`)
	if got := w.reply(); got.Refused != nil {
		t.Errorf("while she can be called back, her feed: %+v", got)
	}
	w.tab.show(func(w *api.Workspace) { w.Window = nil })
	if bye := w.goodbye(); bye.Code != 4401 {
		t.Errorf("when all is over the feed closed with %v", bye)
	}
}

func TestAFailedCallKeepsNobodySignedIn(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	w := b.feed()
	for _, state := range []api.CallState{api.CallPlacing, api.CallFailed} {
		w.tab.show(func(w *api.Workspace) { w.Emergency = &api.Call{State: state} })
		w.workspace(func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == state })
	}
	if r := b.send("DELETE", "/api/v1/session", ""); r.status != http.StatusNoContent {
		t.Errorf("signing out: status %d", r.status)
	}
}

// almostOver is a database with a session of alice that has a moment left, and its cookie's value.
func almostOver(left time.Duration) (*database, string) {
	d := newDatabase()
	hash := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // SHA-256 of "abc", from FIPS 180-4
	d.kept[hash] = web.Session{TokenHash: hash, Username: "alice", CreatedAt: time.Now(), ExpiresAt: time.Now().Add(left)}
	return d, "mayday_session=abc"
}

func TestAnExpiredSessionIsOver(t *testing.T) {
	d, cookie := almostOver(-time.Second)
	s := startWith(t, newNode(), d)
	if r := s.browser().send("GET", "/api/v1/session", "", "Cookie", cookie); r.status != http.StatusUnauthorized {
		t.Errorf("status %d", r.status)
	}
	eventually(t, "it is no longer kept", func() bool { return len(d.sessions()) == 0 })
}

func TestABugOfTheWorkspaceEndsItsFeedAlone(t *testing.T) {
	s := start(t)
	first, second := s.signedIn("alice").feed(), s.signedIn("bob").feed()
	first.tab.mu.Lock()
	first.tab.bug = true
	first.tab.wake()
	first.tab.mu.Unlock()
	if bye := first.goodbye(); bye.Code != websocket.StatusInternalError {
		t.Errorf("closed with %v", bye)
	}
	wait(t, "the tab to be closed", first.tab.closed)
	second.write(`{"id":1,"do":"dial","digits":"911"}`)
	if got := second.reply(); got.Refused != nil {
		t.Errorf("the other feed: %+v", got)
	}
}
