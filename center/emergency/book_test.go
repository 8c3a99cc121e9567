package emergency_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
)

// ledger is a book that is kept by searching through everything.
type ledger struct {
	pool   []emergency.PoolNumber
	leases map[rep.ID]emergency.Lease
	used   map[number.E164]time.Time
}

func (l *ledger) choose(ask emergency.Ask) (number.E164, emergency.Grant) {
	if held, ok := l.leases[ask.Rep]; ok {
		return held.Number, emergency.Kept
	}
	shareable := slices.DeleteFunc(slices.Collect(maps.Values(l.leases)), func(lease emergency.Lease) bool { return lease.Static })
	free := slices.DeleteFunc(slices.Clone(l.pool), func(n emergency.PoolNumber) bool {
		return slices.ContainsFunc(shareable, func(lease emergency.Lease) bool { return lease.Number == n.Number })
	})
	if len(free) > 0 {
		return slices.MinFunc(free, func(a, b emergency.PoolNumber) int {
			return cmp.Or(distance(ask, a)-distance(ask, b), l.used[a.Number].Compare(l.used[b.Number]))
		}).Number, emergency.Fresh
	}
	if len(shareable) > 0 {
		return slices.MinFunc(shareable, func(a, b emergency.Lease) int {
			return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Number, b.Number))
		}).Number, emergency.Shared
	}
	if ask.Static != "" {
		return ask.Static, emergency.Static
	}
	return "", emergency.None
}

func distance(ask emergency.Ask, n emergency.PoolNumber) int {
	switch {
	case n.Site == ask.Site && n.Site != "":
		return 0
	case n.Country == ask.Country && n.Country != "":
		return 1
	}
	return 2
}

func (l *ledger) holders(n number.E164) []rep.ID {
	var all []rep.ID
	for id, lease := range l.leases {
		if lease.Number == n {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// TestBookChoosesAsASearchWould: whatever was leased and ended before, and whatever the pool was.
func TestBookChoosesAsASearchWould(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	book, plain := emergency.NewBook(), &ledger{leases: make(map[rep.ID]emergency.Lease), used: make(map[number.E164]time.Time)}
	now := nine
	for turn := range 5000 {
		now = now.Add(time.Duration(random.IntN(3)) * time.Second)
		id := rep.ID(fmt.Sprint("rep", random.IntN(12)))
		switch random.IntN(8) {
		case 0:
			plain.pool = randomPool(random)
			book.SetPool(plain.pool)
		case 1, 2, 3:
			book.End(id, now)
			if lease, ok := plain.leases[id]; ok && !lease.Static {
				plain.used[lease.Number] = now
			}
			delete(plain.leases, id)
		default:
			ask := randomAsk(random, id, now)
			lease, grant := book.Choose(ask)
			if n, want := plain.choose(ask); lease.Number != n || grant != want {
				t.Fatalf("seed %d, turn %d: %q by grant %d, want %q by grant %d", seed, turn, lease.Number, grant, n, want)
			}
			if grant != emergency.None {
				book.Enter(lease)
				plain.leases[id] = lease
			}
			if got, want := book.Holders(lease.Number), plain.holders(lease.Number); !slices.Equal(got, want) {
				t.Fatalf("seed %d, turn %d: %q is held by %v, want %v", seed, turn, lease.Number, got, want)
			}
		}
		if book.Len() != len(plain.leases) {
			t.Fatalf("seed %d, turn %d: %d leases, want %d", seed, turn, book.Len(), len(plain.leases))
		}
	}
}

func randomPool(random *rand.Rand) []emergency.PoolNumber {
	all := []emergency.PoolNumber{
		{Number: "+1", Site: "hq", Country: location.US}, {Number: "+2", Site: "hq", Country: location.US}, {Number: "+3", Site: "branch", Country: location.US},
		{Number: "+4", Site: "leeds", Country: location.GB}, {Number: "+5", Country: location.GB}, {Number: "+6"},
	}
	random.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	return all[:random.IntN(len(all)+1)]
}

func randomAsk(random *rand.Rand, id rep.ID, now time.Time) emergency.Ask {
	pick := func(all ...string) string { return all[random.IntN(len(all))] }
	return emergency.Ask{
		Rep: id, Now: now, Window: time.Duration(1+random.IntN(20)) * time.Second,
		Site: location.SiteID(pick("", "hq", "branch", "leeds")), Country: location.Country(pick("", "US", "GB")), Static: number.E164(pick("", "+1", "+9")),
	}
}
