package blackbox_test

import (
	"bytes"
	"io"
	"io/fs"
	"sync"
	"testing"
	"time"

	"mayday/engine/blackbox"
)

// memoryDisk is a disk that hangs and fails as a test wants.
type memoryDisk struct {
	mu     sync.Mutex
	files  map[string][]byte
	behave func(operation, name string) error // before each operation; may hang; nil: all is well
}

func newMemoryDisk(behave func(operation, name string) error) *memoryDisk {
	return &memoryDisk{files: map[string][]byte{}, behave: behave}
}

// openInMemory opens a box on such a disk. It is meant for a bubble: its clock is the bubble's.
func openInMemory(t testing.TB, behave func(operation, name string) error) (*blackbox.Box, *memoryDisk) {
	t.Helper()
	d := newMemoryDisk(behave)
	return openOnMemory(t, d), d
}

func openOnMemory(t testing.TB, d *memoryDisk) *blackbox.Box {
	t.Helper()
	box, err := blackbox.OpenOn(d, blackbox.Config{Slots: 64, Now: time.Now})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return box
}

func (d *memoryDisk) before(operation, name string) error {
	d.mu.Lock()
	behave := d.behave
	d.mu.Unlock()
	if behave == nil {
		return nil
	}
	return behave(operation, name)
}

// becomes changes how the disk behaves from now on.
func (d *memoryDisk) becomes(behave func(operation, name string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.behave = behave
}

func (d *memoryDisk) content(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.files[name])
}

func (d *memoryDisk) Open(name string, readOnly bool) (blackbox.File, error) {
	operation := "open"
	if readOnly {
		operation = "open to read"
	}
	if err := d.before(operation, name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.files[name]; !ok && readOnly {
		return nil, fs.ErrNotExist
	}
	return memoryFile{d, name}, nil
}

func (d *memoryDisk) Read(name string, most int) ([]byte, error) {
	if err := d.before("read", name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	content, ok := d.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if most >= 0 {
		content = content[:min(most, len(content))]
	}
	return bytes.Clone(content), nil
}

func (d *memoryDisk) Replace(name string, content []byte) error {
	if err := d.before("replace", name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[name] = bytes.Clone(content)
	return nil
}

func (d *memoryDisk) Probe() error { return d.before("probe", "probe") }

type memoryFile struct {
	disk *memoryDisk
	name string
}

func (f memoryFile) ReadAt(into []byte, at int64) (int, error) {
	if err := f.disk.before("read", f.name); err != nil {
		return 0, err
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	content := f.disk.files[f.name]
	if at > int64(len(content)) {
		return 0, io.EOF
	}
	n := copy(into, content[at:])
	if n < len(into) {
		return n, io.EOF
	}
	return n, nil
}

func (f memoryFile) WriteAt(octets []byte, at int64) (int, error) {
	if err := f.disk.before("write", f.name); err != nil {
		return 0, err
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	content := f.disk.files[f.name]
	if missing := int(at) + len(octets) - len(content); missing > 0 {
		content = append(content, make([]byte, missing)...)
	}
	copy(content[at:], octets)
	f.disk.files[f.name] = content
	return len(octets), nil
}

func (f memoryFile) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return int64(len(f.disk.files[f.name])), nil
}

func (f memoryFile) SyncAll() error  { return f.disk.before("sync", f.name) }
func (f memoryFile) SyncData() error { return f.disk.before("sync", f.name) }
func (f memoryFile) Gone() bool      { return false }
func (f memoryFile) Close() error    { return nil }
