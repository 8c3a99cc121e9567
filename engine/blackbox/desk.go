package blackbox

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mayday/center/emergency"
	"mayday/center/rep"
)

// key names what is kept: the lease of a rep or a mail.
type key struct {
	kind kind
	id   string
}

// wish is what is to be on the disk under a key.
type wish struct {
	kept Kept
	mail *Mail // of a mail; never changed but by the writer, which clears it when it is over
}

// desk is where things are handed over. It holds what is to be on the disk, one value a key, and which keys the writer has not dealt
// with. Its lock is never held while anything waits; the tray is memory.
type desk struct {
	wake    chan struct{}
	written atomic.Uint64 // how many of the handed things the files have

	mu       sync.Mutex
	wished   map[key]wish
	queued   map[key]bool
	leases   []key // queued, the first to be dealt with in front
	mails    []key
	over     []*Mail // to be cleared
	handed   uint64
	settled  uint64
	waiting  []waiter
	restored map[key]Kept // read from the disk, and nobody has spoken of them since
	tray     *tray        // has what is queued of leases; nil: there is none
}

type waiter struct {
	handed uint64
	done   chan struct{}
}

func newDesk() *desk {
	return &desk{wake: make(chan struct{}, 1), wished: make(map[key]wish), queued: make(map[key]bool), restored: make(map[key]Kept)}
}

// put hands something over. A lease that is wished already as it is stays as it is: it is on the disk, or on its way there.
func (d *desk) put(k key, v wish) {
	d.mu.Lock()
	if was, wished := d.wished[k]; wished && v.mail == nil && was.kept.same(v.kept) {
		delete(d.restored, k)
		d.mu.Unlock()
		return
	}
	d.forget(k)
	d.tray.lay(k, v.kept)
	d.wished[k] = v
	d.handed++
	d.queue(k)
	d.mu.Unlock()
	poke(d.wake)
}

func (d *desk) drop(k key) {
	d.mu.Lock()
	d.forget(k)
	d.tray.lay(k, Kept{Lease: emergency.Lease{Rep: rep.ID(k.id)}})
	d.handed++
	d.queue(k)
	d.mu.Unlock()
	poke(d.wake)
}

// forget takes a key out of what is wished. The lock is held.
func (d *desk) forget(k key) {
	if was, ok := d.wished[k]; ok && was.mail != nil {
		d.over = append(d.over, was.mail)
	}
	delete(d.wished, k)
	delete(d.restored, k)
}

// queue lets the writer look at a key. The lock is held.
func (d *desk) queue(k key) {
	if d.queued[k] {
		return
	}
	d.queued[k] = true
	if k.kind == kindLease {
		d.leases = append(d.leases, k)
	} else {
		d.mails = append(d.mails, k)
	}
}

func (d *desk) requeue(keys ...key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range keys {
		d.queue(k)
	}
}

// mostAtOnce bounds how long the desk is locked for the writer.
const mostAtOnce = 64

// task is one thing that the writer is to do.
type task struct {
	key  key
	wish wish
	keep bool   // false: wipe it
	mark uint64 // what lies in the tray of it
}

// take returns what is to be done, leases first, and how much was handed over when nothing more was left; 0 if something was.
func (d *desk) take() (tasks []task, handed uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, queue := range []*[]key{&d.leases, &d.mails} {
		n := min(mostAtOnce-len(tasks), len(*queue))
		for _, k := range (*queue)[:n] {
			v, keep := d.wished[k]
			tasks = append(tasks, task{key: k, wish: v, keep: keep, mark: d.tray.mark(k)})
			delete(d.queued, k)
		}
		*queue = (*queue)[n:]
		if len(*queue) == 0 {
			*queue = nil
		}
	}
	if len(d.leases)+len(d.mails) == 0 {
		handed = d.handed
	}
	return tasks, handed
}

// clearOver overwrites the mails in memory that are over. Only the writer calls it, between its tasks.
func (d *desk) clearOver() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, mail := range d.over {
		clear(mail.Plain)
	}
	d.over = nil
}

// settle says that the disk has what had been handed over by then.
func (d *desk) settle(handed uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = max(d.settled, handed)
	d.waiting = slices.DeleteFunc(d.waiting, func(w waiter) bool {
		if w.handed > d.settled {
			return false
		}
		close(w.done)
		return true
	})
}

func (d *desk) whenSettled() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := waiter{handed: d.handed, done: make(chan struct{})}
	if w.handed <= d.settled {
		close(w.done)
	} else {
		d.waiting = append(d.waiting, w)
	}
	return w.done
}

func (d *desk) handedOver() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handed
}

func (d *desk) restoredLeases() []Kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Values(d.restored))
}

// mailsAt returns copies of the mails whose time is not over.
func (d *desk) mailsAt(now time.Time) []Mail {
	d.mu.Lock()
	defer d.mu.Unlock()
	var mails []Mail
	for _, v := range d.wished {
		if v.mail != nil && now.Before(v.mail.Until) {
			mails = append(mails, Mail{ID: v.mail.ID, Plain: bytes.Clone(v.mail.Plain), Until: v.mail.Until})
		}
	}
	slices.SortFunc(mails, func(a, b Mail) int { return a.Until.Compare(b.Until) })
	return mails
}

// giveUp drops the mails whose time is over and returns when the next one's will be; zero for never.
func (d *desk) giveUp(now time.Time) (next time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k, v := range d.wished {
		switch {
		case v.mail == nil:
		case !now.Before(v.mail.Until):
			d.forget(k)
			d.queue(k)
		case next.IsZero() || v.mail.Until.Before(next):
			next = v.mail.Until
		}
	}
	return next
}

// adopt takes over what was read from the disk: it says of each thing whether its slots are to stay. What this process has already
// spoken of goes before the disk, and after the first reading the disk has nothing to add. Everything wished is queued but what was
// adopted now.
func (d *desk) adopt(found []found, first bool, now time.Time) (keep map[key]bool, restored bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	keep = make(map[key]bool)
	adopted := make(map[key]bool)
	for _, f := range found {
		_, wished := d.wished[f.key]
		switch {
		case wished:
			keep[f.key] = true
			f.clear()
		case !first || d.queued[f.key] || f.expired(now):
			f.clear()
		default:
			keep[f.key], adopted[f.key] = true, true
			d.wished[f.key] = f.wish
			if f.key.kind == kindLease {
				d.restored[f.key] = f.wish.kept
			}
		}
	}
	for k := range d.wished {
		if !adopted[k] {
			d.queue(k)
		}
	}
	return keep, len(adopted) > 0
}
