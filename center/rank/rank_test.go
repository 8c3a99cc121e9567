package rank_test

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	godiff "github.com/google/go-cmp/cmp"

	"mayday/center/rank"
)

// TestFirstIsWhoeverRanksLeast: after each of many random changes the list says what a search through all would.
func TestFirstIsWhoeverRanksLeast(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	list, all := rank.NewList[int](cmp.Compare[int]), make(map[int]int)
	for turn := range 5000 {
		member, at := random.IntN(60), random.IntN(100)
		if random.IntN(3) == 0 {
			list.Drop(member)
			delete(all, member)
		} else {
			list.Set(member, at)
			all[member] = at
		}
		compare(t, seed, turn, list, all, random.IntN(100))
		if t.Failed() {
			return
		}
	}
}

func compare(t *testing.T, seed uint64, turn int, list *rank.List[int, int], all map[int]int, limit int) {
	t.Helper()
	if list.Len() != len(all) {
		t.Errorf("seed %d, turn %d: %d members, want %d", seed, turn, list.Len(), len(all))
	}
	member, least, ok := list.First()
	if ok != (len(all) > 0) || ok && (all[member] != least || least != slices.Min(slices.Collect(maps.Values(all)))) {
		t.Errorf("seed %d, turn %d: first is %d with rank %d of %v", seed, turn, member, least, all)
	}
	var want []int
	for member, at := range all {
		if at <= limit {
			want = append(want, member)
		}
	}
	slices.Sort(want)
	if diff := godiff.Diff(want, slices.Sorted(slices.Values(list.UpTo(limit)))); diff != "" && len(want) > 0 {
		t.Errorf("seed %d, turn %d: members up to %d (-want +got):\n%s", seed, turn, limit, diff)
	}
}
