package trunk

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// For returns the table as it is for one call, whose random name stands for chance: the trunks of a route that are tried at random are
// put into another order for each call, and always into the same for the same one. Without a name they stand as they are listed.
func (t Table) For(call string) Table {
	drawn := func(r route) bool { return r.Choose == AtRandom && len(r.Trunks) > 1 }
	if call == "" || !slices.ContainsFunc(t.routes, drawn) {
		return t
	}
	t.routes = slices.Clone(t.routes)
	for i := range t.routes {
		if drawn(t.routes[i]) {
			t.routes[i].Trunks = shuffled(t.routes[i].Trunks, call+"/"+string(t.routes[i].ID))
		}
	}
	return t
}

// shuffled orders trunks by the hash of the name and of themselves.
func shuffled(trunks []ID, name string) []ID {
	lot := func(id ID) uint64 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(name + "/" + string(id))) // a hash takes everything
		drawn := h.Sum64()
		// The last octets alone hardly move the high bits, by which lots are compared.
		drawn ^= drawn >> 33
		drawn *= 0xff51afd7ed558ccd
		return drawn ^ drawn>>33
	}
	trunks = slices.Clone(trunks)
	slices.SortFunc(trunks, func(a, b ID) int { return cmp.Compare(lot(a), lot(b)) })
	return trunks
}
