package app_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// usual is how long a healthy node may take from dial to INVITE in one call of a hundred (docs/emergency-path.md).
const usual = 5 * time.Millisecond

// delays are how many INVITEs went out within which time of dialling, as a node counts them: bound → how many within it, all of them
// under the greatest.
type delays map[time.Duration]int

const unbounded = time.Duration(math.MaxInt64)

var delayLine = regexp.MustCompile(`(?m)^mayday_emergency_invite_seconds_bucket\{le="([^"]+)"\} (\d+)$`)

// delays reads what the node has counted since it started.
func (s *station) delays() delays {
	s.t.Helper()
	d := delays{}
	for _, line := range delayLine.FindAllStringSubmatch(s.reads("/metrics"), -1) {
		bound := unbounded
		if seconds, err := strconv.ParseFloat(line[1], 64); err != nil {
			s.t.Fatal(err)
		} else if !math.IsInf(seconds, 1) {
			bound = time.Duration(seconds * float64(time.Second))
		}
		count, err := strconv.Atoi(line[2])
		if err != nil {
			s.t.Fatal(err)
		}
		d[bound] = count
	}
	if len(d) == 0 {
		s.t.Fatal("the node does not say how long its INVITEs take")
	}
	return d
}

// since leaves out what was counted before.
func (d delays) since(before delays) delays {
	left := delays{}
	for bound, count := range d {
		left[bound] = count - before[bound]
	}
	return left
}

func (d delays) count() int { return d[unbounded] }

// bounds are in order, the least first.
func (d delays) bounds() []time.Duration { return slices.Sorted(maps.Keys(d)) }

// limit is the 99th percentile plus 20 ms, on the next bound that is counted.
func (d delays) limit() time.Duration {
	for _, bound := range d.bounds() {
		if d[bound]*100 >= d.count()*99 && bound != unbounded {
			return d.bounded(max(bound, usual) + 20*time.Millisecond)
		}
	}
	return unbounded
}

func (d delays) bounded(limit time.Duration) time.Duration {
	at, _ := slices.BinarySearch(d.bounds(), limit)
	return d.bounds()[min(at, len(d)-1)]
}

// beyond is how many took longer.
func (d delays) beyond(limit time.Duration) int { return d.count() - d[limit] }

// String says how many are within which bound, for messages.
func (d delays) String() string {
	text := ""
	for _, bound := range d.bounds() {
		text += fmt.Sprintf("%s%d within %v", map[bool]string{true: "", false: ", "}[text == ""], d[bound], bound)
	}
	return cmp.Or(text, "none")
}
