package trunk

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// Order is the order in which calls try trunks, turn by turn. The trunks of one turn are tried in an order that is drawn for each call; a
// turn of one is certain. No turn is empty, and no trunk has two.
type Order [][]ID

// InTurn returns the order in which each trunk of the list has a turn of its own.
func InTurn(list []ID) Order {
	var order Order
	for _, id := range list {
		order = append(order, []ID{id})
	}
	return order
}

// First returns the trunks of which any may be tried first.
func (o Order) First() []ID {
	if len(o) == 0 {
		return nil
	}
	return o[0]
}

// Listed returns every trunk, those of one turn as they are listed.
func (o Order) Listed() []ID { return slices.Concat(o...) }

// For returns the trunks in the order in which one call tries them, whose random name stands for chance: it is always the same for the same
// call.
func (o Order) For(call string) []ID {
	var drawn []ID
	for _, turn := range o {
		drawn = append(drawn, shuffled(turn, call)...)
	}
	return drawn
}

// has reports whether the trunk has a turn.
func (o Order) has(id ID) bool {
	return slices.ContainsFunc(o, func(turn []ID) bool { return slices.Contains(turn, id) })
}

// shuffled orders trunks by the hash of the name and of themselves.
func shuffled(trunks []ID, name string) []ID {
	if len(trunks) < 2 {
		return trunks
	}
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
