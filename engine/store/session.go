package store

import (
	"context"
	"database/sql"
	"time"

	"mayday/center/rep"
)

// Session is somebody who is signed in. The token itself is only in the browser; its hash is kept here.
type Session struct {
	TokenHash string
	Rep       rep.ID
	CreatedAt time.Time
	ExpiresAt time.Time
}

const (
	putSession = `INSERT INTO sessions (token_hash, rep, created_at, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (token_hash) DO UPDATE SET rep = excluded.rep, created_at = excluded.created_at, expires_at = excluded.expires_at`
	deleteSession  = `DELETE FROM sessions WHERE token_hash = $1`
	expireSessions = `DELETE FROM sessions WHERE expires_at <= $1`
	selectSessions = `SELECT token_hash, rep, created_at, expires_at FROM sessions WHERE expires_at > $1 ORDER BY created_at, token_hash`
)

// SaveSession keeps a session, or its new expiry. The rep must be in the center; a rep who is removed from it takes the sessions along.
func (s *Store) SaveSession(ctx context.Context, session Session) error {
	_, err := s.write.ExecContext(ctx, putSession, session.TokenHash, string(session.Rep), session.CreatedAt.UnixMilli(), session.ExpiresAt.UnixMilli())
	if err != nil {
		return s.fault("save session in", err)
	}
	return nil
}

// DeleteSession forgets a session; one that is not there is forgotten already.
func (s *Store) DeleteSession(ctx context.Context, tokenHash string) error {
	if _, err := s.write.ExecContext(ctx, deleteSession, tokenHash); err != nil {
		return s.fault("delete session from", err)
	}
	return nil
}

// Sessions returns the sessions that hold at now, the oldest first, and forgets those that have expired. Times are in UTC and whole
// milliseconds.
func (s *Store) Sessions(ctx context.Context, now time.Time) ([]Session, error) {
	if _, err := s.write.ExecContext(ctx, expireSessions, now.UnixMilli()); err != nil {
		return nil, s.fault("expire sessions in", err)
	}
	rows, err := s.read.QueryContext(ctx, selectSessions, now.UnixMilli())
	if err != nil {
		return nil, s.fault("read sessions from", err)
	}
	defer rows.Close()
	var sessions []Session
	for rows.Next() {
		var session Session
		var created, expires sql.NullInt64
		if err := rows.Scan(&session.TokenHash, &session.Rep, &created, &expires); err != nil {
			return nil, s.fault("read sessions from", err)
		}
		session.CreatedAt, session.ExpiresAt = instant(created), instant(expires)
		sessions = append(sessions, session)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fault("read sessions from", err)
	}
	return sessions, nil
}
