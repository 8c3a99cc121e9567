// Package sip is the wire over which calls reach carriers, emergency services and desk phones: it
// listens, places calls, answers them, and tells its user what happens to each in the order in which
// it happened.
//
// A [Stack] owns the sockets. [Stack.Invite] places a call and gives a [Dialog]; a call from outside
// reaches [Handler.Invited] as a [Dialog]. From then on everything that happens to the call is an
// [Event] of that dialog. No method of this package waits for the network, save [Stack.Close] and
// [Stack.Ask].
//
// Inside, every message of one Call-ID passes through one strand: a mutex that the sockets' readers
// take in turn, behind which transactions and dialogs are plain state machines that are told the time
// and answer with what has to be done. So nothing overtakes anything, and no call needs a goroutine.
//
// URIs are read by sipgo's grammar. Its message parser, its transactions and its transports are not used: the
// parser loses what its header types do not hold, a transaction waits for a reader while it holds its lock and
// sleeps there when a refusal repeats, and the transports take a goroutine for every message.
//
// Where several addresses serve one peer, one that says nothing for a second is left for the next, and comes
// last for half a minute. A call that the far end accepted is ended by BYE, by a session timer that runs out, or
// by a 481; a re-INVITE that gets no answer does not end it.
//
// Over TLS a peer has to prove that it is the host of its URI, whatever address that has (RFC 5922). A call that can only be had
// without it fails as [Insecure]: whether it is tried in the clear is for the user to decide.
//
// The package knows no product word: it has never heard of reps, leases or emergencies. It is no registrar, it is no proxy, it offers no reliable provisional responses (RFC 3262) and it
// does not understand SDP beyond finding it in a body.
package sip
