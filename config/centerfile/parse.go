// Package centerfile reads and writes center files: a whole contact center as a text that people edit, keep under version control
// and apply.
//
// It says everything that is wrong with a file at once, each with its line. It does not apply anything.
package centerfile

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // a file is right or wrong on every machine alike, whatever zones that machine has

	"mayday/center"
	"mayday/center/rep"
	"mayday/config"
	"mayday/config/password"
)

// document is a center as a file has it: its reps may carry plain passwords.
type document struct {
	center.Center
	Reps []person `json:"reps,omitempty"`
}

// person is a rep as a file has it.
type person struct {
	rep.Rep
	Password string `json:"password,omitempty"` // plain; it becomes PasswordHash
}

// shortestPassword is how many bytes a password must have at least.
const shortestPassword = 6

// Parse reads a center file; file is its name in what is reported. The error is a config.Problems with every mistake, and then the
// center is empty. A plain password becomes an argon2id hash, a new one each time.
func Parse(file string, data []byte) (center.Center, error) {
	return ParseOver(center.Center{}, file, data)
}

// ParseOver reads a center file that is to take the place of the current center. What it leaves unsaid about secrets stays: a rep
// without a password keeps the current one, a trunk that keeps its user name keeps its password, and a plain password that is the
// current one keeps its hash, so that a file applied twice changes nothing the second time.
func ParseOver(current center.Center, file string, data []byte) (center.Center, error) {
	var parsed document
	read := config.Read(file, data, &parsed)
	if read.Unread() {
		return center.Center{}, read.Err()
	}
	c := parsed.Center
	for _, p := range parsed.Reps {
		c.Reps = append(c.Reps, p.Rep)
	}
	// What could not be read is said already; it is not missing as well.
	mistakes := slices.DeleteFunc(center.Check(c), func(m center.Mistake) bool { return read.Wrong(m.Path) })
	for _, mistake := range mistakes {
		read.Problem(mistake.Path, "%s", mistake.Reason)
	}
	checkZones(read, c)
	checkPasswords(read, parsed.Reps)
	if read.Broken() {
		return center.Center{}, read.Err()
	}
	for i, p := range parsed.Reps {
		if p.Password != "" {
			c.Reps[i].PasswordHash = hashed(current, p)
		}
	}
	return center.KeepSecrets(c, current), nil
}

// checkZones looks time zones up, which the center itself cannot.
func checkZones(read *config.Document, c center.Center) {
	for _, m := range zoneMistakes(c) {
		if !read.Wrong(m.Path) {
			read.Problem(m.Path, "%s", m.Reason)
		}
	}
}

func zoneMistakes(c center.Center) []center.Mistake {
	var wrong []center.Mistake
	check := func(path, zone string) {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			wrong = append(wrong, center.Mistake{Path: path, Reason: fmt.Sprintf(`there is no time zone %q: give its IANA name, such as "Europe/Copenhagen"`, zone)})
		}
	}
	check("organisation.time_zone", c.Organisation.TimeZone)
	for i, s := range c.Sites {
		check(fmt.Sprintf("sites[%d].time_zone", i), s.TimeZone)
	}
	return wrong
}

// checkPasswords never repeats a password in what it says.
func checkPasswords(read *config.Document, people []person) {
	for i, p := range people {
		if p.Password != "" && p.PasswordHash != "" {
			read.Problem(fmt.Sprintf("reps[%d].password", i), "stands beside password_hash: give one of the two")
			continue
		}
		checkPassword(read, fmt.Sprintf("reps[%d].", i), p)
	}
}

func checkPassword(read *config.Document, at string, p person) {
	switch {
	case p.Password != "" && len(p.Password) < shortestPassword:
		read.Problem(at+"password", "is too short: %d characters at least", shortestPassword)
	case p.PasswordHash != "" && !password.Valid(p.PasswordHash) && !read.Wrong(at+"password_hash"):
		read.Problem(at+"password_hash", `is no argon2id hash; write "password" with the plain password instead`)
	}
}

func hashed(current center.Center, p person) string {
	for _, r := range current.Reps {
		if r.ID == p.ID && r.PasswordHash != "" && password.Verify(r.PasswordHash, p.Password) {
			return r.PasswordHash
		}
	}
	return password.Hash(p.Password)
}
