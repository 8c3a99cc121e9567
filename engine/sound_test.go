package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// soundCenter has one rep, for whose emergency call nothing is missing.
func soundCenter() center.Center {
	return center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: location.US, EmergencyContacts: "security@acme.example"},
		Sites:        []location.Site{{ID: "hq", Name: "Headquarters", Country: location.US, Civic: location.Civic{City: "Springfield"}}},
		Trunks:       []trunk.Trunk{{ID: "provider", Kind: trunk.DirectOffer, URI: "sip:127.0.0.1:5080", TestNumber: "933"}},
		Numbers: []number.Number{
			{E164: "+12175550101", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"},
			{E164: "+12175550100", Kind: number.DirectOffer, Use: number.Shared},
		},
		CapacityProfiles: []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1}},
		OutboundProfiles: []rep.OutboundProfile{{ID: "out", Name: "Out", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice"}}},
		Reps: []rep.Rep{{
			ID: "alice", Name: "Alice Doe", Email: "alice@acme.example", MailboxEnabled: true, Site: "hq", Mobile: "+12175550188", CapacityProfiles: []rep.ProfileID{"voice"},
		}},
	}
}

// TestNothingIsMissingButWhatIs: nothing is missing for a rep of whom all is known; one change brings its own cause and no other.
func TestNothingIsMissingButWhatIs(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		circumstance string
		change       func(*center.Center)
		want         []engine.Cause
	}{
		{"all is there", func(*center.Center) {}, nil},
		{"no profile lends a number", func(c *center.Center) { c.OutboundProfiles = nil }, []engine.Cause{engine.NoProfile}},
		{"the mailbox is not enabled", func(c *center.Center) { c.Reps[0].MailboxEnabled = false }, []engine.Cause{engine.MailboxOff}},
		{"nobody is told", func(c *center.Center) { c.Organisation.EmergencyContacts = "" }, []engine.Cause{engine.NoContacts}},
		{"the rep's own contacts are told", func(c *center.Center) {
			c.Organisation.EmergencyContacts, c.Reps[0].EmergencyContacts = "", "boss@acme.example"
		}, nil},
		{"neither a mobile nor a desk", func(c *center.Center) { c.Reps[0].Mobile = "" }, []engine.Cause{engine.NobodyBehind}},
		{"a desk and no mobile", func(c *center.Center) { c.Reps[0].Mobile, c.Sites[0].EmergencyDesk = "", "+12175550199" }, nil},
		{"no number is for call backs", func(c *center.Center) { c.Numbers = c.Numbers[1:] }, []engine.Cause{engine.NoPool}},
		{"two people and a number", func(c *center.Center) { c.Reps = append(c.Reps, rep.Rep{ID: "bob", Site: "hq"}) }, []engine.Cause{engine.PoolSmall}},
		{"two people, a number of the site and one of none", func(c *center.Center) {
			c.Reps = append(c.Reps, rep.Rep{ID: "bob", Site: "hq"})
			c.Numbers = append(c.Numbers, number.Number{E164: "+12175550103", Kind: number.DirectOffer, Use: number.EmergencyCallback})
		}, nil},
		{"direct-routing numbers alone", func(c *center.Center) {
			c.Numbers[0].Kind, c.Numbers[1].Kind = number.DirectRouting, number.DirectRouting
		},
			[]engine.Cause{engine.NumberRule}},
		{"these, and a route that names the number", func(c *center.Center) {
			c.Numbers[0].Kind, c.Numbers[1].Kind = number.DirectRouting, number.DirectRouting
			c.VoiceRoutes = []trunk.VoiceRoute{{ID: "sos", Pattern: "^911$", Trunks: []trunk.ID{"provider"}}}
		}, nil},
		{"the site has no address and no position", func(c *center.Center) { c.Sites[0].Civic = location.Civic{} }, nil}, // the browser's position is there
	} {
		c := soundCenter()
		row.change(&c)
		s := engine.NewState(engine.NewSnapshot(c), time.Hour)
		for _, command := range []engine.Command{
			engine.AttachTab{Rep: "alice", Tab: "t"}, engine.ReportSound{Rep: "alice", Tab: "t", Connected: true, Heard: true},
			engine.ReportMicrophone{Rep: "alice", Tab: "t", Works: true}, engine.ConfirmPlace{Rep: "alice", Site: "hq"},
			engine.ReportPosition{Rep: "alice", Position: location.Position{Latitude: 39.8, At: now}, Seen: location.Sighting{Country: location.US, Certain: true}},
			engine.RestoreDrills{Found: []emergency.DrillResult{{Way: emergency.DrillWay{Trunk: "provider", Site: "hq"}, At: now.Add(-time.Hour), Passed: true}}},
		} {
			s.Step(now, command)
		}
		got := s.Readiness("alice", now)
		if diff := cmp.Diff(row.want, got.Causes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.circumstance, diff)
		}
		if green := len(row.want) == 0; green != (got.Colour() == engine.Green) || slices.ContainsFunc(row.want, engine.Cause.Red) != (got.Colour() == engine.Red) {
			t.Errorf("%s: %s", row.circumstance, got.Colour())
		}
	}
}
