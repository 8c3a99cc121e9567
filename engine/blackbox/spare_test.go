package blackbox_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mayday/engine/blackbox"
)

// counting counts what happens to a disk.
func counting(disk *memoryDisk) map[string]*atomic.Int64 {
	counts := map[string]*atomic.Int64{"write": new(atomic.Int64), "sync": new(atomic.Int64)}
	disk.becomes(func(happens, _ string) error {
		if count := counts[happens]; count != nil {
			count.Add(1)
		}
		return nil
	})
	return counts
}

func TestALeaseHandedOverAgainIsWrittenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		alice := lease("alice-0001")
		box.Keep(alice)
		settle(t, box)
		time.Sleep(time.Second) // its earlier place, had it one, is wiped
		counts, handed := counting(disk), box.Handed()
		for range 10 {
			box.Keep(alice)
		}
		settle(t, box)
		if n := counts["write"].Load() + counts["sync"].Load(); n != 0 || box.Handed() != handed {
			t.Errorf("a lease handed over ten more times as it is: the disk was asked %d times, %d things were handed over", n, box.Handed()-handed)
		}
		for name, change := range map[string]func(*blackbox.Kept){
			"a call that goes on": func(k *blackbox.Kept) { k.InCall = !k.InCall },
			"what was missed":     func(k *blackbox.Kept) { k.Lease.Missed = !k.Lease.Missed },
			"its end":             func(k *blackbox.Kept) { k.Lease.Until = k.Lease.Until.Add(time.Nanosecond) },
			"its beginning":       func(k *blackbox.Kept) { k.Lease.From = k.Lease.From.Add(time.Nanosecond) },
			"the presence":        func(k *blackbox.Kept) { k.Chosen += "!" },
		} {
			before := counts["write"].Load()
			change(&alice)
			box.Keep(alice)
			settle(t, box)
			if counts["write"].Load() == before {
				t.Errorf("a lease with another word on %s: nothing was written", name)
			}
		}
		shut(t, box)
		again := openOnMemory(t, disk)
		expectRestored(t, "after all changes", again, alice)
		shut(t, again)
	})
}

func TestABurstOfLeasesSharesItsSyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		settle(t, box)
		time.Sleep(time.Second)
		counts := counting(disk)
		const burst = 100
		for i := range burst {
			kept := lease(fmt.Sprintf("rep-%04d", i%20))
			kept.InCall = i/20%2 == 0 // always news
			box.Keep(kept)
			synctest.Wait()
			if i == 0 && counts["sync"].Load() != 1 {
				t.Errorf("the first lease after a rest: %d syncs, want one at once", counts["sync"].Load())
			}
			time.Sleep(time.Millisecond)
		}
		settle(t, box)
		if n, most := counts["sync"].Load(), int64(burst*time.Millisecond/blackbox.SyncEvery)+3; n > most {
			t.Errorf("%d leases within %v: %d syncs, want %d at most", burst, burst*time.Millisecond, n, most)
		}
		shut(t, box)
	})
}
