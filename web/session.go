package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// The browser keeps its cookie longer than the session lives: a feed renews a session and cannot renew a cookie.
	cookieLife = 30 * 24 * time.Hour
	// A renewal is written down when it is worth it, not with every click.
	renewalWorthKeeping = 10 * time.Minute
)

// tokenHash is what the node knows of a session's token.
type tokenHash [sha256.Size]byte

func (h tokenHash) String() string { return hex.EncodeToString(h[:]) }

// newToken makes a token of 256 random bits.
func newToken() (token string, hash tokenHash) {
	var random [32]byte
	rand.Read(random[:]) // never fails: it ends the program instead
	token = base64.RawURLEncoding.EncodeToString(random[:])
	return token, sha256.Sum256([]byte(token))
}

func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }

// session is somebody who is signed in. Its fields need no lock: a request of an emergency call reads and renews it.
type session struct {
	username string
	created  time.Time
	life     time.Duration // since the person last did something
	expires  atomic.Int64  // Unix nanoseconds
	kept     atomic.Int64  // the expiry that was last written down, or is about to be
	over     chan struct{} // closed on signing out
	urgent   atomic.Int32  // feeds of it whose rep has an emergency call
}

func (s *session) expiresAt() time.Time       { return time.Unix(0, s.expires.Load()) }
func (s *session) renew(now time.Time)        { s.expires.Store(now.Add(s.life).UnixNano()) }
func (s *session) expired(now time.Time) bool { return now.UnixNano() >= s.expires.Load() }

// extend lets the session live at least until then.
func (s *session) extend(until time.Time) {
	for {
		now := s.expires.Load()
		if now >= until.UnixNano() || s.expires.CompareAndSwap(now, until.UnixNano()) {
			return
		}
	}
}

// ended tells whether the person has signed out, or has done nothing for too long.
func (s *session) ended(now time.Time) bool {
	select {
	case <-s.over:
		return true
	default:
		return s.expired(now)
	}
}

// sessions are all who are signed in at this node, and what of that is not yet written down.
type sessions struct {
	life time.Duration // of each since its person last did something

	mu      sync.Mutex
	live    map[tokenHash]*session
	pending map[tokenHash]*session // nil: to be deleted

	changed chan struct{} // holds a token when something is pending
	loaded  chan struct{} // closed after the first attempt to read what was kept
}

func newSessions(life time.Duration) *sessions {
	return &sessions{
		life:    life,
		live:    map[tokenHash]*session{},
		pending: map[tokenHash]*session{},
		changed: make(chan struct{}, 1),
		loaded:  make(chan struct{}),
	}
}

// open begins a session, in the place of old if there is one: the same person's goes on under a new token, another's ends.
func (l *sessions) open(username string, old *tokenHash, now time.Time) (string, *session) {
	token, hash := newToken()
	l.mu.Lock()
	defer l.mu.Unlock()
	var s *session
	if old != nil {
		s = l.remove(*old)
	}
	if s != nil && s.username != username {
		close(s.over)
		s = nil
	}
	if s == nil {
		s = &session{username: username, created: now, life: l.life, over: make(chan struct{})}
	}
	s.renew(now)
	l.live[hash] = s
	l.keep(hash, s)
	return token, s
}

// end closes the session: its token is worth nothing from now on.
func (l *sessions) end(hash tokenHash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.remove(hash); s != nil {
		close(s.over)
	}
}

// find returns the session of this token, nil when there is none that lives.
func (l *sessions) find(hash tokenHash, now time.Time) *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.live[hash]
	if s == nil || s.expired(now) {
		return nil
	}
	return s
}

// adopt takes in what was kept before a restart, unless it has changed or ended since.
func (l *sessions) adopt(kept []Session, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range kept {
		raw, err := hex.DecodeString(k.TokenHash)
		if err != nil || len(raw) != sha256.Size {
			continue
		}
		hash := tokenHash(raw)
		_, touched := l.pending[hash]
		if touched || l.live[hash] != nil {
			continue
		}
		if !now.Before(k.ExpiresAt) {
			l.keep(hash, nil)
			continue
		}
		s := &session{username: k.Username, created: k.CreatedAt, life: l.life, over: make(chan struct{})}
		s.expires.Store(k.ExpiresAt.UnixNano())
		s.kept.Store(k.ExpiresAt.UnixNano())
		l.live[hash] = s
	}
}

// sweep drops sessions that have expired and notes renewals that are worth writing down.
func (l *sessions) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for hash, s := range l.live {
		switch {
		case s.expired(now):
			l.remove(hash)
		case time.Duration(s.expires.Load()-s.kept.Load()) >= renewalWorthKeeping:
			l.keep(hash, s)
		}
	}
}

// take hands over what is to be written down.
func (l *sessions) take() map[tokenHash]*session {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.pending
	l.pending = map[tokenHash]*session{}
	return taken
}

// putBack returns what could not be written down, unless something newer is to be.
func (l *sessions) putBack(hash tokenHash, s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, newer := l.pending[hash]; !newer {
		l.pending[hash] = s
	}
}

func (l *sessions) remove(hash tokenHash) *session {
	s := l.live[hash]
	delete(l.live, hash)
	if s != nil {
		l.keep(hash, nil)
	}
	return s
}

func (l *sessions) keep(hash tokenHash, s *session) {
	if s != nil {
		s.kept.Store(s.expires.Load())
	}
	l.pending[hash] = s
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// cookieName of a node behind TLS carries the prefix that keeps other hosts of the domain from setting it.
func (s *Server) cookieName() string {
	if s.config.Secure || len(s.config.EmbedOrigins) > 0 {
		return "__Host-mayday_session"
	}
	return "mayday_session"
}

// cookie carries a token, or with an empty one removes it. Inside another site's frame only a partitioned cookie is sent.
func (s *Server) cookie(token string) http.Cookie {
	c := http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", MaxAge: int(cookieLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.config.Secure,
	}
	if token == "" {
		c.MaxAge = -1
	}
	if len(s.config.EmbedOrigins) > 0 {
		c.SameSite, c.Secure, c.Partitioned = http.SameSiteNoneMode, true, true
	}
	return c
}
