package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

// TestReadinessIsWhatTheCallThenDoes: in 200 random centers the predicted and traced number, trunks, caller id, place and recipients are
// those of the call that is then placed, and tried until every trunk has failed.
func TestReadinessIsWhatTheCallThenDoes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	drawn := 0 // calls that went otherwise than the trunks are listed
	for n := range 200 {
		c := randomCenter(random)
		s := engine.NewState(engine.NewSnapshot(c), time.Hour)
		for _, person := range c.Reps {
			unsettle(random, s, c, person.ID, now)
		}
		s.Step(now, engine.ReportMappings{Book: randomBook(random, s, c, now)})
		for _, person := range c.Reps {
			circumstance := fmt.Sprintf("center %d, %s", n, person.ID)
			ready := s.Readiness(person.ID, now)
			if again := s.Readiness(person.ID, now); !cmp.Equal(ready, again, cmp.Comparer(func(a, b number.Live) bool { return a == b })) {
				t.Errorf("%s: asked twice, it is otherwise", circumstance)
			}
			var traced engine.Traced
			s.Step(now, engine.Trace{Rep: person.ID, Typed: ready.Number.String(), Into: &traced})
			if got, want := fmt.Sprint(traced.Kind, traced.Sent, traced.CallerID, traced.Order, traced.Place.Lines()), fmt.Sprint(engine.TracedEmergency, ready.Number,
				ready.CallerID, ready.Order, ready.Place.Lines()); got != want {
				t.Errorf("%s: traced %s, foretold was %s", circumstance, got, want)
			}
			if none := len(ready.Order) == 0; none != slices.Contains(ready.Causes, engine.NoTrunks) {
				t.Errorf("%s: by %v, and %v", circumstance, ready.Order, ready.Causes)
			}
			invites, told := wholeCall(s, person.ID, ready.Number.String(), engine.CallID(fmt.Sprint("call of ", n, person.ID)), now)
			for _, notice := range told {
				if notice.Sender != ready.Sender || !slices.Equal(notice.Recipients, ready.Told) {
					t.Errorf("%s: %s tells %v, foretold was %s, %v", circumstance, notice.Sender, notice.Recipients, ready.Sender, ready.Told)
				}
			}
			if by := foretold(t, circumstance, ready, invites); !slices.Equal(by, ready.Order.Listed()) {
				drawn++
			}
		}
	}
	if drawn == 0 {
		t.Error("every call of 200 centers goes as the trunks are listed: none of them was tried at random")
	}
}

// wholeCall dials, lets every trunk fail once, and returns the INVITEs and the notices of it.
func wholeCall(s *engine.State, id rep.ID, typed string, call engine.CallID, now time.Time) (invites []engine.SendInvite, told []emergency.Notice) {
	outcome := s.Step(now, engine.Dial{Rep: id, Typed: typed, Call: call})
	for {
		var sent *engine.SendInvite
		for _, effect := range outcome.Effects {
			if e, is := effect.(engine.SendInvite); is {
				sent = &e
			}
			if e, is := effect.(engine.TellContacts); is {
				told = append(told, e.Notice)
			}
		}
		if sent == nil {
			return invites, told
		}
		invites = append(invites, *sent)
		outcome = s.Step(now, engine.LegFailed{Leg: sent.Leg})
	}
}

// foretold looks whether a call went as readiness has said, and returns the trunks that it has tried.
func foretold(t *testing.T, circumstance string, ready engine.Readiness, invites []engine.SendInvite) []trunk.ID {
	t.Helper()
	var tried []trunk.ID
	for i, invite := range invites {
		to := invite.Target.(engine.ToEmergency)
		got := fmt.Sprint(invite.CallerID, to.Number, to.Place.Country, to.Place.Lines(), to.Place.Position)
		if want := fmt.Sprint(ready.CallerID, ready.Number, ready.Place.Country, ready.Place.Lines(), ready.Place.Position); got != want {
			t.Errorf("%s: the call goes %s, foretold was %s", circumstance, got, want)
		}
		if named := invite.Trunk.NG && i == 0; named && to.Route != ready.Route || !invite.Trunk.NG && to.Route != "" {
			t.Errorf("%s: trunk %s is told the service %q, foretold was %q", circumstance, invite.Trunk.ID, to.Route, ready.Route)
		}
		tried = append(tried, invite.Trunk.ID)
	}
	rest := tried
	for _, turn := range ready.Order {
		now := rest[:min(len(turn), len(rest))]
		if rest = rest[len(now):]; !slices.Equal(slices.Sorted(slices.Values(now)), slices.Sorted(slices.Values(turn))) {
			t.Errorf("%s: the call tries %v, foretold was %v", circumstance, tried, ready.Order)
		}
	}
	if len(rest) > 0 {
		t.Errorf("%s: the call tries %v besides what was foretold", circumstance, rest)
	}
	return tried
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
	for i := range random.IntN(6) {
		c.Trunks = append(c.Trunks, trunk.Trunk{ID: trunk.ID(fmt.Sprint("t", i)), Country: string(country()), Kind: []trunk.Kind{trunk.DirectOffer, trunk.DirectRouting}[random.IntN(2)], URI: "sip:127.0.0.1", NG: random.IntN(2) == 0})
	}
	for i := range random.IntN(3) {
		c.VoiceRoutes = append(c.VoiceRoutes, trunk.VoiceRoute{ID: trunk.RouteID(fmt.Sprint("r", i)), Order: i, Pattern: []string{"^911$", ".*", "^(112|999)$"}[random.IntN(3)],
			Emergency: random.IntN(4) == 0, Trunks: someOf(random, c.Trunks), Choose: []trunk.Choice{"", trunk.InOrder, trunk.AtRandom}[random.IntN(3)]})
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

// someOf returns some of the trunks in any order.
func someOf(random *rand.Rand, all []trunk.Trunk) []trunk.ID {
	var some []trunk.ID
	for _, i := range random.Perm(len(all)) {
		if random.IntN(3) > 0 {
			some = append(some, all[i].ID)
		}
	}
	return some
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
	first := s.Readiness(who, now).Order.First()[0]
	s.Step(now, engine.ReportTrunk{Trunk: first, Health: trunk.Down, Since: now})
	if !has(engine.FirstTrunkDown) && !has(engine.AllTrunksDown) {
		t.Error("the first trunk does not answer: not said")
	}
}

// TestAnyTrunkOfARandomRouteMayBeTheFirst: what is wrong with one of them is said, wherever it stands in the list.
func TestAnyTrunkOfARandomRouteMayBeTheFirst(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := center.Center{
		Organisation: center.Organisation{Country: "US", LoST: "https://lost.example/"}, Reps: []rep.Rep{{ID: "alice"}},
		Trunks: []trunk.Trunk{
			{ID: "a", URI: "sip:127.0.0.1", TestNumber: "933"}, {ID: "b", URI: "sip:127.0.0.1", TestNumber: "933"},
			{ID: "ng", URI: "sip:127.0.0.1", NG: true}, {ID: "rest", URI: "sip:127.0.0.1", TestNumber: "933"},
		},
		VoiceRoutes: []trunk.VoiceRoute{{ID: "r", Pattern: "^911$", Choose: trunk.AtRandom, Trunks: []trunk.ID{"a", "b", "ng"}}},
	}
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	ready := func() engine.Readiness { return s.Readiness("alice", now) }
	if diff := cmp.Diff(trunk.Order{{"a", "b", "ng"}, {"rest"}}, ready().Order); diff != "" {
		t.Errorf("all are well (-want +got):\n%s", diff)
	}
	if !ready().Mapped.Asked {
		t.Error("the third of them is told of the emergency service: nothing is said of that service")
	}
	passed := func(by trunk.ID, at time.Time, passed bool) emergency.DrillResult {
		return emergency.DrillResult{Way: emergency.DrillWay{Trunk: by}, At: at, Passed: passed}
	}
	s.Step(now, engine.RestoreDrills{Found: []emergency.DrillResult{passed("a", now, true), passed("b", now.Add(-time.Hour), true), passed("rest", now, false)}})
	if got := ready().Drill; got.Way.Trunk != "ng" || !got.At.IsZero() {
		t.Errorf("two were drilled and one was not: %+v", got)
	}
	s.Step(now, engine.RestoreDrills{Found: []emergency.DrillResult{passed("ng", now, true)}})
	if got := ready().Drill; got.Way.Trunk != "b" {
		t.Errorf("all passed, the second longest ago: %+v", got)
	}
	s.Step(now, engine.RestoreDrills{Found: []emergency.DrillResult{passed("b", now, false)}})
	if got := ready().Drill; got.Way.Trunk != "b" || got.Passed || !slices.Contains(ready().Causes, engine.LastDrillFailed) {
		t.Errorf("the second failed: %+v, %v", got, ready().Causes)
	}
	s.Step(now, engine.ReportTrunk{Trunk: "b", Health: trunk.Down, Since: now})
	if diff := cmp.Diff(trunk.Order{{"a", "ng"}, {"rest"}, {"b"}}, ready().Order); diff != "" {
		t.Errorf("the second is down (-want +got):\n%s", diff)
	}
	if !slices.Contains(ready().Causes, engine.FirstTrunkDown) {
		t.Errorf("the second is down: %v", ready().Causes)
	}
	s.Step(now, engine.ReportTrunk{Trunk: "b", Health: trunk.Up, Since: now})
	s.Step(now, engine.ReportTrunk{Trunk: "rest", Health: trunk.Down, Since: now})
	if slices.Contains(ready().Causes, engine.FirstTrunkDown) {
		t.Error("one that is never first is down: it is said to be first")
	}
}
