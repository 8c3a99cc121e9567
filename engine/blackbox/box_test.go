package blackbox_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/engine/blackbox"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lease is a lease that began at noon.
func lease(id string) blackbox.Kept {
	return blackbox.Kept{
		Lease:  emergency.Lease{Number: number.E164("+1217555" + id[len(id)-4:]), Rep: rep.ID(id), From: noon, Until: noon.Add(emergency.Window)},
		Chosen: rep.Away,
	}
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// openBox opens the box of a folder at a time of day. It is closed with the test at the latest.
func openBox(t testing.TB, dir string, now time.Time) *blackbox.Box {
	t.Helper()
	return openWith(t, blackbox.Config{Dir: dir, Slots: 64, Now: at(now)})
}

func openWith(t testing.TB, config blackbox.Config) *blackbox.Box {
	t.Helper()
	box, err := blackbox.Open(config)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

func shut(t testing.TB, box *blackbox.Box) {
	t.Helper()
	if err := box.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// settle waits until the disk has what was handed over.
func settle(t testing.TB, box *blackbox.Box) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := box.Settle(ctx); err != nil {
		t.Fatalf("settle: %v; at fault: %v", err, box.Faults())
	}
}

func healthy(t testing.TB, box *blackbox.Box) {
	t.Helper()
	if faults := box.Faults(); len(faults) > 0 {
		t.Errorf("a box on a good disk is at fault: %v", faults)
	}
}

func expectRestored(t testing.TB, circumstance string, box *blackbox.Box, want ...blackbox.Kept) {
	t.Helper()
	got := map[rep.ID]blackbox.Kept{}
	for _, k := range box.Restored() {
		if _, twice := got[k.Lease.Rep]; twice {
			t.Errorf("%s: %s is restored twice", circumstance, k.Lease.Rep)
		}
		got[k.Lease.Rep] = k
	}
	wanted := map[rep.ID]blackbox.Kept{}
	for _, k := range want {
		wanted[k.Lease.Rep] = k
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("%s: restored leases (-want +got):\n%s", circumstance, diff)
	}
}

// files returns all that the folder holds.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	contents := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		contents[entry.Name()] = content
	}
	return contents
}

func expectNowhere(t testing.TB, circumstance, dir string, markers ...string) {
	t.Helper()
	for name, content := range files(t, dir) {
		for _, marker := range markers {
			if bytes.Contains(content, []byte(marker)) {
				t.Errorf("%s: %s holds %q", circumstance, name, marker)
			}
		}
	}
}

func TestLeasesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	healthy(t, box)
	expectRestored(t, "a new folder", box)
	alice, bob, carol := lease("alice-0001"), lease("bob-0002"), lease("carol-0003")
	alice.InCall, alice.Lease.Missed, bob.Lease.Static, bob.Chosen = true, true, true, "lunch"
	for _, k := range []blackbox.Kept{alice, bob, carol} {
		box.Keep(k)
	}
	again := bob
	again.Lease.From, again.Lease.Until = noon.Add(time.Minute), noon.Add(time.Minute+emergency.Window)
	box.Keep(again)
	box.Wipe("carol-0003")
	shut(t, box)

	box = openBox(t, dir, noon.Add(30*time.Minute))
	expectRestored(t, "half an hour later", box, alice, again)
	box.Wipe("bob-0002")
	expectRestored(t, "after one was wiped", box, alice)
	shut(t, box)
	expectRestored(t, "opened once more", openBox(t, dir, noon.Add(30*time.Minute)), alice)
}

func TestLeaseThatEndedWhileTheNodeWasDownIsWipedBeforeOpenReturns(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	over, inCall, open := lease("over-0001"), lease("call-0002"), lease("open-0003")
	inCall.InCall = true
	open.Lease.Until = noon.Add(3 * time.Hour)
	for _, k := range []blackbox.Kept{over, inCall, open} {
		box.Keep(k)
	}
	shut(t, box)
	before := leasesIn(t, dir)
	if len(before) != 3 {
		t.Fatalf("after three leases: %d slots hold one", len(before))
	}

	box = openBox(t, dir, noon.Add(61*time.Minute))
	expectRestored(t, "61 minutes after dialling, one call going on when the node fell", box, inCall, open)
	if after := leasesIn(t, dir); len(after) != 2 {
		t.Errorf("61 minutes after dialling %d slots hold a lease, want 2", len(after))
	}
	shut(t, box)
	expectRestored(t, "two hours after dialling", openBox(t, dir, noon.Add(2*time.Hour)), open)
}

// leasesIn returns the slots of the folder that hold a lease.
func leasesIn(t testing.TB, dir string) map[int]blackbox.Kept {
	t.Helper()
	content := files(t, dir)["slots"]
	leases := map[int]blackbox.Kept{}
	for i := range len(content) / blackbox.SlotSize {
		if k, ok := blackbox.OpenLease(content[i*blackbox.SlotSize:(i+1)*blackbox.SlotSize], i); ok {
			leases[i] = k
		}
	}
	return leases
}

func TestOnePlaceALeaseOnceItLasts(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	k := lease("alice-0001")
	for i := range 500 {
		k.Lease.From = noon.Add(time.Duration(i) * time.Second)
		box.Keep(k)
		if i%50 == 0 {
			settle(t, box)
		}
	}
	settle(t, box)
	if leases := leasesIn(t, dir); len(leases) != 1 {
		t.Errorf("after 500 changes of one lease %d slots hold it", len(leases))
	}
	shut(t, box)
	expectRestored(t, "after 500 changes", openBox(t, dir, noon), k)
}

func TestTornAndStrangeSlotsAreWiped(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	alice, bob := lease("alice-0001"), lease("bob-0002")
	box.Keep(alice)
	box.Keep(bob)
	shut(t, box)

	content := files(t, dir)["slots"]
	slot := func(i int) []byte { return content[i*blackbox.SlotSize : (i+1)*blackbox.SlotSize] }
	var free []int
	for i := range len(content) / blackbox.SlotSize {
		k, held := leasesIn(t, dir)[i]
		switch {
		case !held:
			free = append(free, i)
		case k.Lease.Rep == "bob-0002":
			copy(slot(i)[256:], bytes.Repeat([]byte{7}, 256)) // only half of it was written
		}
	}
	newer := alice
	newer.Lease.Missed = true
	copy(slot(free[0]), blackbox.SealLease(newer, 1000, free[0]))                  // a power cut before the older one was wiped
	copy(slot(free[1]), blackbox.SealLease(lease("eve-0003"), 1, free[2]))         // a slot of another place
	copy(slot(free[3]), make([]byte, blackbox.SlotSize))                           // zeros
	copy(slot(free[4]), strings.Repeat("somebody else's file", blackbox.SlotSize)) // nonsense
	torn := append([]byte(nil), content...)
	if err := os.WriteFile(filepath.Join(dir, "slots"), content, 0o600); err != nil {
		t.Fatal(err)
	}

	box = openBox(t, dir, noon)
	healthy(t, box)
	expectRestored(t, "a file with torn slots", box, newer)
	now := files(t, dir)["slots"]
	same := 0
	for i := range len(now) / blackbox.SlotSize {
		if bytes.Equal(torn[i*blackbox.SlotSize:(i+1)*blackbox.SlotSize], now[i*blackbox.SlotSize:(i+1)*blackbox.SlotSize]) {
			same++
		}
	}
	if want := 64 - 5; same != want {
		t.Errorf("a file with four torn slots and an outdone one: %d of 64 slots are as they were, want %d", same, want)
	}
}

func TestFileGrowsAndIsNeverCut(t *testing.T) {
	dir := t.TempDir()
	box := openWith(t, blackbox.Config{Dir: dir, Slots: 8, Now: at(noon)})
	var kept []blackbox.Kept
	for i := range 8 {
		kept = append(kept, lease(fmt.Sprintf("rep-%04d", i)))
		box.Keep(kept[i])
	}
	shut(t, box)
	box = openWith(t, blackbox.Config{Dir: dir, Slots: 16, Now: at(noon)})
	kept = append(kept, lease("rep-0008"))
	box.Keep(kept[8])
	settle(t, box)
	healthy(t, box)
	shut(t, box)
	box = openWith(t, blackbox.Config{Dir: dir, Slots: 2, Now: at(noon)})
	expectRestored(t, "8 slots, then 16, then 2", box, kept...)
	healthy(t, box)
}

func TestMoreLeasesThanSlotsStayInMemory(t *testing.T) {
	dir := t.TempDir()
	box := openWith(t, blackbox.Config{Dir: dir, Slots: 4, Now: at(noon)})
	for i := range 5 {
		box.Keep(lease(fmt.Sprintf("rep-%04d", i)))
		settle(t, box)
	}
	expectFault(t, "five leases in four slots", box, blackbox.SlotsFull)
	changed := lease("rep-0000")
	changed.Lease.Missed = true
	box.Keep(changed) // written over itself: there is no other place
	box.Wipe("rep-0001")
	settle(t, box)
	waitUntil(t, "the fifth lease has the place that is free", func() bool { return len(box.Faults()) == 0 })
	settle(t, box)
	shut(t, box)
	expectRestored(t, "five leases in four slots, one wiped", openWith(t, blackbox.Config{Dir: dir, Slots: 4, Now: at(noon)}),
		changed, lease("rep-0002"), lease("rep-0003"), lease("rep-0004"))
}

func TestLeaseTooLongForASlotStaysInMemory(t *testing.T) {
	box := openBox(t, t.TempDir(), noon)
	k := lease("alice-0001")
	k.Chosen = rep.Presence(strings.Repeat("x", 200))
	box.Keep(k)
	box.Keep(lease("bob-0002"))
	settle(t, box)
	expectFault(t, "a presence of 200 letters", box, blackbox.SlotRefused)
	box.Wipe("alice-0001")
	settle(t, box)
	healthy(t, box)
}

func TestImpossibleConfigurationIsRefused(t *testing.T) {
	for _, config := range []blackbox.Config{{}, {Dir: "x", Slots: -1}, {Dir: "x", Slots: 1 << 20}} {
		if _, err := blackbox.Open(config); err == nil {
			t.Errorf("folder %q and %d slots were taken", config.Dir, config.Slots)
		}
	}
}

func TestTwoProcessesDoNotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	first := openBox(t, dir, noon)
	first.Keep(lease("alice-0001"))
	settle(t, first)
	found := make(chan struct{}, 8)
	second := openWith(t, blackbox.Config{Dir: dir, Slots: 64, Now: at(noon), OnFound: func() { found <- struct{}{} }})
	expectFault(t, "the second box of a folder", second, blackbox.InUse)
	expectRestored(t, "the second box of a folder", second)
	second.Keep(lease("bob-0002"))
	shut(t, first)
	within(t, "the first box was closed", found)
	expectRestored(t, "after the first box was closed", second, lease("alice-0001"))
	waitUntil(t, "the second box is healed", func() bool { return len(second.Faults()) == 0 })
	settle(t, second)
	shut(t, second)
	expectRestored(t, "after both were closed", openBox(t, dir, noon), lease("alice-0001"), lease("bob-0002"))
}

func TestFolderThatIsTakenAwayIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "box")
	box := openBox(t, dir, noon)
	if err := box.SaveSnapshot(t.Context(), sample(), 7); err != nil {
		t.Fatalf("save: %v", err)
	}
	box.Keep(lease("alice-0001"))
	settle(t, box)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the files are there again", func() bool {
		entries, _ := os.ReadDir(dir)
		return len(entries) >= 3
	})
	settle(t, box)
	shut(t, box)
	box = openBox(t, dir, noon)
	expectRestored(t, "after the folder was taken away", box, lease("alice-0001"))
	if _, version, ok := box.Snapshot(); !ok || version != 7 {
		t.Errorf("after the folder was taken away: snapshot %d, %v", version, ok)
	}
}

func TestFolderThatIsTakenElsewhereKeepsNoLease(t *testing.T) {
	t.Parallel()
	dir, elsewhere := filepath.Join(t.TempDir(), "box"), filepath.Join(t.TempDir(), "elsewhere")
	box := openBox(t, dir, noon)
	box.Keep(lease("alice-0001"))
	box.PutMail("mail", []byte("text"), noon.Add(time.Hour))
	settle(t, box)
	if got := len(leasesIn(t, dir)); got != 1 {
		t.Fatalf("before it is taken away: the folder holds %d leases", got)
	}
	if err := os.Rename(dir, elsewhere); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the lease is in a folder made anew", func() bool {
		_, err := os.Stat(filepath.Join(dir, "slots"))
		return err == nil && len(leasesIn(t, dir)) == 1
	})
	content := files(t, elsewhere)["slots"]
	for i := range len(content) / blackbox.SlotSize {
		if blackbox.Speaks(content[i*blackbox.SlotSize:(i+1)*blackbox.SlotSize], i) {
			t.Errorf("the folder was taken elsewhere: slot %d there still says something", i)
		}
	}
	settle(t, box)
	shut(t, box)
	box = openBox(t, dir, noon)
	expectRestored(t, "after the folder was taken elsewhere", box, lease("alice-0001"))
	expectMails(t, "after the folder was taken elsewhere", box, map[string]string{"mail": "text"})
}

func expectFault(t testing.TB, circumstance string, box *blackbox.Box, want blackbox.Code) {
	t.Helper()
	for _, f := range box.Faults() {
		if f.Code == want {
			return
		}
	}
	t.Errorf("%s: faults are %v, want %s", circumstance, box.Faults(), want)
}

// waitUntil waits for something that another goroutine brings about.
func waitUntil(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("30 seconds have passed and it is not so that %s", what)
		}
	}
}

func within(t testing.TB, circumstance string, happened <-chan struct{}) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: nothing happened within 30 seconds", circumstance)
	}
}

func reportPercentiles(b *testing.B, durations []time.Duration) {
	slices.Sort(durations)
	for _, percent := range []int{50, 99, 100} {
		at := min(len(durations)*percent/100, len(durations)-1)
		b.ReportMetric(float64(durations[at].Microseconds()), fmt.Sprintf("p%d-µs", percent))
	}
}
