package sipcall

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"mayday/edge/relay"
	"mayday/engine"
	"mayday/sip"
)

// These tests live inside the package because the gate is told how long messages have waited, which a test that made them wait would
// not know.

func gateOf(limits Limits) *gate {
	return newGate(Config{Ports: relay.NewPorts(netip.MustParseAddr("127.0.0.1"), 0, 0), Limits: limits})
}

// admits lets so many calls come, none of which has waited longer, and returns how many are let in.
func (g *gate) admits(calls int, waited time.Duration) (let int) {
	for range calls {
		if g.admit(sip.Arrival{Waited: waited}) == 0 {
			let++
		}
	}
	return let
}

func TestGateLetsInSoManyASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Limits{PerSecond: 3})
		if let := g.admits(20, 0); let != 3 || g.shed[engine.ShedPerSecond] != 17 {
			t.Errorf("20 calls at once where 3 may come in a second: %d are let in, turned away: %v", let, g.shed)
		}
		time.Sleep(time.Second)
		if let := g.admits(20, 0); let != 3 {
			t.Errorf("20 more a second later: %d are let in, want 3", let)
		}
		if back := g.admit(sip.Arrival{}); back < retryAfter || back >= retryAfter+retrySpread*time.Second {
			t.Errorf("a call that is turned away: may come back after %v", back)
		}
	})
}

func TestGateTurnsAwayWhatHasWaitedTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Limits{Backlog: 50 * time.Millisecond})
		if let := g.admits(10, 50*time.Millisecond); let != 10 {
			t.Errorf("10 calls that have waited as long as they may: %d are let in", let)
		}
		if let := g.admits(10, 51*time.Millisecond); let != 0 || g.shed[engine.ShedBacklog] != 10 {
			t.Errorf("10 calls that have waited too long: %d are let in, turned away: %v", let, g.shed)
		}
		for range openingAtOnce {
			g.enter(&leg{})
		}
		if let := g.admits(10, 0); let != 0 {
			t.Errorf("10 calls while %d are on their way to the engine: %d are let in", openingAtOnce, let)
		}
		g.opened(&leg{})
		if let := g.admits(1, 0); let != 1 {
			t.Error("one that was on its way has arrived: no other is let in")
		}
	})
}

// TestGateTellsTheEngineOfStrain: while messages wait for the processor reps are told so too, and fewer and fewer calls are let in; when
// they do not wait any more, all are.
func TestGateTellsTheEngineOfStrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Limits{Backlog: 50 * time.Millisecond})
		var told []engine.Command
		go g.watch(t.Context(), func(c engine.Command) { told = append(told, c) })
		pass := func(waited time.Duration) (let int) {
			for range 400 {
				time.Sleep(5 * time.Millisecond)
				let += g.admits(4, 0) + g.admits(1, waited)
			}
			synctest.Wait()
			return let
		}
		if let := pass(time.Millisecond); let != 2000 || len(told) != 0 {
			t.Errorf("2,000 calls that hardly wait: %d are let in, the engine is told %v", let, told)
		}
		if let := pass(60 * time.Millisecond); let > 1000 || len(told) != 1 || told[0] != (engine.ReportStrain{On: true}) {
			t.Errorf("2,000 calls while some wait too long: %d are let in, the engine is told %v", let, told)
		}
		pass(time.Millisecond)
		for range 5 {
			pass(time.Millisecond)
		}
		if let := pass(time.Millisecond); let != 2000 || len(told) != 2 || told[1] != (engine.ReportStrain{}) {
			t.Errorf("2,000 calls when nothing waits any more: %d are let in, the engine is told %v", let, told)
		}
	})
}
