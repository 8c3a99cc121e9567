package app_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// image is a disk of a node's own, in a file whose every octet can be read.
type image struct {
	t    *testing.T
	file string
	at   string // where it is mounted
}

func mountImage(t *testing.T) *image {
	t.Helper()
	i := &image{t: t, file: filepath.Join(t.TempDir(), "disk.img"), at: t.TempDir()}
	if err := os.WriteFile(i.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(i.file, 48<<20); err != nil {
		t.Fatal(err)
	}
	i.run("mkfs.ext4", "-q", "-F", i.file)
	i.run("mount", "-o", "loop", i.file, i.at)
	t.Cleanup(func() { _ = exec.Command("umount", i.at).Run() }) // it is mostly unmounted already
	return i
}

func (i *image) run(command string, args ...string) {
	i.t.Helper()
	if out, err := exec.Command(command, args...).CombinedOutput(); err != nil {
		i.t.Fatalf("%s %v (run the tests as root, with loop devices): %v\n%s", command, args, err, out)
	}
}

// fails makes the disk read-only under the open files of whoever uses it, as ext4 does by itself when a disk begins to fail.
func (i *image) fails() {
	i.t.Helper()
	i.run("mount", "-o", "remount,abort", i.at)
}

// isMended mounts the disk anew, which needs that nobody has files on it open.
func (i *image) isMended() {
	i.t.Helper()
	eventually(i.t, "everybody has let go of the disk", func() bool { return exec.Command("umount", i.at).Run() == nil })
	var exit *exec.ExitError
	const mended = 1
	if out, err := exec.Command("fsck.ext4", "-p", i.file).CombinedOutput(); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == mended) {
		i.t.Fatalf("mend the disk: %v\n%s", err, out)
	}
	i.run("mount", "-o", "loop", i.file, i.at)
}

// octets are all that the disk holds, free blocks included. It is unmounted for that.
func (i *image) octets() []byte {
	i.t.Helper()
	i.run("umount", i.at)
	all, err := os.ReadFile(i.file)
	if err != nil {
		i.t.Fatal(err)
	}
	return all
}

// find is what somebody who has the disk and knows the program can read in the black box: what slots and mails say, and their keys.
type find struct {
	texts []string
	keys  [][]byte
}

const (
	slotSize, blockSize = 512, 4096
	slotHead            = len("mayday slot") + 2 + 8 // what each slot begins with: a word, a version, its kind, its number
)

// unseal reads the black box of a data directory as a forensic examiner would, without the program.
func unseal(t *testing.T, data string) find {
	t.Helper()
	slots, err := os.ReadFile(filepath.Join(data, "blackbox", "slots"))
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := os.ReadFile(filepath.Join(data, "blackbox", "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	var f find
	for i := range len(slots) / slotSize {
		slot := slots[i*slotSize : (i+1)*slotSize]
		key := slot[:chacha20poly1305.KeySize]
		plain, ok := opened(key, slot[chacha20poly1305.KeySize:], binary.LittleEndian.AppendUint64([]byte("slot"), uint64(i)))
		if !ok {
			t.Errorf("slot %d cannot be read", i)
			continue
		}
		const free, mail = 0, 2
		kind := plain[len("mayday slot")+1]
		if kind == free {
			continue
		}
		f.texts, f.keys = append(f.texts, string(plain)), append(f.keys, key)
		if kind == mail {
			f.texts, f.keys = append(f.texts, body(t, plain[slotHead:], bodies)), append(f.keys, plain[slotHead:slotHead+chacha20poly1305.KeySize])
		}
	}
	return f
}

// body reads the mail that a slot names: a key, a time, a length, how many blocks, and which.
func body(t *testing.T, said, bodies []byte) string {
	t.Helper()
	key, rest := said[:chacha20poly1305.KeySize], said[chacha20poly1305.KeySize+12:]
	length, count := int(binary.LittleEndian.Uint32(rest)), int(rest[4])
	var sealed []byte
	for i := range count {
		block := int(binary.LittleEndian.Uint16(rest[5+2*i:]))
		sealed = append(sealed, bodies[block*blockSize:(block+1)*blockSize]...)
	}
	plain, ok := opened(key, sealed[:length], []byte("mail"))
	if !ok { // it is written anew at this instant
		return ""
	}
	return string(plain)
}

func opened(key, sealed, context []byte) ([]byte, bool) {
	c, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, false
	}
	plain, err := c.Open(nil, make([]byte, c.NonceSize()), sealed, context)
	return plain, err == nil
}
