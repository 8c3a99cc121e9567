package blackbox

import (
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// found is something that stood on the disk.
type found struct {
	key      key
	wish     wish
	place    place
	sequence uint64
}

func (f found) expired(now time.Time) bool {
	if f.wish.mail != nil {
		return !now.Before(f.wish.mail.Until)
	}
	return f.wish.kept.expired(now)
}

// clear forgets a mail that is not taken over.
func (f found) clear() {
	if f.wish.mail != nil {
		clear(f.wish.mail.Plain)
	}
}

// reading is what stood in a slot file.
type reading struct {
	count  int // slots that the file has, torn ones included
	found  map[key]found
	free   []int
	unfit  []int // torn, or outdone by a newer slot of the same key, or without a body: to be wiped
	newest uint64
}

// readSlots reads every slot without trusting any. Bodies may be nil; mails are unfit then.
func readSlots(slots, bodies file) (reading, error) {
	r := reading{found: make(map[key]found)}
	size, err := slots.Size()
	if err != nil {
		return r, err
	}
	r.count = int(min(size/slotSize, mostSlots))
	const atOnce = 128
	content := make([]byte, atOnce*slotSize)
	for i := range r.count {
		if i%atOnce == 0 {
			if _, err := slots.ReadAt(content[:min(atOnce, r.count-i)*slotSize], int64(i)*slotSize); err != nil && !errors.Is(err, io.EOF) {
				return r, err
			}
		}
		said, ok := openSlot(content[i%atOnce*slotSize:(i%atOnce+1)*slotSize], i)
		if ok && said.kind == kindFree {
			r.free = append(r.free, i)
			continue
		}
		f := found{sequence: said.sequence, place: place{slot: i}}
		if ok {
			ok = f.fill(said, bodies)
		}
		if !ok {
			r.unfit = append(r.unfit, i)
			continue
		}
		r.enter(f)
	}
	return r, nil
}

// enter keeps the newer of two slots of one key.
func (r *reading) enter(f found) {
	r.newest = max(r.newest, f.sequence)
	other, twice := r.found[f.key]
	switch {
	case !twice:
		r.found[f.key] = f
	case other.sequence < f.sequence:
		r.unfit = append(r.unfit, other.place.slot)
		r.found[f.key] = f
	default:
		r.unfit = append(r.unfit, f.place.slot)
	}
}

func (f *found) fill(said record, bodies file) bool {
	if said.kind == kindLease {
		f.key, f.wish = key{kindLease, string(said.kept.Lease.Rep)}, wish{kept: said.kept}
		return true
	}
	plain, ok := openBody(said.mail, bodies)
	f.key, f.place.blocks = key{kindMail, said.mail.id}, said.mail.blocks
	f.wish = wish{mail: &Mail{ID: said.mail.id, Plain: plain, Until: said.mail.until}}
	return ok
}

// sealBody seals a mail's body with a new key and returns it in blocks with what its slot is to say; the blocks have no numbers yet.
func sealBody(m *Mail) (sealedMail, [][]byte) {
	s := sealedMail{id: m.ID, until: m.Until}
	mustRandom(s.key[:])
	body := cipherOf(s.key[:]).Seal(nil, nonce(), m.Plain, []byte("mail"))
	s.length = len(body)
	return s, slices.Collect(slices.Chunk(body, blockSize))
}

func openBody(s sealedMail, bodies file) ([]byte, bool) {
	if bodies == nil || s.length < chacha20poly1305.Overhead {
		return nil, false
	}
	body := make([]byte, 0, len(s.blocks)*blockSize)
	for _, block := range s.blocks {
		at := len(body)
		body = body[:at+blockSize]
		if _, err := bodies.ReadAt(body[at:], int64(block)*blockSize); err != nil {
			return nil, false
		}
	}
	plain, err := cipherOf(s.key[:]).Open(nil, nonce(), body[:s.length], []byte("mail"))
	return plain, err == nil
}

// load reads the slot file and makes it ready for writing. A file that can only be read is read, so that nobody's lease is forgotten,
// and the error returned all the same.
func (w *writer) load() error {
	w.findBodies()
	slots, err := w.disk.Open(slotsName, false)
	if err != nil {
		w.readOnly()
		return err
	}
	r, err := readSlots(slots, w.bodies)
	if err != nil {
		return closing(slots, err)
	}
	w.slots, w.have, w.book = slots, r.count, newBook(max(r.count, w.count))
	w.book.free, w.book.sequence = r.free, r.newest
	if err := w.settleIn(r); err != nil {
		w.shut()
		return err
	}
	w.grow()
	return nil
}

// readOnly takes over what stands in files that cannot be written. Another process's leases are its own.
func (w *writer) readOnly() {
	defer w.shut()
	if w.everRead {
		return
	}
	if w.bodies == nil {
		w.bodies, _ = w.openBodies(true)
	}
	slots, err := w.disk.Open(slotsName, true)
	if err != nil {
		return
	}
	defer func() { _ = slots.Close() }()
	if r, err := readSlots(slots, w.bodies); err == nil {
		w.adopt(r)
	}
}

// adopt asks the desk what of the reading is to stay.
func (w *writer) adopt(r reading) (keep map[key]bool) {
	keep, restored := w.desk.adopt(slices.Collect(maps.Values(r.found)), !w.everRead, w.now())
	w.everRead = true
	for k := range keep {
		if mail := r.found[k].wish.mail; mail != nil {
			w.expect(mail.Until)
		}
	}
	if restored {
		w.ledger.tellFound()
	}
	return keep
}

// settleIn wipes what is torn, outdone or over, and does not return before the disk has that.
func (w *writer) settleIn(r reading) error {
	keep := w.adopt(r)
	var unfit []place
	for _, slot := range r.unfit {
		unfit = append(unfit, place{slot: slot})
	}
	for k, f := range r.found {
		if keep[k] {
			w.book.restore(k, f.place)
		} else {
			unfit = append(unfit, f.place)
		}
	}
	if len(unfit) == 0 {
		return nil
	}
	for _, p := range unfit {
		if err := w.overwrite(p); err != nil {
			return err
		}
		w.book.free = append(w.book.free, p.slot)
	}
	return w.slots.SyncData()
}

// grow makes the file as long as it is to be, with real content, so that writing in it never needs space. Where there is none, the
// box works with what it has and tries again.
func (w *writer) grow() {
	const atOnce = 128
	for w.have < w.count {
		end := min(w.have+atOnce, w.count)
		var content []byte
		for slot := w.have; slot < end; slot++ {
			content = append(content, freeSlot(slot)...)
		}
		if _, err := w.slots.WriteAt(content, int64(w.have)*slotSize); err != nil {
			w.ledger.raise(areaGrow, fault(err))
			return
		}
		for ; w.have < end; w.have++ {
			w.book.free = append(w.book.free, w.have)
		}
		w.unsynced = true
	}
	if err := w.slots.SyncAll(); err != nil {
		w.ledger.raise(areaGrow, fault(err))
		return
	}
	w.ledger.clear(areaGrow)
}

// freeSlot returns what stands in a slot that says nothing.
func freeSlot(slot int) []byte {
	content, err := sealSlot(record{kind: kindFree}, slot)
	if err != nil {
		panic("blackbox: BUG: a free slot is too long")
	}
	return content
}

// findBodies opens the file of the mails' bodies. Without it mails stay in memory, and leases are none the worse.
func (w *writer) findBodies() {
	bodies, err := w.openBodies(false)
	if err != nil {
		w.ledger.raise(areaOutbox, fault(err))
		return
	}
	w.bodies = bodies
	w.ledger.clear(areaOutbox)
}

// openBodies opens the file of the mails' bodies and makes it as long as it is to be.
func (w *writer) openBodies(readOnly bool) (file, error) {
	bodies, err := w.disk.Open(bodiesName, readOnly)
	if err != nil || readOnly {
		return bodies, err
	}
	size, err := bodies.Size()
	if err != nil {
		return nil, closing(bodies, err)
	}
	if size >= blocks*blockSize {
		return bodies, nil
	}
	random := make([]byte, 64*blockSize)
	for at := size / blockSize * blockSize; at < blocks*blockSize; at += int64(len(random)) {
		mustRandom(random)
		if _, err := bodies.WriteAt(random[:min(int64(len(random)), blocks*blockSize-at)], at); err != nil {
			return nil, closing(bodies, err)
		}
	}
	if err := bodies.SyncAll(); err != nil {
		return nil, closing(bodies, err)
	}
	return bodies, nil
}
