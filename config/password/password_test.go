package password_test

import (
	"strings"
	"testing"

	"mayday/config/password"
)

func TestOnlyTheRightPasswordFits(t *testing.T) {
	hash := password.Hash("correct horse")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || !password.Valid(hash) {
		t.Errorf("new hash: %s", hash)
	}
	for typed, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false, "correct horse ": false} {
		if got := password.Verify(hash, typed); got != want {
			t.Errorf("typed %q: fits is %v, want %v", typed, got, want)
		}
	}
	if password.Hash("correct horse") == hash {
		t.Error("same password again: the hash is the same, so the salt is too")
	}
}

// The hash was made by the reference implementation's command line: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 4 -e.
func TestHashesOfOtherCostsAreRead(t *testing.T) {
	const other = "$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo"
	if !password.Valid(other) || !password.Verify(other, "password") || password.Verify(other, "passwort") {
		t.Errorf("hash of 64 MiB and four lanes: not read")
	}
}

func TestWhatIsNoHashFitsNothing(t *testing.T) {
	good := password.Hash("x")
	for _, hash := range []string{
		"", "x", "$2a$10$abc", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=19456", "m=99999999", 1), strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "p=1", "p=257", 1), strings.Replace(good, "m=19456", "m=019456", 1), good + "$", good + "=", good[:len(good)-30],
		strings.Replace(good, "p=1", "p=1,x=2", 1),
	} {
		if password.Valid(hash) || password.Verify(hash, "x") {
			t.Errorf("%q: taken for a hash", hash)
		}
	}
}

func FuzzValid(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if password.Valid(hash) && !strings.HasPrefix(hash, "$argon2id$v=19$m=") {
			t.Errorf("%q: taken for a hash", hash)
		}
	})
}
