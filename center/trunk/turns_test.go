package trunk_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		order := table.EmergencyOrder("911", "US").For(fmt.Sprintf("call-%d", i))
		seen[fmt.Sprint(order)]++
		if again := table.EmergencyOrder("911", "US").For(fmt.Sprintf("call-%d", i)); !slices.Equal(order, again) {
			t.Fatalf("one call asked twice: %v and %v", order, again)
		}
		if listed := table.OrdinaryOrder("+4589").For(fmt.Sprintf("call-%d", i)); !slices.Equal(listed, []trunk.ID{"c", "b", "a"}) {
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
}

func TestWhatIsDrawnForEachCallIsSaidBeforehand(t *testing.T) {
	var all []trunk.Trunk
	for _, id := range []trunk.ID{"a", "b", "c", "d", "e"} {
		all = append(all, trunk.Trunk{ID: id, Kind: trunk.DirectRouting})
	}
	drawn := func(id trunk.RouteID, order int, trunks ...trunk.ID) trunk.VoiceRoute {
		made := route(id, order, "^911$", trunks...)
		made.Choose = trunk.AtRandom
		return made
	}
	for _, row := range []struct {
		circumstance string
		routes       []trunk.VoiceRoute
		sick         []trunk.ID
		want         trunk.Order
	}{
		{"no route", nil, nil, trunk.InTurn([]trunk.ID{"a", "b", "c", "d", "e"})},
		{"a random route", []trunk.VoiceRoute{drawn("r", 1, "c", "b", "a")}, nil, trunk.Order{{"c", "b", "a"}, {"d"}, {"e"}}},
		{"a random route behind one in order", []trunk.VoiceRoute{drawn("r", 2, "a", "b", "c"), route("o", 1, "^911$", "b")}, nil,
			trunk.Order{{"b"}, {"a", "c"}, {"d"}, {"e"}}},
		{"two random routes that share a trunk", []trunk.VoiceRoute{drawn("r", 1, "a", "b"), drawn("s", 2, "b", "c", "d")}, nil,
			trunk.Order{{"a", "b"}, {"c", "d"}, {"e"}}},
		{"a random route of one trunk, and of those that are gone", []trunk.VoiceRoute{drawn("r", 1, "ghost", "e"), drawn("s", 2, "ghost")}, nil,
			trunk.Order{{"e"}, {"a"}, {"b"}, {"c"}, {"d"}}},
		{"one of them is sick", []trunk.VoiceRoute{drawn("r", 1, "a", "b", "c")}, []trunk.ID{"b", "d"}, trunk.Order{{"a", "c"}, {"e"}, {"b"}, {"d"}}},
		{"all of them are sick", []trunk.VoiceRoute{drawn("r", 1, "a", "b")}, []trunk.ID{"a", "b"}, trunk.Order{{"c"}, {"d"}, {"e"}, {"a", "b"}}},
	} {
		ill := func(id trunk.ID) trunk.Health {
			if slices.Contains(row.sick, id) {
				return trunk.Down
			}
			return trunk.Up
		}
		order := trunk.LastTheSick(trunk.NewTable(all, row.routes).EmergencyOrder("911", "US"), ill)
		if diff := cmp.Diff(row.want, order); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.circumstance, diff)
		}
		keptByEveryCall(t, row.circumstance, order)
	}
}

// keptByEveryCall looks whether each call takes the turns one after the other, and whether any trunk of a turn is the first of it for some call.
func keptByEveryCall(t *testing.T, circumstance string, order trunk.Order) {
	t.Helper()
	began := make(map[trunk.ID]bool)
	for i := range 200 {
		call := order.For(fmt.Sprint("call-", i))
		if len(call) != len(order.Listed()) {
			t.Fatalf("%s: a call tries %v of %v", circumstance, call, order)
		}
		for _, turn := range order {
			began[call[0]] = true
			now := call[:len(turn)]
			if call = call[len(turn):]; !slices.Equal(slices.Sorted(slices.Values(now)), slices.Sorted(slices.Values(turn))) {
				t.Fatalf("%s: a call tries %v where it is the turn of %v", circumstance, now, turn)
			}
		}
	}
	for _, id := range order.Listed() {
		if !began[id] {
			t.Errorf("%s: %s is never the first of its turn in %v", circumstance, id, order)
		}
	}
}
