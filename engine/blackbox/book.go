package blackbox

import (
	"maps"
	"slices"
)

// Bodies of mails stand in a file of blocks of their own, sealed with the keys that their slots hold.
const (
	blockSize = 4096
	blocks    = 1024
)

func blocksFor(octets int) int { return (octets + blockSize - 1) / blockSize }

// place is where something stands: its slot, and the blocks of a mail's body.
type place struct {
	slot   int
	blocks []uint16
}

// retiree is the earlier place of something that has been written anew. It is wiped once the disk has the new one, so that a power cut
// in between leaves one of them.
type retiree struct {
	key   key
	place place
	round uint64 // the sync that makes its successor last
}

// book knows which places are taken. It belongs to the writer and trusts no content: it is made anew whenever the file is read.
type book struct {
	held       map[key]place
	free       []int // the one that has been free the longest in front
	freeBlocks []uint16
	retired    []retiree
	sequence   uint64
	slots      int
	mails      int // slots of mails
}

func newBook(slots int) book {
	b := book{held: make(map[key]place), slots: slots}
	for block := range blocks {
		b.freeBlocks = append(b.freeBlocks, uint16(block))
	}
	return b
}

// restore notes what stood on the disk.
func (b *book) restore(k key, p place) {
	b.held[k] = p
	if k.kind == kindMail {
		b.mails++
		b.freeBlocks = slices.DeleteFunc(b.freeBlocks, func(block uint16) bool { return slices.Contains(p.blocks, block) })
	}
}

// assign takes a new place for the key, and none if there is none. Mails leave three quarters of the slots to leases. A lease that has
// a slot and finds no other is written over itself.
func (b *book) assign(k key, bodyBlocks int) (place, bool) {
	had, again := b.held[k]
	if len(b.free) == 0 && len(b.retired) > 0 {
		b.surrender()
	}
	switch {
	case k.kind == kindMail && (len(b.freeBlocks) < bodyBlocks || b.mails >= b.slots/4):
		return place{}, false
	case len(b.free) == 0 && again && k.kind == kindLease:
		return had, true
	case len(b.free) == 0:
		return place{}, false
	}
	p := place{slot: b.free[0], blocks: slices.Clone(b.freeBlocks[:bodyBlocks])}
	b.free, b.freeBlocks = b.free[1:], b.freeBlocks[bodyBlocks:]
	if k.kind == kindMail {
		b.mails++
	}
	return p, true
}

// surrender makes the oldest retired place free before its successor lasts: a disk that hangs must not use up the slots. Whoever is
// assigned it writes over it.
func (b *book) surrender() {
	oldest := b.retired[0]
	b.retired = b.retired[1:]
	b.reclaim(oldest.key.kind, oldest.place)
}

// hold notes where the key stands now; its earlier place retires with the given round of syncing.
func (b *book) hold(k key, p place, round uint64) {
	if had, again := b.held[k]; again && had.slot != p.slot {
		b.retired = append(b.retired, retiree{key: k, place: had, round: round})
	}
	b.held[k] = p
}

// release returns all places of a key that is over, the newest last: if they are wiped in this order, none that is older comes back.
func (b *book) release(k key) []place {
	var places []place
	b.retired = slices.DeleteFunc(b.retired, func(r retiree) bool {
		if r.key == k {
			places = append(places, r.place)
		}
		return r.key == k
	})
	if p, ok := b.held[k]; ok {
		places = append(places, p)
		delete(b.held, k)
	}
	return places
}

// outlived returns the places whose successors last since that round.
func (b *book) outlived(round uint64) []retiree {
	var over []retiree
	b.retired = slices.DeleteFunc(b.retired, func(r retiree) bool {
		if r.round <= round {
			over = append(over, r)
		}
		return r.round <= round
	})
	return over
}

// reclaim makes a wiped place free.
func (b *book) reclaim(k kind, p place) {
	b.free = append(b.free, p.slot)
	b.freeBlocks = append(b.freeBlocks, p.blocks...)
	if k == kindMail {
		b.mails--
	}
}

// places returns all places that something stands in, the earlier ones of what was written anew included.
func (b *book) places() []place {
	all := slices.Collect(maps.Values(b.held))
	for _, r := range b.retired {
		all = append(all, r.place)
	}
	return all
}
