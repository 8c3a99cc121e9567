package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is everything in which the two databases differ: how they are opened, what their errors mean, how a consistent read is
// asked for, and how two programs that migrate at once are kept apart. The statements are the same.
type dialect struct {
	name      string
	where     string // for people: a file, or a URL without secrets
	goose     goose.Dialect
	migration []goose.ProviderOption
	snapshot  *sql.TxOptions
	advice    func(error) string
	anew      func() (*sql.DB, error) // a connection that knows nothing yet; nil: no connection keeps what it has read
	touch     string                  // fails in a transaction that may not write, and waits for nobody
	stir      string                  // a change that is written though it changes nothing; empty: it is a server's
	breaks    func(error) bool        // says that the disk refuses writes, full ones aside; nil: it is a server's
	probe     func() error            // fails where the disk of the file takes nothing; nil: it is a server's
}

// FileName is the SQLite file in the data directory.
const FileName = "mayday.db"

// openSQLite gives one connection that writes and a few that read; SQLite allows one writer at a time.
func openSQLite(location Location) (read, write *sql.DB, d dialect, err error) {
	directory, err := filepath.Abs(location.Data)
	if err != nil {
		return nil, nil, dialect{}, fmt.Errorf("find data directory %s: %w", location.Data, err)
	}
	file := filepath.Join(directory, FileName)
	if err := openDirectory(directory, file); err != nil {
		return nil, nil, dialect{}, err
	}
	d = dialect{name: "sqlite", where: file, goose: goose.DialectSQLite3, snapshot: &sql.TxOptions{ReadOnly: true}, advice: sqliteAdvice,
		anew:  func() (*sql.DB, error) { return connectSQLite(file, 1, url.Values{"_pragma": {"query_only(1)"}}) },
		touch: selectVersion,             // the transaction itself begins with the lock for writing
		stir:  "PRAGMA user_version = 0", // an UPDATE to what is there already is not written
		probe: func() error { return probe(directory) }, breaks: sqliteBreaks}
	if write, err = connectSQLite(file, 1, url.Values{"_txlock": {"immediate"}}); err != nil {
		return nil, nil, dialect{}, fmt.Errorf("open %s: %w", file, err)
	}
	if read, err = connectSQLite(file, 4, url.Values{"_pragma": {"query_only(1)"}}); err != nil {
		write.Close()
		return nil, nil, dialect{}, fmt.Errorf("open %s: %w", file, err)
	}
	return read, write, d, nil
}

// openDirectory makes the data directory and an empty file that only its owner can read, and proves that both can be written.
func openDirectory(directory, file string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("open data directory %s: %w; make it, and give it to the user who runs this program", directory, err)
	}
	if err := probe(directory); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w; give it to the user who runs this program", file, err)
	}
	return f.Close()
}

// probe proves that a directory can be written.
func probe(directory string) error {
	made, err := os.CreateTemp(directory, ".probe-*")
	if errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("write to data directory %s: %w; mend its disk, and mount it so that it can be written", directory, cause(err))
	}
	if err != nil {
		return fmt.Errorf("write to data directory %s: %w; give it to the user who runs this program", directory, cause(err))
	}
	made.Close()
	if err := os.Remove(made.Name()); err != nil {
		return fmt.Errorf("write to data directory %s: %w", directory, cause(err))
	}
	return nil
}

// cause is an error without the name of the file, which is another one with every probe: the same fault reads the same.
func cause(err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

// connectSQLite sets what every connection needs: a commit survives a power cut (FULL), and what is deleted is overwritten.
func connectSQLite(file string, connections int, parameters url.Values) (*sql.DB, error) {
	for _, pragma := range []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"} {
		parameters.Add("_pragma", pragma)
	}
	dsn := (&url.URL{Scheme: "file", Path: file, RawQuery: parameters.Encode()}).String()
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func sqliteAdvice(err error) string {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return ""
	}
	switch fault.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "the file is damaged or is no database: put a backup in its place, or move it away to begin anew"
	case sqlite3.SQLITE_FULL:
		return "the disk is full"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "the file and its directory must belong to the user who runs this program"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another program holds it locked"
	}
	return ""
}

// sqliteBreaks is not so of a disk that is full: that gets over it by itself.
func sqliteBreaks(err error) bool {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return false
	}
	switch fault.Code() & 0xff {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

// openPostgres gives one pool for reads and writes.
func openPostgres(location Location) (read, write *sql.DB, d dialect, err error) {
	where := "database"
	if u, err := url.Parse(location.Database); err == nil {
		where = fmt.Sprintf("%s://%s@%s%s", u.Scheme, u.User.Username(), u.Host, u.Path)
	}
	settings, err := pgx.ParseConfig(location.Database)
	if err != nil {
		return nil, nil, dialect{}, fmt.Errorf("open %s: %w", where, err) // pgx covers the password
	}
	if settings.ConnectTimeout == 0 {
		settings.ConnectTimeout = 5 * time.Second
	}
	if settings.RuntimeParams["application_name"] == "" {
		settings.RuntimeParams["application_name"] = "mayday"
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 5))
	if err != nil {
		return nil, nil, dialect{}, fmt.Errorf("open %s: %w", where, err)
	}
	db := stdlib.OpenDB(*settings, stdlib.OptionAfterConnect(awaitLocksShortly))
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	d = dialect{name: "postgresql", where: where, goose: goose.DialectPostgres,
		migration: []goose.ProviderOption{goose.WithSessionLocker(locker)},
		snapshot:  &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, advice: postgresAdvice,
		touch: selectVersion + " FOR UPDATE SKIP LOCKED"}
	return db, db, d, nil
}

// awaitLocksShortly lets a statement wait for another program's lock as long as SQLite does. It is said to each connection and not in the
// URL's way, which connection pools in between refuse.
func awaitLocksShortly(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET lock_timeout = '5s'")
	return err
}

func postgresAdvice(err error) string {
	var unreachable *pgconn.ConnectError
	if errors.As(err, &unreachable) {
		return "check the URL, the password, and that PostgreSQL runs there"
	}
	var fault *pgconn.PgError
	if !errors.As(err, &fault) {
		return ""
	}
	switch fault.Code {
	case "42501": // insufficient_privilege
		return "the user needs the right to make tables in this database"
	case "53100": // disk_full
		return "the server's disk is full"
	case "55P03": // lock_not_available
		return "another program holds it locked"
	}
	return ""
}
