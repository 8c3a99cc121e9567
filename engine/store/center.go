package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"mayday/center"
)

// Center returns the center that was applied last and its version; an empty one and 0 before the first. It is equal to what was
// applied, the order of its lists too, except that an empty list comes back as none.
func (s *Store) Center(ctx context.Context) (c center.Center, version int64, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		c, version, err = readCenter(ctx, tx)
		return err
	})
	if err != nil {
		return center.Center{}, 0, s.fault("read center from", err)
	}
	return c, version, nil
}

// Version returns the number of the center that was applied last; it rises by one with each change. It is cheap to ask.
func (s *Store) Version(ctx context.Context) (version int64, err error) {
	if err := s.read.QueryRowContext(ctx, selectVersion).Scan(&version); err != nil {
		return 0, s.fault("read version from", err)
	}
	return version, nil
}

const (
	selectVersion = `SELECT version FROM center_version WHERE singleton = 1`
	// lockVersion makes every other change wait until this one has ended.
	lockVersion   = `UPDATE center_version SET version = version WHERE singleton = 1`
	updateVersion = `UPDATE center_version SET version = $1 WHERE singleton = 1`
	insertAudit   = `INSERT INTO audit (version, "rank", at, person, kind, what, id, fields, "values") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	selectAudit   = `SELECT version, at, person, kind, what, id, fields, "values" FROM audit WHERE version < $1 ORDER BY version DESC, "rank" LIMIT $2`
)

// Apply makes the center what c says, in the name of the person by. It returns the version that holds then and what has changed; nothing has if
// the center was so already. A center with mistakes is refused with center.Mistakes. Either everything is applied or nothing.
func (s *Store) Apply(ctx context.Context, c center.Center, by string) (version int64, changes []center.Change, err error) {
	return s.Edit(ctx, by, func(center.Center, int64) (center.Center, error) { return c, nil })
}

// Edit makes another center of the one that holds, in the name of the person by; nobody else changes it meanwhile. What edit refuses is
// returned as it is, and then nothing has changed. The rest is as with Apply.
func (s *Store) Edit(ctx context.Context, by string, edit func(center.Center, int64) (center.Center, error)) (version int64, changes []center.Change, err error) {
	var refused error
	err = s.change(ctx, func(tx *sql.Tx) error {
		version, changes, refused, err = apply(ctx, tx, by, edit)
		return errors.Join(refused, err)
	})
	if refused != nil {
		return 0, nil, refused
	}
	if err != nil {
		return 0, nil, s.fault("apply center to", err)
	}
	s.log.InfoContext(ctx, "center applied", "version", version, "changes", len(changes))
	return version, changes, nil
}

func apply(
	ctx context.Context, tx *sql.Tx, by string, edit func(center.Center, int64) (center.Center, error),
) (version int64, changes []center.Change, refused, fault error) {
	if _, err := tx.ExecContext(ctx, lockVersion); err != nil {
		return 0, nil, nil, err
	}
	current, version, err := readCenter(ctx, tx)
	if err != nil {
		return 0, nil, nil, err
	}
	wanted, refused := edit(current, version)
	if refused != nil {
		return 0, nil, refused, nil
	}
	if mistakes := center.Check(wanted); len(mistakes) > 0 {
		return 0, nil, center.Mistakes(mistakes), nil
	}
	changes = center.Diff(current, wanted)
	if len(changes) == 0 {
		return version, nil, nil, nil
	}
	return version + 1, changes, nil, write(ctx, tx, current, wanted, version+1, by, changes)
}

func write(ctx context.Context, tx *sql.Tx, current, wanted center.Center, version int64, by string, changes []center.Change) error {
	for _, t := range tables() {
		if err := t.save(ctx, tx, current, wanted); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, updateVersion, version); err != nil {
		return err
	}
	return audit(ctx, tx, version, by, changes)
}

func readCenter(ctx context.Context, tx *sql.Tx) (center.Center, int64, error) {
	var version int64
	if err := tx.QueryRowContext(ctx, selectVersion).Scan(&version); err != nil {
		return center.Center{}, 0, err
	}
	read := draft{lists: map[string][]string{}}
	for _, t := range tables() {
		if err := t.load(ctx, tx, &read); err != nil {
			return center.Center{}, 0, err
		}
	}
	return read.center, version, nil
}

// AuditRow is one change of the center: who, when and what, before and after. Nothing secret is in it.
type AuditRow struct {
	Version int64 // that the change made
	At      time.Time
	By      string
	Change  center.Change
}

func audit(ctx context.Context, tx *sql.Tx, version int64, by string, changes []center.Change) error {
	at := milliseconds(time.Now())
	rows := make([]row, len(changes))
	for i, change := range changes {
		rows[i] = row{version, int64(i), at, by, string(change.Kind), change.What, change.ID, asJSON(change.Fields), asJSON(change.Values)}
	}
	if err := execute(ctx, tx, insertAudit, rows); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

// Audit returns what was changed before the version, the newest first, limit rows at most. A version of 0 means all.
func (s *Store) Audit(ctx context.Context, before int64, limit int) ([]AuditRow, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := s.read.QueryContext(ctx, selectAudit, before, limit)
	if err != nil {
		return nil, s.fault("read audit from", err)
	}
	defer rows.Close()
	var audits []AuditRow
	for rows.Next() {
		var a AuditRow
		var at sql.NullInt64
		if err := rows.Scan(&a.Version, &at, &a.By, &a.Change.Kind, &a.Change.What, &a.Change.ID, fromJSON{&a.Change.Fields}, fromJSON{&a.Change.Values}); err != nil {
			return nil, s.fault("read audit from", err)
		}
		a.At = instant(at)
		audits = append(audits, a)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fault("read audit from", err)
	}
	return audits, nil
}
