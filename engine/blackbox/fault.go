package blackbox

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Code names what is wrong with the black box, for programs.
type Code string

const (
	DiskFull        Code = "disk_full"        // what is kept stays in memory until there is space again
	DiskReadOnly    Code = "disk_read_only"   // what was kept is known; what is new stays in memory
	DiskError       Code = "disk_error"       // the folder or a file cannot be opened, read or written
	DiskSlow        Code = "disk_slow"        // an operation has not come back for seconds
	InUse           Code = "in_use"           // another process keeps its leases in this folder
	SlotsFull       Code = "slots_full"       // more is to be kept than there are slots; the rest stays in memory
	SlotRefused     Code = "slot_refused"     // something is too long for its slots and stays in memory
	SnapshotRefused Code = "snapshot_refused" // a snapshot was implausible; the one before it stays
	SnapshotRuined  Code = "snapshot_ruined"  // a snapshot file is not what was written
)

// Codes lists every code.
func Codes() []Code {
	return []Code{DiskFull, DiskReadOnly, DiskError, DiskSlow, InUse, SlotsFull, SlotRefused, SnapshotRefused, SnapshotRuined}
}

// Fault is something that is wrong with the black box now. The detail names files and causes and nothing that anybody said or dialled.
type Fault struct {
	Code   Code
	Detail string
}

// Error returns the fault in words.
func (f Fault) Error() string { return string(f.Code) + ": " + f.Detail }

// ErrImplausible is why a snapshot was not taken: it is wrong in itself, or half of something is gone of a sudden.
var ErrImplausible = errors.New("the center is implausible")

var errInUse = errors.New("another process uses the file")

// fault says what an error of the disk means for an operator.
func fault(err error) Fault {
	code := DiskError
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		code = DiskFull
	case errors.Is(err, syscall.EROFS):
		code = DiskReadOnly
	case errors.Is(err, errInUse):
		code = InUse
	}
	detail := err.Error()
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		detail = pathError.Op + " " + pathError.Path + ": " + pathError.Err.Error()
	}
	return Fault{Code: code, Detail: detail}
}

// area is a part of the box that can be at fault by itself.
type area string

const (
	areaSlots        area = "slots"
	areaSlotsSlow    area = "slots_slow"
	areaSync         area = "sync_slow"
	areaGrow         area = "slots_short"
	areaFull         area = "slots_full"
	areaTooLong      area = "too_long"
	areaOutbox       area = "outbox"
	areaOutboxWrite  area = "outbox_write"
	areaOutboxSync   area = "outbox_sync"
	areaProbe        area = "probe"
	areaSnapshot     area = "snapshot"
	areaSnapshotSlow area = "snapshot_slow"
	areaRuined       area = "snapshot_ruined"
	areaRefused      area = "snapshot_refused"
)

// ledger is what is wrong now, one fault an area. It tells of every new one from a goroutine of its own, so that neither a log nor a
// listener that hangs can hold up the disk.
type ledger struct {
	log     *slog.Logger
	onFault func(Fault)
	onFound func()
	tell    chan func()
	found   chan struct{}
	waiting atomic.Bool // Open has not returned yet: what is found is found in time

	mu   sync.Mutex
	open map[area]Fault
}

func newLedger(config Config) *ledger {
	l := &ledger{log: config.Logger, onFault: config.OnFault, onFound: config.OnFound,
		tell: make(chan func(), 64), found: make(chan struct{}, 1), open: make(map[area]Fault)}
	l.waiting.Store(true)
	return l
}

// run tells until the box is closed.
func (l *ledger) run(closing <-chan struct{}) {
	for {
		select {
		case say := <-l.tell:
			say()
		case <-l.found:
			if l.onFound != nil {
				l.onFound()
			}
		case <-closing:
			return
		}
	}
}

// tellFound tells that the disk had more to say, unless nobody has asked yet.
func (l *ledger) tellFound() {
	if !l.waiting.Load() {
		poke(l.found)
	}
}

// say hands over what is to be told; when nobody has listened for long it is dropped, and only faults remembers it.
func (l *ledger) say(something func()) {
	select {
	case l.tell <- something:
	default:
	}
}

func (l *ledger) raise(where area, f Fault) {
	l.mu.Lock()
	was, known := l.open[where]
	l.open[where] = f
	l.mu.Unlock()
	if known && was.Code == f.Code {
		return
	}
	l.say(func() {
		l.log.Error("black box at fault", "area", string(where), "code", string(f.Code), "detail", f.Detail)
		if l.onFault != nil {
			l.onFault(f)
		}
	})
}

func (l *ledger) clear(where area) {
	l.mu.Lock()
	was, known := l.open[where]
	delete(l.open, where)
	l.mu.Unlock()
	if known {
		l.say(func() { l.log.Info("black box healed", "area", string(where), "code", string(was.Code)) })
	}
}

// faults returns what is wrong now, in the order of the areas' names and each once.
func (l *ledger) faults() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	var faults []Fault
	for _, where := range slices.Sorted(maps.Keys(l.open)) {
		if f := l.open[where]; !slices.Contains(faults, f) {
			faults = append(faults, f)
		}
	}
	return faults
}

// during carries out something on the disk and raises disk_slow while that takes long.
func (l *ledger) during(where area, what string, work func() error) error {
	raised := make(chan struct{})
	timer := time.AfterFunc(slowAfter, func() {
		l.raise(where, Fault{Code: DiskSlow, Detail: what + " has taken more than " + slowAfter.String()})
		close(raised)
	})
	err := work()
	if !timer.Stop() {
		<-raised
		l.clear(where)
	}
	return err
}
