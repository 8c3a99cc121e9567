package blackbox

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"mayday/center/emergency"
	"mayday/center/number"
	"mayday/center/rep"
)

// A slot is 512 octets: a key made for this one writing of it, and what it says sealed with that key and with the slot's index. Every
// slot is sealed, a free one over random octets; one that does not open was torn by a power cut and is wiped (ADR 10).
const (
	slotSize  = 512
	plainSize = slotSize - chacha20poly1305.KeySize - chacha20poly1305.Overhead

	slotMagic   = "mayday slot"
	slotVersion = 1

	longestID  = 128 // octets of a rep's or a mail's id, of a presence or a number
	mostBlocks = 64
)

var errTooLong = errors.New("too long for its slots")

// kind says what a slot holds. The numbers stand on disks.
type kind byte

const (
	kindFree  kind = 0 // random octets
	kindLease kind = 1 // a lease
	kindMail  kind = 2 // the key of a mail and where its body stands
)

// record is what a slot says.
type record struct {
	kind     kind
	sequence uint64 // of two slots of one rep or mail the higher is the newer
	kept     Kept
	mail     sealedMail
}

// sealedMail is where a mail's body stands and what opens it.
type sealedMail struct {
	id     string
	until  time.Time
	length int      // octets of the sealed body
	blocks []uint16 // where it stands, in order
	key    [chacha20poly1305.KeySize]byte
}

// cipherOf returns the cipher of a key. Every key is used once, so the nonce may be the same for all.
func cipherOf(key []byte) cipher.AEAD {
	c, err := chacha20poly1305.New(key)
	if err != nil {
		panic(fmt.Sprintf("blackbox: BUG: %v", err))
	}
	return c
}

func nonce() []byte { return make([]byte, chacha20poly1305.NonceSize) }

func slotContext(index int) []byte {
	return binary.LittleEndian.AppendUint64([]byte("slot"), uint64(index))
}

// sealSlot returns the 512 octets of a slot.
func sealSlot(r record, index int) ([]byte, error) {
	plain := make([]byte, 0, plainSize)
	plain = append(plain, slotMagic...)
	plain = append(plain, slotVersion, byte(r.kind))
	plain = binary.LittleEndian.AppendUint64(plain, r.sequence)
	var err error
	switch r.kind {
	case kindFree:
	case kindLease:
		plain, err = appendKept(plain, r.kept)
	case kindMail:
		plain, err = appendMail(plain, r.mail)
	}
	if err != nil || len(plain) > plainSize {
		return nil, errTooLong
	}
	used := len(plain)
	plain = plain[:plainSize]
	if r.kind == kindFree {
		mustRandom(plain[used:])
	}
	slot := make([]byte, chacha20poly1305.KeySize, slotSize)
	mustRandom(slot)
	sealed := cipherOf(slot).Seal(slot, nonce(), plain, slotContext(index))
	clear(plain)
	return sealed, nil
}

// mustRandom fills the octets; crypto/rand ends the program where there is no chance to be had.
func mustRandom(octets []byte) { _, _ = rand.Read(octets) }

// openSlot reads the 512 octets of a slot; false for one that was torn.
func openSlot(slot []byte, index int) (record, bool) {
	if len(slot) != slotSize {
		return record{}, false
	}
	key, sealed := slot[:chacha20poly1305.KeySize], slot[chacha20poly1305.KeySize:]
	plain, err := cipherOf(key).Open(nil, nonce(), sealed, slotContext(index))
	if err != nil {
		return record{}, false
	}
	defer clear(plain)
	return parseRecord(plain)
}

// parseRecord reads what was sealed.
func parseRecord(plain []byte) (record, bool) {
	rest, ok := cut(plain, len(slotMagic)+2+8)
	if !ok || string(plain[:len(slotMagic)]) != slotMagic || plain[len(slotMagic)] != slotVersion {
		return record{}, false
	}
	r := record{kind: kind(plain[len(slotMagic)+1]), sequence: binary.LittleEndian.Uint64(plain[len(slotMagic)+2:])}
	switch r.kind {
	case kindFree:
	case kindLease:
		r.kept, ok = parseKept(rest)
	case kindMail:
		r.mail, ok = parseMail(rest)
	default:
		ok = false
	}
	return r, ok
}

func cut(octets []byte, n int) ([]byte, bool) {
	if n > len(octets) {
		return nil, false
	}
	return octets[n:], true
}

const (
	flagStatic = 1 << iota
	flagMissed
	flagInCall
)

func appendKept(out []byte, k Kept) ([]byte, error) {
	var flags byte
	if k.Lease.Static {
		flags |= flagStatic
	}
	if k.Lease.Missed {
		flags |= flagMissed
	}
	if k.InCall {
		flags |= flagInCall
	}
	out = append(out, flags)
	out = appendTime(out, k.Lease.From)
	out = appendTime(out, k.Lease.Until)
	return appendWords(out, string(k.Lease.Rep), string(k.Lease.Number), string(k.Chosen))
}

func parseKept(octets []byte) (Kept, bool) {
	if len(octets) < 1+2*timeSize {
		return Kept{}, false
	}
	flags := octets[0]
	from, until := parseTime(octets[1:]), parseTime(octets[1+timeSize:])
	words, _, ok := parseWords(octets[1+2*timeSize:], 3)
	if !ok || flags >= flagInCall<<1 {
		return Kept{}, false
	}
	return Kept{
		Lease: emergency.Lease{Rep: rep.ID(words[0]), Number: number.E164(words[1]), From: from, Until: until,
			Static: flags&flagStatic != 0, Missed: flags&flagMissed != 0},
		Chosen: rep.Presence(words[2]), InCall: flags&flagInCall != 0,
	}, true
}

func appendMail(out []byte, m sealedMail) ([]byte, error) {
	if len(m.blocks) > mostBlocks {
		return nil, errTooLong
	}
	out = append(out, m.key[:]...)
	out = appendTime(out, m.until)
	out = binary.LittleEndian.AppendUint32(out, uint32(m.length))
	out = append(out, byte(len(m.blocks)))
	for _, block := range m.blocks {
		out = binary.LittleEndian.AppendUint16(out, block)
	}
	return appendWords(out, m.id)
}

func parseMail(octets []byte) (sealedMail, bool) {
	var m sealedMail
	const fixed = len(m.key) + timeSize + 4 + 1
	if len(octets) < fixed {
		return m, false
	}
	copy(m.key[:], octets)
	m.until = parseTime(octets[len(m.key):])
	m.length = int(binary.LittleEndian.Uint32(octets[len(m.key)+timeSize:]))
	count := int(octets[fixed-1])
	rest, ok := cut(octets[fixed:], 2*count)
	if !ok || count > mostBlocks || blocksFor(m.length) != count {
		return m, false
	}
	for i := range count {
		m.blocks = append(m.blocks, binary.LittleEndian.Uint16(octets[fixed+2*i:]))
	}
	words, _, ok := parseWords(rest, 1)
	if ok {
		m.id = words[0]
	}
	return m, ok
}

const timeSize = 12

func appendTime(out []byte, at time.Time) []byte {
	out = binary.LittleEndian.AppendUint64(out, uint64(at.Unix()))
	return binary.LittleEndian.AppendUint32(out, uint32(at.Nanosecond()))
}

func parseTime(octets []byte) time.Time {
	nanoseconds := binary.LittleEndian.Uint32(octets[8:])
	return time.Unix(int64(binary.LittleEndian.Uint64(octets)), int64(nanoseconds)).UTC()
}

func appendWords(out []byte, words ...string) ([]byte, error) {
	for _, word := range words {
		if len(word) > longestID {
			return nil, errTooLong
		}
		out = append(append(out, byte(len(word))), word...)
	}
	return out, nil
}

func parseWords(octets []byte, count int) (words []string, rest []byte, ok bool) {
	for range count {
		if len(octets) == 0 || int(octets[0]) > longestID || 1+int(octets[0]) > len(octets) {
			return nil, nil, false
		}
		end := 1 + int(octets[0])
		words, octets = append(words, string(octets[1:end])), octets[end:]
	}
	return words, octets, true
}
