package emergency

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rank"
	"mayday/center/rep"
)

// Book says who holds which call-back number, and which numbers of the pool are free. What it is asked costs the same however many
// leases there are.
type Book struct {
	leases  map[rep.ID]Lease
	holders map[number.E164][]rep.ID  // sorted; who holds a number that is held
	ending  *rank.List[rep.ID, Lease] // leases of numbers that can be shared
	used    map[number.E164]time.Time // when a number's last lease ended
	numbers []PoolNumber
	pool    map[number.E164]spot                   // the same
	free    map[area]*rank.List[number.E164, idle] // numbers of the pool that nobody holds
}

// spot is a number of the pool and where it stands in it.
type spot struct {
	PoolNumber
	at int
}

// area is where a number belongs: a site, a country, or the zero value, where all belong.
type area struct {
	site    location.SiteID
	country location.Country
}

// idle is since when a number is free; zero: since ever. Of two that are equal the one that stands first in the pool is taken.
type idle struct {
	since time.Time
	at    int
}

// NewBook returns a book without numbers and leases.
func NewBook() *Book {
	return &Book{
		leases: make(map[rep.ID]Lease), holders: make(map[number.E164][]rep.ID), ending: rank.NewList[rep.ID](compareEnds),
		used: make(map[number.E164]time.Time),
	}
}

// compareEnds puts the lease that ends sooner first; of two that end together the lower number, so that equal circumstances give equal
// choices.
func compareEnds(a, b Lease) int {
	return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Number, b.Number))
}

// SetPool puts other numbers in force. Leases stay, of numbers that are gone too.
func (b *Book) SetPool(pool []PoolNumber) {
	if slices.Equal(pool, b.numbers) {
		return
	}
	b.numbers = pool
	b.pool, b.free = make(map[number.E164]spot, len(pool)), make(map[area]*rank.List[number.E164, idle])
	for at, n := range pool {
		b.pool[n.Number] = spot{n, at}
		b.settle(n.Number)
	}
}

// Len returns how many leases there are.
func (b *Book) Len() int { return len(b.leases) }

// All returns every lease, in the order of their reps.
func (b *Book) All() []Lease {
	return slices.SortedFunc(maps.Values(b.leases), func(x, y Lease) int { return cmp.Compare(x.Rep, y.Rep) })
}

// Of returns the rep's lease.
func (b *Book) Of(id rep.ID) (Lease, bool) {
	lease, ok := b.leases[id]
	return lease, ok
}

// Holders returns who holds the number, sorted; the window may be over. It is the book's own list, good until the book changes.
func (b *Book) Holders(n number.E164) []rep.ID { return b.holders[n] }

// Enter writes down a lease, in place of the rep's last one.
func (b *Book) Enter(lease Lease) {
	if before, ok := b.leases[lease.Rep]; ok && before.Number != lease.Number {
		b.strike(before)
	}
	b.leases[lease.Rep] = lease
	if at, in := slices.BinarySearch(b.holders[lease.Number], lease.Rep); !in {
		b.holders[lease.Number] = slices.Insert(b.holders[lease.Number], at, lease.Rep)
	}
	if lease.Static || lease.Number == "" {
		b.ending.Drop(lease.Rep)
	} else {
		b.ending.Set(lease.Rep, lease)
	}
	b.settle(lease.Number)
}

// Miss notes whether a call back to the rep's number was missed.
func (b *Book) Miss(id rep.ID, missed bool) {
	if lease, ok := b.leases[id]; ok {
		lease.Missed = missed
		b.leases[id] = lease
	}
}

// End forgets the rep's lease.
func (b *Book) End(id rep.ID, now time.Time) {
	lease, ok := b.leases[id]
	if !ok {
		return
	}
	if !lease.Static {
		b.used[lease.Number] = now
	}
	b.strike(lease)
}

func (b *Book) strike(lease Lease) {
	delete(b.leases, lease.Rep)
	b.ending.Drop(lease.Rep)
	b.holders[lease.Number] = slices.DeleteFunc(b.holders[lease.Number], func(id rep.ID) bool { return id == lease.Rep })
	if len(b.holders[lease.Number]) == 0 {
		delete(b.holders, lease.Number)
	}
	b.settle(lease.Number)
}

// settle notes whether a number of the pool is free. The same number as somebody's static one is.
func (b *Book) settle(n number.E164) {
	s, ours := b.pool[n]
	if !ours {
		return
	}
	held := slices.ContainsFunc(b.holders[n], func(id rep.ID) bool { return !b.leases[id].Static })
	for _, where := range areasOf(s.Site, s.Country) {
		switch list := b.free[where]; {
		case held && list != nil:
			list.Drop(n)
		case held:
		case list == nil:
			b.free[where] = rank.NewList[number.E164](compareIdle)
			fallthrough
		default:
			b.free[where].Set(n, idle{b.used[n], s.at})
		}
	}
}

func compareIdle(a, b idle) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.at, b.at)) }

// areasOf returns where a number of this site and country belongs, and where one is looked for: the nearest first.
func areasOf(site location.SiteID, country location.Country) []area {
	all := make([]area, 0, 3)
	if site != "" {
		all = append(all, area{site: site})
	}
	if country != "" {
		all = append(all, area{country: country})
	}
	return append(all, area{})
}

// Choose picks the call-back number for a rep who dials now: the rep's own if one is leased already, else a free one, the site's
// before the country's before any other and the one that was used longest ago first, else the one that is free next. It never
// refuses; with None the lease has no number.
func (b *Book) Choose(ask Ask) (Lease, Grant) {
	lease := Lease{Rep: ask.Rep, From: ask.Now, Until: ask.Now.Add(ask.Window)}
	if held, ok := b.leases[ask.Rep]; ok && held.Number != "" {
		lease.Number, lease.Static = held.Number, held.Static
		return lease, Kept
	}
	if free, ok := b.nearest(ask); ok {
		lease.Number = free
		return lease, Fresh
	}
	if _, next, ok := b.ending.First(); ok {
		lease.Number = next.Number
		return lease, Shared
	}
	if ask.Static != "" {
		lease.Number, lease.Static = ask.Static, true
		return lease, Static
	}
	return lease, None
}

// nearest returns the free number that is nearest to whoever asks.
func (b *Book) nearest(ask Ask) (number.E164, bool) {
	for _, where := range areasOf(ask.Site, ask.Country) {
		if list := b.free[where]; list != nil {
			if free, _, ok := list.First(); ok {
				return free, true
			}
		}
	}
	return "", false
}
