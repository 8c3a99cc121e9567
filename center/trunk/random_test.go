package trunk_test

import (
	"fmt"
	"slices"
	"testing"

	"mayday/center/trunk"
)

func TestTrunksOfARandomRouteTakeTurns(t *testing.T) {
	var all []trunk.Trunk
	for _, id := range []trunk.ID{"a", "b", "c"} {
		all = append(all, trunk.Trunk{ID: id, Kind: trunk.DirectRouting})
	}
	routes := []trunk.VoiceRoute{
		{ID: "sos", Pattern: "^911$", Trunks: []trunk.ID{"a", "b", "c"}, Choose: trunk.AtRandom},
		{ID: "abroad", Pattern: `^\+`, Trunks: []trunk.ID{"c", "b", "a"}},
	}
	table := trunk.NewTable(all, routes)
	const calls = 600
	seen := map[string]int{}
	for i := range calls {
		order := table.For(fmt.Sprintf("call-%d", i)).EmergencyOrder("911", "US")
		seen[fmt.Sprint(order)]++
		if again := table.For(fmt.Sprintf("call-%d", i)).EmergencyOrder("911", "US"); !slices.Equal(order, again) {
			t.Fatalf("one call asked twice: %v and %v", order, again)
		}
		if listed := table.For(fmt.Sprintf("call-%d", i)).OrdinaryOrder("+4589"); !slices.Equal(listed, []trunk.ID{"c", "b", "a"}) {
			t.Fatalf("a route in order: %v", listed)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d calls over three trunks: %d orders of 6: %v", calls, len(seen), seen)
	}
	for order, often := range seen {
		if often < calls/6/2 || often > calls/6*2 {
			t.Errorf("order %s: %d of %d calls", order, often, calls)
		}
	}
	if order := table.EmergencyOrder("911", "US"); !slices.Equal(order, []trunk.ID{"a", "b", "c"}) {
		t.Errorf("no call: %v, want the order of the list", order)
	}
}
