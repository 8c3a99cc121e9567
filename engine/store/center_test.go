package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mayday/center"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine/store"
)

// applied applies a center that must be accepted.
func applied(t *testing.T, s *store.Store, c center.Center) (int64, []center.Change) {
	t.Helper()
	version, changes, err := s.Apply(deadline(t), c, "ada")
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return version, changes
}

// holds compares what the database holds.
func holds(t *testing.T, circumstance string, s *store.Store, version int64, c center.Center) {
	t.Helper()
	got, gotVersion, err := s.Center(deadline(t))
	if err != nil {
		t.Fatalf("%s: read center: %v", circumstance, err)
	}
	if diff := cmp.Diff(c, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: center (-want +got):\n%s", circumstance, diff)
	}
	polled, err := s.Version(deadline(t))
	if err != nil || gotVersion != version || polled != version {
		t.Errorf("%s: version %d, polled %d (%v), want %d", circumstance, gotVersion, polled, err, version)
	}
}

func TestANewDatabaseHoldsAnEmptyCenter(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		holds(t, "new database", s, 0, center.Center{})
	})
}

func TestCenterIsWhatWasApplied(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		version, changes := applied(t, s, sample())
		if version != 1 || len(changes) != len(center.Diff(center.Center{}, sample())) {
			t.Errorf("first center: version %d, changes %v", version, changes)
		}
		holds(t, "first center", s, 1, sample())
		s.Close()
		holds(t, "opened again", open(t, at), 1, sample())
	})
}

func TestApplyingTwiceChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		version, changes := applied(t, s, sample())
		if version != 1 || len(changes) != 0 {
			t.Errorf("same center again: version %d, changes %v", version, changes)
		}
		holds(t, "same center again", s, 1, sample())
		if rows, err := s.Audit(deadline(t), 0, 1000); err != nil || len(rows) != len(center.Diff(center.Center{}, sample())) {
			t.Errorf("same center again: %d audit rows, %v", len(rows), err)
		}
	})
}

func TestOrderIsKept(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		c := sample()
		slices.Reverse(c.Trunks)
		slices.Reverse(c.VoiceRoutes[0].Trunks)
		slices.Reverse(c.Queues[0].Members)
		c.Reps = slices.Insert(c.Reps, 0, rep.Rep{ID: "carl", Name: "Carl", Roles: []rep.Role{rep.Agent}})
		applied(t, s, c)
		holds(t, "reversed lists and one inserted in front", s, 2, c)
	})
}

func TestAMistakeAppliesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		c := sample()
		c.Organisation.Name = "Other"
		c.Organisation.Country = "UK"
		c.Sites[0].Position.Latitude = 91
		c.Trunks[0].URI = "x"
		c.Numbers[0].Site = "hk"
		c.Numbers[1].E164 = "+12175550101"
		c.VoiceRoutes[0].Pattern = "("
		c.CapacityProfiles[0].Limit = 0
		c.Queues[0].Members[0] = "nobody"
		c.Reps[0].Roles = nil
		c.Reps[1].EmergencyContacts = "boss"
		_, _, err := s.Apply(deadline(t), c, "ada")
		var mistakes center.Mistakes
		if !errors.As(err, &mistakes) || len(mistakes) < 10 {
			t.Errorf("center with ten mistakes: %v", err)
		}
		holds(t, "center with ten mistakes refused", s, 1, sample())
	})
}

// The end of the context stands for a connection that breaks: at whatever statement it comes, nothing is half applied.
func TestAnApplyThatIsCutOffAppliesNothingOrAll(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		other := crowd(sample(), 50)
		other.Organisation.Name = "Other"
		for after := time.Duration(0); ; after = after*3/2 + 100*time.Microsecond {
			ctx, cancel := context.WithTimeout(deadline(t), after)
			_, _, err := s.Apply(ctx, other, "ada")
			cancel()
			got, version, readErr := s.Center(deadline(t))
			if readErr != nil {
				t.Fatalf("cut off after %s: read center: %v", after, readErr)
			}
			whole := cmp.Equal(other, got, cmpopts.EquateEmpty())
			if none := cmp.Equal(sample(), got, cmpopts.EquateEmpty()); !whole && !none || whole != (version == 2) {
				t.Fatalf("cut off after %s (%v): version %d, something is half applied", after, err, version)
			}
			if whole {
				return
			}
			if err == nil {
				t.Fatalf("apply said that it was done after %s, and it was not", after)
			}
		}
	})
}

func TestAnApplyWhoseLastStatementFailsAppliesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		applied(t, s, sample())
		if _, err := raw(t, at).Exec(`DROP TABLE audit`); err != nil {
			t.Fatal(err)
		}
		c := sample()
		c.Organisation.Name = "Other"
		if _, _, err := s.Apply(deadline(t), c, "ada"); err == nil || !strings.Contains(err.Error(), "write audit") {
			t.Errorf("audit cannot be written: %v", err)
		}
		holds(t, "audit cannot be written", s, 1, sample())
	})
}

func TestAppliesAtTheSameTimeFollowEachOther(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		other := open(t, at) // another process
		const writers, times = 4, 5
		var all sync.WaitGroup
		versions := make(chan int64, writers*times)
		for w := range writers {
			on := s
			if w%2 == 1 {
				on = other
			}
			all.Go(func() {
				for i := range times {
					c := sample()
					c.Organisation.Name = fmt.Sprintf("Acme %d-%d", w, i)
					c.Reps = append(c.Reps, rep.Rep{ID: rep.ID(fmt.Sprintf("w%d-%d", w, i)), Name: c.Organisation.Name, Roles: []rep.Role{rep.Agent}})
					version, _, err := on.Apply(deadline(t), c, "ada")
					if err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
					versions <- version
				}
			})
		}
		all.Wait()
		close(versions)
		var seen []int64
		for version := range versions {
			seen = append(seen, version)
		}
		slices.Sort(seen)
		for i, version := range seen {
			if version != int64(i+1) {
				t.Fatalf("%d applies at the same time: versions %v", len(seen), seen)
			}
		}
		got, _, err := s.Center(deadline(t))
		if err != nil {
			t.Fatal(err)
		}
		if last := got.Reps[len(got.Reps)-1]; len(got.Reps) != 3 || last.Name != got.Organisation.Name {
			t.Errorf("applies at the same time: parts of two centers are mixed: %q and %d reps, the last %q", got.Organisation.Name, len(got.Reps), last.Name)
		}
	})
}

func TestAReaderNeverSeesHalfACenter(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		applied(t, s, sample())
		reader := open(t, at)
		done := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			defer close(done)
			for i := range 20 {
				c := sample()
				c.Organisation.Name = fmt.Sprintf("Acme %d", i)
				c.Reps[0].Name = c.Organisation.Name
				applied(t, s, c)
			}
		})
		for reading := true; reading; {
			select {
			case <-done:
				reading = false
			default:
			}
			c, version, err := reader.Center(deadline(t))
			if err != nil {
				t.Errorf("read during an apply: %v", err)
				break
			}
			if version > 1 && c.Organisation.Name != c.Reps[0].Name {
				t.Errorf("read during an apply: version %d has %q and %q", version, c.Organisation.Name, c.Reps[0].Name)
				break
			}
		}
		all.Wait()
	})
}

func TestFiveHundredRepsAreAppliedInReasonableTime(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		c := crowd(sample(), 500)
		began := time.Now()
		applied(t, s, c)
		took := time.Since(began)
		holds(t, "500 reps", s, 1, c)
		c.Reps[250].Name = "Other"
		began = time.Now()
		_, changes := applied(t, s, c)
		t.Logf("500 reps applied in %s, one of them changed in %s", took, time.Since(began))
		if took > 20*time.Second {
			t.Errorf("500 reps: applied in %s", took)
		}
		if diff := cmp.Diff([]center.Change{{Kind: center.Changed, What: "rep", ID: "rep00248", Fields: []string{"name"},
			Values: []center.Value{{Field: "name", Before: `"Rep 248"`, After: `"Other"`}}}}, changes); diff != "" {
			t.Errorf("one of 500 reps changed (-want +got):\n%s", diff)
		}
	})
}

func TestAuditSaysWhoWhenAndWhatButNoSecret(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		c := sample()
		c.Trunks[1].Password = "another-" + secret
		c.Reps = c.Reps[1:]
		c.Queues[0].Members = []rep.ID{"alice"}
		if _, _, err := s.Apply(deadline(t), c, "sam"); err != nil {
			t.Fatal(err)
		}
		rows, err := s.Audit(deadline(t), 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		want := []store.AuditRow{
			{Version: 2, By: "sam", Change: center.Change{Kind: center.Changed, What: "trunk", ID: "carrier", Fields: []string{"password"},
				Values: []center.Value{{Field: "password", Before: `"(secret)"`, After: `"(secret)"`}}}},
			{Version: 2, By: "sam", Change: center.Change{Kind: center.Changed, What: "queue", ID: "sales", Fields: []string{"members"},
				Values: []center.Value{{Field: "members", Before: `["bob","alice"]`, After: `["alice"]`}}}},
			{Version: 2, By: "sam", Change: center.Change{Kind: center.Removed, What: "rep", ID: "bob",
				Values: []center.Value{{Before: `{"id":"bob","name":"Bob","roles":["supervisor","rep","desk"]}`}}}},
		}
		if diff := cmp.Diff(want, rows, cmpopts.IgnoreFields(store.AuditRow{}, "At")); diff != "" {
			t.Errorf("audit of the second center (-want +got):\n%s", diff)
		}
		for _, r := range rows {
			if strings.Contains(fmt.Sprintf("%+v", r), secret) || time.Since(r.At).Abs() > time.Minute {
				t.Errorf("audit row %+v: holds a secret or a wrong time", r)
			}
		}
	})
}

func TestTheLogNamesNothingOfACenter(t *testing.T) {
	var out bytes.Buffer
	s, err := store.Open(deadline(t), store.Location{Data: t.TempDir()}, slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	applied(t, s, sample())
	for _, word := range []string{"alice", "+1217", secret, "ada"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("log of an apply: holds %q:\n%s", word, out.String())
		}
	}
}

// TestAnyChangeIsKept makes random changes, each of which must be seen by the diff and come back from the database.
func TestAnyChangeIsKept(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		random := rand.New(rand.NewPCG(seed, 1))
		version := int64(0)
		for step := range 40 {
			c := shaken(random, crowd(sample(), 10))
			before, _, err := s.Center(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			got, changes := applied(t, s, c)
			if len(changes) > 0 {
				version++
			}
			if got != version || len(changes) != len(center.Diff(before, c)) {
				t.Fatalf("seed %d, step %d: version %d, want %d, changes %v", seed, step, got, version, changes)
			}
			holds(t, fmt.Sprintf("seed %d, step %d", seed, step), s, version, c)
		}
	})
}

// shaken drops and reorders what nothing else needs, and changes some fields.
func shaken(random *rand.Rand, c center.Center) center.Center {
	random.Shuffle(len(c.Reps), func(i, j int) { c.Reps[i], c.Reps[j] = c.Reps[j], c.Reps[i] })
	c.Reps = slices.DeleteFunc(c.Reps, func(r rep.Rep) bool { return strings.HasPrefix(string(r.ID), "rep") && random.IntN(3) == 0 })
	random.Shuffle(len(c.Sites), func(i, j int) { c.Sites[i], c.Sites[j] = c.Sites[j], c.Sites[i] })
	c.VoiceRoutes = c.VoiceRoutes[:random.IntN(3)]
	for i := range c.VoiceRoutes {
		c.VoiceRoutes[i].Order = random.IntN(3)
		c.VoiceRoutes[i].Trunks = [][]trunk.ID{{"carrier"}, {"provider"}, {"provider", "carrier"}}[random.IntN(3)]
	}
	if random.IntN(2) == 0 {
		c.Sites[0].Position = nil
		c.Numbers[0].Trunk = ""
		c.Template.Body, c.Template.Subject = "", ""
	}
	c.Workstreams = c.Workstreams[:1+random.IntN(2)]
	return c
}
