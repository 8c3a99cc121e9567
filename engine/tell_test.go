package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/engine"
)

// TestContactsAreToldWhatTheCallCarried: the rep's, the site's and the organisation's, once each, after the INVITE.
func TestContactsAreToldWhatTheCallCarried(t *testing.T) {
	c := storyCenter()
	c.Organisation.MailSender, c.Organisation.EmergencyContacts = "mayday@acme.example", "security@acme.example; BOSS@acme.example"
	c.Sites[0].EmergencyContacts, c.Sites[0].TimeZone = "desk@acme.example", "America/Chicago"
	c.Reps[0].EmergencyContacts, c.Reps[0].Email = "boss@acme.example", "alice@acme.example"
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	outcome := engine.NewState(engine.NewSnapshot(c), time.Hour).Step(now, engine.Dial{Rep: "alice", Tab: "a1", Typed: "911", Call: "c1"})
	invited := -1
	for i, effect := range outcome.Effects {
		if _, ok := effect.(engine.SendInvite); ok {
			invited = i
		}
		told, ok := effect.(engine.TellContacts)
		if !ok {
			continue
		}
		if invited < 0 {
			t.Error("the contacts are told before the INVITE")
		}
		got := told.Notice
		want := emergency.Notice{
			Call: "c1", At: now, Rep: "Alice Doe", RepEmail: "alice@acme.example", Number: "911", Site: "Headquarters", Zone: "America/Chicago",
			Organisation: "Acme", CallbackNumber: "+12175550101", CallbackUntil: now.Add(time.Hour), Place: got.Place, Outcome: emergency.Placed,
			Recipients: []string{"boss@acme.example", "desk@acme.example", "security@acme.example"},
			Sender:     "mayday@acme.example", OrganisationSender: "mayday@acme.example",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notice (-want +got):\n%s", diff)
		}
		if got.Place.Civic == nil || got.Place.Civic.Street != "Main St" {
			t.Errorf("place %+v, want the site's", got.Place.Civic)
		}
		return
	}
	t.Error("nobody is told")
}
