package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"mayday/web"
	"mayday/web/api"
)

func TestSignInTellsWhoIsSignedIn(t *testing.T) {
	s := start(t)
	b := s.browser()
	if r := b.send("GET", "/api/v1/session", ""); r.status != http.StatusUnauthorized || r.problem(t).Code != "NOT_SIGNED_IN" {
		t.Errorf("before signing in: status %d, body %s", r.status, r.body)
	}
	r := b.signIn("alice", "mayday")
	if r.status != http.StatusOK {
		t.Fatalf("signing in: status %d, body %s", r.status, r.body)
	}
	var first, again api.Session
	if err := json.Unmarshal([]byte(r.body), &first); err != nil {
		t.Fatal(err)
	}
	if first.Person.ID != "alice-id" || time.Until(first.ExpiresAt) < 11*time.Hour || time.Until(first.ExpiresAt) > 13*time.Hour {
		t.Errorf("signing in answered %+v", first)
	}
	r = b.send("GET", "/api/v1/session", "")
	if err := json.Unmarshal([]byte(r.body), &again); err != nil || r.status != http.StatusOK {
		t.Fatalf("asked who is signed in: status %d, body %s", r.status, r.body)
	}
	if again.Person.ID != "alice-id" || again.ExpiresAt.Before(first.ExpiresAt) {
		t.Errorf("asked who is signed in: %+v, want alice, living at least until %v", again, first.ExpiresAt)
	}
	if r := b.send("DELETE", "/api/v1/session", ""); r.status != http.StatusNoContent {
		t.Errorf("signing out: status %d, body %s", r.status, r.body)
	}
	if r := b.send("GET", "/api/v1/session", ""); r.status != http.StatusUnauthorized {
		t.Errorf("after signing out: status %d", r.status)
	}
}

func TestSessionCookieIsOutOfReach(t *testing.T) {
	embed := func(c *web.Config, _ *web.Timing) { c.EmbedOrigins = []string{"https://crm.example"} }
	secure := func(c *web.Config, _ *web.Timing) { c.Secure = true }
	for _, c := range []struct {
		name    string
		options []option
		want    http.Cookie
	}{
		{"plain", nil, http.Cookie{Name: "mayday_session", SameSite: http.SameSiteLaxMode}},
		{"behind TLS", []option{secure}, http.Cookie{Name: "__Host-mayday_session", SameSite: http.SameSiteLaxMode, Secure: true}},
		{"embedded", []option{secure, embed},
			http.Cookie{Name: "__Host-mayday_session", SameSite: http.SameSiteNoneMode, Secure: true, Partitioned: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, c.options...).browser().signIn("alice", "mayday")
			got, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != c.want.Name || got.SameSite != c.want.SameSite || got.Secure != c.want.Secure ||
				got.Partitioned != c.want.Partitioned || !got.HttpOnly || got.Path != "/" || got.Domain != "" || len(got.Value) != 43 {
				t.Errorf("cookie %s", got.Raw)
			}
			if strings.Contains(r.body, got.Value) {
				t.Error("the token is in the body, where a script can read it")
			}
		})
	}
}

func TestUnknownNameCostsAPasswordCheckToo(t *testing.T) {
	s := start(t)
	wrong := s.browser().signIn("alice", "wrong").problem(t)
	if got := wait(t, "a check", s.node.verified); got != "hash of mayday" {
		t.Errorf("a known name: verified %q", got)
	}
	unknown := s.browser().signIn("nobody", "wrong").problem(t)
	if got := wait(t, "a check", s.node.verified); got != "hash of nobody" {
		t.Errorf("an unknown name: verified %q, want the dummy", got)
	}
	if wrong.Status != http.StatusUnauthorized || wrong.Detail != unknown.Detail || wrong.Code != unknown.Code {
		t.Errorf("the answers differ: %+v and %+v", wrong, unknown)
	}
	if r := s.browser().signIn("nobody", "nobody"); r.status != http.StatusUnauthorized {
		t.Errorf("the dummy's own password signs in: status %d", r.status)
	}
}

func TestWrongPasswordsDelayTheNextAttemptAndNothingElse(t *testing.T) {
	s := start(t)
	alice := s.signedIn("alice")
	guesser := s.browser()
	for range 5 {
		if r := guesser.signIn("alice", "wrong"); r.status != http.StatusUnauthorized {
			t.Fatalf("a wrong password: status %d", r.status)
		}
	}
	r := guesser.signIn("alice", "mayday")
	if r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") != "1" || r.problem(t).Code != "TOO_MANY_ATTEMPTS" {
		t.Errorf("the sixth attempt: status %d, Retry-After %q, body %s", r.status, r.header.Get("Retry-After"), r.body)
	}
	if r := alice.send("GET", "/api/v1/session", ""); r.status != http.StatusOK {
		t.Errorf("she who is signed in already: status %d", r.status)
	}
	alice.feed()
}

func TestSignInsBeyondTheMachineAreToldToWait(t *testing.T) {
	n := newNode()
	hang := make(chan struct{})
	n.verify = func(string, string) bool { <-hang; return true }
	s := startWith(t, n, newDatabase(), func(_ *web.Config, timing *web.Timing) { timing.VerifyWithin = 50 * time.Millisecond })
	const many = 100 // more than half the cores of any machine that runs this
	statuses := make(chan int, many)
	for range many {
		go func() { statuses <- s.browser().signIn("alice", "mayday").status }()
	}
	if got := wait(t, "an answer", statuses); got != http.StatusServiceUnavailable {
		t.Errorf("while passwords are being verified: status %d, want 503", got)
	}
	close(hang)
	for range many - 1 {
		wait(t, "the other answers", statuses)
	}
}

func TestSigningInAgainChangesTheToken(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	feed := b.feed()
	old := b.token()
	if r := b.signIn("alice", "mayday"); r.status != http.StatusOK {
		t.Fatalf("signing in again: status %d", r.status)
	}
	if b.token() == old {
		t.Error("the token is the same as before")
	}
	stale := s.browser()
	if r := stale.send("GET", "/api/v1/session", "", "Cookie", "mayday_session="+old); r.status != http.StatusUnauthorized {
		t.Errorf("with the old token: status %d", r.status)
	}
	feed.write(`{"id":1,"do":"end"}`)
	if got := feed.reply(); got.ID != 1 || got.Refused != nil {
		t.Errorf("the feed opened before: %+v", got)
	}
	if r := b.signIn("bob", "mayday"); r.status != http.StatusOK {
		t.Fatalf("bob signing in: status %d", r.status)
	}
	if bye := feed.goodbye(); bye.Code != 4401 {
		t.Errorf("when bob took alice's browser her feed closed with %v", bye)
	}
}

func TestOnlyTheHashOfATokenIsKept(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	sum := sha256.Sum256([]byte(b.token()))
	eventually(t, "the session is kept", func() bool { return len(s.database.sessions()) == 1 })
	if got := s.database.sessions()[0]; got.TokenHash != hex.EncodeToString(sum[:]) || got.Username != "alice" {
		t.Errorf("kept %+v", got)
	}
	if strings.Contains(s.log.String(), b.token()) {
		t.Error("the token is in the log")
	}
}

func TestSessionsOutliveTheNode(t *testing.T) {
	n, d := newNode(), newDatabase()
	first := startWith(t, n, d)
	alice, bob := first.signedIn("alice"), first.signedIn("bob")
	bob.send("DELETE", "/api/v1/session", "")
	first.stop()

	second := startWith(t, n, d)
	if r := second.browser().send("GET", "/api/v1/session", "", "Cookie", "mayday_session="+alice.token()); r.status != http.StatusOK {
		t.Errorf("alice at the restarted node: status %d", r.status)
	}
	if len(d.sessions()) != 1 {
		t.Errorf("after bob has signed out %d sessions are kept, want 1", len(d.sessions()))
	}
}

func TestSignInNeedsNoDatabase(t *testing.T) {
	n, d := newNode(), newDatabase()
	d.setDown(true)
	s := startWith(t, n, d, func(_ *web.Config, timing *web.Timing) { timing.KeepRetry = 10 * time.Millisecond })
	alice, bob := s.signedIn("alice"), s.signedIn("bob")
	alice.feed()
	bob.send("DELETE", "/api/v1/session", "")
	eventually(t, "the fault is logged", func() bool { return strings.Contains(s.log.String(), "sessions are not kept") })
	if strings.Contains(s.log.String(), "alice") {
		t.Errorf("the log names her:\n%s", s.log)
	}
	d.setDown(false)
	eventually(t, "what was missed is written down", func() bool { return len(d.sessions()) == 1 })
	if got := d.sessions()[0].Username; got != "alice" {
		t.Errorf("kept is the session of %s", got)
	}
}

func TestSessionsAreKeptFromBeforeWhenTheDatabaseComesBack(t *testing.T) {
	n, d := newNode(), newDatabase()
	first := startWith(t, n, d)
	alice := first.signedIn("alice")
	first.stop()
	d.setDown(true)
	second := startWith(t, n, d, func(_ *web.Config, timing *web.Timing) { timing.KeepRetry = 10 * time.Millisecond })
	b := second.browser()
	if r := b.send("GET", "/api/v1/session", "", "Cookie", "mayday_session="+alice.token()); r.status != http.StatusUnauthorized {
		t.Errorf("while the database is down: status %d", r.status)
	}
	d.setDown(false)
	eventually(t, "alice is signed in as before", func() bool {
		return b.send("GET", "/api/v1/session", "", "Cookie", "mayday_session="+alice.token()).status == http.StatusOK
	})
}

func TestWhoHasLeftTheCenterIsNotSignedIn(t *testing.T) {
	s := start(t)
	alice := s.signedIn("alice")
	s.node.mu.Lock()
	delete(s.node.people, "alice")
	s.node.mu.Unlock()
	if r := alice.send("GET", "/api/v1/session", ""); r.status != http.StatusUnauthorized {
		t.Errorf("after she was removed: status %d", r.status)
	}
	if _, status, _ := alice.dialFeed(); status != http.StatusUnauthorized {
		t.Errorf("opening a feed after she was removed: status %d", status)
	}
}

func TestNoPasswordComesBackInAProblem(t *testing.T) {
	s := start(t)
	for _, body := range []string{
		`{"username":"alice","password":"hunter2","colour":"red"}`,
		`{"username":"","password":"hunter2"}`,
		`{"username":"alice","password":"hunter2"`,
		`{"username":7,"password":"hunter2"}`,
		`["hunter2"]`,
		`hunter2`,
	} {
		r := s.browser().send("POST", "/api/v1/session", body)
		if p := r.problem(t); r.status < 400 || r.status > 422 || p.Code != "BAD_REQUEST" || len(p.Errors) == 0 {
			t.Errorf("%s: status %d, problem %+v", body, r.status, p)
		}
		if strings.Contains(r.body+s.log.String(), "hunter2") {
			t.Errorf("%s: the password comes back or is logged: %s", body, r.body)
		}
	}
	if r := s.browser().send("POST", "/api/v1/session", `{"username":"`+strings.Repeat("a", 20_000)+`"}`); r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("with a body of 20 kB: status %d", r.status)
	}
}
