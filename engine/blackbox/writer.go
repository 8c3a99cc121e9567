package blackbox

import (
	"maps"
	"slices"
	"time"
)

const (
	slotsName  = "slots"
	bodiesName = "outbox"
)

// writer owns the slot file and the file of bodies: one goroutine writes what is handed over at the desk, at once, and lets another
// sync it, so that a slow sync holds up no writing.
type writer struct {
	disk   disk
	ledger *ledger
	desk   *desk
	now    func() time.Time
	count  int // slots that the file is to have
	ready  chan struct{}
	doubts chan struct{} // holds one: the disk has refused somebody else
	syncer *syncer

	slots    file // nil: cannot be used now
	have     int  // slots that the file has
	bodies   file // nil: mails stay in memory
	book     book
	everRead bool
	next     time.Time    // when to look after the files again
	nextMail time.Time    // when the time of a mail is over; zero: there is none
	unsaved  map[key]area // what stays in memory, and where the reason is told; empty: elsewhere

	round     uint64 // of syncing: the one that what is written now will be part of
	unsynced  bool   // something was written since the last round began
	outboxToo bool   // to the file of bodies as well
	syncing   bool
	syncAt    time.Time // when the next round may begin at the earliest
	closing   bool      // nothing is put off any more
	broken    bool      // the files are to be closed as soon as nobody syncs them
	drained   uint64    // how much of what was handed over is written
	roundHas  uint64    // how much the round that goes on makes last
}

func newWriter(d disk, l *ledger, table *desk, config Config) *writer {
	return &writer{disk: d, ledger: l, desk: table, now: config.Now, count: config.Slots, ready: make(chan struct{}),
		doubts: make(chan struct{}, 1), syncer: newSyncer(l), unsaved: make(map[key]area), round: 1}
}

// run reads the files and writes until the box is closed.
func (w *writer) run(closing <-chan struct{}) {
	defer close(w.syncer.requests)
	w.open()
	close(w.ready)
	for {
		w.work()
		pause := time.NewTimer(w.pause())
		select {
		case <-w.desk.wake:
		case err := <-w.syncer.done:
			w.afterSync(err)
		case <-w.doubts:
			w.doubt()
		case <-pause.C:
			w.tick()
		case <-closing:
			pause.Stop()
			w.finish()
			return
		}
		pause.Stop()
	}
}

func (w *writer) open() {
	w.next = time.Now().Add(retryEvery)
	err := w.ledger.during(areaSlotsSlow, "reading the slots", w.load)
	if err != nil {
		w.ledger.raise(areaSlots, fault(err))
		return
	}
	w.ledger.clear(areaSlots)
	w.unsynced = true
	w.desk.liftEnded()
}

// finish writes and syncs what is left.
func (w *writer) finish() {
	w.closing = true
	for w.work(); w.syncing; w.work() {
		w.afterSync(<-w.syncer.done)
	}
	w.shut()
}

func (w *writer) shut() {
	if w.slots != nil {
		_ = w.slots.Close()
	}
	if w.bodies != nil {
		_ = w.bodies.Close()
	}
	w.slots, w.bodies, w.broken = nil, nil, false
}

// fail gives the files up for now. They are opened and read again later; what is wished is written anew then.
func (w *writer) fail(err error) {
	w.ledger.raise(areaSlots, fault(err))
	w.next = time.Now().Add(retryEvery)
	w.broken = true
	if !w.syncing {
		w.shut()
	}
}

// doubt tries whether the file of slots still takes anything, when the disk has refused something else. A disk that has become read-only
// under open files is unmounted to be mended, which needs that nobody has files open there: so what is of no use is let go.
func (w *writer) doubt() {
	if !w.usable() || len(w.book.free) == 0 {
		return // it is let go already, or its next lease will tell
	}
	err := w.ledger.during(areaSlotsSlow, "trying the slots", func() error {
		free := w.book.free[0]
		_, err := w.slots.WriteAt(freeSlot(free), int64(free)*slotSize)
		return err
	})
	if err != nil {
		w.fail(err)
	}
}

func (w *writer) usable() bool { return w.slots != nil && !w.broken }

func (w *writer) pause() time.Duration {
	pause := time.Until(w.next)
	if w.unsynced && !w.syncing && w.usable() {
		pause = min(pause, time.Until(w.syncAt))
	}
	if !w.nextMail.IsZero() {
		pause = min(pause, w.nextMail.Sub(w.now()))
	}
	return max(pause, time.Millisecond)
}

// tick looks after the files, and after mails whose time is over.
func (w *writer) tick() {
	if !w.nextMail.IsZero() && !w.now().Before(w.nextMail) {
		w.nextMail = w.desk.giveUp(w.now())
	}
	if time.Now().Before(w.next) {
		return
	}
	w.next = time.Now().Add(retryEvery)
	switch {
	case w.broken:
	case w.slots == nil:
		w.open()
	case w.gone():
		w.leave()
	case w.bodies == nil, w.have < w.count, len(w.unsaved) > 0:
		_ = w.ledger.during(areaSlotsSlow, "making room in the slots", func() error {
			w.retry()
			return nil
		})
	default:
		w.next = time.Now().Add(healthEvery)
	}
}

// gone reports whether somebody has taken the files away.
func (w *writer) gone() bool {
	gone := false
	_ = w.ledger.during(areaSlotsSlow, "looking for the slots", func() error {
		gone = w.slots.Gone() || w.bodies != nil && w.bodies.Gone()
		return nil
	})
	return gone
}

// leave opens the files anew. What those that were taken away hold is overwritten: nobody would come back to it. It stays in memory and
// is written anew.
func (w *writer) leave() {
	_ = w.ledger.during(areaSlotsSlow, "leaving the slots", w.abandon)
	if w.syncing {
		w.broken = true
		return
	}
	w.shut()
	w.open()
}

func (w *writer) abandon() error {
	for _, p := range w.book.places() {
		if err := w.overwrite(p); err != nil {
			return err // a disk that is gone for good
		}
	}
	return w.slots.SyncData()
}

// retry tries what found no place or no file before.
func (w *writer) retry() {
	if w.bodies == nil {
		w.findBodies()
	}
	if w.have < w.count {
		w.grow()
	}
	w.requeueUnsaved()
}

// requeueUnsaved gives what stays in memory another chance.
func (w *writer) requeueUnsaved() {
	if len(w.unsaved) > 0 {
		w.desk.requeue(slices.Collect(maps.Keys(w.unsaved))...)
	}
}

// work writes what is handed over and has it synced.
func (w *writer) work() {
	for w.usable() {
		tasks, handed := w.desk.take()
		if len(tasks) == 0 {
			w.drained = max(w.drained, handed)
			w.desk.written.Store(w.drained)
			break
		}
		err := w.ledger.during(areaSlotsSlow, "writing the slots", func() error { return w.carryOut(tasks) })
		if err != nil {
			w.fail(err)
			break
		}
		w.desk.lift(slices.DeleteFunc(tasks, func(t task) bool {
			_, inMemory := w.unsaved[t.key]
			return inMemory
		}))
	}
	w.desk.clearOver()
	w.sync()
}

func (w *writer) carryOut(tasks []task) error {
	for _, t := range tasks {
		var err error
		switch {
		case !t.keep:
			err = w.wipe(t.key)
		case t.key.kind == kindLease:
			err = w.writeLease(t.key, t.wish.kept)
		default:
			err = w.writeMail(t.key, t.wish.mail)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) writeLease(k key, kept Kept) error {
	p, ok := w.book.assign(k, 0)
	if !ok {
		w.leaveUnsaved(k, areaFull, Fault{Code: SlotsFull, Detail: "every slot is taken; what is new stays in memory"})
		return nil
	}
	return w.writeSlot(k, p, record{kind: kindLease, kept: kept})
}

func (w *writer) writeMail(k key, mail *Mail) error {
	w.expect(mail.Until)
	if w.bodies == nil {
		w.unsaved[k] = ""
		return nil
	}
	sealed, parts := sealBody(mail)
	if len(parts) > mostBlocks {
		w.leaveUnsaved(k, areaTooLong, Fault{Code: SlotRefused, Detail: "a mail is too long; it stays in memory"})
		return nil
	}
	p, ok := w.book.assign(k, len(parts))
	if !ok {
		w.leaveUnsaved(k, areaFull, Fault{Code: SlotsFull, Detail: "no more mails can be kept; what is new stays in memory"})
		return nil
	}
	w.outboxToo = true
	for i, block := range p.blocks {
		if _, err := w.bodies.WriteAt(parts[i], int64(block)*blockSize); err != nil {
			w.book.reclaim(k.kind, p)
			w.leaveUnsaved(k, areaOutboxWrite, fault(err))
			return nil
		}
	}
	sealed.blocks = p.blocks
	return w.writeSlot(k, p, record{kind: kindMail, mail: sealed})
}

// writeSlot fills a place that was assigned.
func (w *writer) writeSlot(k key, p place, r record) error {
	w.book.sequence++
	r.sequence = w.book.sequence
	content, err := sealSlot(r, p.slot)
	if err != nil {
		if had, again := w.book.held[k]; !again || had.slot != p.slot {
			w.book.reclaim(k.kind, p)
		}
		w.leaveUnsaved(k, areaTooLong, Fault{Code: SlotRefused, Detail: "a name is too long for a slot; it stays in memory"})
		return nil
	}
	if _, err := w.slots.WriteAt(content, int64(p.slot)*slotSize); err != nil {
		return err
	}
	w.book.hold(k, p, w.round)
	w.unsynced = true
	w.saved(k)
	return nil
}

// wipe overwrites all that there is of the key.
func (w *writer) wipe(k key) error {
	w.saved(k)
	for _, p := range w.book.release(k) {
		if err := w.wipePlace(k.kind, p); err != nil {
			return err
		}
	}
	return nil
}

// wipePlace overwrites a place and makes it free.
func (w *writer) wipePlace(k kind, p place) error {
	if err := w.overwrite(p); err != nil {
		return err
	}
	w.book.reclaim(k, p)
	return nil
}

// overwrite writes over a slot, which takes a body's key away, and then over the body.
func (w *writer) overwrite(p place) error {
	w.unsynced = true
	if _, err := w.slots.WriteAt(freeSlot(p.slot), int64(p.slot)*slotSize); err != nil {
		return err
	}
	random := make([]byte, blockSize)
	for _, block := range p.blocks {
		if w.bodies == nil {
			break
		}
		mustRandom(random)
		w.outboxToo = true
		if _, err := w.bodies.WriteAt(random, int64(block)*blockSize); err != nil {
			return err
		}
	}
	return nil
}

// expect notes when the time of a mail is over.
func (w *writer) expect(until time.Time) {
	if w.nextMail.IsZero() || until.Before(w.nextMail) {
		w.nextMail = until
	}
}

// leaveUnsaved notes that something stays in memory, and why.
func (w *writer) leaveUnsaved(k key, where area, f Fault) {
	if where == areaFull && w.have < w.count {
		where = "" // it is told already why there are so few slots
	}
	if was, again := w.unsaved[k]; again && was != where {
		w.saved(k)
	}
	w.unsaved[k] = where
	if where != "" {
		w.ledger.raise(where, f)
	}
}

// saved notes that the key has its place, or needs none any more.
func (w *writer) saved(k key) {
	where, was := w.unsaved[k]
	if !was {
		return
	}
	delete(w.unsaved, k)
	for _, other := range w.unsaved {
		if other == where {
			return
		}
	}
	w.ledger.clear(where)
}

// syncEvery is the least time between the beginnings of two rounds. The first of a burst is not put off; what follows shares the next
// one, because each costs the core about as much as a call does.
const syncEvery = 10 * time.Millisecond

// sync begins a round of syncing if there is something to be synced and no round goes on.
func (w *writer) sync() {
	switch {
	case w.syncing || !w.usable():
	case w.unsynced && !w.closing && time.Now().Before(w.syncAt): // the writer looks again then
	case w.unsynced:
		request := syncRequest{slots: w.slots}
		if w.outboxToo {
			request.bodies = w.bodies
		}
		w.syncAt = time.Now().Add(syncEvery)
		w.syncing, w.unsynced, w.outboxToo, w.roundHas = true, false, false, w.drained
		w.syncer.requests <- request
		w.round++
	default:
		w.desk.settle(w.drained)
	}
}

// afterSync wipes the places whose successors last now.
func (w *writer) afterSync(err error) {
	w.syncing = false
	if w.broken {
		w.shut()
		return
	}
	if err != nil {
		w.fail(err)
		return
	}
	for _, r := range w.book.outlived(w.round - 1) {
		if err := w.wipePlace(r.key.kind, r.place); err != nil {
			w.fail(err)
			return
		}
	}
	w.requeueUnsaved()
	if !w.unsynced {
		w.desk.settle(w.roundHas)
	}
}

// syncer makes written things last. It has a goroutine of its own because that can take long.
type syncer struct {
	ledger   *ledger
	requests chan syncRequest
	done     chan error
}

type syncRequest struct {
	slots  file
	bodies file // nil: nothing was written there
}

func newSyncer(l *ledger) *syncer {
	return &syncer{ledger: l, requests: make(chan syncRequest, 1), done: make(chan error, 1)}
}

// run ends when the writer closes the requests.
func (s *syncer) run() {
	for r := range s.requests {
		if r.bodies != nil {
			s.syncBodies(r.bodies)
		}
		s.done <- s.ledger.during(areaSync, "syncing the slots", r.slots.SyncData)
	}
}

// syncBodies syncs the bodies before the slots that name them. If it fails mails may not outlive a power cut; leases do.
func (s *syncer) syncBodies(bodies file) {
	if err := s.ledger.during(areaSync, "syncing the outbox", bodies.SyncData); err != nil {
		s.ledger.raise(areaOutboxSync, fault(err))
		return
	}
	s.ledger.clear(areaOutboxSync)
}
