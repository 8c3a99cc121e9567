package trunk_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center/trunk"
)

func trunks() []trunk.Trunk {
	return []trunk.Trunk{
		{ID: "carrier", Kind: trunk.DirectRouting},
		{ID: "danish", Kind: trunk.DirectRouting, Country: "DK"},
		{ID: "provider", Kind: trunk.DirectOffer},
	}
}

func route(id trunk.RouteID, order int, pattern string, to ...trunk.ID) trunk.VoiceRoute {
	return trunk.VoiceRoute{ID: id, Order: order, Pattern: pattern, Trunks: to}
}

func TestEmergencyCallTriesTrunksInOrder(t *testing.T) {
	table := []struct {
		circumstance string
		routes       []trunk.VoiceRoute
		sent         string
		country      string
		want         []trunk.ID
	}{
		{"no route", nil, "911", "US", []trunk.ID{"provider", "carrier", "danish"}},
		{"no route, Denmark", nil, "112", "DK", []trunk.ID{"provider", "danish", "carrier"}},
		{"a route that names the number", []trunk.VoiceRoute{route("sos", 5, `^(911|933)$`, "carrier")}, "911", "US",
			[]trunk.ID{"carrier", "provider", "danish"}},
		{"a route that names it with a class", []trunk.VoiceRoute{route("sos", 5, `^11[2]$`, "danish")}, "112", "DK",
			[]trunk.ID{"danish", "provider", "carrier"}},
		{"a route that names another number", []trunk.VoiceRoute{route("sos", 5, `^999$`, "carrier")}, "911", "US",
			[]trunk.ID{"provider", "carrier", "danish"}},
		{"a catch-all", []trunk.VoiceRoute{route("all", 1, `.*`, "danish")}, "911", "US", []trunk.ID{"provider", "carrier", "danish"}},
		{"a wide pattern that matches", []trunk.VoiceRoute{route("short", 1, `^\d{3}$`, "danish")}, "911", "US",
			[]trunk.ID{"provider", "carrier", "danish"}},
		{"a pattern that is not anchored", []trunk.VoiceRoute{route("loose", 1, `911`, "danish")}, "911", "US",
			[]trunk.ID{"provider", "carrier", "danish"}},
		{"a catch-all that is marked emergency", []trunk.VoiceRoute{{ID: "all", Pattern: `.*`, Emergency: true, Trunks: []trunk.ID{"danish"}}},
			"911", "US", []trunk.ID{"danish", "provider", "carrier"}},
		{"two routes, the lower order first", []trunk.VoiceRoute{route("b", 20, `^911$`, "danish"), route("a", 10, `^911$`, "carrier")}, "911", "US",
			[]trunk.ID{"carrier", "danish", "provider"}},
		{"a route to a trunk that does not exist", []trunk.VoiceRoute{route("sos", 5, `^911$`, "ghost", "carrier")}, "911", "US",
			[]trunk.ID{"carrier", "provider", "danish"}},
		{"a pattern that does not compile", []trunk.VoiceRoute{route("bad", 5, `^(911$`, "danish")}, "911", "US",
			[]trunk.ID{"provider", "carrier", "danish"}},
	}
	for _, row := range table {
		got := trunk.NewTable(trunks(), row.routes).EmergencyOrder(row.sent, row.country).Listed()
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: trunks (-want +got):\n%s", row.circumstance, diff)
		}
	}
}

func TestOrdinaryCallTakesTheRoutesThatMatch(t *testing.T) {
	routes := []trunk.VoiceRoute{route("abroad", 20, `^\+`, "carrier"), route("danish", 10, `^\+45`, "danish")}
	table := trunk.NewTable(trunks(), routes)
	for dialled, want := range map[string][]trunk.ID{
		"+4589550100":  {"danish", "carrier"},
		"+12175550123": {"carrier"},
		"412":          {"provider"},
	} {
		if diff := cmp.Diff(want, table.OrdinaryOrder(dialled).Listed()); diff != "" {
			t.Errorf("%s dialled: trunks (-want +got):\n%s", dialled, diff)
		}
	}
}

func TestLocationIsConveyedByTheKindOfTrunk(t *testing.T) {
	for _, row := range []struct {
		carrier trunk.Trunk
		want    trunk.Conveyance
	}{
		{trunk.Trunk{Kind: trunk.DirectOffer}, trunk.ByValue},
		{trunk.Trunk{Kind: trunk.DirectRouting}, trunk.NoPlace},
		{trunk.Trunk{Kind: trunk.DirectRouting, Location: trunk.ByValue}, trunk.ByValue},
		{trunk.Trunk{Kind: trunk.DirectOffer, Location: trunk.NoPlace}, trunk.NoPlace},
	} {
		if got := row.carrier.Conveys(); got != row.want {
			t.Errorf("%s, %q: conveys %s, want %s", row.carrier.Kind, row.carrier.Location, got, row.want)
		}
	}
}
