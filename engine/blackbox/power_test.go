//go:build linux

package blackbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// newImage makes a small disk with a file system that a power cut can befall.
func newImage(t *testing.T) (image string) {
	t.Helper()
	image = filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 32<<20); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image).CombinedOutput()
	if err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
	return image
}

// TestPowerCutTakesNothingThatLasts copies a disk as it is while a box writes to it: what the system has only in memory is not on it, as
// after a power cut. A snapshot whose saving has returned is there, under its name, and so are the leases and mails that were settled; what
// was wiped is not.
func TestPowerCutTakesNothingThatLasts(t *testing.T) {
	image := newImage(t)
	box := openBox(t, filepath.Join(mount(t, "-o", "loop", image), "box"), noon)
	for round := range 4 {
		circumstance := fmt.Sprintf("power cut %d", round)
		save(t, box, named(circumstance), int64(round+1))
		cut := openBox(t, afterPowerCut(t, image), noon)
		if c := expectSnapshot(t, circumstance, cut, int64(round+1)); c.Organisation.Name != circumstance {
			t.Errorf("%s: the snapshot is %q", circumstance, c.Organisation.Name)
		}
		stays, goes := lease("stays-0001"), lease(fmt.Sprintf("goes-%04d", round))
		stays.Lease.Missed = round%2 == 0
		box.Keep(stays)
		box.Keep(goes)
		box.PutMail("mail", fmt.Appendf(nil, "mail of %d", round), noon.Add(time.Hour))
		settle(t, box)
		cut = openBox(t, afterPowerCut(t, image), noon)
		expectRestored(t, circumstance+", two leases settled", cut, stays, goes)
		expectMails(t, circumstance+", a mail settled", cut, map[string]string{"mail": fmt.Sprintf("mail of %d", round)})
		box.Wipe(goes.Lease.Rep)
		box.WipeMail("mail")
		settle(t, box)
		cut = openBox(t, afterPowerCut(t, image), noon)
		expectRestored(t, circumstance+", one was wiped", cut, stays)
		expectMails(t, circumstance+", the mail was wiped", cut, map[string]string{})
	}
}

// afterPowerCut mounts a copy of what is on a disk now, and returns the folder of its box.
func afterPowerCut(t *testing.T, image string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.img")
	if err := os.WriteFile(copied, read(t, image), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(mount(t, "-o", "loop", copied), "box")
}
