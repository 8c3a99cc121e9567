package blackbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"time"

	"mayday/engine/blackbox"
)

// trayOf reads the tray of a folder; nil: there is none.
func trayOf(t testing.TB, dir string) []byte {
	t.Helper()
	content, err := os.ReadFile(blackbox.TrayFile(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return content
}

// openHanging opens a box whose disk hangs in every write from then on until the function is called.
func openHanging(t *testing.T, dir string) (box *blackbox.Box, answer func()) {
	t.Helper()
	answers := make(chan struct{})
	disk := newMemoryDisk(nil)
	box, err := blackbox.OpenOnWithTray(disk, dir, blackbox.Config{Slots: 64, Now: at(noon)})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, box)
	disk.becomes(hang("write", answers))
	t.Cleanup(func() { _ = box.Close() })
	return box, func() { close(answers) }
}

func TestTrayHoldsNothingThatTheDiskHas(t *testing.T) {
	dir := t.TempDir()
	box, answer := openHanging(t, dir)
	for i := range 200 { // more than it holds
		box.Keep(lease(fmt.Sprintf("rep-%04d", i)))
		box.Keep(lease(fmt.Sprintf("rep-%04d", i)))
	}
	box.Wipe("rep-0001")
	laid := trayOf(t, dir)
	if bytes.Contains(laid, []byte("rep-0002")) || bytes.Contains(laid, []byte("+12175550002")) {
		t.Error("the tray is not sealed")
	}
	if bytes.Equal(laid, make([]byte, len(laid))) {
		t.Error("while the disk hangs nothing is in the tray")
	}
	answer()
	for i := range 200 {
		box.Wipe(lease(fmt.Sprintf("rep-%04d", i)).Lease.Rep)
	}
	settle(t, box)
	if left := trayOf(t, dir); !bytes.Equal(left, make([]byte, len(left))) {
		t.Error("the disk has everything, and something is left in the tray")
	}
	shut(t, box)
	if trayOf(t, dir) != nil {
		t.Error("closed in order, and the tray is still there")
	}
}

func TestTrayOfAnotherProcessIsItsOwn(t *testing.T) {
	dir := t.TempDir()
	first, answer := openHanging(t, dir)
	first.Keep(lease("alice-0001"))
	second, err := blackbox.OpenOnWithTray(newMemoryDisk(nil), dir, blackbox.Config{Slots: 64, Now: at(noon)})
	if err != nil {
		t.Fatal(err)
	}
	expectRestored(t, "another process has the tray", second)
	second.Keep(lease("bob-0002"))
	settle(t, second)
	shut(t, second)
	answer()
	settle(t, first)
}

// TestTrayThatIsNotOursIsNotUsed lets somebody else's file, and one that others can read, be where the tray would be.
func TestTrayThatIsNotOursIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	name := blackbox.TrayFile(dir)
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(name) })
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	box := openBox(t, dir, noon)
	box.Keep(lease("alice-0001"))
	settle(t, box)
	shut(t, box)
	expectRestored(t, "without a tray", openBox(t, dir, noon), lease("alice-0001"))
	if left := trayOf(t, dir); len(left) != 0 {
		t.Errorf("%d octets were written to a file that others can read", len(left))
	}
}

// TestTrayLeftForTooLongIsWiped restarts after the window of what a killed process had left.
func TestTrayLeftForTooLongIsWiped(t *testing.T) {
	dir := t.TempDir()
	said := killChild(t, dir, 200*time.Millisecond, childHangs+"=yes")
	if len(said.deeds) == 0 {
		t.Fatal("the child had not begun to lease when it was killed")
	}
	box := openBox(t, dir, noon.Add(3*time.Hour))
	expectRestored(t, "after the window", box)
	settle(t, box)
	if left := trayOf(t, dir); !bytes.Equal(left, make([]byte, len(left))) {
		t.Error("after the window something is left in the tray")
	}
	if held := leasesIn(t, dir); len(held) != 0 {
		t.Errorf("after the window %d slots hold a lease", len(held))
	}
}
