package store

import (
	"context"
	"database/sql"

	"mayday/center/conversation"
	"mayday/center/rep"
)

const (
	insertHistory = `INSERT INTO history (id, rep, number, incoming, started_at, connected_at, ended_at, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`
	selectHistory = `SELECT id, rep, number, incoming, started_at, connected_at, ended_at, outcome
FROM history WHERE rep = $1 ORDER BY started_at DESC, id DESC LIMIT $2`
)

// AddHistory keeps an ordinary conversation that has ended. Adding the same one again does nothing, so that a writer may try again.
func (s *Store) AddHistory(ctx context.Context, r conversation.Record) error {
	_, err := s.write.ExecContext(ctx, insertHistory, string(r.ID), string(r.Rep), r.Number, r.Incoming,
		r.StartedAt.UnixMilli(), milliseconds(r.ConnectedAt), r.EndedAt.UnixMilli(), string(r.Outcome))
	if err != nil {
		return s.fault("add history to", err)
	}
	return nil
}

// History returns the rep's conversations, the newest first, limit at most. Times are in UTC and whole milliseconds.
func (s *Store) History(ctx context.Context, of rep.ID, limit int) ([]conversation.Record, error) {
	rows, err := s.read.QueryContext(ctx, selectHistory, string(of), max(limit, 0))
	if err != nil {
		return nil, s.fault("read history from", err)
	}
	defer rows.Close()
	var records []conversation.Record
	for rows.Next() {
		var r conversation.Record
		var started, connected, ended sql.NullInt64
		if err := rows.Scan(&r.ID, &r.Rep, &r.Number, &r.Incoming, &started, &connected, &ended, &r.Outcome); err != nil {
			return nil, s.fault("read history from", err)
		}
		r.StartedAt, r.ConnectedAt, r.EndedAt = instant(started), instant(connected), instant(ended)
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fault("read history from", err)
	}
	return records, nil
}
