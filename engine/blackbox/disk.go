package blackbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// disk is the folder as the box uses it. Tests put one in its place that hangs or fails.
type disk interface {
	// Open opens a file for reading and writing in place, making it if there is none, or for reading only. A file that another
	// process has open fails with errInUse.
	Open(name string, readOnly bool) (file, error)
	// Read returns the first octets of a file, at most that many; all of it for a negative number.
	Read(name string, most int) ([]byte, error)
	// Replace puts the content under the name, whole or not at all, and returns when the disk has it.
	Replace(name string, content []byte) error
	// Probe puts something new on the disk and takes it away again: the files that are there do not tell that it is full.
	Probe() error
}

// file is written in place.
type file interface {
	io.ReaderAt
	io.WriterAt
	Size() (int64, error)
	SyncAll() error  // content and size
	SyncData() error // content; enough for a file that does not grow
	Gone() bool      // the name leads elsewhere: what is written here will not be found
	Close() error
}

// folder is a disk that is a folder.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

func (f folder) Open(name string, readOnly bool) (file, error) {
	flags := os.O_RDONLY
	if !readOnly {
		if err := os.MkdirAll(string(f), 0o700); err != nil {
			return nil, err
		}
		flags = os.O_RDWR | os.O_CREATE
	}
	opened, err := os.OpenFile(f.path(name), flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(opened); err != nil {
		return nil, fmt.Errorf("lock %s: %w", opened.Name(), closing(opened, err))
	}
	return slotFile{opened}, nil
}

func (f folder) Read(name string, most int) ([]byte, error) {
	opened, err := os.Open(f.path(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	if most < 0 {
		info, err := opened.Stat()
		if err != nil {
			return nil, err
		}
		most = int(info.Size())
	}
	content := make([]byte, most)
	inHugePages(content)
	n, err := io.ReadFull(opened, content)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return content[:n], err
}

func (f folder) Replace(name string, content []byte) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	temporary := f.path(name + ".new")
	if err := writeSynced(temporary, content); err != nil {
		_ = os.Remove(temporary) // half a file is only in the way, above all on a full disk
		return err
	}
	if err := os.Rename(temporary, f.path(name)); err != nil {
		return err
	}
	return syncFolder(string(f))
}

func (f folder) Probe() error {
	name := f.path("probe")
	if err := writeSynced(name, make([]byte, blockSize)); err != nil {
		_ = os.Remove(name) // half a file is only in the way
		return err
	}
	return os.Remove(name)
}

func writeSynced(path string, content []byte) error {
	made, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := made.Write(content); err != nil {
		return closing(made, err)
	}
	if err := made.Sync(); err != nil {
		return closing(made, err)
	}
	return made.Close()
}

// syncFolder makes sure that the names in the folder are on the disk.
func syncFolder(path string) error {
	opened, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	return opened.Sync()
}

// closing closes a file that is of no use any more because of the error, which it returns.
func closing(f io.Closer, err error) error {
	_ = f.Close()
	return err
}

// slotFile is a file of a folder.
type slotFile struct{ *os.File }

func (f slotFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// SyncAll also syncs the folder, so that a new file's name lasts.
func (f slotFile) SyncAll() error {
	if err := f.Sync(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.Name()))
}

func (f slotFile) SyncData() error { return syncData(f.File) }

func (f slotFile) Gone() bool {
	here, err := f.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(f.Name())
	return err != nil || !os.SameFile(here, there)
}
