package blackbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// traySlots is how many leases and ends of leases the tray holds at once; it has them for microseconds unless the disk hangs. More go to
// the disk alone. So many fit into what any user may keep from being swapped out.
const traySlots = 128

const memoryFolder = "/dev/shm"

// memory is a file on the system's memory disk. What is written to it is copied and nothing else: no disk is behind it.
type memory interface {
	io.ReaderAt
	io.WriterAt
	Close() error
	Remove() error
}

// tray is memory that outlives the process: it has a lease from the moment when it is handed over until the slot file has it, so that
// a process which is killed in between has not lost it. It is sealed as slots are. The desk's lock guards it; nil is no tray.
type tray struct {
	memory   memory
	laid     map[key]laid
	free     []int
	sequence uint64
}

// laid is where in the tray something is. A lease that is over is laid there as one without a time.
type laid struct {
	slot     int
	sequence uint64
	ended    bool
}

// openTray finds the tray of a folder, or lays a new one, and returns what is in it. It fails where the system has no memory disk, and
// while another process has the tray.
func openTray(dir string) (*tray, []Kept, error) {
	name, err := trayName(dir)
	if err != nil {
		return nil, nil, err
	}
	m, err := openMemory(name, traySlots*slotSize)
	if err != nil {
		return nil, nil, err
	}
	t := &tray{memory: m, laid: make(map[key]laid)}
	found, err := t.read()
	if err != nil {
		return nil, nil, closing(m, err)
	}
	return t, found, nil
}

// trayName is the same for every process of this user on this host that opens the folder.
func trayName(dir string) (string, error) {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s", os.Geteuid(), host, whole))
	return "mayday-" + hex.EncodeToString(sum[:12]), nil
}

func (t *tray) read() ([]Kept, error) {
	content := make([]byte, traySlots*slotSize)
	if _, err := t.memory.ReadAt(content, 0); err != nil {
		return nil, err
	}
	var found []Kept
	for slot := range traySlots {
		r, ok := openSlot(content[slot*slotSize:(slot+1)*slotSize], slot)
		if !ok || r.kind != kindLease {
			t.free = append(t.free, slot)
			continue
		}
		t.sequence = max(t.sequence, r.sequence)
		t.laid[key{kindLease, string(r.kept.Lease.Rep)}] = laid{slot: slot, sequence: r.sequence, ended: r.kept.ended()}
		found = append(found, r.kept)
	}
	return found, nil
}

// lay puts a lease, or its end, in the place of the rep's earlier one. A process that is killed leaves one of the two, because 512
// octets of one page are copied whole or not at all. What finds no place goes to the disk alone.
func (t *tray) lay(k key, kept Kept) {
	if t == nil || k.kind != kindLease {
		return
	}
	at, again := t.laid[k]
	if !again {
		if len(t.free) == 0 {
			return
		}
		at.slot = t.free[0]
	}
	t.sequence++
	at.sequence, at.ended = t.sequence, kept.ended()
	content, err := sealSlot(record{kind: kindLease, sequence: t.sequence, kept: kept}, at.slot)
	if err == nil {
		_, err = t.memory.WriteAt(content, int64(at.slot)*slotSize)
	}
	switch {
	case err != nil && again:
		t.lift(k, t.laid[k].sequence)
	case err == nil && !again:
		t.free = t.free[1:]
		fallthrough
	case err == nil:
		t.laid[k] = at
	}
}

// mark tells what lies under a key from what will lie there later.
func (t *tray) mark(k key) uint64 {
	if t == nil {
		return 0
	}
	return t.laid[k].sequence
}

// lift overwrites what lies under a key, unless something else lies there since.
func (t *tray) lift(k key, mark uint64) {
	if t == nil {
		return
	}
	at, ok := t.laid[k]
	if !ok || at.sequence != mark {
		return
	}
	if _, err := t.memory.WriteAt(make([]byte, slotSize), int64(at.slot)*slotSize); err != nil {
		return
	}
	delete(t.laid, k)
	t.free = append(t.free, at.slot)
}

// close lets go of the memory, and gives it back if there is nothing in it.
func (t *tray) close() {
	if t == nil {
		return
	}
	if len(t.laid) == 0 {
		_ = t.memory.Remove() // an empty one is only in nobody's way
	}
	_ = t.memory.Close()
}

// ended reports whether this says that the rep's lease is over.
func (k Kept) ended() bool { return k.Lease.Until.IsZero() }

// layOut puts what a process that was killed has left in the tray on the desk: it is newer than what the disk has.
func (d *desk) layOut(t *tray, found []Kept, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tray = t
	for _, kept := range found {
		k := key{kindLease, string(kept.Lease.Rep)}
		if !kept.ended() && !kept.expired(now) {
			d.wished[k], d.restored[k] = wish{kept: kept}, kept
		}
		d.handed++
		d.queue(k)
	}
}

// lift empties the tray of what the files have.
func (d *desk) lift(done []task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range done {
		d.tray.lift(t.key, t.mark)
	}
}

// liftEnded empties the tray of the ends of leases that no slot holds any more.
func (d *desk) liftEnded() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tray == nil {
		return
	}
	for k, at := range d.tray.laid {
		if at.ended && !d.queued[k] {
			d.tray.lift(k, at.sequence)
		}
	}
}

func (d *desk) closeTray() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tray.close()
	d.tray = nil
}
