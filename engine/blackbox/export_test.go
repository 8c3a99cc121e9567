package blackbox

// What the tests of this folder may see beyond what it exports: the codecs, and a disk of their own.

type (
	Disk = disk
	File = file
)

const (
	SlotSize     = slotSize
	OpenPatience = openPatience
	SlowAfter    = slowAfter
	RetryEvery   = retryEvery
	SyncEvery    = syncEvery
)

var (
	Encode = encode
	Decode = decode
)

// OpenOn opens a box on a disk of a test's own, without a tray.
func OpenOn(d Disk, config Config) (*Box, error) { return openOn(d, "", config) }

// OpenOnWithTray opens one with the tray of a folder.
func OpenOnWithTray(d Disk, dir string, config Config) (*Box, error) { return openOn(d, dir, config) }

// DiskOf is the disk of a folder.
func DiskOf(dir string) Disk { return folder(dir) }

// TrayFile is where the tray of a folder is.
func TrayFile(dir string) string {
	name, err := trayName(dir)
	if err != nil {
		panic(err)
	}
	return memoryFolder + "/" + name
}

// SealLease returns a slot that holds the lease.
func SealLease(k Kept, sequence uint64, index int) []byte {
	slot, err := sealSlot(record{kind: kindLease, sequence: sequence, kept: k}, index)
	if err != nil {
		panic(err)
	}
	return slot
}

// OpenLease returns the lease of a slot.
func OpenLease(slot []byte, index int) (Kept, bool) {
	r, ok := openSlot(slot, index)
	return r.kept, ok && r.kind == kindLease
}

// ParseRecord reads what was sealed in a slot and writes it again if it says something.
func ParseRecord(plain []byte) (again []byte, ok bool) {
	r, ok := parseRecord(plain)
	if !ok || r.kind == kindFree {
		return nil, false
	}
	again, err := sealSlot(r, 1)
	if err != nil {
		return nil, true
	}
	second, reads := openSlot(again, 1)
	if !reads || second.kind != r.kind || second.sequence != r.sequence {
		return nil, true
	}
	return again, true
}

// LeaseRecord returns what is sealed in a slot that holds the lease.
func LeaseRecord(k Kept) []byte {
	plain := append([]byte(slotMagic), slotVersion, byte(kindLease))
	plain = append(plain, make([]byte, 8)...)
	plain, _ = appendKept(plain, k)
	return plain
}

// MailRecord returns what is sealed in the slot of a mail whose body is that long.
func MailRecord(id string, length int) []byte {
	plain := append([]byte(slotMagic), slotVersion, byte(kindMail))
	plain = append(plain, make([]byte, 8)...)
	m := sealedMail{id: id, length: length, blocks: make([]uint16, blocksFor(length))}
	plain, _ = appendMail(plain, m)
	return plain
}

// OpenSnapshot reads a snapshot file.
func OpenSnapshot(content []byte) error {
	_, err := openSnapshot(content)
	return err
}

// Speaks reports whether a slot holds a lease or a mail.
func Speaks(slot []byte, index int) bool {
	r, ok := openSlot(slot, index)
	return ok && r.kind != kindFree
}
