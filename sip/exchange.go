package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

var (
	errAnswered = errors.New("sip: request has been answered already")
	errStatus   = errors.New("sip: status is not possible here")
)

// Exchange is a request from the far end that waits for its answer. What is not answered within 32 s is
// answered with 500.
type Exchange struct {
	strand *strand
	tx     *serverTx
	dialog *Dialog // nil outside a dialog
	target bool    // the 2xx needs a Contact: INVITE and UPDATE
}

// Request is the request.
func (x *Exchange) Request() *Message { return x.tx.request }

// Source is the address that the request came from.
func (x *Exchange) Source() netip.AddrPort { return x.tx.from.to }

// Network is "udp", "tcp" or "tls", as the request came.
func (x *Exchange) Network() string { return strings.ToLower(x.tx.from.flow.network()) }

// Respond answers the request; an empty reason takes the standard phrase. After a final answer further ones
// are errors.
func (x *Exchange) Respond(status int, reason string, headers []Header, contentType string, body []byte) error {
	if status < 101 || status > 699 {
		return errStatus
	}
	if err := validHeaders(append([]Header{{"X", reason}}, headers...), contentType); err != nil {
		return err
	}
	err := errAnswered
	x.strand.enter(func(now time.Time) {
		if x.tx.machine.final() {
			return
		}
		err = nil
		r := response{status: status, reason: reason, headers: headers, contentType: contentType, body: body}
		if x.dialog != nil {
			x.dialog.respond(now, x, r)
			return
		}
		x.strand.respond(now, x.tx, x.strand.stack.response(x.tx.request, x.tx.from, r))
	})
	return err
}

// RespondDefault answers as a stack without a handler does: OPTIONS with 200, a method that belongs to a
// dialog with 481 or 405, an unknown one with 501. RFC 3261 §8.2.1, §11.2.
func (x *Exchange) RespondDefault() {
	allow := []Header{{"Allow", methods}}
	status := 501
	switch x.Request().Method() {
	case "OPTIONS":
		status = 200
		allow = append(allow, Header{"Accept", "application/sdp, multipart/mixed"}, Header{"Supported", extensions})
	case "REGISTER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "INFO", "PRACK":
		status = 405
	}
	_ = x.Respond(status, "", allow, "", nil)
}

// retryAfter is a short wait, as a 500 asks for that crosses a request still at work. RFC 3261 §14.2.
func retryAfter() Header { return Header{"Retry-After", strconv.Itoa(randomBelow(10) + 1)} }
