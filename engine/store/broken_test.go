//go:build linux

package store_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mayday/engine/store"
)

// TestStoreOnADiskThatRefusesIsBroken: ext4 becomes read-only under open files when a disk begins to fail. What stands in the page cache
// can still be read, and a change that is taken back still works.
func TestStoreOnADiskThatRefusesIsBroken(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a disk needs root; CI runs this test")
	}
	image, disk := filepath.Join(t.TempDir(), "disk.img"), t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 32<<20); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", image)
	run(t, "mount", "-o", "loop", image, disk)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", disk).Run() }) // it is unmounted already if all went well
	s := open(t, store.Location{Data: filepath.Join(disk, "data")})
	applied(t, s, sample())
	if err := s.Writable(t.Context()); err != nil {
		t.Fatalf("a sound disk: Writable says %v", err)
	}
	run(t, "mount", "-o", "remount,abort", disk)
	err := s.Writable(deadline(t))
	if !errors.Is(err, store.ErrBroken) {
		t.Errorf("a disk that refuses: Writable says %v", err)
	}
	_ = s.Close() // what it wanted to write is lost
	run(t, "umount", disk)
}

func run(t *testing.T, command string, args ...string) {
	t.Helper()
	if out, err := exec.Command(command, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", command, args, err, out)
	}
}
