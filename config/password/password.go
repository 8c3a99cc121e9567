// Package password keeps what people sign in with: it makes a hash that can be stored, and says whether a typed password fits it.
//
// It knows neither people nor sessions, and it never stores anything.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is what one hash takes (RFC 9106 §3.1).
type cost struct {
	memoryKiB uint32
	passes    uint32
	lanes     uint8
}

// usual is the least that OWASP recommends for argon2id: 19 MiB, two passes, one lane.
var usual = cost{memoryKiB: 19 * 1024, passes: 2, lanes: 1}

const (
	saltLength = 16
	keyLength  = 32
)

// Hash returns the argon2id hash of a password in PHC form, "$argon2id$v=19$m=19456,t=2,p=1$salt$hash". Each call draws a new salt.
func Hash(plain string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never returns an error since Go 1.24; it ends the program instead
	return phc{usual, salt, usual.key(plain, salt, keyLength)}.String()
}

// Verify reports whether the password fits the hash. A hash that is none, such as that of somebody who does not exist, takes as long
// and fits nothing.
func Verify(hash, plain string) bool {
	stored, ok := parse(hash)
	if !ok {
		usual.key(plain, make([]byte, saltLength), keyLength)
		return false
	}
	return subtle.ConstantTimeCompare(stored.key, stored.cost.key(plain, stored.salt, len(stored.key))) == 1
}

// Valid reports whether the text is a hash that Verify can read, of a cost that a server can bear: 1 GiB and 16 passes at most.
func Valid(hash string) bool {
	_, ok := parse(hash)
	return ok
}

func (c cost) key(plain string, salt []byte, length int) []byte {
	return argon2.IDKey([]byte(plain), salt, c.passes, c.memoryKiB, c.lanes, uint32(length))
}

// phc is a hash taken apart.
type phc struct {
	cost cost
	salt []byte
	key  []byte
}

// String returns the hash in PHC form: unpadded base64, parameters in the order m, t, p.
func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.memoryKiB, h.cost.passes, h.cost.lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

func parse(hash string) (phc, bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, false
	}
	var h phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.memoryKiB, &h.cost.passes, &h.cost.lanes); n != 3 || err != nil {
		return phc{}, false
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	fine := saltErr == nil && keyErr == nil && h.String() == hash &&
		len(h.salt) >= 8 && len(h.salt) <= 64 && len(h.key) >= 16 && len(h.key) <= 64 && h.cost.bearable()
	return h, fine
}

func (c cost) bearable() bool {
	return c.lanes >= 1 && c.passes >= 1 && c.passes <= 16 && c.memoryKiB >= 8*uint32(c.lanes) && c.memoryKiB <= 1<<20
}
