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

// PoolNumber is a call-back number of the pool.
type PoolNumber struct {
	Number  number.E164
	Site    location.SiteID
	Country location.Country // of its site
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
