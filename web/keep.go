package web

import (
	"context"
	"time"
)

// keepSessions reads the sessions that were kept, then writes down each change, until ctx ends; then once more.
// Nobody waits for it: a database that fails or hangs costs no more than signing in anew after a restart.
func (s *Server) keepSessions(ctx context.Context) {
	loaded := s.loadSessions(ctx)
	close(s.sessions.loaded)
	tick := time.NewTicker(s.timing.keepEvery)
	defer tick.Stop()
	var retry <-chan time.Time
	if !loaded {
		retry = time.After(s.timing.keepRetry)
	}
	for {
		changed := s.sessions.changed
		if retry != nil {
			changed = nil // after a fault, wait; what changes meanwhile stays pending
		}
		select {
		case <-ctx.Done():
			s.writeSessions(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			s.sessions.sweep(time.Now())
			continue
		case <-changed:
		case <-retry:
		}
		retry = nil
		if !loaded {
			loaded = s.loadSessions(ctx)
		}
		if !s.writeSessions(ctx) || !loaded {
			retry = time.After(s.timing.keepRetry)
		}
	}
}

func (s *Server) loadSessions(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, s.timing.keepWithin)
	defer cancel()
	kept, err := s.config.Sessions.Load(ctx)
	if s.ctx.Err() != nil {
		return false
	}
	if err != nil {
		s.metrics.faults.Inc()
		s.log.Error("sessions of before the start are not known", "error", err)
		return false
	}
	s.sessions.adopt(kept, time.Now())
	return true
}

// writeSessions writes down what is pending. After the first fault the rest waits too: the database is what failed.
func (s *Server) writeSessions(ctx context.Context) bool {
	var fault error
	for hash, live := range s.sessions.take() {
		if fault == nil {
			fault = s.writeSession(ctx, hash, live)
		}
		if fault != nil {
			s.sessions.putBack(hash, live)
		}
	}
	if fault != nil && ctx.Err() == nil {
		s.metrics.faults.Inc()
		s.log.Error("sessions are not kept across a restart", "error", fault)
	}
	return fault == nil
}

func (s *Server) writeSession(ctx context.Context, hash tokenHash, live *session) error {
	ctx, cancel := context.WithTimeout(ctx, s.timing.keepWithin)
	defer cancel()
	if live == nil {
		return s.config.Sessions.Delete(ctx, hash.String())
	}
	return s.config.Sessions.Save(ctx, Session{
		TokenHash: hash.String(), Username: live.username, CreatedAt: live.created, ExpiresAt: live.expiresAt(),
	})
}
