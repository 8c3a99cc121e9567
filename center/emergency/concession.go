package emergency

import "strings"

// Concession is what a trunk is spared that refused a call; several may be set. The call is worth more than each of them.
type Concession uint8

const (
	// WithoutPlace offers sound alone, to a trunk that refused the body with the place.
	WithoutPlace Concession = 1 << iota
	// WithoutTLS calls over plain TCP a trunk with which no connection could be secured.
	WithoutTLS
	// WithoutSRTP offers sound in the clear, to a trunk that refused encrypted sound.
	WithoutSRTP
	// WithRoom calls again a trunk that had no channel left, now that an ordinary call has been ended for it.
	WithRoom
	// WithOtherPlace offers the other half of the place, and by value, to a trunk that called the place bad or could not ask for it.
	WithOtherPlace
	// WithoutRoute leaves it to a trunk to find the emergency service, which refused a call that named one.
	WithoutRoute
)

// Has reports whether the other is among them.
func (c Concession) Has(other Concession) bool { return c&other == other }

// String lists them for logs and stories.
func (c Concession) String() string {
	var words []string
	for i, word := range [...]string{"without-place", "without-tls", "without-srtp", "with-room", "with-other-place", "without-route"} {
		if c.Has(1 << i) {
			words = append(words, word)
		}
	}
	return strings.Join(words, "+")
}

// Failure is how a trunk failed.
type Failure struct {
	Status   int  // final status; 0: no answer
	Insecure bool // it was there, and no connection with it could be secured
	Sealed   bool // it was offered encrypted sound, and may be offered plain sound
	Routed   bool // the call named the emergency service that looks after the place
	Full     bool // all of its channels are taken, one at least by an ordinary call that may be ended
	Half     bool // the place has no other half
}

// concession returns what to spare the trunk next; 0: there is nothing left to try.
func (f Failure) concession(made Concession) Concession {
	switch {
	case f.Insecure && !made.Has(WithoutTLS):
		return WithoutTLS
	case f.Sealed && mayDislikeSRTP(f.Status) && !made.Has(WithoutSRTP):
		return WithoutSRTP
	case f.Routed && mayDislikeRoute(f.Status) && !made.Has(WithoutRoute):
		return WithoutRoute
	case mayDislikeBody(f.Status) && !made.Has(WithoutPlace):
		return WithoutPlace
	case f.Status == badLocation && made&(WithoutPlace|WithOtherPlace) == 0 && !f.Half:
		return WithOtherPlace
	case f.Status == badLocation && !made.Has(WithoutPlace):
		return WithoutPlace
	case f.Full && f.Status != 0 && !made.Has(WithRoom):
		return WithRoom
	}
	return 0
}

// badLocation is the status with which a trunk calls the place bad (RFC 6442 §4.3).
const badLocation = 424

// mayDislikeSRTP reports whether the status is one with which peers refuse a stream that they cannot encrypt (RFC 3261 §21.4.26).
func mayDislikeSRTP(status int) bool { return status == 415 || status == 488 || status == 606 }

// mayDislikeRoute reports whether the status is one with which a peer may refuse to go where it was told to: any that does not speak of
// the message itself.
func mayDislikeRoute(status int) bool {
	switch status {
	case 0, badLocation, 413, 415, 488, 513, 606:
		return false
	}
	return true
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
