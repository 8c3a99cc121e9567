package center

import (
	"slices"

	"mayday/center/emergency"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// WithoutSecrets returns the center with no password, password hash, private key and signing secret in it.
func WithoutSecrets(c Center) Center {
	c.Trunks, c.Reps, c.Channels = slices.Clone(c.Trunks), slices.Clone(c.Reps), slices.Clone(c.Channels)
	for i := range c.Trunks {
		c.Trunks[i].Password, c.Trunks[i].TLS.Key = "", ""
	}
	for i := range c.Channels {
		c.Channels[i].Secret = ""
	}
	for i := range c.Reps {
		c.Reps[i].PasswordHash = ""
	}
	return c
}

// ItemWithoutSecrets returns an item of a list of the center with nothing secret in it.
func ItemWithoutSecrets(item any) any {
	var c Center
	switch item := item.(type) {
	case trunk.Trunk:
		c.Trunks = []trunk.Trunk{item}
		return WithoutSecrets(c).Trunks[0]
	case rep.Rep:
		c.Reps = []rep.Rep{item}
		return WithoutSecrets(c).Reps[0]
	case emergency.Channel:
		c.Channels = []emergency.Channel{item}
		return WithoutSecrets(c).Channels[0]
	}
	return item
}

// SecretField reports whether a field of that name is secret, wherever it stands.
func SecretField(name string) bool { return slices.Contains(secretFields(), name) }

// KeepSecrets returns the center in which every rep, trunk and channel that comes without its secret has the one of the current
// center, so that an export without secrets can be changed and applied again. A trunk keeps its password as long as it keeps the
// user name, and its key as long as it keeps the certificate; a channel keeps its secret as long as it keeps the URL.
func KeepSecrets(c, current Center) Center {
	trunks := map[trunk.ID]trunk.Trunk{}
	for _, t := range current.Trunks {
		trunks[t.ID] = t
	}
	reps := map[rep.ID]rep.Rep{}
	for _, r := range current.Reps {
		reps[r.ID] = r
	}
	channels := map[emergency.ChannelID]emergency.Channel{}
	for _, ch := range current.Channels {
		channels[ch.ID] = ch
	}
	c.Trunks, c.Reps, c.Channels = slices.Clone(c.Trunks), slices.Clone(c.Reps), slices.Clone(c.Channels)
	for i, t := range c.Trunks {
		before := trunks[t.ID]
		if t.Password == "" && t.Username != "" && t.Username == before.Username {
			c.Trunks[i].Password = before.Password
		}
		if t.TLS.Key == "" && t.TLS.Certificate != "" && t.TLS.Certificate == before.TLS.Certificate {
			c.Trunks[i].TLS.Key = before.TLS.Key
		}
	}
	for i, ch := range c.Channels {
		if ch.Secret == "" && ch.URL == channels[ch.ID].URL {
			c.Channels[i].Secret = channels[ch.ID].Secret
		}
	}
	for i, r := range c.Reps {
		if r.PasswordHash == "" {
			c.Reps[i].PasswordHash = reps[r.ID].PasswordHash
		}
	}
	return c
}
