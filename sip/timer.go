package sip

import "time"

// The base timers and what is counted from them. RFC 3261 §17.1.1.1.
const (
	t1 = 500 * time.Millisecond // round trip estimate
	t2 = 4 * time.Second        // longest interval between repeats
	t4 = 5 * time.Second        // longest life of a message in the network

	patience = 64 * t1 // timers B, F, H, J, L and M

	hopPatience  = time.Second             // a silent hop is left for the next one, if there is one
	cancelGuard  = 34 * time.Second        // an INVITE that nobody ends after our CANCEL is given up
	dialTimeout  = 2 * time.Second         // TCP connect
	tlsTimeout   = 1500 * time.Millisecond // TCP connect and handshake: what follows its failure comes before others give up
	probeTimeout = 400 * time.Millisecond  // TCP connect that is only tried because the message is long
	wayPatience  = 500 * time.Millisecond  // with a name server that knows the next hop of a request inside a dialog
	ringRepeat   = time.Minute             // RFC 3261 §13.3.1.1
)

// earliest gives the earlier of two deadlines, where zero means none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// due says whether a deadline stands and has come.
func due(deadline, now time.Time) bool { return !deadline.IsZero() && !now.Before(deadline) }
