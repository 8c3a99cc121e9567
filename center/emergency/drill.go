package emergency

import (
	"hash/fnv"
	"strconv"
	"time"

	"mayday/center/location"
	"mayday/center/trunk"
)

// DrillWay is what a drill goes through: a trunk's test service, or the built-in one where none is named, with a call-back number of a
// site.
type DrillWay struct {
	Trunk trunk.ID
	Site  location.SiteID
}

const (
	// DrillsEvery is the mean time between two drills of a way, unless the organisation says another.
	DrillsEvery = 30 * 24 * time.Hour
	// DrillsAfterStart is how long after a node's start no drill begins by itself: many nodes start together after a power cut
	// (RFC 6881 §15).
	DrillsAfterStart = 30 * time.Minute
	// DrillsSpread is the time over which the drills are spread whose turn came while the node was not running.
	DrillsSpread = 4 * time.Hour
)

// NextDrill returns when a way is drilled next. Time is cut into stretches as long as the mean, and each has one drill at a time drawn by
// lot: the same one whenever the same seed is asked, so that a restart changes nothing. A drill that was missed since the last one is made
// up for. Nothing begins by itself soon after the start.
func NextDrill(seed string, way DrillWay, every time.Duration, last, started, now time.Time) time.Time {
	if every <= 0 {
		return time.Time{}
	}
	stretch := now.UnixNano() / int64(every)
	latest, next := drawn(seed, way, every, stretch), drawn(seed, way, every, stretch+1)
	if latest.After(now) {
		latest, next = drawn(seed, way, every, stretch-1), latest
	}
	if !last.IsZero() && last.Before(latest) {
		next = latest
	}
	if quiet := started.Add(DrillsAfterStart); next.Before(quiet) {
		return quiet.Add(time.Duration(lot(seed, way, stretch) % uint64(DrillsSpread)))
	}
	return next
}

// drawn returns when the drill of a stretch begins, in whole seconds.
func drawn(seed string, way DrillWay, every time.Duration, stretch int64) time.Time {
	within := int64(lot(seed, way, stretch) % uint64(every))
	return time.Unix(0, stretch*int64(every)+within).Truncate(time.Second).UTC()
}

func lot(seed string, way DrillWay, stretch int64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(seed + "\x00" + string(way.Trunk) + "\x00" + string(way.Site) + "\x00" + strconv.FormatInt(stretch, 10))) // a hash takes everything
	mixed := h.Sum64()
	// The last octets alone hardly move the high bits.
	mixed ^= mixed >> 33
	mixed *= 0xff51afd7ed558ccd
	return mixed ^ mixed>>33
}

// DrillResult is how the last drill of a way went.
type DrillResult struct {
	Way    DrillWay
	At     time.Time // when it began
	Passed bool
}
