package blackbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"mayday/center"
	"mayday/center/number"
)

// A snapshot stands in one of two files, whichever is not the newest good one, so that the previous generation is there at every
// instant (ADR 10).
const (
	snapshotMagic  = "mayday snapshot\n"
	snapshotFormat = 1
	headLength     = len(snapshotMagic) + 4 + 8 + 8 + 8
)

func snapshotNames() []string { return []string{"snapshot.a", "snapshot.b"} }

var errClosed = errors.New("the black box is closed")

// head is what stands before the content of a snapshot file.
type head struct {
	generation uint64 // counts the files written; the highest is the newest
	version    int64
	length     uint64 // octets of the content; a sha256 of all before it follows
}

func (h head) append(out []byte) []byte {
	out = append(out, snapshotMagic...)
	out = binary.LittleEndian.AppendUint32(out, snapshotFormat)
	out = binary.LittleEndian.AppendUint64(out, h.generation)
	out = binary.LittleEndian.AppendUint64(out, uint64(h.version))
	return binary.LittleEndian.AppendUint64(out, h.length)
}

func parseHead(content []byte) (head, error) {
	if len(content) < headLength || string(content[:len(snapshotMagic)]) != snapshotMagic {
		return head{}, errRuined
	}
	numbers := content[len(snapshotMagic):]
	if format := binary.LittleEndian.Uint32(numbers); format != snapshotFormat {
		return head{}, fmt.Errorf("%w: format %d is not known", errRuined, format)
	}
	return head{
		generation: binary.LittleEndian.Uint64(numbers[4:]),
		version:    int64(binary.LittleEndian.Uint64(numbers[12:])),
		length:     binary.LittleEndian.Uint64(numbers[20:]),
	}, nil
}

// taken is a snapshot in memory. It is never changed.
type taken struct {
	center  center.Center
	version int64
}

// sealSnapshot returns the content of a snapshot file.
func sealSnapshot(t taken, generation uint64) []byte {
	content := encode(t.center)
	out := make([]byte, 0, headLength+len(content)+sha256.Size)
	out = head{generation: generation, version: t.version, length: uint64(len(content))}.append(out)
	out = append(out, content...)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

// openSnapshot reads the content of a snapshot file. The sum is checked beside the reading, on another core.
func openSnapshot(content []byte) (taken, error) {
	h, err := parseHead(content)
	if err != nil {
		return taken{}, err
	}
	end := len(content) - sha256.Size
	if end < headLength || h.length != uint64(end-headLength) {
		return taken{}, errRuined
	}
	whole := make(chan bool, 1)
	go func() {
		sum := sha256.Sum256(content[:end])
		whole <- bytes.Equal(sum[:], content[end:])
	}()
	t := taken{version: h.version}
	// The content is never changed, and what is read from it are parts of it: copying it would take as long as reading the file.
	text := content[headLength:end]
	err = decode(unsafe.String(unsafe.SliceData(text), len(text)), &t.center)
	if !<-whole {
		return taken{}, errRuined
	}
	return t, err
}

// keeper owns the snapshot files: one goroutine reads them at first and writes them from then on.
type keeper struct {
	disk   disk
	ledger *ledger
	ready  chan struct{}   // closed when the files have been looked at
	doubts chan<- struct{} // of who has files open: told when the disk refuses
	wake   chan struct{}

	mu      sync.Mutex
	current *taken
	unsaved *taken
	waiting []chan error

	// Of the goroutine alone.
	atFault    bool   // the disk took nothing when it was tried
	looked     bool   // the files could be read, whatever stood in them
	good       string // the file of the newest good generation
	generation uint64 // the highest that was seen
}

func newKeeper(d disk, l *ledger, doubts chan<- struct{}) *keeper {
	return &keeper{disk: d, ledger: l, doubts: doubts, ready: make(chan struct{}), wake: make(chan struct{}, 1)}
}

func (k *keeper) newest() (taken, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current == nil {
		return taken{}, false
	}
	return *k.current, true
}

// save hands a snapshot to the goroutine and waits for what comes of it.
func (k *keeper) save(ctx context.Context, t taken, closing <-chan struct{}) error {
	done := make(chan error, 1)
	k.mu.Lock()
	k.current, k.unsaved = &t, &t
	k.waiting = append(k.waiting, done)
	k.mu.Unlock()
	poke(k.wake)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-closing:
		return errClosed
	}
}

// run reads what is there and then saves what comes, again and again as long as the disk refuses it.
func (k *keeper) run(closing <-chan struct{}) {
	k.look()
	close(k.ready)
	for {
		pause := time.NewTimer(k.pause())
		select {
		case <-k.wake:
			k.write()
		case <-pause.C:
			k.heal()
		case <-closing:
			pause.Stop()
			return
		}
		pause.Stop()
	}
}

func (k *keeper) pause() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unsaved != nil || !k.looked || k.atFault {
		return retryEvery
	}
	return healthEvery
}

// heal tries again what did not work, and writes anew what has been taken away.
func (k *keeper) heal() {
	if !k.looked {
		k.look()
	}
	if k.good != "" {
		err := k.ledger.during(areaSnapshotSlow, "looking for the snapshot", func() error {
			_, err := k.disk.Read(k.good, 0)
			return err
		})
		if errors.Is(err, fs.ErrNotExist) {
			k.mu.Lock()
			k.unsaved = k.current
			k.mu.Unlock()
		}
	}
	k.write()
	k.probe()
}

// probe looks whether the disk would take what is to come.
func (k *keeper) probe() {
	err := k.ledger.during(areaSnapshotSlow, "trying the disk", k.disk.Probe)
	k.atFault = err != nil
	if err != nil {
		k.ledger.raise(areaProbe, fault(err))
		poke(k.doubts)
		return
	}
	k.ledger.clear(areaProbe)
}

// write saves what is unsaved.
func (k *keeper) write() {
	k.mu.Lock()
	t, waiting := k.unsaved, k.waiting
	k.waiting = nil
	k.mu.Unlock()
	if t == nil {
		return
	}
	err := k.ledger.during(areaSnapshotSlow, "saving the snapshot", func() error { return k.replace(*t) })
	if err != nil {
		k.ledger.raise(areaSnapshot, fault(err))
	} else {
		k.ledger.clear(areaSnapshot)
		k.ledger.clear(areaRuined)
		k.mu.Lock()
		if k.unsaved == t {
			k.unsaved = nil
		}
		k.mu.Unlock()
	}
	for _, done := range waiting {
		done <- err
	}
}

func (k *keeper) replace(t taken) error {
	if !k.looked {
		if k.look(); !k.looked {
			return errors.New("the files of before cannot be read")
		}
	}
	names := snapshotNames()
	name := names[0]
	if k.good == name {
		name = names[1]
	}
	if err := k.disk.Replace(name, sealSnapshot(t, k.generation+1)); err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	k.generation++
	k.good = name
	return nil
}

// look finds the newest good generation.
func (k *keeper) look() {
	var found finding
	_ = k.ledger.during(areaSnapshotSlow, "reading the snapshot", func() error {
		found = findSnapshot(k.disk)
		return nil
	})
	if found.name != "" {
		found.ruined = append(found.ruined, found.unreadable...)
	}
	if len(found.ruined) > 0 {
		k.ledger.raise(areaRuined, Fault{Code: SnapshotRuined, Detail: found.detail()})
	}
	if found.name == "" && found.err != nil {
		k.ledger.raise(areaSnapshot, fault(found.err))
		return
	}
	k.ledger.clear(areaSnapshot)
	k.looked, k.good, k.generation = true, found.name, found.generation
	if found.name != "" {
		k.offer(&found.taken)
	}
}

// offer takes over what the disk has unless a newer one was handed over meanwhile.
func (k *keeper) offer(t *taken) {
	k.mu.Lock()
	news := k.current == nil
	if news {
		k.current = t
	}
	k.mu.Unlock()
	if news {
		k.ledger.tellFound()
	}
}

// finding is what stood in the snapshot files.
type finding struct {
	taken      taken
	name       string // empty: no good one
	generation uint64 // the highest that any file claims
	ruined     []string
	unreadable []string
	err        error // why the last of them could not be read
}

func (f finding) detail() string {
	rest := "; no good snapshot is left"
	if f.name != "" {
		rest = "; " + f.name + " is used"
	}
	return strings.Join(f.ruined, " and ") + ": not what was written" + rest
}

// findSnapshot reads the beginnings of the files, and the newest whole; an older one only if that is ruined.
func findSnapshot(d disk) finding {
	type candidate struct {
		name string
		head head
	}
	var found finding
	var candidates []candidate
	for _, name := range snapshotNames() {
		content, err := d.Read(name, headLength)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				found.unreadable, found.err = append(found.unreadable, name), err
			}
			continue
		}
		h, err := parseHead(content)
		if err != nil {
			found.ruined = append(found.ruined, name)
			continue
		}
		found.generation = max(found.generation, h.generation)
		candidates = append(candidates, candidate{name, h})
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.head.generation, a.head.generation) })
	for _, c := range candidates {
		content, err := d.Read(c.name, -1)
		if err != nil {
			found.unreadable, found.err = append(found.unreadable, c.name), err
			continue
		}
		t, err := openSnapshot(content)
		if err != nil {
			found.ruined = append(found.ruined, c.name)
			continue
		}
		found.taken, found.name = t, c.name
		break
	}
	return found
}

// implausible says why the center should not replace the one before it: what it had several of is less than half of a sudden.
func implausible(before, after center.Center) error {
	for _, kind := range []struct {
		what       string
		was, isNow int
	}{
		{"reps", len(before.Reps), len(after.Reps)},
		{"trunks", len(before.Trunks), len(after.Trunks)},
		{"call-back numbers", poolSize(before), poolSize(after)},
	} {
		if kind.was >= 2 && kind.isNow*2 < kind.was {
			return fmt.Errorf("%w: of %d %s %d are left", ErrImplausible, kind.was, kind.what, kind.isNow)
		}
	}
	return nil
}

func poolSize(c center.Center) int {
	size := 0
	for _, n := range c.Numbers {
		if n.Use == number.EmergencyCallback {
			size++
		}
	}
	return size
}

// poke wakes a goroutine that may be awake already.
func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
