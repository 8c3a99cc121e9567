package trunk_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center/trunk"
)

func TestEveryRuleSaysWhyItCounts(t *testing.T) {
	routes := []trunk.VoiceRoute{
		route("wide", 1, `.*`, "danish"), {ID: "marked", Order: 2, Pattern: `^1`, Emergency: true, Trunks: []trunk.ID{"carrier"}},
		route("sos", 3, `^(112|911)$`, "danish"), route("abroad", 4, `^\+`, "carrier"),
	}
	table := trunk.NewTable(trunks(), routes)
	want := []trunk.Considered{
		{Kind: trunk.ByRoute, Route: "wide", Reason: trunk.TooWide, Trunks: []trunk.ID{"danish"}},
		{Kind: trunk.ByRoute, Route: "marked", Reason: trunk.IsMarked, Trunks: []trunk.ID{"carrier"}},
		{Kind: trunk.ByRoute, Route: "sos", Reason: trunk.NamesNumber, Trunks: []trunk.ID{"danish"}},
		{Kind: trunk.ByRoute, Route: "abroad", Reason: trunk.NoMatch, Trunks: []trunk.ID{"carrier"}},
		{Kind: trunk.ByOffer, Reason: trunk.Always, Trunks: []trunk.ID{"provider"}},
		{Kind: trunk.OfCountry, Reason: trunk.Always, Trunks: []trunk.ID{"danish"}},
		{Kind: trunk.Serving, Reason: trunk.Always, Trunks: []trunk.ID{"carrier", "danish", "provider"}},
		{Kind: trunk.AnyTrunk, Reason: trunk.Always, Trunks: []trunk.ID{"carrier", "danish", "provider"}},
	}
	if diff := cmp.Diff(want, table.ExplainEmergency("112", "DK")); diff != "" {
		t.Errorf("112 in Denmark (-want +got):\n%s", diff)
	}
	ordinary := table.ExplainOrdinary("412")
	if last := ordinary[len(ordinary)-1]; last.Kind != trunk.ByOffer || last.Reason != trunk.NotNeeded {
		t.Errorf("an ordinary number that a route takes: the direct offer is %+v", last)
	}
}

// TestOrderIsThatOfTheRulesThatCount puts orders together from explanations, for tables made by chance.
func TestOrderIsThatOfTheRulesThatCount(t *testing.T) {
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 1))
	patterns := []string{`.*`, `^911$`, `^(112|911)$`, `^\+45`, `^1`, `^9\d\d$`, `112`, `^(`}
	for range 300 {
		var all []trunk.Trunk
		for i := range chance.IntN(5) {
			all = append(all, trunk.Trunk{ID: trunk.ID(fmt.Sprint("t", i)), Country: []string{"", "DK", "US"}[chance.IntN(3)],
				Kind: []trunk.Kind{trunk.DirectOffer, trunk.DirectRouting}[chance.IntN(2)]})
		}
		var routes []trunk.VoiceRoute
		for i := range chance.IntN(5) {
			routes = append(routes, trunk.VoiceRoute{ID: trunk.RouteID(fmt.Sprint("r", i)), Order: chance.IntN(3), Pattern: patterns[chance.IntN(len(patterns))],
				Emergency: chance.IntN(4) == 0, Trunks: []trunk.ID{trunk.ID(fmt.Sprint("t", chance.IntN(6))), "t0"},
				Choose: []trunk.Choice{"", trunk.InOrder, trunk.AtRandom}[chance.IntN(3)]})
		}
		table := trunk.NewTable(all, routes)
		for _, number := range []string{"112", "911", "+4589550100", "412"} {
			for _, country := range []string{"DK", "US", ""} {
				if diff := cmp.Diff(put(table, table.ExplainEmergency(number, country)), table.EmergencyOrder(number, country)); diff != "" {
					t.Fatalf("seed %d, %s in %q (-explained +tried):\n%s", seed, number, country, diff)
				}
			}
			if diff := cmp.Diff(put(table, table.ExplainOrdinary(number)), table.OrdinaryOrder(number)); diff != "" {
				t.Fatalf("seed %d, %s (-explained +tried):\n%s", seed, number, diff)
			}
		}
	}
}

func put(table trunk.Table, rules []trunk.Considered) trunk.Order {
	var order trunk.Order
	for _, rule := range rules {
		begun := len(order)
		for _, id := range rule.Trunks {
			_, exists := table.Trunk(id)
			switch {
			case !exists || !rule.Reason.Counts() || slices.Contains(order.Listed(), id):
			case rule.AtRandom && len(order) > begun:
				order[begun] = append(order[begun], id)
			default:
				order = append(order, []trunk.ID{id})
			}
		}
	}
	return order
}
