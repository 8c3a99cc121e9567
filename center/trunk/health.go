package trunk

import (
	"slices"
	"time"
)

// Health says whether a trunk answers.
type Health string

const (
	Unasked    Health = ""           // nobody has asked it yet, or it is not to be asked: it counts as well
	Up         Health = "up"         // it answers
	Unanswered Health = "unanswered" // it left one question without an answer: it is tried as before
	Down       Health = "down"       // it left several: it is tried after all others, and never passed over
	Recovering Health = "recovering" // it answers again, once so far: it is tried last until it does so twice
)

// Sick reports whether a trunk is tried after those that are well.
func (h Health) Sick() bool { return h == Down || h == Recovering }

// LastTheSick puts the trunks that are sick after the others and keeps the order otherwise. It drops none.
func LastTheSick(order Order, health func(ID) Health) Order {
	var well, sick Order
	for _, turn := range order {
		well = well.then(turn, func(id ID) bool { return !health(id).Sick() })
		sick = sick.then(turn, func(id ID) bool { return health(id).Sick() })
	}
	return append(well, sick...)
}

// then adds those of a turn that count as one turn.
func (o Order) then(turn []ID, counts func(ID) bool) Order {
	rest := slices.DeleteFunc(slices.Clone(turn), func(id ID) bool { return !counts(id) })
	if len(rest) == 0 {
		return o
	}
	return append(o, rest)
}

// Condition is a trunk's health, since when, and why it is not up, in words for an operator.
type Condition struct {
	Health Health
	Since  time.Time
	Reason string
}

// Answered returns the condition after a question was answered.
func (c Condition) Answered(now time.Time) Condition {
	if c.Health == Down {
		return Condition{Health: Recovering, Since: now, Reason: c.Reason}
	}
	return c.Served(now)
}

// Missed returns the condition after a question had no answer, or one that takes no calls.
func (c Condition) Missed(now time.Time, reason string) Condition {
	next := Down
	if c.Health == Unasked || c.Health == Up {
		next = Unanswered
	}
	if c.Health == next {
		return Condition{Health: next, Since: c.Since, Reason: reason}
	}
	return Condition{Health: next, Since: now, Reason: reason}
}

// Served returns the condition after a call was answered over the trunk: nothing proves more.
func (c Condition) Served(now time.Time) Condition {
	if c.Health == Up {
		return c
	}
	return Condition{Health: Up, Since: now}
}

// askAgain is how soon a trunk that is not up is asked again.
const askAgain = 5 * time.Second

// NextIn returns how long after a question the next one is asked, where an interval is usual.
func (c Condition) NextIn(usual time.Duration) time.Duration {
	if c.Health == Up {
		return usual
	}
	return min(usual, askAgain)
}

// Worse returns the condition of the two in which a trunk's turn comes later; one that nobody has asked for says nothing.
func Worse(a, b Condition) Condition {
	if badness(b.Health) > badness(a.Health) {
		return b
	}
	return a
}

func badness(h Health) int {
	switch h {
	case Unasked:
		return 0
	case Up:
		return 1
	case Unanswered:
		return 2
	case Recovering:
		return 3
	case Down:
		return 4
	}
	return 0
}
