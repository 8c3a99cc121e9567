package center

import (
	"slices"

	"mayday/center/rep"
	"mayday/center/trunk"
)

// WithoutSecrets returns the center with no password and no password hash in it.
func WithoutSecrets(c Center) Center {
	c.Trunks, c.Reps = slices.Clone(c.Trunks), slices.Clone(c.Reps)
	for i := range c.Trunks {
		c.Trunks[i].Password = ""
	}
	for i := range c.Reps {
		c.Reps[i].PasswordHash = ""
	}
	return c
}

// KeepSecrets returns the center in which every rep and every trunk that comes without its secret has the one of the current
// center, so that an export without secrets can be changed and applied again. A trunk keeps its password as long as it keeps the
// user name.
func KeepSecrets(c, current Center) Center {
	trunks := map[trunk.ID]trunk.Trunk{}
	for _, t := range current.Trunks {
		trunks[t.ID] = t
	}
	reps := map[rep.ID]rep.Rep{}
	for _, r := range current.Reps {
		reps[r.ID] = r
	}
	c.Trunks, c.Reps = slices.Clone(c.Trunks), slices.Clone(c.Reps)
	for i, t := range c.Trunks {
		if t.Password == "" && t.Username != "" && t.Username == trunks[t.ID].Username {
			c.Trunks[i].Password = trunks[t.ID].Password
		}
	}
	for i, r := range c.Reps {
		if r.PasswordHash == "" {
			c.Reps[i].PasswordHash = reps[r.ID].PasswordHash
		}
	}
	return c
}
