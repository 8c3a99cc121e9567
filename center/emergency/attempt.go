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
	Order    []trunk.ID // trunks in the order in which they are tried
	Next     int        // index of the one that is tried next
	Round    int        // how many rounds have ended
	Conceded Concession // what the trunk that is tried now is spared, because it refused the call before
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

// Failed returns the attempt after the trunk that was being tried failed. Before the next one is tried it is asked once more for each
// thing over which it may have failed, and without that: TLS (RFC 6881 ED-58), encrypted sound, the body with the place
// (RFC 3261 §21.4.13), a place that it calls bad (RFC 6442 §4.3). One that refused for want of a channel is asked once more when an ordinary call of it has been ended.
func (a Attempt) Failed(f Failure) Attempt {
	if one := f.concession(a.Conceded); one != 0 {
		a.Conceded |= one
		return a
	}
	return a.Left()
}

// Left returns the attempt after the trunk that was being tried is left for the next one.
func (a Attempt) Left() Attempt {
	a.Conceded = 0
	a.Next++
	return a
}

// Again returns the attempt at the start of the next round.
func (a Attempt) Again() Attempt {
	return Attempt{Order: a.Order, Round: a.Round + 1}
}
