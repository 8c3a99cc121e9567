package engine_test

import (
	"errors"
	"testing"
	"time"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine"
)

// invited returns what the first INVITE of an emergency call asks for.
func invited(t *testing.T, s *engine.State, now time.Time, who rep.ID, typed string) (engine.SendInvite, engine.ToEmergency) {
	t.Helper()
	for _, effect := range s.Step(now, engine.Dial{Rep: who, Typed: typed, Call: engine.CallID("call of " + string(who))}).Effects {
		if invite, ok := effect.(engine.SendInvite); ok {
			if to, ok := invite.Target.(engine.ToEmergency); ok {
				return invite, to
			}
		}
	}
	t.Fatalf("%s dials %s: no INVITE to an emergency service", who, typed)
	return engine.SendInvite{}, engine.ToEmergency{}
}

func TestAConfirmedPlaceIsWhereTheCallSaysTheRepIs(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := storyCenter()
	var abroad location.Site
	for _, site := range c.Sites {
		if site.Country == location.DK {
			abroad = site
		}
	}
	c.Reps[0].Home = &location.Home{Country: location.GB, Civic: location.Civic{City: "Leeds"}}
	who := c.Reps[0].ID
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	if view := s.View(who, "", now).Confirmed; !view.Ask || view.Given {
		t.Errorf("nobody has said anything: %+v", view)
	}
	said := s.Step(now, engine.ConfirmPlace{Rep: who, Site: abroad.ID, Floor: "2", Room: " 21 "})
	if said.Err != nil {
		t.Fatal(said.Err)
	}
	if view := s.View(who, "", now).Confirmed; view.Ask || !view.Given || view.Room != "21" || view.Site != abroad.ID {
		t.Errorf("confirmed: %+v", view)
	}
	if !s.View(who, "", now.Add(25*time.Hour)).Confirmed.Ask {
		t.Error("25 hours later: not asked again")
	}
	s.Step(now, engine.ReportNetwork{Rep: who})
	if !s.View(who, "", now).Confirmed.Ask {
		t.Error("after the network has changed: not asked again")
	}
	again := engine.NewState(engine.NewSnapshot(c), time.Hour)
	for _, effect := range said.Effects {
		if kept, ok := effect.(engine.KeepPlace); ok {
			again.Step(now, engine.RestorePlaces{Found: map[rep.ID]location.Confirmation{kept.Rep: kept.Place}})
		}
	}
	for name, state := range map[string]*engine.State{"confirmed": s, "after a restart": again} {
		_, to := invited(t, state, now, who, "911")
		if to.Number.String() != "112" || to.Place.Country != location.DK || to.Place.Civic.Floor != "2" || to.Place.Civic.Room != "21" {
			t.Errorf("%s in Denmark: %s is called, from %v", name, to.Number, to.Place.Lines())
		}
	}
	home := engine.NewState(engine.NewSnapshot(c), time.Hour)
	home.Step(now, engine.ConfirmPlace{Rep: who, Home: true})
	if _, to := invited(t, home, now, who, "112"); to.Number.String() != "999" && to.Number.String() != "112" || to.Place.Country != location.GB || to.Place.Civic.City != "Leeds" || to.Place.Position != nil {
		t.Errorf("at home in Leeds: %s is called, from %v", to.Number, to.Place.Lines())
	}
}

func TestAPlaceThatIsNotThereIsRefused(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := engine.NewState(engine.NewSnapshot(storyCenter()), time.Hour)
	who := storyCenter().Reps[0].ID
	for _, c := range []struct {
		said engine.ConfirmPlace
		want error
	}{
		{engine.ConfirmPlace{Rep: who, Site: "moon"}, engine.NoSuchSite},
		{engine.ConfirmPlace{Rep: who}, engine.NoSuchSite},
		{engine.ConfirmPlace{Rep: who, Home: true}, engine.NoHome},
		{engine.ConfirmPlace{Rep: who, Site: storyCenter().Sites[0].ID, Room: string(make([]byte, 41))}, engine.NotAFloorOrRoom},
	} {
		if err := s.Step(now, c.said).Err; !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.said, err, c.want)
		}
	}
}
