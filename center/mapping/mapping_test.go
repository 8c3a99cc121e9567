package mapping_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/center/mapping"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func site() location.Site {
	return location.Site{Country: "US", Civic: location.Civic{Street: "Main St", HouseNumber: "1", Floor: "4", Room: "412"},
		Position: &location.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 30}}
}

func question(t *testing.T, place location.Place) mapping.Question {
	t.Helper()
	q, known := mapping.Of(place)
	if !known {
		t.Fatal("nothing to ask of the place")
	}
	return q
}

func TestQuestionIsAboutTheHalfThatGoesFirst(t *testing.T) {
	measured := &location.Position{Latitude: 39.80149, Longitude: -89.64361, RadiusM: 12, At: nine}
	withoutAddress := site()
	withoutAddress.Civic = location.Civic{}
	for _, row := range []struct {
		circumstance string
		place        location.Place
		geodetic     bool
		passing      bool
	}{
		{"a site with an address and a position", location.At(site(), nil, nine), false, false},
		{"a site with a position alone", location.At(withoutAddress, nil, nine), true, false},
		{"measured lately", location.At(site(), measured, nine), true, true},
		{"measured yesterday", location.At(site(), measured, nine.Add(25*time.Hour)), false, false},
		{"seen abroad yesterday", location.At(site(), measured, nine.Add(25*time.Hour)).Seen(location.Sighting{Country: "CA", Certain: true}), true, true},
	} {
		q := question(t, row.place)
		if q.Geodetic() != row.geodetic || q.Passing != row.passing {
			t.Errorf("%s: geodetic %t, measured %t", row.circumstance, q.Geodetic(), q.Passing)
		}
		if q.Civic.Floor != "" || q.Civic.Room != "" {
			t.Errorf("%s: asks about floor and room", row.circumstance)
		}
		if fmt.Sprint(q) != "[question]" {
			t.Errorf("%s: printed, the question tells the place", row.circumstance)
		}
	}
	if _, known := mapping.Of(location.Place{Country: "US"}); known {
		t.Error("a country alone: something to ask")
	}
}

func TestPeopleInOneBuildingAskOneQuestion(t *testing.T) {
	at := func(latitude, longitude float64) mapping.Question {
		return question(t, location.At(site(), &location.Position{Latitude: latitude, Longitude: longitude, RadiusM: 20, At: nine}, nine))
	}
	if at(39.80101, -89.64362) != at(39.80139, -89.64399) {
		t.Error("measured 50 m from each other: two questions")
	}
	if at(39.80101, -89.64362) == at(39.90101, -89.64362) {
		t.Error("measured 11 km from each other: one question")
	}
}

func TestRouteIsOneThatACallCanTake(t *testing.T) {
	for _, row := range []struct {
		circumstance   string
		uris           []string
		plain, secured string
	}{
		{"both kinds", []string{"sip:psap@a.example", "sips:psap@a.example"}, "sip:psap@a.example", "sips:psap@a.example"},
		{"one kind", []string{"sips:psap@a.example"}, "sips:psap@a.example", "sips:psap@a.example"},
		{"others before it", []string{"tel:911", "xmpp:psap@a.example", "sip:a.example:5080;transport=tcp"}, "sip:a.example:5080;transport=tcp", "sip:a.example:5080;transport=tcp"},
		{"a header in it", []string{"sip:a.example?Subject=x"}, "", ""},
		{"another header behind it", []string{"sip:a.example>\r\nX: y"}, "", ""},
		{"no host", []string{"sip:"}, "", ""},
		{"a foreign letter", []string{"sip:psåp@a.example"}, "", ""},
		{"none", nil, "", ""},
	} {
		m := mapping.Mapping{URIs: row.uris}
		if m.Route(false) != row.plain || m.Route(true) != row.secured {
			t.Errorf("%s: %q in the clear and %q secured", row.circumstance, m.Route(false), m.Route(true))
		}
	}
}

func mapped(uri string, until time.Time) mapping.Mapping {
	return mapping.Mapping{URIs: []string{uri}, Number: "911", Expires: mapping.Expiry{Until: until}}
}

// book returns a book with one question, which is due at nine.
func book(t *testing.T) (*mapping.Book, mapping.Question) {
	t.Helper()
	q := question(t, location.At(site(), nil, nine))
	b := mapping.NewBook("https://lost.example/")
	if !b.Want(map[mapping.Question]bool{q: true}, nine) || b.Want(map[mapping.Question]bool{q: true}, nine) {
		t.Fatal("a new question: not new, or new twice")
	}
	return b, q
}

// dueIn returns after how long the question falls due.
func dueIn(b *mapping.Book, from time.Time) time.Duration {
	for wait := time.Duration(0); wait < 1000*time.Hour; wait += time.Second {
		if _, due := b.Due(from.Add(wait)); due {
			return wait
		}
	}
	return -1
}

func TestAnswerIsRefreshedAheadOfItsExpiry(t *testing.T) {
	for _, row := range []struct {
		circumstance string
		expires      mapping.Expiry
		soonest      time.Duration
		latest       time.Duration
	}{
		{"an hour", mapping.Expiry{Until: nine.Add(time.Hour)}, 40 * time.Minute, 45 * time.Minute},
		{"a month", mapping.Expiry{Until: nine.Add(30 * 24 * time.Hour)}, 21 * time.Hour, 24 * time.Hour},
		{"for ever", mapping.Expiry{Never: true}, 21 * time.Hour, 24 * time.Hour},
		{"not kept", mapping.Expiry{NotKept: true}, 21 * time.Hour, 24 * time.Hour},
		{"a second", mapping.Expiry{Until: nine.Add(time.Second)}, time.Minute, time.Minute},
		{"expired before it came", mapping.Expiry{Until: nine.Add(-time.Hour)}, time.Minute, time.Minute},
	} {
		for _, chance := range []float64{0, 0.5, 0.999} {
			b, q := book(t)
			b.Answer(q, mapping.Mapping{Expires: row.expires}, nine, chance)
			if wait := dueIn(b, nine); wait < row.soonest || wait > row.latest {
				t.Errorf("%s, chance %v: asked again after %s, want %s to %s", row.circumstance, chance, wait, row.soonest, row.latest)
			}
		}
	}
}

func TestStandingFollowsTheClock(t *testing.T) {
	b, q := book(t)
	if standing := b.Look(q).Standing(nine); standing != mapping.Unknown {
		t.Errorf("nothing told: %s", standing)
	}
	b.Answer(q, mapped("sip:a.example", nine.Add(time.Hour)), nine, 0)
	for after, want := range map[time.Duration]mapping.Standing{
		0: mapping.Valid, time.Hour - 1: mapping.Valid, time.Hour: mapping.Expired, 1000 * time.Hour: mapping.Expired,
	} {
		if standing := b.Look(q).Standing(nine.Add(after)); standing != want {
			t.Errorf("%s after an answer for an hour: %s, want %s", after, standing, want)
		}
	}
	b.Answer(q, mapping.Mapping{Expires: mapping.Expiry{Never: true}}, nine, 0)
	if standing := b.Look(q).Standing(nine.Add(9000 * time.Hour)); standing != mapping.Valid {
		t.Errorf("an answer without an expiry, a year later: %s", standing)
	}
	b.Answer(q, mapping.Mapping{Expires: mapping.Expiry{NotKept: true}}, nine, 0)
	if standing := b.Look(q).Standing(nine); standing != mapping.Unknown {
		t.Errorf("an answer that may not be kept: %s", standing)
	}
	var nobody *mapping.Book
	if nobody.Look(q).Standing(nine) != mapping.Unknown || nobody.Server() != "" || !nobody.Away().Since.IsZero() {
		t.Error("no book: something is known")
	}
}

// TestWhatWasToldOutlivesWhatGoesWrong: neither a refusal nor a server that is away takes anything away.
func TestWhatWasToldOutlivesWhatGoesWrong(t *testing.T) {
	b, q := book(t)
	m := mapped("sip:a.example", nine.Add(time.Hour))
	b.Answer(q, m, nine, 0)
	at := nine.Add(45 * time.Minute)
	waits := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute}
	for n, want := range waits {
		b.Miss("no answer in time", at, 0)
		if wait := dueIn(b, at); wait != want {
			t.Errorf("not reached for the %d. time: tried again after %s, want %s", n+1, wait, want)
		}
		at = at.Add(want)
	}
	if away := b.Away(); !away.Since.Equal(nine.Add(45*time.Minute)) || away.Reason != "no answer in time" {
		t.Errorf("away: %+v", away)
	}
	for n, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		b.Refuse(q, "notFound", at, 0)
		if wait := dueIn(b, at); wait != want {
			t.Errorf("refused for the %d. time: asked again after %s, want %s", n+1, wait, want)
		}
		at = at.Add(want)
	}
	if e := b.Look(q); !cmp.Equal(e.Mapping, m) || e.Refused != "notFound" || !b.Away().Since.IsZero() {
		t.Errorf("after all that: %+v, away %+v", e, b.Away())
	}
	b.Answer(q, m, at, 0)
	if e := b.Look(q); e.Refused != "" || !e.Changed.IsZero() {
		t.Errorf("answered as before: refused %q, changed %s", e.Refused, e.Changed)
	}
}

func TestAnotherServiceIsNoticed(t *testing.T) {
	b, q := book(t)
	b.Answer(q, mapped("sip:a.example", nine.Add(time.Hour)), nine, 0)
	if b.Look(q).ChangedLately(nine) {
		t.Error("the first answer: changed")
	}
	later := nine.Add(time.Hour)
	b.Answer(q, mapped("sip:b.example", later.Add(time.Hour)), later, 0)
	b.Answer(q, mapped("sip:b.example", later.Add(2*time.Hour)), later.Add(time.Hour), 0)
	if e := b.Look(q); !e.ChangedLately(later.Add(2*time.Hour)) || e.ChangedLately(later.Add(25*time.Hour)) {
		t.Errorf("another URI: changed %s", e.Changed)
	}
}

func TestOnlyConfiguredPlacesOutliveARestart(t *testing.T) {
	b, q := book(t)
	passing := question(t, location.At(site(), &location.Position{Latitude: 1, Longitude: 2, At: nine}, nine))
	unkept := question(t, location.At(location.Site{Country: "DK", Civic: location.Civic{City: "Aarhus"}}, nil, nine))
	b.Want(map[mapping.Question]bool{q: true, passing: true, unkept: true}, nine)
	m := mapped("sip:a.example", nine.Add(time.Hour))
	m.Validation, m.Warnings = mapping.Validation{Valid: []string{"A1"}, Invalid: []string{"HNO"}}, []string{mapping.DefaultMapping}
	b.Answer(q, m, nine, 0)
	b.Answer(passing, m, nine, 0)
	b.Answer(unkept, mapping.Mapping{Expires: mapping.Expiry{NotKept: true}}, nine, 0)
	text, err := json.Marshal(b.Keep())
	if err != nil {
		t.Fatal(err)
	}
	var kept []mapping.Kept
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 1 {
		t.Fatalf("%d are kept, want the configured one: %s", len(kept), text)
	}
	again := mapping.NewBook("https://lost.example/")
	again.Restore(kept, nine.Add(10*time.Minute))
	if e := again.Look(q); !cmp.Equal(e.Mapping, m) {
		t.Errorf("after a restart: %s", cmp.Diff(m, e.Mapping))
	}
	if wait := dueIn(again, nine); wait != 45*time.Minute {
		t.Errorf("after a restart: asked again %s after the answer, want 45m", wait)
	}
	if again.Want(map[mapping.Question]bool{}, nine); again.Len() != 0 {
		t.Error("nobody wants it any more: still there")
	}
}

func TestCloneStaysAsItWas(t *testing.T) {
	b, q := book(t)
	before := b.Clone()
	b.Answer(q, mapped("sip:a.example", nine.Add(time.Hour)), nine, 0)
	b.Miss("x", nine, 0)
	if before.Look(q).Standing(nine) != mapping.Unknown || !before.Away().Since.IsZero() {
		t.Error("the clone of a book changes with it")
	}
}

func TestServiceCoversWhatBelongsToIt(t *testing.T) {
	for other, want := range map[mapping.Service]bool{
		"urn:service:sos": true, "URN:Service:SOS": true, "urn:service:sos.police": true, "urn:service:sosx": false, "urn:service:test.sos": false, "": false,
	} {
		if mapping.SOS.Covers(other) != want {
			t.Errorf("urn:service:sos covers %q: %t", other, !want)
		}
	}
}
