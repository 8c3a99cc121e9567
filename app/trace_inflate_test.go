package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// unpacked is what a file of a browser says besides its own octets: what it holds compressed with gzip or zstd, and the entries of a
// LevelDB table.
func unpacked(t *testing.T, file []byte) []byte {
	t.Helper()
	all := table(t, file)
	for at := range file {
		switch rest := file[at:]; {
		case bytes.HasPrefix(rest, []byte("\x1f\x8b\x08")):
			if r, err := gzip.NewReader(bytes.NewReader(rest)); err == nil {
				all = append(all, readable(r)...)
			}
		case bytes.HasPrefix(rest, []byte("\x28\xb5\x2f\xfd")):
			if r, err := zstd.NewReader(bytes.NewReader(rest), zstd.WithDecoderConcurrency(1)); err == nil {
				all = append(all, readable(r)...)
				r.Close()
			}
		}
	}
	return all
}

// readable reads as far as can be read: what follows something compressed is an error, and so is what only looks like it.
func readable(r io.Reader) []byte {
	read, _ := io.ReadAll(io.LimitReader(r, 16<<20))
	return append(read, '\n')
}

// table reads the keys and values of a LevelDB table; nothing where the file is none. The last 48 octets say where its index is.
func table(t *testing.T, file []byte) []byte {
	t.Helper()
	const footer, magic = 48, 0xdb4775248b80fb57
	if len(file) < footer || binary.LittleEndian.Uint64(file[len(file)-8:]) != magic {
		return nil
	}
	ends := words{t, file[len(file)-footer:]}
	ends.handle() // of an index that only speeds up looking for a key
	var all []byte
	for _, entry := range block(t, file, ends.handle()) {
		for _, said := range block(t, file, (&words{t, entry.value}).handle()) {
			all = append(append(append(all, said.key...), said.value...), '\n')
		}
	}
	return all
}

type entry struct{ key, value []byte }

// block reads the entries of a block: each key says only in what it differs from the one before.
func block(t *testing.T, file []byte, h handle) (all []entry) {
	t.Helper()
	plain := h.plain(t, file)
	restarts := binary.LittleEndian.Uint32(plain[len(plain)-4:])
	rest := words{t, plain[:len(plain)-4-4*int(restarts)]}
	var key []byte
	for len(rest.octets) > 0 {
		shared, own, value := rest.number(), rest.number(), rest.number()
		key = append(key[:shared:shared], rest.take(own)...)
		all = append(all, entry{key, rest.take(value)})
	}
	return all
}

// handle says where in a table a block lies.
type handle struct{ at, size uint64 }

func (h handle) plain(t *testing.T, file []byte) []byte {
	t.Helper()
	raw, kind := file[h.at:h.at+h.size], file[h.at+h.size]
	if kind == 0 {
		return raw
	}
	plain, err := snappy.Decode(nil, raw)
	if err != nil {
		t.Fatalf("a block of a table, compressed in way %d: %v", kind, err)
	}
	return plain
}

// words are octets that are read from their beginning.
type words struct {
	t      *testing.T
	octets []byte
}

func (w *words) number() uint64 {
	w.t.Helper()
	number, size := binary.Uvarint(w.octets)
	if size <= 0 {
		w.t.Fatal("a table has no number where it should have one")
	}
	w.octets = w.octets[size:]
	return number
}

func (w *words) handle() handle { return handle{w.number(), w.number()} }

func (w *words) take(size uint64) []byte {
	taken := w.octets[:size]
	w.octets = w.octets[size:]
	return taken
}
