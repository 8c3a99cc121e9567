package engine_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/engine"
)

// lostCenter is the center of the stories with an NG trunk and a LoST server.
func lostCenter() center.Center {
	c := storyCenter()
	c.Organisation.LoST = "https://lost.example/"
	c.Trunks[0].NG = true
	return c
}

func TestReadinessSaysWhatIsAmissWithTheMapping(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	good := mapping.Mapping{URIs: []string{"sip:psap@springfield.example"}, Number: "911", Expires: mapping.Expiry{Until: now.Add(time.Hour)}}
	with := func(change func(*mapping.Mapping)) mapping.Mapping {
		m := good
		change(&m)
		return m
	}
	of := []engine.Cause{
		engine.NotMapped, engine.MappingExpired, engine.MappingGuessed, engine.MappingChanged, engine.PlaceInvalid, engine.NumberUnknown, engine.LoSTAway,
	}
	for _, row := range []struct {
		circumstance string
		ask          func(*mapping.Book, mapping.Question)
		want         []engine.Cause
		route        string
	}{
		{"nobody has told", func(*mapping.Book, mapping.Question) {}, []engine.Cause{engine.NotMapped}, ""},
		{"all is well", func(b *mapping.Book, q mapping.Question) { b.Answer(q, good, now, 0) }, nil, "sip:psap@springfield.example"},
		{"expired", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, with(func(m *mapping.Mapping) { m.Expires.Until = now }), now, 0)
		}, []engine.Cause{engine.MappingExpired}, "sip:psap@springfield.example"},
		{"may not be kept", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, with(func(m *mapping.Mapping) { m.Expires = mapping.Expiry{NotKept: true} }), now, 0)
		}, []engine.Cause{engine.NotMapped}, ""},
		{"a default", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, with(func(m *mapping.Mapping) { m.Warnings = []string{mapping.DefaultMapping} }), now, 0)
		}, []engine.Cause{engine.MappingGuessed}, "sip:psap@springfield.example"},
		{"moved just now", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, good, now, 0)
			b.Answer(q, with(func(m *mapping.Mapping) { m.URIs = []string{"sip:new.example"} }), now, 0)
		}, []engine.Cause{engine.MappingChanged}, "sip:new.example"},
		{"an address with a mistake", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, with(func(m *mapping.Mapping) { m.Validation.Invalid = []string{"HNO"} }), now, 0)
		}, []engine.Cause{engine.PlaceInvalid}, "sip:psap@springfield.example"},
		{"another number", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, with(func(m *mapping.Mapping) { m.Number = "5555" }), now, 0)
		}, []engine.Cause{engine.NumberUnknown}, "sip:psap@springfield.example"},
		{"a mask of ours as the number", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, with(func(m *mapping.Mapping) { m.Number = "112" }), now, 0)
		}, nil, "sip:psap@springfield.example"},
		{"the server is away", func(b *mapping.Book, q mapping.Question) {
			b.Answer(q, good, now, 0)
			b.Miss("no answer in time", now, 0)
		}, []engine.Cause{engine.LoSTAway}, "sip:psap@springfield.example"},
		{"the server does not know the place", func(b *mapping.Book, q mapping.Question) { b.Refuse(q, "notFound", now, 0) }, []engine.Cause{engine.NotMapped}, ""},
	} {
		c := lostCenter()
		s := engine.NewState(engine.NewSnapshot(c), time.Hour)
		q, _ := mapping.Of(location.At(c.Sites[0], nil, now))
		book := mapping.NewBook(c.Organisation.LoST)
		book.Want(map[mapping.Question]bool{q: true}, now)
		row.ask(book, q)
		s.Step(now, engine.ReportMappings{Book: book})
		ready := s.Readiness("alice", now)
		got := slices.DeleteFunc(slices.Clone(ready.Causes), func(cause engine.Cause) bool { return !slices.Contains(of, cause) })
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.circumstance, got, row.want)
		}
		if ready.Route != row.route {
			t.Errorf("%s: the way goes to %q, want %q", row.circumstance, ready.Route, row.route)
		}
		for _, cause := range got {
			if cause.Red() {
				t.Errorf("%s: %s is red, and the call goes all the same", row.circumstance, cause)
			}
		}
	}
}

func TestMappingIsNoMatterWhereNoTrunkIsToldOfIt(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := lostCenter()
	c.Trunks[0].NG = false
	s := engine.NewState(engine.NewSnapshot(c), time.Hour)
	if ready := s.Readiness("alice", now); ready.Mapped.Asked || slices.Contains(ready.Causes, engine.NotMapped) {
		t.Errorf("no NG trunk: %v", ready.Causes)
	}
}

// TestQuestionsAreThoseThatCallsWouldAsk: for everybody, wherever they are seen, what a call looks up is among them.
func TestQuestionsAreThoseThatCallsWouldAsk(t *testing.T) {
	c := lostCenter()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c.Sites[1].Civic, c.Sites[2].Civic = location.Civic{City: "Leeds"}, location.Civic{City: "Aarhus"}
	c.Reps[1].Home = &location.Home{Country: "CA", Civic: location.Civic{City: "Toronto"}}
	e := engine.New(engine.NewSnapshot(c), nowhere{}, slog.New(slog.DiscardHandler))
	go e.Run(t.Context(), time.Hour)
	do := func(command engine.Command) {
		t.Helper()
		if err := e.Do(t.Context(), command); err != nil {
			t.Fatal(err)
		}
	}
	do(engine.ReportPosition{Rep: "alice", Position: location.Position{Latitude: 39.8, Longitude: -89.1, RadiusM: 5}})
	do(engine.ConfirmPlace{Rep: "bob", Home: true})
	questions := e.Questions(now)
	addresses, points := map[string]bool{}, 0
	for q := range questions {
		if q.Geodetic() {
			points++
			continue
		}
		addresses[q.Civic.City] = true
	}
	if diff := cmp.Diff(map[string]bool{"Springfield": true, "Leeds": true, "Aarhus": true, "Toronto": true}, addresses); diff != "" || points != 1 {
		t.Errorf("%d points; addresses (-want +got):\n%s", points, diff)
	}
	c.Trunks[0].Country = "DK"
	do(engine.Publish{Snapshot: engine.NewSnapshot(c)})
	if questions := e.Questions(now); len(questions) != 1 {
		t.Errorf("an NG trunk for Denmark alone: %d questions, want one", len(questions))
	}
	c.Organisation.LoST = ""
	do(engine.Publish{Snapshot: engine.NewSnapshot(c)})
	if questions := e.Questions(now); len(questions) != 0 {
		t.Errorf("no LoST server: %d questions", len(questions))
	}
}
