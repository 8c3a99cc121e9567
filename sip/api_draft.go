package sip

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
)

var errDraft = errors.New("sip: not built yet")

// Credentials answer digest challenges.
type Credentials struct{ Username, Password string }

// Config is what a stack needs; the zero value works.
type Config struct {
	Logger    *slog.Logger // nil: silent
	UserAgent string       // empty: no User-Agent and no Server header
	Resolver  *Resolver    // nil: the system's name servers
	MaxBody   int          // bytes of a request's body before 413; 0: 65536
}

// Handler is told of calls and requests from outside. Both methods are called without any lock held and
// must return at once.
type Handler interface {
	// Invited brings a new call: an INVITE outside any dialog.
	Invited(*Dialog)
	// Requested brings any other request outside a dialog. x.RespondDefault answers it as a stack without
	// a handler would.
	Requested(x *Exchange)
}

// Resolver finds the hops of a SIP URI.
type Resolver struct{}

// Stack owns sockets, transactions and dialogs.
type Stack struct{}

// New makes a stack that listens nowhere yet. A nil handler answers OPTIONS with 200 and refuses all else.
func New(config Config, handler Handler) *Stack { return &Stack{} }

// Listen opens a "udp" or "tcp" socket; port 0 lets the system choose. The address that it got is returned.
func (s *Stack) Listen(network, address string) (netip.AddrPort, error) {
	return netip.AddrPort{}, errDraft
}

// Close ends every dialog without a word to the far end, closes every socket and waits for all goroutines.
func (s *Stack) Close() error { return nil }

// Watch names the peers whose hops are kept resolved in the background; each call replaces the list.
func (s *Stack) Watch(uris []string) {}

// Invite is a call to place.
type Invite struct {
	Peer        string // SIP URI of the next hop
	RequestURI  string // "sip:911@provider.example", "tel:…" or "urn:service:sos"
	From, To    Address
	CallID      string   // empty: random
	Headers     []Header // P-Asserted-Identity, Geolocation, Priority, Privacy …
	ContentType string
	Body        []byte
	Credentials *Credentials // nil: a challenge is a rejection
}

// Invite places a call. It never waits; an error means impossible arguments.
func (s *Stack) Invite(invite Invite) (*Dialog, error) { return nil, errDraft }

// Options asks the peer whether it is there and gives the status of its answer.
func (s *Stack) Options(ctx context.Context, uri string) (status int, err error) { return 0, errDraft }

// Dialog is one call leg.
type Dialog struct{}

// Events gives what happens to the dialog, in order; the channel is closed after Ended.
func (d *Dialog) Events() <-chan Event { return nil }

// CallID is the dialog's Call-ID.
func (d *Dialog) CallID() string { return "" }

// Source is the far end's address: where the INVITE came from, or where it went.
func (d *Dialog) Source() netip.AddrPort { return netip.AddrPort{} }

// Request is the INVITE that came or went.
func (d *Dialog) Request() *Message { return nil }

// Ring sends a provisional response 101 to 199; with a body it opens early media.
func (d *Dialog) Ring(status int, headers []Header, contentType string, body []byte) error {
	return errDraft
}

// Answer accepts the call with 200.
func (d *Dialog) Answer(headers []Header, contentType string, body []byte) error { return errDraft }

// Reject refuses the call with a status of 300 to 699.
func (d *Dialog) Reject(status int, reason string, headers []Header) error { return errDraft }

// End ends the dialog from any state. It never waits and may be called again.
func (d *Dialog) End(reason string) {}

// Reoffer sends an in-dialog INVITE with a new offer; Reanswered or ReofferFailed follows.
func (d *Dialog) Reoffer(contentType string, body []byte) {}

// Send sends a request (INFO, NOTIFY, UPDATE …) inside the dialog.
func (d *Dialog) Send(method string, headers []Header, contentType string, body []byte) {}

// Exchange is a request from the far end that waits for its answer.
type Exchange struct{}

// Request is the request.
func (x *Exchange) Request() *Message { return nil }

// Source is the address from which it came.
func (x *Exchange) Source() netip.AddrPort { return netip.AddrPort{} }

// Respond answers it; an empty reason takes the standard phrase. Only the first final answer counts.
func (x *Exchange) Respond(status int, reason string, headers []Header, contentType string, body []byte) error {
	return errDraft
}

// RespondDefault answers OPTIONS with 200, a known method with 405 and an unknown one with 501.
func (x *Exchange) RespondDefault() {}

// Part is one part of a multipart body.
type Part struct {
	ContentType string
	Headers     []Header // beside Content-Type: Content-ID, Content-Disposition …
	Body        []byte
}

// Multipart joins parts to one multipart/mixed body.
func Multipart(parts []Part) (contentType string, body []byte) { return "", nil }

// Parts splits a multipart body; a body of any other type is its only part.
func Parts(contentType string, body []byte) ([]Part, error) { return nil, errDraft }
