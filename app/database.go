package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mayday/engine/store"
)

// database is the store for as long as it can be reached. A node runs without it: what it knows is in its black box.
type database struct {
	location store.Location
	log      *slog.Logger
	opened   atomic.Pointer[held]
	first    sync.Once
	tried    chan struct{} // closed when it was tried once to open it
	readAt   time.Time     // when it was read past every cache; of the goroutine that follows the center
}

// held is an open store and the file that it was opened from.
type held struct {
	*store.Store
	file os.FileInfo // nil: no SQLite file
}

// probeEvery is how often it is looked at by itself whether the database can be read and written.
const probeEvery = 3 * time.Second

// probeWithin is when a database that has not answered counts as away. It is longer than a database waits for another program's lock.
const probeWithin = 15 * time.Second

var errAway = errors.New("the database is away")

func newDatabase(location store.Location, log *slog.Logger) *database {
	return &database{location: location, log: log, tried: make(chan struct{})}
}

// now returns the open store, or the fault that there is none.
func (d *database) now() (*store.Store, error) {
	if h := d.opened.Load(); h != nil {
		return h.Store, nil
	}
	return nil, errAway
}

// soon is now for whoever asks while the node starts: it waits for the first attempt to open the store.
func (d *database) soon(ctx context.Context) (*store.Store, error) {
	select {
	case <-d.tried:
		return d.now()
	case <-ctx.Done():
		return nil, errAway
	}
}

// open opens the store. An SQLite file that is not there is made only if it may be: on a node that knows a center already, a file
// that is gone is a fault and not a new beginning.
func (d *database) open(ctx context.Context, mayMake bool) error {
	defer d.first.Do(func() { close(d.tried) })
	if _, err := d.stat(); errors.Is(err, fs.ErrNotExist) && !mayMake {
		return fmt.Errorf("%s is gone: put it back, or apply a center file", d.path())
	}
	opened, err := store.Open(ctx, d.location, d.log)
	if err != nil {
		return err
	}
	file, _ := d.stat() // of PostgreSQL there is none
	d.opened.Store(&held{Store: opened, file: file})
	return nil
}

// moved reports whether the file that is open is not the one that stands at its place any more.
func (d *database) moved() bool {
	h := d.opened.Load()
	if h == nil || h.file == nil {
		return false
	}
	now, err := d.stat()
	return err != nil || !os.SameFile(h.file, now)
}

// dueForReading reports whether the database should be read past every cache now.
func (d *database) dueForReading() bool {
	if time.Since(d.readAt) < probeEvery {
		return false
	}
	d.readAt = time.Now()
	return true
}

// close lets go of the store, so that it can be opened anew.
func (d *database) close() error {
	if h := d.opened.Swap(nil); h != nil {
		return h.Close()
	}
	return nil
}

// letGo closes the store if it is still the one that is open.
func (d *database) letGo(broken *store.Store) error {
	if h := d.opened.Load(); h != nil && h.Store == broken && d.opened.CompareAndSwap(h, nil) {
		return h.Close()
	}
	return nil
}

func (d *database) path() string { return filepath.Join(d.location.Data, store.FileName) }

func (d *database) stat() (os.FileInfo, error) {
	if d.location.Database != "" {
		return nil, nil //nolint:nilnil // a database server has no file
	}
	return os.Stat(d.path())
}
