package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// TestACommandCostsTheSameHoweverManyEmergencyCallsGoOn: with 30,000 of them, and as many leases and alerts, a step takes no more than a
// small multiple of what it takes on an idle node. A walk through all of them would take a thousand times as long.
func TestACommandCostsTheSameHoweverManyEmergencyCallsGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second or two")
	}
	const most = 30_000
	live := []int{0, 3000, most}
	crowds := make([]*busy, len(live))
	for i, n := range live {
		crowds[i] = newBusy(most, n)
	}
	least := make([]time.Duration, len(live))
	for range 30 { // until a quiet moment has been found for each
		for i, b := range crowds { // one after the other, so that what else the machine does falls on all of them
			begin := time.Now()
			for range 100 {
				b.cycle()
			}
			took := time.Since(begin) / (100 * stepsOfCycle)
			if least[i] == 0 || took < least[i] {
				least[i] = took
			}
		}
		if slices.Max(least) < dearest*least[0]/2 {
			break
		}
	}
	for i, n := range live {
		t.Logf("%d emergency calls: %s a step", n, least[i])
		if least[i] > dearest*least[0] {
			t.Errorf("%d emergency calls: %s a step, more than %d times the %s of an idle node", n, least[i], dearest, least[0])
		}
	}
}

// dearest is how many times as much as on an idle node a step may take: less memory is at hand there, and no walk is as cheap as this.
const dearest = 8

func BenchmarkStep(b *testing.B) {
	for _, live := range []int{0, 3000, 30_000} {
		b.Run(fmt.Sprint(live), func(b *testing.B) {
			crowd := newBusy(30_000, live)
			b.ReportAllocs()
			for b.Loop() {
				crowd.cycle()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/stepsOfCycle, "ns/step")
		})
	}
}

// busy is a node on which many emergency calls go on.
type busy struct {
	state *engine.State
	now   time.Time
	calls int
}

// newBusy lets the first live of most reps, each with a number of their own in the pool, dial the emergency number and be answered.
func newBusy(most, live int) *busy {
	c := center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: location.US},
		Sites:        []location.Site{{ID: "hq", Country: location.US}},
		Trunks:       []trunk.Trunk{{ID: "carrier", Kind: trunk.DirectRouting, URI: "sip:127.0.0.1:5090"}},
		VoiceRoutes:  []trunk.VoiceRoute{{ID: "all", Order: 1, Pattern: ".*", Trunks: []trunk.ID{"carrier"}}},
	}
	for i := range most + 1 {
		c.Reps = append(c.Reps, rep.Rep{ID: crowdRep(i), Site: "hq", Mobile: "+12175550188"})
		c.Numbers = append(c.Numbers, number.Number{E164: poolNumber(i), Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"})
	}
	b := &busy{state: engine.NewState(engine.NewSnapshot(c), time.Hour), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for i := range live {
		b.place(crowdRep(i))
	}
	return b
}

func poolNumber(i int) number.E164 { return number.E164(fmt.Sprintf("+1217%07d", i)) }

func (b *busy) step(command engine.Command) engine.Outcome {
	b.now = b.now.Add(time.Microsecond)
	return b.state.Step(b.now, command)
}

// place dials and is answered.
func (b *busy) place(id rep.ID) (engine.CallID, number.E164) {
	b.calls++
	call := engine.CallID(fmt.Sprint("c", b.calls))
	var invite engine.SendInvite
	for _, effect := range b.step(engine.Dial{Rep: id, Typed: "911", Call: call}).Effects {
		if sent, ok := effect.(engine.SendInvite); ok {
			invite = sent
		}
	}
	b.step(engine.LegTrying{Leg: invite.Leg, Urgent: true})
	b.step(engine.LegAnswered{Leg: invite.Leg, Urgent: true})
	return call, invite.CallerID
}

// stepsOfCycle is how many times a cycle steps or advances.
const stepsOfCycle = 8

// cycle places an emergency call and ends it, and has it called back: a telephone outside answers, speaks and hangs up.
func (b *busy) cycle() {
	call, back := b.place("rep30000")
	b.step(engine.End{Rep: "rep30000", Call: call})
	b.step(engine.CallIn{Leg: "in", Call: call + "back", Called: []string{string(back)}, Urgent: true})
	b.now = b.now.Add(engine.ChainAfterAbsent)
	for _, effect := range b.state.Advance(b.now).Effects {
		if sent, ok := effect.(engine.SendInvite); ok {
			b.step(engine.LegAnswered{Leg: sent.Leg, Urgent: true})
		}
	}
	b.now = b.now.Add(-engine.ChainAfterAbsent)
	b.step(engine.LegEnded{Leg: "in", Urgent: true})
	b.state.NextDeadline()
}
