package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"mayday/center/location"
	"mayday/center/rep"
)

const (
	putPlace = `INSERT INTO place_confirmations (rep, site, floor, room, confirmed_at, told) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (rep) DO UPDATE SET site = excluded.site, floor = excluded.floor, room = excluded.room, confirmed_at = excluded.confirmed_at, told = excluded.told
WHERE place_confirmations.confirmed_at < excluded.confirmed_at`
	forgetPlaces = `DELETE FROM place_confirmations WHERE rep NOT IN (SELECT id FROM reps)`
	selectPlaces = `SELECT rep, site, floor, room, confirmed_at, told FROM place_confirmations`
)

// KeepPlace keeps where a rep has said to be, unless something newer is kept.
func (s *Store) KeepPlace(ctx context.Context, id rep.ID, said location.Confirmation) error {
	told, err := writeTold(said)
	if err != nil {
		return s.fault("keep confirmed place in", err)
	}
	if _, err := s.write.ExecContext(ctx, putPlace, string(id), string(said.Site), said.Floor, said.Room, said.At.UnixMilli(), told); err != nil {
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
		var told string
		if err := rows.Scan(&id, &said.Site, &said.Floor, &said.Room, &at, &told); err != nil {
			return nil, s.fault("read confirmed places from", err)
		}
		if err := readTold(told, &said); err != nil {
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

// toldAddress is an address that the network has told, as the column holds it.
type toldAddress struct {
	Country location.Country `json:"country,omitempty"`
	Civic   location.Civic   `json:"civic,omitzero"`
}

func writeTold(said location.Confirmation) (string, error) {
	if !said.Network {
		return "", nil
	}
	text, err := json.Marshal(toldAddress{said.Country, said.Civic})
	return string(text), err
}

func readTold(text string, into *location.Confirmation) error {
	if text == "" {
		return nil
	}
	var told toldAddress
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		return err
	}
	into.Network, into.Country, into.Civic = true, told.Country, told.Civic
	return nil
}
