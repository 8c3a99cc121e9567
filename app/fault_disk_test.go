package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mayday/psap"
	"mayday/web/api"
)

// mountDisk mounts a small disk of its own.
func mountDisk(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size=32m"); err != nil {
		t.Fatalf("mount a disk that can be full or read-only (run the tests as root, with the right to mount): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount the disk: %v", err)
		}
	})
	return folder
}

// fill leaves no octet free on the disk of a folder, and returns what makes room again.
func fill(t *testing.T, folder string) (makeRoom func()) {
	t.Helper()
	name := filepath.Join(folder, "filler")
	filler, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for size := 1 << 20; size > 0; {
		if _, err := filler.Write(make([]byte, size)); err == nil {
			continue
		} else if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		size /= 2
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

func TestEmergencyCallsGoOnWhenTheDiskIsFull(t *testing.T) {
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		disk := mountDisk(t)
		s := lay(t, filepath.Join(disk, "data"), nil)
		s.start()
		callers := s.callers()
		s.healthy(callers)
		makeRoom := fill(t, disk)
		s.faulty("the disk is full, and nobody has written anything", "disk_full", callers[3])
		s.callFor("the disk is full", callers, 5)
		callers[0].talks("the disk is full")
		s.faulty("the disk is full and a history row waits", "history_not_kept", callers[3])
		s.callFor("the disk is known to be full", callers, 1)
		makeRoom()
		s.healed("there is room again", "history_not_kept", callers[3])
		s.healed("there is room again", "disk_full", callers[3])
		if rows := signIn(t, s.node.HTTP(), "alice").send("GET", "/api/v1/history", ""); !strings.Contains(rows, "+12175550155") {
			t.Errorf("there is room again: the history is %s", rows)
		}
		s.keepsLeases("there is room again", callers[:1])
	})
	t.Run("when it starts", func(t *testing.T) {
		t.Parallel()
		disk := mountDisk(t)
		s := lay(t, filepath.Join(disk, "data"), nil)
		s.start()
		s.healthy(s.callers())
		s.stop()
		if err := os.Remove(filepath.Join(s.settings.Data, "blackbox", "slots")); err != nil {
			t.Fatal(err)
		}
		makeRoom := fill(t, disk)
		took := s.start()
		if took > soon {
			t.Errorf("the disk is full: ready after %v", took)
		}
		t.Logf("the disk is full: ready after %v", took)
		callers := s.callers()
		s.callFor("started on a full disk", callers, 5)
		s.faulty("started on a full disk", "disk_full", callers[3])
		makeRoom()
		s.healed("there is room again", "disk_full", callers[3])
		s.healed("there is room again", "database_away", callers[3])
		s.keepsLeases("there is room again", callers)
	})
}

func TestEmergencyCallsGoOnWhenTheDiskIsReadOnly(t *testing.T) {
	t.Run("when it starts", func(t *testing.T) {
		t.Parallel()
		disk := mountDisk(t)
		s := lay(t, filepath.Join(disk, "data"), nil)
		s.start()
		s.healthy(s.callers())
		s.stop()
		remount(t, disk, syscall.MS_RDONLY)
		startsOnReadOnlyDisk(t, s, disk)
	})
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		disk := mountDisk(t)
		s := lay(t, filepath.Join(disk, "data"), nil)
		s.start()
		callers := s.callers()
		s.healthy(callers)
		uncover := coverReadOnly(t, disk)
		s.faulty("the way to the disk has become read-only", "disk_read_only", callers[3])
		s.callFor("the way to the disk is known to be read-only", callers, 1)
		uncover()
		s.healed("the way to the disk can be written", "disk_read_only", callers[3])
		s.healed("the way to the disk can be written", "database_away", callers[3])
		s.keepsLeases("the way to the disk can be written", callers)
	})
}

// TestDiskThatFailsUnderARunningNodeIsMendedUnderIt: a disk that a file system has made read-only because of an error must be unmounted
// to be mended. The node lets go of it, takes it up again, and forgets nothing of what it did meanwhile, killed afterwards or not.
func TestDiskThatFailsUnderARunningNodeIsMendedUnderIt(t *testing.T) {
	t.Parallel()
	disk := mountImage(t)
	data := filepath.Join(disk.at, "data")
	v := newVictimAt(t, data, "")
	behave(t, v.provider, psap.Behaviour{})
	v.runs()
	callers := v.callers()
	v.healthy(callers)
	disk.fails()
	v.callFor("the disk has become read-only", callers, 5)
	callers[0].talks("the disk has become read-only")
	v.faulty("the disk has become read-only", "disk_read_only", callers[3])
	v.faulty("the disk has become read-only", "database_away", callers[3])
	eventually(t, "the disk has become read-only: the log says so", func() bool {
		said := v.running.said()
		return strings.Contains(said, "black box at fault") && strings.Contains(said, "database fault")
	})
	v.callFor("the disk is known to be read-only", callers, 1)
	disk.isMended()
	for _, code := range []string{"disk_read_only", "database_away", "history_not_kept", "database_not_writable"} {
		v.healed("the disk was mended under the node", code, callers[3])
	}
	eventually(t, "the disk was mended under the node: the database takes what had waited", func() bool {
		return strings.Contains(signIn(t, v.url(), "alice").send("GET", "/api/v1/history", ""), ordinaryTo)
	})
	windows := map[string]string{}
	for _, f := range callers {
		w := f.shown()
		windows[w.Rep.ID] = w.Window.Number
	}
	eventually(t, "the disk was mended under the node: the leases are on it", func() bool { return holds(unseal(t, data), windows) })
	v.callFor("the disk was mended", callers, 1)
	v.kill()
	if !holds(unseal(t, data), windows) {
		t.Error("the node was killed after the disk was mended: not all leases are on the disk")
	}
	v.runs()
	for name, number := range windows {
		signIn(t, v.url(), name).feed().shows("killed after the disk was mended: the lease of "+name+" is there", func(w api.Workspace) bool {
			return w.Window != nil && w.Window.Number == number
		})
	}
	signIn(t, v.url(), "bob").feed().talks("killed after the disk was mended")
}

// holds reports whether all those leases are on the disk.
func holds(disk find, windows map[string]string) bool {
	said := strings.Join(disk.texts, "\n")
	for name, number := range windows {
		if !strings.Contains(said, name) || !strings.Contains(said, number) {
			return false
		}
	}
	return true
}

// coverReadOnly makes the way to a disk read-only, and leaves files that are open there as they are.
func coverReadOnly(t *testing.T, disk string) (uncover func()) {
	t.Helper()
	for _, flags := range []uintptr{syscall.MS_BIND, syscall.MS_BIND | syscall.MS_REMOUNT | syscall.MS_RDONLY} {
		if err := syscall.Mount(disk, disk, "", flags, ""); err != nil {
			t.Fatalf("mount the disk over itself: %v", err)
		}
	}
	return func() {
		t.Helper()
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Fatalf("unmount what covers the disk: %v", err)
		}
	}
}

func startsOnReadOnlyDisk(t *testing.T, s *station, disk string) {
	t.Helper()
	if took := s.start(); took > soon {
		t.Errorf("the disk is read-only: ready after %v", took)
	} else {
		t.Logf("the disk is read-only: ready after %v", took)
	}
	callers := s.callers()
	s.callFor("started on a read-only disk", callers, 5)
	s.faulty("started on a read-only disk", "disk_read_only", callers[3])
	s.faulty("started on a read-only disk", "database_away", callers[3])
	remount(t, disk, 0)
	s.healed("the disk can be written", "disk_read_only", callers[3])
	s.healed("the disk can be written", "database_away", callers[3])
	s.keepsLeases("the disk can be written", callers)
}

func remount(t *testing.T, folder string, flags uintptr) {
	t.Helper()
	if err := syscall.Mount("none", folder, "tmpfs", syscall.MS_REMOUNT|flags, "size=32m"); err != nil {
		t.Fatalf("remount the disk: %v", err)
	}
}

// talks lets somebody have an ordinary call.
func (f *feed) talks(circumstance string) {
	f.t.Helper()
	if code := f.ask(api.Request{Do: api.DoDial, Digits: "+12175550155"}); code != "" {
		f.t.Fatalf("%s: an ordinary call is refused with %s", circumstance, code)
	}
	f.shows(circumstance+": an ordinary call is connected", func(w api.Workspace) bool {
		return w.Call != nil && w.Call.State == api.CallConnected
	})
	f.ask(api.Request{Do: api.DoEnd})
	f.shows(circumstance+": the ordinary call has ended", func(w api.Workspace) bool { return w.Call == nil })
}

// keepsLeases checks that the leases of the callers outlive a restart.
func (s *station) keepsLeases(circumstance string, callers []*feed) {
	s.t.Helper()
	windows := map[string]string{}
	for _, f := range callers {
		w := f.shown()
		if w.Window == nil {
			s.t.Fatalf("%s: %s has no window", circumstance, w.Rep.ID)
		}
		windows[w.Rep.ID] = w.Window.Number
	}
	s.stop()
	s.start()
	for name, number := range windows {
		signIn(s.t, s.node.HTTP(), name).feed().shows(circumstance+": after a restart the lease of "+name+" is there", func(w api.Workspace) bool {
			return w.Window != nil && w.Window.Number == number
		})
	}
}
