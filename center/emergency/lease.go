package emergency

import (
	"time"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
)

// Window is how long a call-back number is leased, counted from dialling.
const Window = 60 * time.Minute

// Lease is a number of ours that is held for one rep so that the emergency service can call that rep back.
type Lease struct {
	Number number.E164
	Rep    rep.ID
	From   time.Time // when the rep dialled last
	Until  time.Time // when the window ends
	Static bool      // the site's static number, because there was no pool number
	Missed bool      // a call back came and nobody answered
}

// HeldAt reports whether the window is still open. An emergency call of the rep that goes on holds it longer; the engine knows those.
func (l Lease) HeldAt(now time.Time) bool { return now.Before(l.Until) }

// Dated returns the lease with its times as the clock has them that says now. The window is as long as it was: after a step of the wall
// clock only what is shown and written down changes. A lease that has not begun yet, because the clock was put back while the node was
// down, begins now.
func (l Lease) Dated(now time.Time) Lease {
	since, left := min(l.From.Sub(now), 0), l.Until.Sub(now)-max(l.From.Sub(now), 0)
	l.From, l.Until = now.Add(since), now.Add(left)
	return l
}

// PoolNumber is a call-back number of the pool and when it was last leased; zero for never.
type PoolNumber struct {
	Number   number.E164
	Site     location.SiteID
	Country  location.Country // of its site
	LastUsed time.Time
}

// Grant says how a rep came by a call-back number.
type Grant uint8

const (
	Kept   Grant = iota // the rep had a lease already and keeps its number, the window starts anew
	Fresh               // a free number of the pool
	Shared              // no number was free: the one whose lease ends next is shared, which is worth an alarm
	Static              // the pool is empty: the site's static number
	None                // there is no number at all: the call goes out with the ordinary caller id
)

// Ask is what a choice of a call-back number goes by.
type Ask struct {
	Rep     rep.ID
	Site    location.SiteID
	Country location.Country
	Static  number.E164 // the site's static number; may be empty
	Now     time.Time
	Window  time.Duration
}

// Choose picks the call-back number for a rep who dials now: the rep's own if one is leased already, else a free one, the site's
// before the country's before any other and the one that was used longest ago first, else the one that is free next. It never
// refuses; with None the lease has no number.
func Choose(ask Ask, pool []PoolNumber, leases []Lease) (Lease, Grant) {
	lease := Lease{Rep: ask.Rep, From: ask.Now, Until: ask.Now.Add(ask.Window)}
	next := Lease{}
	taken := make(map[number.E164]bool, len(leases))
	for _, held := range leases {
		if held.Rep == ask.Rep && held.Number != "" {
			lease.Number, lease.Static = held.Number, held.Static
			return lease, Kept
		}
		if held.Number == "" || held.Static {
			continue
		}
		taken[held.Number] = true
		if next.Number == "" || sooner(held, next) {
			next = held
		}
	}
	if free, ok := freeNumber(ask, pool, taken); ok {
		lease.Number = free.Number
		return lease, Fresh
	}
	switch {
	case next.Number != "":
		lease.Number = next.Number
		return lease, Shared
	case ask.Static != "":
		lease.Number, lease.Static = ask.Static, true
		return lease, Static
	}
	return lease, None
}

// sooner reports whether the lease a ends before b; of two that end together the lower number is named, so that equal circumstances
// give equal choices.
func sooner(a, b Lease) bool {
	return a.Until.Before(b.Until) || a.Until.Equal(b.Until) && a.Number < b.Number
}

func freeNumber(ask Ask, pool []PoolNumber, taken map[number.E164]bool) (PoolNumber, bool) {
	var best PoolNumber
	for _, candidate := range pool {
		if !taken[candidate.Number] && (best.Number == "" || better(ask, candidate, best)) {
			best = candidate
		}
	}
	return best, best.Number != ""
}

func better(ask Ask, a, b PoolNumber) bool {
	if near, other := nearness(ask, a), nearness(ask, b); near != other {
		return near > other
	}
	return a.LastUsed.Before(b.LastUsed)
}

func nearness(ask Ask, n PoolNumber) int {
	switch {
	case n.Site == ask.Site && n.Site != "":
		return 2
	case n.Country == ask.Country && n.Country != "":
		return 1
	}
	return 0
}
