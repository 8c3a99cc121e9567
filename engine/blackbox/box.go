// Package blackbox is what a node keeps on its own disk so that an emergency call needs nothing else: the configuration as it was
// known last, who may be called back on which number, and the mails about emergencies that are still to be sent.
//
// Whoever places a call hands something over and goes on; a goroutine of the box writes it down beside the call. A disk that is full,
// read-only, broken or hanging is a fault that the box reports and gets over by itself; until then everything stays in memory. What
// an emergency leaves here is overwritten when its time is over. The box decides nothing about calls and sends no mail.
package blackbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/rep"
)

const (
	defaultSlots = 4096
	mostSlots    = 1 << 16

	openPatience  = 2500 * time.Millisecond // how long Open waits for a disk that hangs; long enough for the fault to be known
	closePatience = 5 * time.Second         // how long Close waits for one
	slowAfter     = 2 * time.Second         // an operation that takes longer is a fault
	retryEvery    = 3 * time.Second         // how often what failed is tried again
	healthEvery   = 5 * time.Second         // how often a box without faults looks at its files and tries the disk
)

// Config says where a box is and whom it tells.
type Config struct {
	Dir     string           // made if there is none
	Slots   int              // leases and mails that can be on the disk at once; 0: 4096. A file that has more keeps them
	Logger  *slog.Logger     // nil: silence
	Now     func() time.Time // nil: time.Now
	OnFault func(Fault)      // told of every new fault; may be nil
	OnFound func()           // told when Snapshot or Restored has become more since Open returned: the disk came late; may be nil
}

// Kept is a call-back lease with what a restart has to know of its rep.
type Kept struct {
	Lease  emergency.Lease
	Chosen rep.Presence // what the rep had chosen before the call: to be restored
	InCall bool         // an emergency call of the rep was going on
}

// same reports whether nothing else would be written. The wall clock counts, since a slot knows no other.
func (k Kept) same(other Kept) bool {
	same := func(a, b time.Time) bool { return a.Round(0).Equal(b.Round(0)) }
	if !same(k.Lease.From, other.Lease.From) || !same(k.Lease.Until, other.Lease.Until) {
		return false
	}
	k.Lease.From, k.Lease.Until = other.Lease.From, other.Lease.Until
	return k == other
}

// expired reports whether the lease is over. One whose call went on when the node fell was held beyond its window: it is handed back
// for one window more, because that is when the emergency service calls back.
func (k Kept) expired(now time.Time) bool {
	until := k.Lease.Until
	if k.InCall {
		until = until.Add(emergency.Window)
	}
	return !now.Before(until)
}

// Mail is a mail about an emergency that has not been delivered.
type Mail struct {
	ID    string
	Plain []byte
	Until time.Time // when it is given up
}

// Box is the black box of one node. All methods may be called from any goroutine.
type Box struct {
	now     func() time.Time
	ledger  *ledger
	desk    *desk
	writer  *writer
	keeper  *keeper
	closing chan struct{}
	close   sync.Once
	running sync.WaitGroup
}

// Open reads what the disk has and starts writing. It fails only for an impossible configuration: with a disk that cannot be used the
// box works in memory, says so in Faults and heals by itself. Leases that are over have been wiped from the disk when it returns.
func Open(config Config) (*Box, error) {
	if config.Dir == "" {
		return nil, errors.New("open black box: no folder is named")
	}
	return openOn(folder(config.Dir), config.Dir, config)
}

// openOn opens a box on a disk, with the tray of a folder unless none is named.
func openOn(d disk, trayOf string, config Config) (*Box, error) {
	if config.Slots == 0 {
		config.Slots = defaultSlots
	}
	if config.Slots < 1 || config.Slots > mostSlots {
		return nil, fmt.Errorf("open black box: %d slots: give 1 to %d, or 0 for %d", config.Slots, mostSlots, defaultSlots)
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	b := &Box{now: config.Now, ledger: newLedger(config), desk: newDesk(), closing: make(chan struct{})}
	if trayOf != "" {
		b.findTray(trayOf)
	}
	b.writer = newWriter(d, b.ledger, b.desk, config)
	b.keeper = newKeeper(d, b.ledger, b.writer.doubts)
	b.running.Go(func() { b.ledger.run(b.closing) })
	b.running.Go(func() { b.keeper.run(b.closing) })
	b.running.Go(func() { b.writer.run(b.closing) })
	b.running.Go(b.writer.syncer.run)
	b.await()
	return b, nil
}

// findTray takes up what a killed process has left in memory. Without a tray such a process loses what it was about to write.
func (b *Box) findTray(dir string) {
	t, found, err := openTray(dir)
	if err != nil {
		b.ledger.say(func() {
			b.ledger.log.Warn("no memory outlives this process: a kill can lose the lease being written", "error", err)
		})
		return
	}
	b.desk.layOut(t, found, b.now())
}

// await gives the disk a moment to be read.
func (b *Box) await() {
	defer b.ledger.waiting.Store(false)
	patience := time.NewTimer(openPatience)
	defer patience.Stop()
	for _, ready := range []<-chan struct{}{b.writer.ready, b.keeper.ready} {
		select {
		case <-ready:
		case <-patience.C:
			return
		}
	}
}

// Close writes what was handed over and lets go of the files. It fails if the disk does not let it end within seconds; the goroutine
// that waits for the disk then ends when the disk answers.
func (b *Box) Close() error {
	b.close.Do(func() { close(b.closing) })
	ended := make(chan struct{})
	go func() {
		b.running.Wait()
		b.desk.closeTray()
		close(ended)
	}()
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	select {
	case <-ended:
		return nil
	case <-patience.C:
		return Fault{Code: DiskSlow, Detail: "the disk did not answer within " + closePatience.String() + " of closing"}
	}
}

// Faults returns what is wrong now; nothing if all is well.
func (b *Box) Faults() []Fault { return b.ledger.faults() }

// Snapshot returns the newest good configuration that was read from the disk or saved since, and its version; false if there is none.
// Its lists are shared and must not be changed.
func (b *Box) Snapshot() (c center.Center, version int64, ok bool) {
	t, ok := b.keeper.newest()
	return t.center, t.version, ok
}

// SaveSnapshot puts the configuration on the disk and keeps the one before it. It is slow and never called on the way of a call. It
// refuses with ErrImplausible what center.Check finds a mistake in, and a center in which fewer than half are left of the reps, the
// trunks or the call-back numbers; nothing is replaced then. If the disk refuses, the box tries again by itself until it succeeds.
func (b *Box) SaveSnapshot(ctx context.Context, c center.Center, version int64) error {
	if before, ok := b.keeper.newest(); ok {
		if err := implausible(before.center, c); err != nil {
			b.ledger.raise(areaRefused, Fault{Code: SnapshotRefused, Detail: err.Error()})
			return err
		}
	}
	return b.ForceSnapshot(ctx, c, version)
}

// ForceSnapshot is SaveSnapshot for a configuration that somebody has emptied on purpose. One with mistakes it refuses all the same.
func (b *Box) ForceSnapshot(ctx context.Context, c center.Center, version int64) error {
	if mistakes := center.Check(c); len(mistakes) > 0 {
		b.ledger.raise(areaRefused, Fault{Code: SnapshotRefused, Detail: fmt.Sprintf("%d mistakes, the first at %s", len(mistakes), mistakes[0].Path)})
		return fmt.Errorf("%w: %w", ErrImplausible, center.Mistakes(mistakes))
	}
	b.ledger.clear(areaRefused)
	return b.keeper.save(ctx, taken{center: c, version: version}, b.closing)
}

// Restored returns the leases that were open when the node ended and that nobody has kept or wiped since, in the order of their
// beginning.
func (b *Box) Restored() []Kept {
	restored := b.desk.restoredLeases()
	slices.SortFunc(restored, func(x, y Kept) int { return x.Lease.From.Compare(y.Lease.From) })
	return restored
}

// Keep hands a lease over to be written in place of the rep's earlier one. It returns at once, whatever the disk does, and the lease
// survives the end of the process from then on where the system has a memory disk.
func (b *Box) Keep(k Kept) {
	b.desk.put(key{kindLease, string(k.Lease.Rep)}, wish{kept: k})
}

// Wipe hands over the end of the rep's lease: what the disk has of it is overwritten and synced. It returns at once.
func (b *Box) Wipe(id rep.ID) { b.desk.drop(key{kindLease, string(id)}) }

// PutMail hands a mail over to be sealed and kept until it is wiped or its time is over. It returns at once.
func (b *Box) PutMail(id string, plain []byte, until time.Time) {
	mail := &Mail{ID: id, Plain: bytes.Clone(plain), Until: until}
	b.desk.put(key{kindMail, id}, wish{mail: mail})
}

// Mails returns the mails that are still to be delivered, those of before a restart included, the ones given up first in front.
func (b *Box) Mails() []Mail { return b.desk.mailsAt(b.now()) }

// WipeMail hands over the end of a mail: its key is overwritten and synced, and then its body. It returns at once.
func (b *Box) WipeMail(id string) { b.desk.drop(key{kindMail, id}) }

// Written returns how much of what was handed over is in the files, and so survives the end of the process; Handed how much was
// handed over. Both count calls of Keep that bring news, of Wipe, PutMail and WipeMail, and what a killed process had left in the tray.
func (b *Box) Written() uint64 { return b.desk.written.Load() }

// Handed returns how much there was to write so far.
func (b *Box) Handed() uint64 { return b.desk.handedOver() }

// Settle waits until the disk has everything that was handed over before, so that it survives a power cut.
func (b *Box) Settle(ctx context.Context) error {
	select {
	case <-b.desk.whenSettled():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
