package lookup

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"mayday/center/mapping"
)

// Plan is what is to be known: whose answers, and to which questions.
type Plan struct {
	Server    string // empty: nobody is asked
	Questions map[mapping.Question]bool
}

// Config is what a refresher needs. No function of it may wait, but for Find.
type Config struct {
	Logger *slog.Logger
	Now    func() time.Time // nil: the system's clock
	// Find asks a server, as Client.Find does.
	Find func(ctx context.Context, server string, q mapping.Question, now time.Time) (mapping.Mapping, error)
	Plan func() Plan
	// Busy reports whether an emergency call goes on: nobody is asked then. nil: none ever does.
	Busy func() bool
	// Tell hands over what is known now. The book is not changed afterwards.
	Tell func(*mapping.Book)
	// Kept returns what an earlier run has kept of a server's answers; nil: nothing.
	Kept func(server string) []mapping.Kept
}

const (
	lookEvery  = 2 * time.Second        // how often it looks for new places
	askEvery   = 200 * time.Millisecond // at most this often a question leaves
	tellEvery  = time.Second            // at most this often others are told
	busyAtLast = 15 * time.Minute       // how long it waits for emergency calls to end
)

// Refresher keeps a book fresh. One goroutine, Run, does everything.
type Refresher struct {
	config Config
	book   *mapping.Book
	news   bool // others have not been told what is in the book now
	toldAt time.Time
	busyAt time.Time // since when an emergency call goes on; zero: none does
}

// NewRefresher returns one that knows nothing yet.
func NewRefresher(config Config) *Refresher {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Refresher{config: config, book: mapping.NewBook("")}
}

// Run asks until ctx ends.
func (r *Refresher) Run(ctx context.Context) {
	for ctx.Err() == nil {
		r.follow()
		r.tell() // what was kept counts before anybody is asked
		asked := r.askOne(ctx)
		r.tell()
		wait := lookEvery
		if asked {
			wait = askEvery
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// follow takes up new places, and another server.
func (r *Refresher) follow() {
	plan, now := r.config.Plan(), r.config.Now()
	if plan.Server != r.book.Server() {
		r.book, r.news = mapping.NewBook(plan.Server), true
		if r.config.Kept != nil && plan.Server != "" {
			r.book.Restore(r.config.Kept(plan.Server), now)
		}
	}
	if plan.Server == "" {
		plan.Questions = nil
	}
	if r.book.Want(plan.Questions, now) {
		r.news = true
	}
}

// askOne asks the question whose turn it is, if there is one.
func (r *Refresher) askOne(ctx context.Context) bool {
	now := r.config.Now()
	if r.book.Server() == "" || r.resting(now) {
		return false
	}
	q, due := r.book.Due(now)
	if !due {
		return false
	}
	before := r.book.Look(q)
	m, err := r.config.Find(ctx, r.book.Server(), q, now)
	if ctx.Err() != nil {
		return false
	}
	r.note(q, before, m, err)
	return true
}

// resting reports whether an emergency call goes on: what is asked can wait. Where there is always one it does not wait for ever.
func (r *Refresher) resting(now time.Time) bool {
	if r.config.Busy == nil || !r.config.Busy() {
		r.busyAt = time.Time{}
		return false
	}
	if r.busyAt.IsZero() {
		r.busyAt = now
	}
	return now.Sub(r.busyAt) < busyAtLast
}

func (r *Refresher) note(q mapping.Question, before mapping.Entry, m mapping.Mapping, err error) {
	now, chance := r.config.Now(), rand.Float64()
	r.news = true
	var unreached Unreached
	var refused Refused
	away := !r.book.Away().Since.IsZero()
	switch {
	case errors.As(err, &refused):
		r.book.Refuse(q, refused.Word, now, chance)
		if before.Refused != refused.Word {
			r.config.Logger.Warn("the LoST server does not map a place", "reason", refused.Word)
		}
	case err != nil:
		reason := "unknown"
		if errors.As(err, &unreached) {
			reason = unreached.Reason
		}
		r.book.Miss(reason, now, chance)
		if !away {
			r.config.Logger.Warn("the LoST server is away: what it has told stays in force", "reason", reason)
		}
		return
	default:
		r.book.Answer(q, m, now, chance)
		if r.book.Look(q).Changed.Equal(now) {
			r.config.Logger.Info("another emergency service looks after a place, or has another number")
		}
	}
	if away {
		r.config.Logger.Info("the LoST server is back")
	}
}

// tell hands over what is new, a second after the last time at the earliest.
func (r *Refresher) tell() {
	now := r.config.Now()
	if !r.news || now.Sub(r.toldAt) < tellEvery && !r.toldAt.IsZero() {
		return
	}
	r.news, r.toldAt = false, now
	r.config.Tell(r.book.Clone())
}
