package trunk_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
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
		{"a route that names it among alternatives", []trunk.VoiceRoute{route("sos", 5, `^112$|^9(11|33)$`, "danish")}, "911", "US",
			[]trunk.ID{"danish", "provider", "carrier"}},
		{"a route for a range", []trunk.VoiceRoute{route("services", 1, `^11\d$`, "danish")}, "112", "DK", []trunk.ID{"provider", "danish", "carrier"}},
		{"a route for the number and whatever comes behind it", []trunk.VoiceRoute{route("long", 1, `^911(\d+)?$`, "danish")}, "911", "US",
			[]trunk.ID{"provider", "carrier", "danish"}},
		{"a pattern that matches nothing", []trunk.VoiceRoute{route("never", 1, `^9$11$`, "danish")}, "911", "US", []trunk.ID{"provider", "carrier", "danish"}},
		{"one of two alternatives is not anchored", []trunk.VoiceRoute{route("half", 1, `^(911|112$)`, "danish")}, "911", "US",
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

// TestNamedIsAllThatThePatternMatches: a pattern that names anything names every string that it matches, and no other, for patterns that are
// put together by chance.
func TestNamedIsAllThatThePatternMatches(t *testing.T) {
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 2))
	var universe []string
	for length, now := 0, []string{""}; length <= 4; length++ {
		universe = append(universe, now...)
		var longer []string
		for _, head := range now {
			for _, digit := range []string{"1", "2", "9"} {
				longer = append(longer, head+digit)
			}
		}
		now = longer
	}
	naming := 0
	for range 20_000 {
		pattern := patternByChance(chance, 3)
		if chance.IntN(4) > 0 {
			pattern = "^" + pattern + "$"
		}
		matches, err := regexp.Compile(pattern)
		if err != nil {
			continue
		}
		named := trunk.Named(pattern)
		if len(named) > 0 {
			naming++
		}
		for _, text := range append(universe, named...) {
			if is := slices.Contains(named, text); len(named) > 0 && is != matches.MatchString(text) {
				t.Fatalf("seed %d: %q names %v; it matches %q: %v", seed, pattern, named, text, !is)
			}
		}
	}
	if naming < 1000 {
		t.Errorf("seed %d: %d patterns of 20000 name something", seed, naming)
	}
}

func patternByChance(chance *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"1", "2", "9", "11", "112", "[12]", `\d`, "^", "$", "", "."}[chance.IntN(11)]
	}
	one, other := patternByChance(chance, depth-1), patternByChance(chance, depth-1)
	return []string{one + other, "(" + one + "|" + other + ")", "(" + one + ")?", "(?:" + one + ")*" + other, one + "|" + other, "(" + one + "){1,2}", one}[chance.IntN(7)]
}

func FuzzNamed(f *testing.F) {
	for _, seed := range []string{`^(911|933)$`, `^911$|^112$`, `^911(\d+)?$`, `^9$11$`, `(?i)^a[12]{2}$`, `.*`, `^(`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		for _, one := range trunk.Named(pattern) {
			if !regexp.MustCompile(pattern).MatchString(one) {
				t.Errorf("%q names %q and does not match it", pattern, one)
			}
		}
	})
}
