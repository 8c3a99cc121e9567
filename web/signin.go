package web

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"mayday/web/api"
)

// visit is what the handlers of one request know of who sent it.
type visit struct {
	from    netip.Addr
	hash    *tokenHash // of the cookie it brought; nil: none
	session *session   // nil: not signed in
	person  api.Person // who the session belongs to, as they are now
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, ok := ctx.Value(visitKey{}).(*visit)
	if !ok {
		panic("web: BUG: a request without its visit")
	}
	return v
}

// visiting finds out who sends a request to the API, before it is answered.
func (s *Server) visiting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			r = r.WithContext(context.WithValue(r.Context(), visitKey{}, s.visit(r)))
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) visit(r *http.Request) *visit {
	v := &visit{}
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		v.from = at.Addr()
	}
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return v
	}
	hash := hashOf(c.Value)
	v.hash = &hash
	now := time.Now()
	live := s.sessions.find(hash, now)
	if live == nil && s.awaitKeptSessions(r.Context()) {
		live = s.sessions.find(hash, now)
	}
	if live == nil {
		return v
	}
	if person, _, ok := s.config.Node.People().Person(live.username); ok {
		v.session, v.person = live, person
		live.renew(now)
	}
	return v
}

// awaitKeptSessions gives a node that has just started a moment to learn who was signed in before.
func (s *Server) awaitKeptSessions(ctx context.Context) bool {
	select {
	case <-s.sessions.loaded:
		return true // it may have been closed between the search and now
	default:
	}
	patience := time.NewTimer(2 * time.Second)
	defer patience.Stop()
	select {
	case <-s.sessions.loaded:
		return true
	case <-patience.C:
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return false
}

// signIn checks the password and begins a session. An unknown name costs the same time as a wrong password.
func (s *Server) signIn(ctx context.Context, given api.SignIn) (string, *session, api.Person, error) {
	v := visitOf(ctx)
	if err := s.admit(given.Username, v.from); err != nil {
		return "", nil, api.Person{}, err
	}
	if err := s.awaitVerifier(ctx); err != nil {
		return "", nil, api.Person{}, err
	}
	defer func() { <-s.verifier }()
	if err := s.admit(given.Username, v.from); err != nil { // others may have guessed meanwhile
		return "", nil, api.Person{}, err
	}
	person, hash, known := s.config.Node.People().Person(given.Username)
	if !known || hash == "" {
		known, hash = false, s.config.DummyHash
	}
	if right := s.config.Verify(hash, given.Password); !right || !known {
		s.throttle.miss(given.Username, v.from, time.Now())
		s.metrics.signIns.WithLabelValues("refused").Inc()
		return "", nil, api.Person{}, refuse(http.StatusUnauthorized, "SIGN_IN_REFUSED", "The name or the password is wrong.")
	}
	s.throttle.hit(given.Username, v.from, time.Now())
	s.metrics.signIns.WithLabelValues("done").Inc()
	token, live := s.sessions.open(given.Username, v.hash, time.Now())
	return token, live, person, nil
}

func (s *Server) admit(username string, from netip.Addr) error {
	wait := s.throttle.wait(username, from, time.Now())
	if wait == 0 {
		return nil
	}
	s.metrics.signIns.WithLabelValues("throttled").Inc()
	p := refuse(http.StatusTooManyRequests, "TOO_MANY_ATTEMPTS", "Too many wrong passwords. Wait a little before the next attempt.")
	p.retryAfter = wait
	return p
}

// awaitVerifier waits for a turn at verifying a password.
func (s *Server) awaitVerifier(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timing.verifyWithin)
	defer cancel()
	select {
	case s.verifier <- struct{}{}:
		return nil
	case <-s.ctx.Done():
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
	}
	s.metrics.signIns.WithLabelValues("busy").Inc()
	p := refuse(http.StatusServiceUnavailable, "BUSY", "Too many people are signing in at this moment.")
	p.retryAfter = 5 * time.Second
	return p
}

// signOut ends the session, unless an emergency call hangs on it.
func (s *Server) signOut(v *visit) error {
	if v.session == nil {
		return nil // already so
	}
	if v.session.urgent.Load() > 0 {
		return refuse(http.StatusConflict, "EMERGENCY_LOCKED", "Nobody is signed out during an emergency call.")
	}
	s.sessions.end(*v.hash)
	return nil
}
