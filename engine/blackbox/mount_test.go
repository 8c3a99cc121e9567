//go:build linux

package blackbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"mayday/engine/blackbox"
)

// mount mounts a file system for the test. Only root may; anybody else's tests go without, root's fail if it is not possible.
func mount(t *testing.T, arguments ...string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root; CI runs this test")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", append(arguments, dir)...).CombinedOutput(); err != nil {
		t.Fatalf("mount %v: %v: %s; the container that runs the tests needs CAP_SYS_ADMIN", arguments, err, out)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func remount(t *testing.T, dir, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
		t.Fatalf("remount %s: %v: %s", options, err, out)
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 16; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("fill: %v", err)
		}
	}
}

func TestFullDiskTakesNoLeaseAway(t *testing.T) {
	dir := mount(t, "-t", "tmpfs", "-o", "size=6m", "tmpfs")
	box := openBox(t, dir, noon)
	save(t, box, named("One"), 1)
	fill(t, filepath.Join(dir, "ballast"))
	for i := range 30 {
		box.Keep(lease(fmt.Sprintf("rep-%04d", i)))
		box.PutMail(fmt.Sprint(i), []byte("text"), noon.Add(time.Hour))
	}
	settle(t, box)
	if err := box.SaveSnapshot(t.Context(), named("Two"), 2); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: saving returned %v", err)
	}
	expectFault(t, "on a full disk", box, blackbox.DiskFull)
	expectSnapshot(t, "on a full disk", box, 2)
	shut(t, box)

	box = openBox(t, dir, noon)
	if got := len(box.Restored()); got != 30 {
		t.Errorf("opened on a full disk: %d of 30 leases are restored", got)
	}
	if c := expectSnapshot(t, "opened on a full disk", box, 1); c.Organisation.Name != "One" {
		t.Errorf("opened on a full disk: the snapshot is %q", c.Organisation.Name)
	}
	if err := box.SaveSnapshot(t.Context(), named("Two"), 2); err == nil {
		t.Error("on a full disk: saving succeeded")
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "there is space and the box is healed", func() bool { return len(box.Faults()) == 0 })
	shut(t, box)
	expectSnapshot(t, "there was space again", openBox(t, dir, noon), 2)
}

func TestFirstStartOnAFullDisk(t *testing.T) {
	dir := mount(t, "-t", "tmpfs", "-o", "size=6m", "tmpfs")
	fill(t, filepath.Join(dir, "ballast"))
	box := openBox(t, filepath.Join(dir, "box"), noon)
	expectFault(t, "started on a full disk", box, blackbox.DiskFull)
	box.Keep(lease("alice-0001"))
	box.PutMail("mail", []byte("text"), noon.Add(time.Hour))
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "there is space and the box is healed", func() bool { return len(box.Faults()) == 0 })
	settle(t, box)
	shut(t, box)
	box = openBox(t, filepath.Join(dir, "box"), noon)
	expectRestored(t, "started on a full disk, then there was space", box, lease("alice-0001"))
	expectMails(t, "started on a full disk, then there was space", box, map[string]string{"mail": "text"})
}

func TestReadOnlyMountForgetsNobodyAndHeals(t *testing.T) {
	dir := mount(t, "-t", "tmpfs", "-o", "size=16m", "tmpfs")
	box := openBox(t, dir, noon)
	box.Keep(lease("alice-0001"))
	save(t, box, sample(), 1)
	shut(t, box)
	remount(t, dir, "ro")

	box = openBox(t, dir, noon)
	expectFault(t, "started on a disk that can only be read", box, blackbox.DiskReadOnly)
	expectRestored(t, "started on a disk that can only be read", box, lease("alice-0001"))
	expectSnapshot(t, "started on a disk that can only be read", box, 1)
	box.Keep(lease("bob-0002"))
	if err := box.SaveSnapshot(t.Context(), named("Two"), 2); !errors.Is(err, syscall.EROFS) {
		t.Errorf("on a disk that can only be read: saving returned %v", err)
	}
	remount(t, dir, "rw")
	waitUntil(t, "the disk can be written and the box is healed", func() bool { return len(box.Faults()) == 0 })
	settle(t, box)
	shut(t, box)
	box = openBox(t, dir, noon)
	expectRestored(t, "the disk could be written again", box, lease("alice-0001"), lease("bob-0002"))
	expectSnapshot(t, "the disk could be written again", box, 2)
}

// TestNothingIsLeftOnTheRawDisk searches every byte of an ext4 image for what the slots and the outbox held: the sealed octets and
// the keys themselves, because the words are nowhere readable even while they are kept.
func TestNothingIsLeftOnTheRawDisk(t *testing.T) {
	image := newImage(t)
	dir := filepath.Join(mount(t, "-o", "loop", image), "box")
	box := openBox(t, dir, noon)
	const reps = 20
	var markers []string
	sealed := map[string]bool{}
	for round := range 3 { // leases change, and each place that they had is to be wiped
		for i := range reps {
			k := lease(fmt.Sprintf("MARKER-%04d", i))
			k.Chosen, k.InCall = "MARKER-presence", round == 1
			box.Keep(k)
			box.PutMail(fmt.Sprintf("MARKER-mail-%d", i), []byte("MARKER in a mail"), noon.Add(time.Hour))
			markers = append(markers, string(k.Lease.Rep), string(k.Lease.Number))
		}
		settle(t, box)
		collect(files(t, dir), sealed)
	}
	if len(sealed) < 3*reps {
		t.Fatalf("%d reps in 3 rounds: %d slots were written", reps, len(sealed))
	}
	markers = append(markers, "MARKER")
	expectNowhere(t, "while leased", dir, markers...)
	syscall.Sync()
	if raw := read(t, image); countIn(raw, sealed) == 0 {
		t.Error("while leased: the raw disk holds no slot; the search sees nothing")
	}
	for i := range reps {
		box.Wipe(lease(fmt.Sprintf("MARKER-%04d", i)).Lease.Rep)
		box.WipeMail(fmt.Sprintf("MARKER-mail-%d", i))
	}
	settle(t, box)
	expectNowhere(t, "after expiry", dir, markers...)
	syscall.Sync()
	raw := read(t, image)
	if left := countIn(raw, sealed); left != 0 {
		t.Errorf("after expiry: the raw disk holds %d of %d slots and keys", left, len(sealed))
	}
	for _, marker := range markers {
		if bytes.Contains(raw, []byte(marker)) {
			t.Errorf("after expiry: the raw disk holds %q", marker)
		}
	}
}

// collect notes the keys of all slots that hold a lease or a mail.
func collect(contents map[string][]byte, into map[string]bool) {
	slots := contents["slots"]
	for i := range len(slots) / blackbox.SlotSize {
		slot := slots[i*blackbox.SlotSize : (i+1)*blackbox.SlotSize]
		if blackbox.Speaks(slot, i) {
			into[string(slot[:32])] = true
		}
	}
}

func countIn(raw []byte, parts map[string]bool) int {
	count := 0
	for at := 0; at+32 <= len(raw); at += 16 {
		if parts[string(raw[at:at+32])] {
			count++
		}
	}
	return count
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
