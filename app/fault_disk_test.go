package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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
		disk := mountImage(t)
		s := lay(t, filepath.Join(disk.at, "data"), nil)
		s.start()
		callers := s.callers()
		s.healthy(callers)
		disk.fails()
		s.callFor("the disk has become read-only", callers, 5)
		s.faulty("the disk has become read-only", "disk_read_only", callers[3])
		s.callFor("the disk is known to be read-only", callers, 1)
		s.stop() // such a disk is mounted anew, which needs that nobody has files on it open
		disk.isMended()
		s.start()
		callers = s.callers()
		s.healed("the disk was mended", "disk_read_only", callers[3])
		s.callFor("the disk was mended", callers, 1)
		s.keepsLeases("the disk was mended", callers)
	})
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
