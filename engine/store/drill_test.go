package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/engine"
	"mayday/engine/store"
)

func TestTheLastDrillOfEachTrunkAndSiteIsKept(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		hops := []engine.Hop{{At: at, What: "INVITE sent"}, {At: at.Add(time.Second), What: "refused with 503", Failed: true}}
		evidence := func(trunk string, after time.Duration, passed bool) engine.Evidence {
			way := emergency.DrillWay{Trunk: "carrier", Site: "hq"}
			if trunk == "" {
				way = emergency.DrillWay{}
			}
			return engine.Evidence{Result: emergency.DrillResult{Way: way, At: at.Add(after), Passed: passed}, Hops: hops}
		}
		last, inside := evidence("carrier", time.Hour, false), evidence("", 0, true)
		for _, e := range []engine.Evidence{evidence("carrier", 0, true), last, evidence("carrier", time.Minute, true), inside} {
			if err := s.KeepDrill(deadline(t), e); err != nil {
				t.Fatal(err)
			}
		}
		found, err := s.Drills(deadline(t))
		if diff := cmp.Diff([]engine.Evidence{inside, last}, found); diff != "" || err != nil {
			t.Errorf("one way drilled three times, the built-in service once: %v (-want +got):\n%s", err, diff)
		}
	})
}
