package emergency_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mayday/center/emergency"
)

// TestDrillsComeAboutOnceInTheirTime follows ways for some years: each has as many drills as stretches, at other times than its neighbours.
func TestDrillsComeAboutOnceInTheirTime(t *testing.T) {
	const every = emergency.DrillsEvery
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	began := make(map[time.Time]bool)
	for i := range 50 {
		way := emergency.DrillWay{Trunk: "provider", Site: "hq"}
		seed := fmt.Sprint("node", i)
		var drills []time.Time
		now := start
		for now.Sub(start) < 40*every {
			next := emergency.NextDrill(seed, way, every, time.Time{}, start, now)
			if !next.After(now) || next.Sub(now) > 2*every {
				t.Fatalf("%s: at %s the next drill is at %s", seed, now, next)
			}
			drills, now = append(drills, next), next
		}
		if len(drills) < 39 || len(drills) > 42 {
			t.Errorf("%s: %d drills in 40 stretches", seed, len(drills))
		}
		began[drills[1]] = true
	}
	if len(began) != 50 {
		t.Errorf("50 nodes drill at %d different times", len(began))
	}
}

// TestNoDrillBeginsSoonAfterAStart: wherever in its stretch a node starts, and whether or not a drill was missed.
func TestNoDrillBeginsSoonAfterAStart(t *testing.T) {
	const every = 24 * time.Hour
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		started := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(chance.Int64N(int64(30 * every))))
		last := started.Add(-time.Duration(chance.Int64N(int64(3 * every))))
		next := emergency.NextDrill("n1", emergency.DrillWay{Site: "hq"}, every, last, started, started)
		if next.Sub(started) < emergency.DrillsAfterStart {
			t.Fatalf("seed %d, started at %s: a drill at %s", seed, started, next)
		}
	}
}

// TestAMissedDrillIsMadeUpFor: one that was due while the node was not running comes within hours of the start, once.
func TestAMissedDrillIsMadeUpFor(t *testing.T) {
	const every = emergency.DrillsEvery
	way := emergency.DrillWay{Trunk: "provider", Site: "hq"}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	due := emergency.NextDrill("n1", way, every, time.Time{}, now, now)
	started := due.Add(time.Hour)
	made := emergency.NextDrill("n1", way, every, now, started, started)
	if after := made.Sub(started); after < emergency.DrillsAfterStart || after > emergency.DrillsAfterStart+emergency.DrillsSpread {
		t.Errorf("started an hour after a drill was due: it comes after %s", after)
	}
	if again := emergency.NextDrill("n1", way, every, made, started, made); again.Sub(made) < time.Minute || !again.After(started) {
		t.Errorf("made up for at %s: the next one at %s", made, again)
	}
	if never := emergency.NextDrill("n1", way, 0, now, started, started); !never.IsZero() {
		t.Errorf("drills are switched off: the next one at %s", never)
	}
}
