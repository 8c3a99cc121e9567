package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// TestReadinessIsWhatTheCallThenDoes: in 200 random centers the predicted and traced number, trunk, caller id, place and recipients are those of the
// call that is then placed.
func TestReadinessIsWhatTheCallThenDoes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for n := range 200 {
		c := randomCenter(random)
		s := engine.NewState(engine.NewSnapshot(c), time.Hour)
		for _, person := range c.Reps {
			unsettle(random, s, c, person.ID, now)
		}
		s.Step(now, engine.ReportMappings{Book: randomBook(random, s, c, now)})
		for _, person := range c.Reps {
			ready := s.Readiness(person.ID, now)
			if again := s.Readiness(person.ID, now); !cmp.Equal(ready, again, cmp.Comparer(func(a, b number.Live) bool { return a == b })) {
				t.Errorf("center %d, %s: asked twice, it is otherwise", n, person.ID)
			}
			var traced engine.Traced
			s.Step(now, engine.Trace{Rep: person.ID, Typed: ready.Number.String(), Into: &traced})
			if got, want := fmt.Sprint(traced.Kind, traced.Sent, traced.CallerID, traced.Order, traced.Place.Lines()), fmt.Sprint(engine.TracedEmergency, ready.Number,
				ready.CallerID, ready.Trunks, ready.Place.Lines()); got != want {
				t.Errorf("center %d, %s: traced %s, foretold was %s", n, person.ID, got, want)
			}
			if len(ready.Trunks) == 0 {
				if !slices.Contains(ready.Causes, engine.NoTrunks) {
					t.Errorf("center %d, %s: no trunk and %v", n, person.ID, ready.Causes)
				}
				continue
			}
			outcome := s.Step(now, engine.Dial{Rep: person.ID, Typed: ready.Number.String(), Call: engine.CallID("call of " + person.ID)})
			for _, effect := range outcome.Effects {
				if e, is := effect.(engine.SendInvite); is {
					to := e.Target.(engine.ToEmergency)
					got := fmt.Sprint(e.Trunk.ID, e.CallerID, to.Number, to.Place.Country, to.Place.Lines(), to.Place.Position, to.Route)
					if want := fmt.Sprint(ready.Trunks[0], ready.CallerID, ready.Number, ready.Place.Country, ready.Place.Lines(), ready.Place.Position, ready.Route); got != want {
						t.Errorf("center %d, %s: the call goes %s, foretold was %s", n, person.ID, got, want)
					}
				}
				if e, is := effect.(engine.TellContacts); is {
					if e.Notice.Sender != ready.Sender || !slices.Equal(e.Notice.Recipients, ready.Told) {
						t.Errorf("center %d, %s: %s tells %v, foretold was %s, %v", n, person.ID, e.Notice.Sender, e.Notice.Recipients, ready.Sender, ready.Told)
					}
				}
			}
			if !slices.ContainsFunc(outcome.Effects, func(e engine.Effect) bool { _, is := e.(engine.SendInvite); return is }) {
				t.Errorf("center %d, %s: foretold by %s, and no INVITE", n, person.ID, ready.Trunks[0])
			}
		}
	}
}

func randomCenter(random *rand.Rand) center.Center {
	countries := append(location.Supported(), "DE", "")
	country := func() location.Country { return countries[random.IntN(len(countries))] }
	maybe := func(what string) string { return []string{"", what}[random.IntN(2)] }
	c := center.Center{Organisation: center.Organisation{Name: "Acme", Country: "US", MailSender: maybe("mayday@acme.example"), EmergencyContacts: maybe("all@acme.example"), HELD: maybe("https://held.example/")}}
	for i := range 3 {
		c.Sites = append(c.Sites, location.Site{ID: location.SiteID(fmt.Sprint("s", i)), Country: country(), Civic: location.Civic{City: maybe("Town")},
			EmergencyContacts: maybe(fmt.Sprintf("s%d@acme.example", i)), StaticNumber: maybe("+12175550199")})
	}
	for i := range random.IntN(4) {
		c.Trunks = append(c.Trunks, trunk.Trunk{ID: trunk.ID(fmt.Sprint("t", i)), Country: string(country()), Kind: []trunk.Kind{trunk.DirectOffer, trunk.DirectRouting}[random.IntN(2)], URI: "sip:127.0.0.1", NG: random.IntN(2) == 0})
	}
	for i := range random.IntN(3) {
		c.VoiceRoutes = append(c.VoiceRoutes, trunk.VoiceRoute{ID: trunk.RouteID(fmt.Sprint("r", i)), Order: i, Pattern: []string{"^911$", ".*", "^(112|999)$"}[random.IntN(3)],
			Emergency: random.IntN(4) == 0, Trunks: []trunk.ID{"t1"}})
	}
	for i := range random.IntN(5) {
		c.Numbers = append(c.Numbers, number.Number{E164: number.E164(fmt.Sprintf("+1217555010%d", i)), Use: number.EmergencyCallback, Site: c.Sites[random.IntN(3)].ID, Kind: number.DirectOffer})
	}
	for i := range 4 {
		person := rep.Rep{ID: rep.ID(fmt.Sprint("p", i)), Site: c.Sites[random.IntN(3)].ID, Email: maybe("p@acme.example"), MailboxEnabled: random.IntN(2) == 0, EmergencyContacts: maybe("boss@acme.example")}
		if random.IntN(2) == 0 {
			person.Home = &location.Home{Country: country(), Civic: location.Civic{City: "Home"}}
		}
		c.Reps = append(c.Reps, person)
	}
	return c
}

// randomBook tells of some of the places of a center which emergency service looks after them.
func randomBook(random *rand.Rand, s *engine.State, c center.Center, now time.Time) *mapping.Book {
	book, questions := mapping.NewBook("https://lost.example/"), make(map[mapping.Question]bool)
	for _, person := range c.Reps {
		if q, known := mapping.Of(s.Readiness(person.ID, now).Place); known && random.IntN(3) > 0 {
			questions[q] = true
		}
	}
	book.Want(questions, now)
	for q := range questions {
		book.Answer(q, mapping.Mapping{
			URIs: []string{fmt.Sprintf("sip:psap%d@esinet.example", random.IntN(9))}, Expires: mapping.Expiry{Until: now.Add(time.Duration(random.IntN(3)-1) * time.Hour)},
		}, now, 0)
	}
	return book
}

// unsettle lets things happen that the call depends on.
func unsettle(random *rand.Rand, s *engine.State, c center.Center, id rep.ID, now time.Time) {
	if random.IntN(2) == 0 {
		s.Step(now, engine.ReportPosition{Rep: id, Position: location.Position{Latitude: 1, RadiusM: 9000},
			Seen: location.Sighting{Country: location.Supported()[random.IntN(5)], Certain: random.IntN(2) == 0}})
	}
	switch random.IntN(3) {
	case 0:
		s.Step(now, engine.ConfirmPlace{Rep: id, Site: c.Sites[random.IntN(3)].ID, Room: "7"})
	case 1:
		s.Step(now, engine.ConfirmPlace{Rep: id, Home: true})
	}
	if random.IntN(2) == 0 {
		s.Step(now, engine.ReportNetwork{Rep: id})
	}
	switch told := toldAt(now, time.Hour); random.IntN(3) {
	case 0:
		told.Country, told.Position = location.Supported()[random.IntN(5)], &location.Position{Latitude: 2}
		s.Step(now, engine.ReportTold{Rep: id, Told: told})
	case 1:
		told.Civic, told.Position = location.Civic{}, &location.Position{Latitude: 3}
		s.Step(now, engine.ReportTold{Rep: id, Told: told, Seen: location.Sighting{Country: location.Supported()[random.IntN(5)], Certain: random.IntN(2) == 0}})
	}
	for _, carrier := range c.Trunks {
		if random.IntN(3) == 0 {
			s.Step(now, engine.ReportTrunk{Trunk: carrier.ID, Health: trunk.Down, Since: now})
		}
	}
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	nothing := engine.NewState(engine.NewSnapshot(center.Center{Reps: []rep.Rep{{ID: "alice"}}}), time.Hour)
	want := []engine.Cause{
		engine.NoProfile, engine.NumberRule, engine.NoPool, engine.NoTrunks, engine.CountryUnserved, engine.NoPlace,
		engine.PlaceUnconfirmed, engine.MailboxOff, engine.NoContacts, engine.NobodyBehind, engine.NoWorkspace, engine.DrillOverdue,
	}
	if diff := cmp.Diff(want, nothing.Readiness("alice", now).Causes); diff != "" {
		t.Errorf("a center with nothing but a rep (-want +got):\n%s", diff)
	}
	c := storyCenter()
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	who := c.Reps[0].ID
	has := func(cause engine.Cause) bool { return slices.Contains(s.Readiness(who, now).Causes, cause) }
	s.Step(now, engine.ReportPosition{Rep: who, Position: location.Position{RadiusM: 6000}, Seen: location.Sighting{Country: "CA"}})
	for _, cause := range []engine.Cause{engine.PositionWide, engine.CountryUncertain, engine.CountriesDisagree, engine.PlaceUnconfirmed} {
		if !has(cause) {
			t.Errorf("a wide position on the other side of a border: no %s", cause)
		}
	}
	s.Step(now, engine.ConfirmPlace{Rep: who, Site: c.Sites[0].ID})
	if has(engine.PlaceUnconfirmed) || has(engine.PlaceOld) {
		t.Error("just confirmed: not confirmed, or too old")
	}
	now = now.Add(25 * time.Hour)
	if !has(engine.PlaceOld) {
		t.Error("confirmed 25 hours ago: not too old")
	}
	s.Step(now, engine.AttachTab{Rep: who, Tab: "t"})
	s.Step(now, engine.ReportMicrophone{Rep: who, Tab: "t"})
	if !has(engine.NoMicrophone) {
		t.Error("one browser, without a microphone: not missed")
	}
	first := s.Readiness(who, now).Trunks[0]
	s.Step(now, engine.ReportTrunk{Trunk: first, Health: trunk.Down, Since: now})
	if !has(engine.FirstTrunkDown) && !has(engine.AllTrunksDown) {
		t.Error("the first trunk does not answer: not said")
	}
}
