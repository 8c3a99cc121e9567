package emergency

import (
	"fmt"
	"io"
	"time"

	"mayday/center/location"
)

// Outcome is how an emergency call stands when its contacts are told.
type Outcome uint8

const (
	Placed Outcome = iota // the INVITE went out
	Failed                // every route failed: nobody at the emergency service has heard of it
)

// Notice is everything that the contacts of a rep are told about an emergency call. It is told when the rep dials, not when the call
// is answered or ends. However it is printed it reads "[emergency]", so that none ends in a log by accident.
type Notice struct {
	Call           string    // random id of the call, which says nothing about it
	At             time.Time // when the rep dialled
	Rep            string    // name
	RepEmail       string    // may be empty
	MailboxEnabled bool      // the rep's own mailbox may send
	Number         string    // as dialled
	Site           string    // name; empty: none
	Zone           string    // IANA name of the site's zone; empty: UTC
	Organisation   string    // name
	Language       Language  // of the site; empty: the organisation's own
	Test           bool      // a test call: nobody is in an emergency
	Escalated      bool      // told because nobody has acknowledged the call in time

	CallbackNumber string         // E.164; empty: there is none
	CallbackUntil  time.Time      // zero without a number
	Place          location.Place // as it was conveyed; empty: none was
	Outcome        Outcome

	Recipients         []string // bare addresses, each once
	Sender             string   // by the mailbox rule, as Sender returns it; empty: nobody has one
	OrganisationSender string   // stands in where the mail server does not let Sender send; may be empty
}

// Format prints "[emergency]" for every verb.
func (Notice) Format(state fmt.State, _ rune) { io.WriteString(state, hidden) } //nolint:errcheck // a print has nowhere to say that it failed

// MarshalText writes "[emergency]", which is what a log in JSON asks for.
func (Notice) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// What of a lease is printed reads "[emergency]" too: it says who was in an emergency.

// Format prints "[emergency]" for every verb.
func (Lease) Format(state fmt.State, _ rune)      { io.WriteString(state, hidden) } //nolint:errcheck // as above
func (PoolNumber) Format(state fmt.State, _ rune) { io.WriteString(state, hidden) } //nolint:errcheck // as above
func (Ask) Format(state fmt.State, _ rune)        { io.WriteString(state, hidden) } //nolint:errcheck // as above

// MarshalText writes "[emergency]".
func (Lease) MarshalText() ([]byte, error)      { return []byte(hidden), nil }
func (PoolNumber) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (Ask) MarshalText() ([]byte, error)        { return []byte(hidden), nil }

const hidden = "[emergency]"
