// Package conversation is one ordinary contact, from the first ring to the last note. An emergency call is not one: nothing
// here can describe it, so that nothing that is kept can hold it.
package conversation

import (
	"time"

	"mayday/center/rep"
)

// ID names a conversation: a UUIDv7 in text form.
type ID string

// Outcome says how a conversation ended.
type Outcome string

const (
	Answered  Outcome = "answered"  // the two talked
	Busy      Outcome = "busy"      // the far end was busy
	NoAnswer  Outcome = "no_answer" // nobody took it
	Cancelled Outcome = "cancelled" // the caller gave up
	Failed    Outcome = "failed"    // it could not be placed
)

// Record is the history row of an ordinary conversation that has ended.
type Record struct {
	ID          ID
	Rep         rep.ID
	Number      string // far end, as dialled or as it called
	Incoming    bool
	StartedAt   time.Time
	ConnectedAt time.Time // zero: never connected
	EndedAt     time.Time
	Outcome     Outcome
}
