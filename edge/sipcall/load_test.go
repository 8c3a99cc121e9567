package sipcall_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mayday/engine"
)

const (
	loadCalls = 10_000
	loadReps  = 25
	alertSize = 512 // octets; the alert of each call stands for an hour, and nothing else does
)

// TestTenThousandCallsLeaveNothingBehind: SIPp answers and hangs up ten thousand emergency calls; goroutines, memory and ports are
// where they were after the first few.
func TestTenThousandCallsLeaveNothingBehind(t *testing.T) {
	carrier := startSipp(t, "bye-at-once", "-m", strconv.Itoa(loadCalls+loadReps), "-timeout", "300s",
		"-default_behaviors", "all,-abortunexp") // a busy machine sends an INVITE twice; SIPp would drop the call without a word
	r := newRig(t, loadReps, carrier.uri())
	callEach(t, r, loadReps)
	const never = 1 << 62
	before := settled(t, r, footprint{goroutines: never, heap: never})
	callEach(t, r, loadCalls)
	after := settled(t, r, footprint{goroutines: before.goroutines + 5, heap: before.heap + loadCalls*alertSize})
	t.Logf("each call leaves %d octets for an hour", (int64(after.heap)-int64(before.heap))/loadCalls)
	carrier.passed()
}

// callEach places that many emergency calls, each rep one after the other, and waits until the far end has ended the last.
func callEach(t *testing.T, r *rig, calls int) {
	t.Helper()
	var reps sync.WaitGroup
	for i := range loadReps {
		reps.Go(func() {
			for range calls / loadReps {
				if !callOnce(t, r, i) {
					return
				}
			}
		})
	}
	reps.Wait()
}

func callOnce(t *testing.T, r *rig, i int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	call := engine.CallID(uuid.NewString())
	over := r.over(call)
	if err := r.engine.Do(ctx, engine.Dial{Rep: repID(i), Tab: "tab", Typed: "911", Call: call}); err != nil {
		t.Errorf("dial: %v", err)
		return false
	}
	select {
	case stage := <-over:
		if stage != engine.StageEnded {
			t.Errorf("a call came to stage %q, want it answered and ended", stage)
		}
		return true
	case <-ctx.Done():
		t.Errorf("a call did not end within 30 s %s", call)
		return false
	}
}

type footprint struct {
	goroutines int
	heap       uint64
}

// settled waits until no call and no port is left and the footprint is within the bound. A transaction may outlive its call by 32
// seconds (RFC 3261 §17.2.2), so that is how long it may take.
func settled(t *testing.T, r *rig, bound footprint) footprint {
	t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		now := measured()
		legs, ports := r.calls.Count(), r.ports.InUse()
		if legs == 0 && ports == 0 && now.goroutines <= bound.goroutines && now.heap <= bound.heap {
			return now
		}
		if time.Now().After(deadline) {
			t.Fatalf("90 s after the last call: %d legs, %d ports, %+v, want none, none, at most %+v", legs, ports, now, bound)
		}
		<-tick.C
	}
}

func measured() footprint {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return footprint{goroutines: runtime.NumGoroutine(), heap: memory.HeapAlloc}
}
