package store

import (
	"context"
	"database/sql"

	"mayday/center/location"
	"mayday/center/rep"
)

const (
	putPlace = `INSERT INTO place_confirmations (rep, site, floor, room, confirmed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (rep) DO UPDATE SET site = excluded.site, floor = excluded.floor, room = excluded.room, confirmed_at = excluded.confirmed_at
WHERE place_confirmations.confirmed_at < excluded.confirmed_at`
	forgetPlaces = `DELETE FROM place_confirmations WHERE rep NOT IN (SELECT id FROM reps)`
	selectPlaces = `SELECT rep, site, floor, room, confirmed_at FROM place_confirmations`
)

// KeepPlace keeps where a rep has said to be, unless something newer is kept.
func (s *Store) KeepPlace(ctx context.Context, id rep.ID, said location.Confirmation) error {
	if _, err := s.write.ExecContext(ctx, putPlace, string(id), string(said.Site), said.Floor, said.Room, said.At.UnixMilli()); err != nil {
		return s.fault("keep confirmed place in", err)
	}
	return nil
}

// Places returns where people have said to be, in whole milliseconds, and forgets those who are not in the center any more.
func (s *Store) Places(ctx context.Context) (map[rep.ID]location.Confirmation, error) {
	if _, err := s.write.ExecContext(ctx, forgetPlaces); err != nil {
		return nil, s.fault("forget confirmed places in", err)
	}
	rows, err := s.read.QueryContext(ctx, selectPlaces)
	if err != nil {
		return nil, s.fault("read confirmed places from", err)
	}
	defer rows.Close()
	places := make(map[rep.ID]location.Confirmation)
	for rows.Next() {
		var id rep.ID
		var said location.Confirmation
		var at sql.NullInt64
		if err := rows.Scan(&id, &said.Site, &said.Floor, &said.Room, &at); err != nil {
			return nil, s.fault("read confirmed places from", err)
		}
		said.At = instant(at)
		places[id] = said
	}
	if err := rows.Err(); err != nil {
		return nil, s.fault("read confirmed places from", err)
	}
	return places, nil
}
