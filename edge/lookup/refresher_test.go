package lookup_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/edge/lookup"
)

// oracle is a LoST server that a test steers, and what has been made of its answers.
type oracle struct {
	mu     sync.Mutex
	server string
	wanted map[mapping.Question]bool
	answer func() (mapping.Mapping, error)
	busy   bool
	asked  []time.Time
	book   *mapping.Book
}

func (o *oracle) steer(how func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	how()
}

func (o *oracle) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.asked)
}

// run keeps a book of the oracle's answers until the test ends.
func (o *oracle) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	r := lookup.NewRefresher(lookup.Config{
		Logger: slog.New(slog.DiscardHandler),
		Find: func(context.Context, string, mapping.Question, time.Time) (mapping.Mapping, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.asked = append(o.asked, time.Now())
			return o.answer()
		},
		Plan: func() lookup.Plan {
			o.mu.Lock()
			defer o.mu.Unlock()
			return lookup.Plan{Server: o.server, Questions: o.wanted}
		},
		Busy: func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.busy
		},
		Tell: func(b *mapping.Book) { o.steer(func() { o.book = b }) },
	})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

func questions(many int) map[mapping.Question]bool {
	all := make(map[mapping.Question]bool)
	for n := range many {
		all[mapping.Question{Service: mapping.SOS, Country: "US", Civic: location.Civic{Street: "Main St", HouseNumber: fmt.Sprint(n)}}] = true
	}
	return all
}

func lasting(life time.Duration) func() (mapping.Mapping, error) {
	return func() (mapping.Mapping, error) {
		return mapping.Mapping{URIs: []string{"sip:a.example"}, Expires: mapping.Expiry{Until: time.Now().Add(life)}}, nil
	}
}

func only(all map[mapping.Question]bool) mapping.Question {
	for q := range all {
		return q
	}
	panic("none")
}

func TestAnswersNeverExpireWhileTheServerIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{server: "https://lost.example/", wanted: questions(20), answer: lasting(time.Hour)}
		o.run(t)
		time.Sleep(30 * time.Second)
		for range 48 {
			time.Sleep(30 * time.Minute)
			o.steer(func() {
				for q := range o.wanted {
					if standing := o.book.Look(q).Standing(time.Now()); standing != mapping.Valid {
						t.Fatalf("a day with answers for an hour: one is %s", standing)
					}
				}
			})
		}
		// Each is asked about 32 to 36 times a day.
		if asked := o.count(); asked < 20*32 || asked > 20*37 {
			t.Errorf("20 places with answers for an hour: asked %d times in a day", asked)
		}
		o.steer(func() {
			for at := 1; at < len(o.asked); at++ {
				if pause := o.asked[at].Sub(o.asked[at-1]); pause < 200*time.Millisecond {
					t.Fatalf("two questions within %s", pause)
				}
			}
		})
	})
}

func TestNobodyIsAskedWhileAnEmergencyCallGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{server: "https://lost.example/", wanted: questions(3), answer: lasting(time.Hour), busy: true}
		o.run(t)
		time.Sleep(14 * time.Minute)
		if asked := o.count(); asked != 0 {
			t.Errorf("during a call: asked %d times", asked)
		}
		time.Sleep(2 * time.Minute)
		if asked := o.count(); asked != 3 {
			t.Errorf("there is always a call: asked %d times after a quarter of an hour, want 3", asked)
		}
		o.steer(func() { o.wanted, o.busy = questions(4), false })
		time.Sleep(5 * time.Second)
		o.steer(func() { o.wanted, o.busy = questions(5), true })
		time.Sleep(5 * time.Second)
		if asked := o.count(); asked != 4 {
			t.Errorf("another place, and another during a call: asked %d times, want 4", asked)
		}
		o.steer(func() { o.busy = false })
		time.Sleep(5 * time.Second)
		if asked := o.count(); asked != 5 {
			t.Errorf("after the call: asked %d times, want 5", asked)
		}
	})
}

func TestServerThatIsAwayIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{server: "https://lost.example/", wanted: questions(50), answer: func() (mapping.Mapping, error) {
			return mapping.Mapping{}, lookup.Unreached{Reason: "it refuses connections"}
		}}
		o.run(t)
		time.Sleep(time.Hour)
		if asked := o.count(); asked < 10 || asked > 20 {
			t.Errorf("50 places and a server that is away for an hour: asked %d times", asked)
		}
		o.steer(func() {
			if away := o.book.Away(); away.Reason != "it refuses connections" || time.Since(away.Since) < 59*time.Minute {
				t.Errorf("away: %+v", away)
			}
			o.answer = lasting(time.Hour)
		})
		time.Sleep(6 * time.Minute)
		o.steer(func() {
			if o.book.Look(only(o.wanted)).Standing(time.Now()) != mapping.Valid || !o.book.Away().Since.IsZero() {
				t.Error("the server is back for six minutes: not all is well")
			}
		})
	})
}

func TestWhatWasKeptCountsBeforeAnybodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wanted := questions(1)
		m, _ := lasting(time.Hour)()
		kept := []mapping.Kept{{Question: only(wanted), Entry: mapping.Entry{Mapping: m, Answered: time.Now().Add(-50 * time.Minute)}}}
		told := make(chan mapping.Standing, 1)
		r := lookup.NewRefresher(lookup.Config{
			Logger: slog.New(slog.DiscardHandler), Plan: func() lookup.Plan { return lookup.Plan{Server: "https://lost.example/", Questions: wanted} },
			Find: func(ctx context.Context, _ string, _ mapping.Question, _ time.Time) (mapping.Mapping, error) {
				<-ctx.Done()
				return mapping.Mapping{}, ctx.Err()
			},
			Tell: func(b *mapping.Book) {
				select {
				case told <- b.Look(only(wanted)).Standing(time.Now()):
				default:
				}
			},
			Kept: func(string) []mapping.Kept { return kept },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Run(ctx)
		}()
		if standing := <-told; standing != mapping.Valid {
			t.Errorf("kept by an earlier run, and nobody answers: %s", standing)
		}
		cancel()
		<-done
	})
}

func TestAnotherServerBeginsANewBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{server: "https://lost.example/", wanted: questions(1), answer: lasting(time.Hour)}
		o.run(t)
		time.Sleep(5 * time.Second)
		o.steer(func() { o.server = "https://other.example/" })
		time.Sleep(5 * time.Second)
		o.steer(func() {
			if o.book.Server() != "https://other.example/" || len(o.asked) != 2 {
				t.Errorf("another server: the book of %s, asked %d times", o.book.Server(), len(o.asked))
			}
			o.server = ""
		})
		time.Sleep(5 * time.Second)
		o.steer(func() {
			if o.book.Server() != "" || o.book.Len() != 0 {
				t.Errorf("no server: the book of %q with %d questions", o.book.Server(), o.book.Len())
			}
		})
		asked := o.count()
		time.Sleep(48 * time.Hour)
		if o.count() != asked {
			t.Error("no server: somebody is asked")
		}
	})
}
