package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine/store"
)

func TestTheLastConfirmedPlaceIsKeptAndGoesWithItsRep(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		last := location.Confirmation{Site: "hq", Floor: "4", Room: "412", At: at}
		for _, said := range []location.Confirmation{{Site: "leeds", At: at.Add(-time.Hour)}, last, {At: at.Add(-time.Minute)}} {
			if err := s.KeepPlace(deadline(t), "alice", said); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.KeepPlace(deadline(t), "nobody", last); err != nil {
			t.Fatal(err)
		}
		found, err := s.Places(deadline(t))
		if diff := cmp.Diff(map[rep.ID]location.Confirmation{"alice": last}, found); diff != "" || err != nil {
			t.Errorf("confirmed three times: %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestAnAddressThatTheNetworkToldIsKeptAsItWasConfirmed: and a site that is confirmed later takes its place.
func TestAnAddressThatTheNetworkToldIsKeptAsItWasConfirmed(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		told := location.Confirmation{Network: true, Country: "DK", Civic: location.Civic{Street: "Åboulevarden", HouseNumber: "12", Floor: "3"}, At: at}
		for _, said := range []location.Confirmation{told, {Site: "hq", At: at.Add(time.Hour)}} {
			if err := s.KeepPlace(deadline(t), "alice", said); err != nil {
				t.Fatal(err)
			}
			found, err := s.Places(deadline(t))
			if diff := cmp.Diff(map[rep.ID]location.Confirmation{"alice": said}, found); diff != "" || err != nil {
				t.Errorf("confirmed: %v (-want +got):\n%s", err, diff)
			}
		}
	})
}
