package blackbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	tmpfsMagic  = 0x01021994
	neverDumped = 16 // MADV_DONTDUMP
)

// sharedMemory is a file of /dev/shm. Its pages are mapped only to pin them: nothing is read or written through the mapping, so that a
// file which somebody cuts short is an error and not the end of the process.
type sharedMemory struct {
	*os.File
	pinned []byte
}

// openMemory opens a file of that name and size on the memory disk, with real content so that writing in it never needs space.
func openMemory(name string, size int) (memory, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(memoryFolder, &disk); err != nil {
		return nil, fmt.Errorf("look at %s: %w", memoryFolder, err)
	}
	if disk.Type != tmpfsMagic {
		return nil, fmt.Errorf("look at %s: it is no memory disk (tmpfs)", memoryFolder)
	}
	opened, err := os.OpenFile(filepath.Join(memoryFolder, name), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := ready(opened, size); err != nil {
		return nil, closing(opened, fmt.Errorf("use %s: %w", opened.Name(), err))
	}
	m := sharedMemory{File: opened}
	if pinned, err := syscall.Mmap(int(opened.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED); err == nil {
		m.pinned = pinned
		_ = syscall.Mlock(pinned) // where that is forbidden it may be swapped out, as the rest of the process may
		_ = syscall.Madvise(pinned, neverDumped)
	}
	return m, nil
}

// ready makes sure that the file is ours alone, and long enough.
func ready(f *os.File, size int) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) != os.Geteuid() || info.Mode() != 0o600 {
		return errors.New("it is not a file of this user alone")
	}
	if err := lock(f); err != nil {
		return err
	}
	if missing := int64(size) - info.Size(); missing > 0 {
		_, err = f.WriteAt(make([]byte, missing), info.Size())
	}
	return err
}

func (m sharedMemory) Remove() error { return os.Remove(m.Name()) }

func (m sharedMemory) Close() error {
	if m.pinned != nil {
		_ = syscall.Munmap(m.pinned)
	}
	return m.File.Close()
}
