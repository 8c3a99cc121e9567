package sipcall_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mayday/center/number"
	"mayday/edge/sipcall"
	"mayday/engine"
)

const (
	floodCalls = 60                    // emergency calls beside each flood
	floodGap   = 40 * time.Millisecond // between two of them
	floodExtra = 20 * time.Millisecond // that a flood may add to a call's median
	floodSlack = time.Second           // more for the slowest one: on the scale of a person, because this machine may have other work
)

// TestEmergencyCallsCompleteWhileOrdinaryOnesFlood: at twice and at four times what the node can take, every emergency call is placed,
// answered and ended, every call back rings, and the INVITE is not later than idle by more than the contract allows.
func TestEmergencyCallsCompleteWhileOrdinaryOnesFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("floods this machine for some seconds")
	}
	psap := newFar(t)
	has := testCenter(floodCalls, []string{psap.uri()})
	for i := range floodCalls {
		has.Numbers = append(has.Numbers, number.Number{E164: number.E164(fmt.Sprintf("+121755510%02d", i)), Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"})
	}
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{Concurrent: 4000, Backlog: 50 * time.Millisecond, Reserve: 100})
	idle := rescue(t, r, psap)
	t.Logf("idle: %v", idle)
	f := newFlood(t, r.udp)
	saturation := f.saturation(64, 2*time.Second)
	t.Logf("saturation: %.0f ordinary calls a second", saturation)
	for _, factor := range []float64{2, 4} {
		ctx, stop := context.WithCancel(context.Background())
		var pouring sync.WaitGroup
		start, calls, told, later := time.Now(), f.calls.Load(), f.told.Load(), f.later.Load()
		pouring.Go(func() { f.pour(ctx, factor*saturation) })
		flooded := rescue(t, r, psap)
		seconds := time.Since(start).Seconds()
		stop()
		pouring.Wait()
		t.Logf("at %.0f times saturation: %v; each second %.0f ordinary calls came, %.0f were taken, %.0f told to come back; %v", factor, flooded,
			float64(f.calls.Load()-calls)/seconds, float64(f.told.Load()-told)/seconds, float64(f.later.Load()-later)/seconds, r.calls.Shed())
		if flooded.complete != floodCalls || flooded.rang != flooded.backs {
			t.Errorf("at %.0f times saturation: %d of %d emergency calls complete, %d of %d call backs ring", factor, flooded.complete, floodCalls, flooded.rang, flooded.backs)
		}
		if flooded.median() > idle.median()+floodExtra || flooded.slowest() > idle.slowest()+floodExtra+floodSlack {
			t.Errorf("at %.0f times saturation: dial to INVITE %v, idle %v", factor, flooded, idle)
		}
	}
}

// rescued is how a number of emergency calls and call backs did.
type rescued struct {
	complete    int
	backs, rang int
	invites     []time.Duration // from the dial until the engine is free again, which is after the INVITE was written
	rings       []time.Duration // from the call back's INVITE until its far end hears ringing
}

func (r rescued) median() time.Duration  { return r.invites[len(r.invites)/2] }
func (r rescued) slowest() time.Duration { return r.invites[len(r.invites)-1] }

func (r rescued) String() string {
	return fmt.Sprintf("%d of %d complete, dial to INVITE p50 %v p99 %v; %d of %d call backs ring, p50 %v p99 %v", r.complete, len(r.invites),
		r.median(), r.slowest(), r.rang, r.backs, r.rings[len(r.rings)/2], r.rings[len(r.rings)-1])
}

// rescue places emergency calls, one after the other, each as if by a rep of its own, and calls half of them back.
func rescue(t *testing.T, r *rig, psap *far) rescued {
	t.Helper()
	var all rescued
	var mu sync.Mutex
	var under sync.WaitGroup
	tick := time.NewTicker(floodGap)
	defer tick.Stop()
	for i := range floodCalls {
		<-tick.C
		under.Go(func() {
			took, complete := callFor(t, r, i)
			var rings time.Duration
			rang := false
			if i%2 == 0 && complete {
				rings, rang = callBack(t, r, psap)
			}
			mu.Lock()
			defer mu.Unlock()
			all.invites = append(all.invites, took)
			if complete {
				all.complete++
			}
			if i%2 == 0 {
				all.backs++
				all.rings = append(all.rings, rings)
			}
			if rang {
				all.rang++
			}
		})
	}
	under.Wait()
	slices.Sort(all.invites)
	slices.Sort(all.rings)
	return all
}

// callFor places one emergency call and waits until its far end has answered and hung up.
func callFor(t *testing.T, r *rig, i int) (took time.Duration, complete bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	call := engine.CallID(uuid.NewString())
	over := r.over(call)
	start := time.Now()
	if err := r.engine.Do(ctx, engine.Dial{Rep: repID(i), Tab: "tab", Typed: "911", Call: call}); err != nil {
		t.Errorf("emergency call: %v", err)
	}
	took = time.Since(start)
	select {
	case stage := <-over:
		return took, stage == engine.StageEnded
	case <-ctx.Done():
		return took, false
	}
}

// callBack calls a leased number and gives up when it rings.
func callBack(t *testing.T, r *rig, psap *far) (took time.Duration, rang bool) {
	start := time.Now()
	back := psap.place(t, r, "+12175550101")
	rang = back.rang()
	took = time.Since(start)
	back.abandon()
	return took, rang
}
