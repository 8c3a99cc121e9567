package blackbox_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mayday/engine/blackbox"
)

// hang hangs on one kind of operation until the channel is closed.
func hang(operation string, until <-chan struct{}) func(string, string) error {
	return func(happens, _ string) error {
		if happens == operation {
			<-until
		}
		return nil
	}
}

// TestHangingDiskHoldsNobodyUp hangs the disk in each of its operations; in the bubble no time passes while somebody works, so that
// time which has passed is time that was waited.
func TestHangingDiskHoldsNobodyUp(t *testing.T) {
	for _, operation := range []string{"write", "sync"} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, disk := openInMemory(t, nil)
				synctest.Wait()
				answers := make(chan struct{})
				disk.becomes(hang(operation, answers))
				began := time.Now()
				for i := range 1000 {
					box.Keep(lease(fmt.Sprintf("rep-%04d", i%50)))
					box.PutMail(fmt.Sprint("mail", i%10), []byte("text"), time.Now().Add(time.Hour))
					box.Wipe("rep-0049")
					synctest.Wait()
				}
				_, _ = box.Faults(), box.Mails()
				if waited := time.Since(began); waited != 0 {
					t.Errorf("while %s hangs: 3,000 things handed over took %v", operation, waited)
				}
				time.Sleep(blackbox.SlowAfter + blackbox.SyncEvery + time.Millisecond)
				synctest.Wait()
				expectFault(t, operation+" hangs", box, blackbox.DiskSlow)
				time.Sleep(time.Hour)
				close(answers)
				settle(t, box)
				healthy(t, box)
				shut(t, box)
				again := openOnMemory(t, disk)
				if got := len(again.Restored()); got != 49 {
					t.Errorf("after the hang: %d leases are restored, want 49", got)
				}
				shut(t, again)
			})
		})
	}
}

func TestSlowSyncHoldsUpNoWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		answers := make(chan struct{})
		synctest.Wait()
		disk.becomes(hang("sync", answers))
		for i := range 20 {
			box.Keep(lease(fmt.Sprintf("rep-%04d", i)))
			synctest.Wait()
			if box.Written() != box.Handed() {
				t.Fatalf("while sync hangs: %d of %d leases are in the file", box.Written(), box.Handed())
			}
		}
		close(answers)
		shut(t, box)
	})
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		answers := make(chan struct{})
		synctest.Wait()
		disk.becomes(hang("sync", answers))
		box.Keep(lease("alice-0001"))
		began := time.Now()
		err := box.Close()
		var fault blackbox.Fault
		if !errors.As(err, &fault) || fault.Code != blackbox.DiskSlow {
			t.Errorf("closed while sync hangs: %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("closed while sync hangs: it took %v", took)
		}
		close(answers)
		shut(t, box)
	})
}

func TestDiskThatHangsAtStartComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		kept := lease("alice-0001")
		kept.Lease.From, kept.Lease.Until = time.Now(), time.Now().Add(time.Hour)
		box.Keep(kept)
		box.Keep(lease("bob-0002"))
		save(t, box, sample(), 3)
		shut(t, box)

		answers, found := make(chan struct{}), make(chan struct{}, 8)
		disk.becomes(hang("read", answers))
		began := time.Now()
		box, err := blackbox.OpenOn(disk, blackbox.Config{Slots: 64, OnFound: func() { found <- struct{}{} }})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != blackbox.OpenPatience {
			t.Errorf("reading hangs: Open took %v", took)
		}
		expectFault(t, "reading hangs", box, blackbox.DiskSlow)
		expectRestored(t, "reading hangs", box)
		expectSnapshot(t, "reading hangs", box, 0)
		fresh := kept
		fresh.Lease.Rep = "carol-0003"
		box.Keep(fresh)
		box.Wipe("bob-0002")
		close(answers)
		<-found
		synctest.Wait()
		expectRestored(t, "the disk came late", box, kept)
		expectSnapshot(t, "the disk came late", box, 3)
		settle(t, box)
		healthy(t, box)
		shut(t, box)
		box = openOnMemory(t, disk)
		expectRestored(t, "opened again", box, kept, fresh)
		shut(t, box)
	})
}

// TestFailingDiskHealsByItself fails each operation with each error for a minute.
func TestFailingDiskHealsByItself(t *testing.T) {
	for _, operation := range []string{"open", "write", "sync", "replace"} {
		for cause, code := range map[error]blackbox.Code{
			syscall.EIO: blackbox.DiskError, syscall.ENOSPC: blackbox.DiskFull, syscall.EROFS: blackbox.DiskReadOnly,
		} {
			t.Run(operation+" "+string(code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { failForAMinute(t, operation, cause, code) })
			})
		}
	}
}

func failForAMinute(t *testing.T, operation string, cause error, code blackbox.Code) {
	failing := func(happens, _ string) error {
		if happens == operation {
			return cause
		}
		return nil
	}
	disk := newMemoryDisk(nil)
	if operation == "open" {
		disk.becomes(failing)
	}
	box := openOnMemory(t, disk)
	synctest.Wait()
	disk.becomes(failing)
	circumstance := fmt.Sprintf("%s fails with %v", operation, cause)
	alice, bob := lease("alice-0001"), lease("bob-0002")
	alice.Lease.Until, bob.Lease.Until = time.Now().Add(time.Hour), time.Now().Add(time.Hour)
	box.Keep(alice)
	box.Keep(bob)
	box.PutMail("mail", []byte("text"), time.Now().Add(time.Hour))
	saved := make(chan error, 1)
	go func() { saved <- box.SaveSnapshot(t.Context(), sample(), 4) }()
	if err := <-saved; (err != nil) != (operation == "replace") {
		t.Errorf("%s: saving returned %v", circumstance, err)
	}
	time.Sleep(time.Minute)
	expectFault(t, circumstance, box, code)
	expectSnapshot(t, circumstance, box, 4)
	expectMails(t, circumstance, box, map[string]string{"mail": "text"})
	box.Wipe("bob-0002")
	time.Sleep(time.Second)
	disk.becomes(nil)
	settle(t, box)
	time.Sleep(blackbox.RetryEvery)
	synctest.Wait()
	healthy(t, box)
	shut(t, box)
	box = openOnMemory(t, disk)
	expectRestored(t, circumstance+" for a minute", box, alice)
	expectSnapshot(t, circumstance+" for a minute", box, 4)
	expectMails(t, circumstance+" for a minute", box, map[string]string{"mail": "text"})
	shut(t, box)
}

// TestDiskThatTakesNothingNewIsNoticedByItself lets nobody hand anything over: every file that is there can be written.
func TestDiskThatTakesNothingNewIsNoticedByItself(t *testing.T) {
	for cause, code := range map[error]blackbox.Code{syscall.ENOSPC: blackbox.DiskFull, syscall.EROFS: blackbox.DiskReadOnly} {
		synctest.Test(t, func(t *testing.T) {
			box, disk := openInMemory(t, nil)
			disk.becomes(func(happens, _ string) error {
				if happens == "probe" {
					return cause
				}
				return nil
			})
			time.Sleep(10 * time.Second)
			synctest.Wait()
			expectFault(t, fmt.Sprintf("%v since ten seconds", cause), box, code)
			disk.becomes(nil)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			healthy(t, box)
			shut(t, box)
		})
	}
}

func TestReadOnlyDiskForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		alice := lease("alice-0001")
		alice.Lease.Until = time.Now().Add(time.Hour)
		box.Keep(alice)
		box.PutMail("mail", []byte("text"), time.Now().Add(time.Hour))
		shut(t, box)
		disk.becomes(func(happens, _ string) error {
			if happens == "open" || happens == "write" {
				return syscall.EROFS
			}
			return nil
		})
		box = openOnMemory(t, disk)
		expectFault(t, "a disk that can only be read", box, blackbox.DiskReadOnly)
		expectRestored(t, "a disk that can only be read", box, alice)
		expectMails(t, "a disk that can only be read", box, map[string]string{"mail": "text"})
		box.Wipe("alice-0001")
		disk.becomes(nil)
		settle(t, box)
		healthy(t, box)
		shut(t, box)
		box = openOnMemory(t, disk)
		expectRestored(t, "wiped while the disk could only be read", box)
		shut(t, box)
	})
}
