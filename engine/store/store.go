// Package store keeps what outlives a node in an SQL database: the center, the history of ordinary conversations, sessions, and who
// changed what. The database is SQLite in the node's data directory, or PostgreSQL for several nodes.
//
// No emergency call waits for it, and nothing of one is ever written to it.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
)

// Location says where the database is.
type Location struct {
	Data     string // directory that holds SQLite's file; not used when Database is set
	Database string // postgres:// URL; empty: SQLite
}

// Store is an open database. Its methods may be called at the same time by several goroutines.
type Store struct {
	read    *sql.DB
	write   *sql.DB
	dialect dialect
	log     *slog.Logger
}

// Open opens the database and brings its schema up to date. The error says which database or directory it is about and what is
// wrong there: no permission, a file that is damaged or not ours, a schema that a newer program has made.
func Open(ctx context.Context, location Location, log *slog.Logger) (*Store, error) {
	open := openSQLite
	if location.Database != "" {
		open = openPostgres
	}
	read, write, dialect, err := open(location)
	if err != nil {
		return nil, err
	}
	s := &Store{read: read, write: write, dialect: dialect, log: log}
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, s.fault("open", err)
	}
	return s, nil
}

// Close ends every connection. Calls that are under way end with an error.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		if readErr := s.read.Close(); err == nil {
			err = readErr
		}
	}
	if err != nil {
		return s.fault("close", err)
	}
	return nil
}

// fault names what was done and to which database, and adds advice where the database's own words are not enough.
func (s *Store) fault(doing string, err error) error {
	if advice := s.dialect.advice(err); advice != "" {
		return fmt.Errorf("%s %s: %w; %s", doing, s.dialect.where, err, advice)
	}
	return fmt.Errorf("%s %s: %w", doing, s.dialect.where, err)
}

//go:embed migrations/*.sql
var migrations embed.FS

// prepare migrates the schema. A program that is too old for the schema does not touch it.
func (s *Store) prepare(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	options := append(s.dialect.migration, goose.WithDisableGlobalRegistry(true))
	provider, err := goose.NewProvider(s.dialect.goose, s.write, files, options...)
	if err != nil {
		return err
	}
	have, known, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > known {
		return fmt.Errorf("its schema is number %d and this program knows %d: use the newer program that made it", have, known)
	}
	if err := s.migrate(ctx, provider); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "database opened", "kind", s.dialect.name, "schema_before", have, "schema", known)
	return nil
}

// migrate tries once more after an error: another process may have made the same step at the same time.
func (s *Store) migrate(ctx context.Context, provider *goose.Provider) error {
	_, err := provider.Up(ctx)
	if err == nil {
		return nil
	}
	if pending, statusErr := provider.HasPending(ctx); statusErr == nil && !pending {
		return nil
	}
	return err
}

// snapshot runs reads that belong together and see one state of the database.
func (s *Store) snapshot(ctx context.Context, reads func(*sql.Tx) error) error {
	return transact(ctx, s.read, s.dialect.snapshot, reads)
}

// change runs reads and writes that happen wholly or not at all.
func (s *Store) change(ctx context.Context, writes func(*sql.Tx) error) error {
	return transact(ctx, s.write, nil, writes)
}

func transact(ctx context.Context, db *sql.DB, options *sql.TxOptions, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect once it is committed
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Readable asks the database for something past every cache of this process. It fails where the database is not what it was any more,
// though nobody has told: its file was overwritten, or its server is gone.
func (s *Store) Readable(ctx context.Context) error {
	db := s.read
	if s.dialect.anew != nil {
		anew, err := s.dialect.anew()
		if err != nil {
			return s.fault("open", err)
		}
		defer func() { _ = anew.Close() }() // it has only read
		db = anew
	}
	var version int64
	if err := db.QueryRowContext(ctx, selectVersion).Scan(&version); err != nil {
		return s.fault("read from", err)
	}
	return nil
}

// ErrBroken is why a store is of no use any more: the disk takes nothing through the files that it has open. It is to be closed and
// opened anew, and closed it keeps nobody from mending the disk.
var ErrBroken = errors.New("the disk refuses what is written")

// Writable begins a change and takes it back. It fails where the database takes no writes: another program holds it locked, its server
// may only be read, or its disk refuses them (ErrBroken). A lock it awaits as long as every other write does.
func (s *Store) Writable(ctx context.Context) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		var version int64
		if err := tx.QueryRowContext(ctx, s.dialect.touch).Scan(&version); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return errTouched
	})
	if !errors.Is(err, errTouched) {
		return s.fault("write to", err)
	}
	if s.dialect.probe == nil || s.dialect.probe() == nil {
		return nil
	}
	return s.writes(ctx)
}

// writes proves that the disk takes a change: one that is taken back does not reach it.
func (s *Store) writes(ctx context.Context) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.dialect.stir)
		return err
	})
	switch {
	case err == nil:
		return nil
	case s.dialect.breaks(err):
		return fmt.Errorf("%w: %w", ErrBroken, s.fault("write to", err))
	default:
		return s.fault("write to", err)
	}
}

// errTouched ends a change that was to change nothing.
var errTouched = errors.New("touched")

// milliseconds and instant are how times stand in the database; a zero time is NULL.
func milliseconds(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
