package mapping

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Standing says how far what is known of a place can be relied on.
type Standing uint8

const (
	Unknown Standing = iota // nobody has told, or what was told may not be kept
	Valid                   // it holds
	Expired                 // it has held, and the server has not told anew: still the best that is known (RFC 6881 §8)
)

// String is the word for logs and pages.
func (s Standing) String() string {
	return [...]string{Unknown: "unknown", Valid: "valid", Expired: "expired"}[s]
}

// Entry is what is known of one question.
type Entry struct {
	Mapping  Mapping   `json:"mapping"`
	Answered time.Time `json:"answered,omitzero"` // when the mapping was told; zero: never
	Changed  time.Time `json:"changed,omitzero"`  // when it became another one; zero: never
	Refused  string    `json:"refused,omitempty"` // why the last question had no answer, in a word of RFC 5222 §13.1 or of ours; empty: it had one

	refusals int // in a row
	askAt    time.Time
}

// Standing returns how far the entry can be relied on at the time.
func (e Entry) Standing(now time.Time) Standing {
	switch {
	case e.Answered.IsZero() || e.Mapping.Expires.NotKept:
		return Unknown
	case e.Mapping.Expires.Never || now.Before(e.Mapping.Expires.Until):
		return Valid
	}
	return Expired
}

// ChangedLately reports whether the service moved, or has another number, since yesterday.
func (e Entry) ChangedLately(now time.Time) bool {
	return !e.Changed.IsZero() && now.Sub(e.Changed) < day
}

// Absence is how long a server has not been reached, and why; the zero value is not at all.
type Absence struct {
	Since  time.Time
	Reason string // in words for an operator
	tries  int
	until  time.Time // when it is asked again
}

// Missed returns the absence after one more attempt that reached nobody. chance, from 0 to 1, spreads the attempts of many nodes.
func (a Absence) Missed(reason string, now time.Time, chance float64) Absence {
	if a.Since.IsZero() {
		a.Since = now
	}
	a.Reason = reason
	a.until = now.Add(less(backoff(a.tries, awayLast), chance))
	a.tries++
	return a
}

// Rests reports whether the server is left alone for now.
func (a Absence) Rests(now time.Time) bool { return now.Before(a.until) }

// Book is what is known of every place that matters, as one server has told it. The nil book knows nothing.
type Book struct {
	server  string
	entries map[Question]Entry
	away    Absence
}

// NewBook returns a book of a server's answers.
func NewBook(server string) *Book { return &Book{server: server, entries: make(map[Question]Entry)} }

// Clone returns a copy that does not change with the book.
func (b *Book) Clone() *Book {
	copied := *b
	copied.entries = maps.Clone(b.entries)
	return &copied
}

// Server is whose answers they are.
func (b *Book) Server() string {
	if b == nil {
		return ""
	}
	return b.server
}

// Len is how many questions there are.
func (b *Book) Len() int { return len(b.entries) }

// Look returns what is known of a question.
func (b *Book) Look(q Question) Entry {
	if b == nil {
		return Entry{}
	}
	return b.entries[q]
}

// Away tells since when the server has not been reached.
func (b *Book) Away() Absence {
	if b == nil {
		return Absence{}
	}
	return b.away
}

const (
	day        = 24 * time.Hour
	askSoonest = time.Minute      // after an answer, however soon it expires
	retryFirst = 30 * time.Second // after a refusal; twice as long after each more
	retryLast  = time.Hour
	awayLast   = 5 * time.Minute // between two attempts to reach a server that is away
)

// Want makes the book one of these questions: others are forgotten, new ones are to be asked at once. It reports whether anything is new.
func (b *Book) Want(questions map[Question]bool, now time.Time) (changed bool) {
	maps.DeleteFunc(b.entries, func(q Question, _ Entry) bool {
		if !questions[q] {
			changed = true
		}
		return !questions[q]
	})
	for q := range questions {
		if _, known := b.entries[q]; !known {
			b.entries[q] = Entry{askAt: now}
			changed = true
		}
	}
	return changed
}

// Due returns the question that has waited longest for its turn; false: none is due, or the server is left alone for now.
func (b *Book) Due(now time.Time) (due Question, found bool) {
	if b.away.Rests(now) {
		return Question{}, false
	}
	var since time.Time
	for q, e := range b.entries {
		if !e.askAt.After(now) && (!found || e.askAt.Before(since)) {
			due, since, found = q, e.askAt, true
		}
	}
	return due, found
}

// Answer notes what the server has said. chance, from 0 to 1, spreads the questions of many nodes and places over time.
func (b *Book) Answer(q Question, m Mapping, now time.Time, chance float64) {
	before, wanted := b.entries[q]
	b.away = Absence{}
	if !wanted {
		return
	}
	e := Entry{Mapping: m, Answered: now, Changed: before.Changed}
	if !before.Answered.IsZero() && !before.Mapping.same(m) {
		e.Changed = now
	}
	e.askAt = now.Add(RefreshIn(m.Expires, now, chance))
	b.entries[q] = e
}

// RefreshIn returns after how long one asks again: at three quarters of the life of an answer and once a day at least, so that a change does not wait
// for the expiry.
func RefreshIn(x Expiry, now time.Time, chance float64) time.Duration {
	wait := day
	if !x.Never && !x.NotKept {
		wait = min(wait, x.Until.Sub(now)/4*3)
	}
	return max(less(wait, chance), askSoonest)
}

// less takes up to a tenth off.
func less(d time.Duration, chance float64) time.Duration {
	return d - time.Duration(float64(d)*chance/10)
}

// Refuse notes that the server has answered, and not with a mapping. What was known before stays known.
func (b *Book) Refuse(q Question, reason string, now time.Time, chance float64) {
	e, wanted := b.entries[q]
	b.away = Absence{}
	if !wanted {
		return
	}
	e.Refused = reason
	e.askAt = now.Add(RetryIn(e.refusals, chance))
	e.refusals++
	b.entries[q] = e
}

// Miss notes that the server was not reached. Every question waits until it is tried again.
func (b *Book) Miss(reason string, now time.Time, chance float64) {
	b.away = b.away.Missed(reason, now, chance)
}

// RetryIn returns after how long one asks again who has refused so many times in a row before.
func RetryIn(refusals int, chance float64) time.Duration {
	return less(backoff(refusals, retryLast), chance)
}

func backoff(failures int, most time.Duration) time.Duration {
	wait := retryFirst
	for range min(failures, 16) {
		wait = min(wait*2, most)
	}
	return wait
}

// Kept is one line of what outlives a restart.
type Kept struct {
	Question Question `json:"question"`
	Entry    Entry    `json:"entry"`
}

// Keep returns what outlives a restart: what was told of the places that are configured, in a steady order. Nothing that a browser has
// measured is among it.
func (b *Book) Keep() []Kept {
	var kept []Kept
	for q, e := range b.entries {
		if !q.Passing && !e.Answered.IsZero() && !e.Mapping.Expires.NotKept {
			kept = append(kept, Kept{q, e})
		}
	}
	slices.SortFunc(kept, func(a, b Kept) int { return compare(a.Question, b.Question) })
	return kept
}

// Restore takes up what was kept, unless the book knows better. What was told lately is not asked again before its time.
func (b *Book) Restore(kept []Kept, now time.Time) {
	for at, k := range kept {
		if known := b.entries[k.Question]; !known.Answered.IsZero() {
			continue
		}
		e := k.Entry
		e.askAt = e.Answered.Add(RefreshIn(e.Mapping.Expires, e.Answered, 0))
		if spread := now.Add(time.Duration(at) * restoreEvery); e.askAt.Before(spread) {
			e.askAt = spread
		}
		b.entries[k.Question] = e
	}
}

// restoreEvery spreads the questions after a restart: what they ask for is known already.
const restoreEvery = time.Second

// compare gives questions a steady order.
func compare(a, b Question) int {
	return cmp.Or(
		cmp.Compare(a.Service, b.Service), cmp.Compare(a.Country, b.Country), slices.Compare(a.Civic.Lines(""), b.Civic.Lines("")),
		cmp.Compare(a.Point.Latitude, b.Point.Latitude), cmp.Compare(a.Point.Longitude, b.Point.Longitude), cmp.Compare(a.Point.RadiusM, b.Point.RadiusM),
	)
}
