package app

import (
	"context"
	"time"

	"mayday/engine"
)

const (
	lookAtClock = time.Second     // how often
	clockSteps  = 2 * time.Second // what is less is left to the window as it was written down
)

// followClock notices that the wall clock was put forward or back. No deadline goes by the wall clock, but what the black box keeps does:
// a restart knows no other.
func (n *Node) followClock(ctx context.Context) {
	tick := time.NewTicker(lookAtClock)
	defer tick.Stop()
	for since := n.now(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := n.now()
		if by := stepBetween(since, now); by.Abs() > clockSteps {
			n.log.Warn("the clock was put forward or back; call-back windows last as long as they would have", "by", by)
			n.report(engine.Redate{})
			since = now
		}
	}
}

// stepBetween returns how much further the wall clock has gone between two readings than time has.
func stepBetween(from, to time.Time) time.Duration {
	return to.Round(0).Sub(from.Round(0)) - to.Sub(from)
}
