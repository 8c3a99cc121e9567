package blackbox

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other processes from the file for as long as it is open; the kernel lets go when the process ends, however it ends.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errInUse
	}
	return err
}

// syncData leaves the file's times unwritten, which spares the file system's journal.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

const (
	hugePage  = 2 << 20
	wantsHuge = 14 // MADV_HUGEPAGE
)

// inHugePages lets the system find much new memory in few steps: with thousands of people, finding it page by page is most of a start.
// Where the system has no such pages it does nothing.
func inHugePages(memory []byte) {
	if len(memory) >= 2*hugePage {
		_ = syscall.Madvise(memory[:len(memory)&^(os.Getpagesize()-1)], wantsHuge)
	}
}
