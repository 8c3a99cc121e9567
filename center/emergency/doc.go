// Package emergency is the emergency call: an outgoing call to an emergency service or the call back of one, the lease of the
// number that it calls back, and who is told.
//
// It decides. It does not dial, ring, mail or write; the engine and the edges do that with what this package returns.
package emergency
