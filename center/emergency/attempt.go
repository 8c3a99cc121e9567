package emergency

import (
	"time"

	"mayday/center/trunk"
)

const (
	// AnswerWithin is how long a trunk may leave an INVITE without any answer, not even 100, before the next trunk is tried.
	AnswerWithin = 2 * time.Second
	// RoundAfter is the pause before the trunks are tried once more when every one has failed.
	RoundAfter = 2 * time.Second
	// Rounds is how often the trunks are tried before the rep is told to use a mobile phone.
	Rounds = 2
)

// Attempt is how far an emergency call has come through its trunks.
type Attempt struct {
	Order []trunk.ID // trunks in the order in which they are tried
	Next  int        // index of the one that is tried next
	Round int        // how many rounds have ended
	Plain bool       // the trunk that is tried now is offered sound alone, because it refused the body with the place
}

// Turn is what comes next for a call that is not connected: Try, Pause or GiveUp.
//
//sumtype:decl
type Turn interface{ turn() }

// Try the trunk now.
type Try struct{ Trunk trunk.ID }

// Pause before the next round.
type Pause struct{ For time.Duration }

// GiveUp because every trunk has failed in every round.
type GiveUp struct{}

func (Try) turn()    {}
func (Pause) turn()  {}
func (GiveUp) turn() {}

// Turn says what comes next.
func (a Attempt) Turn() Turn {
	switch {
	case a.Next < len(a.Order):
		return Try{Trunk: a.Order[a.Next]}
	case len(a.Order) > 0 && a.Round+1 < Rounds:
		return Pause{For: RoundAfter}
	}
	return GiveUp{}
}

// Failed returns the attempt after the trunk that was being tried failed with the status (0: no answer). A trunk that may have failed
// over the body with the place is offered sound alone before the next one is tried (RFC 3261 §21.4.13).
func (a Attempt) Failed(status int) Attempt {
	if mayDislikeBody(status) && !a.Plain {
		a.Plain = true
		return a
	}
	a.Plain = false
	a.Next++
	return a
}

// mayDislikeBody reports whether the status is one with which peers refuse a body that they cannot read or that is too long for them;
// there are some that answer 500 to every multipart body.
func mayDislikeBody(status int) bool {
	switch status {
	case 400, 413, 415, 488, 500, 513, 606:
		return true
	}
	return false
}

// Again returns the attempt at the start of the next round.
func (a Attempt) Again() Attempt {
	return Attempt{Order: a.Order, Round: a.Round + 1}
}
