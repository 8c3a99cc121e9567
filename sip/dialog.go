package sip

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
)

// dialogState is where a dialog stands.
type dialogState uint8

const (
	// inviting waits for the final response to our INVITE.
	inviting dialogState = iota
	// cancelling does too, but nobody wants the call any more: a CANCEL goes out as soon as it may, and a
	// 2xx is acknowledged and hung up.
	cancelling
	// ringing has an INVITE from outside that our user has not answered.
	ringing
	// accepting has sent 200 and repeats it until the ACK comes.
	accepting
	// closing does too, but will hang up when the ACK comes. RFC 3261 §15.
	closing
	// established is a call.
	established
	// ended takes no more commands and has told its last event.
	ended
)

// Dialog is one call leg, ours or the far end's, from the INVITE to the end. Its methods may be called from
// any goroutine and never wait.
type Dialog struct {
	strand  *strand
	stack   *Stack
	events  *queue
	client  bool // the INVITE was ours
	message atomic.Pointer[Message]
	source  atomic.Pointer[netip.AddrPort]

	// Everything below belongs to the strand.
	state     dialogState
	leg       leg
	endReason string

	call outgoing // client side, until it is established
	in   incoming // server side, until it is established

	media   sdp
	session session
	offers  offers
	auth    *authority
	unacked *unacked
	acks    map[string]sent // our ACKs of 2xx by the far end's tag, for repeats
}

// sent is a message and where it went.
type sent struct {
	message *Message
	to      route
}

// unacked is a 2xx to an INVITE that is repeated until its ACK comes. RFC 3261 §13.3.1.4.
type unacked struct {
	tx       *serverTx
	interval time.Duration
	repeatAt time.Time
	endAt    time.Time
}

// Events gives what happens to the dialog, in the order in which it happened; the channel is closed after
// Ended. A reader that is slow, or never comes, delays nobody.
func (d *Dialog) Events() <-chan Event { return d.events.out }

// CallID is the dialog's Call-ID.
func (d *Dialog) CallID() string { return d.strand.callID }

// Source is the far end's address: where the INVITE came from, or where it went last; the zero value while
// that is not known.
func (d *Dialog) Source() netip.AddrPort {
	if at := d.source.Load(); at != nil {
		return *at
	}
	return netip.AddrPort{}
}

// Request is the INVITE that came, or that went last; nil while our own has not gone out because its peer is
// still being resolved.
func (d *Dialog) Request() *Message { return d.message.Load() }

func (d *Dialog) over() bool { return d.state == ended }

// knows says whether the tag is one of the far end's: before the final answer every fork has its own.
func (d *Dialog) knows(remoteTag string) bool {
	if d.leg.remoteTag == remoteTag {
		return true
	}
	_, early := d.call.early[remoteTag]
	return early && d.state == inviting
}

func (d *Dialog) emit(e Event) {
	if d.state != ended {
		d.events.put(e)
	}
}

// finish says the last word.
func (d *Dialog) finish(last Ended) {
	if d.state == ended {
		return
	}
	d.events.put(last)
	d.events.close()
	d.state = ended
	d.unacked = nil
	now := time.Now()
	for _, tx := range [...]*clientTx{d.call.tx, d.offers.tx} {
		if tx != nil {
			tx.machine.limit(now)
		}
	}
	if d.offers.theirsPending() { // RFC 3261 §15.1.2
		tx := d.offers.theirs
		d.strand.respond(now, tx, d.stack.response(tx.request, tx.from, response{status: 487}))
	}
}

func (d *Dialog) deadline() time.Time {
	next := earliest(d.call.nextAt, d.in.ringAt)
	if d.unacked != nil {
		next = earliest(next, earliest(d.unacked.repeatAt, d.unacked.endAt))
	}
	next = earliest(next, earliest(d.session.refreshAt, d.session.expireAt))
	return earliest(next, d.offers.retryAt)
}

// advance does what has fallen due.
func (d *Dialog) advance(now time.Time) {
	if due(d.call.nextAt, now) {
		d.nextHop(now)
	}
	if due(d.in.ringAt, now) {
		d.ringAgain(now)
	}
	if u := d.unacked; u != nil {
		switch {
		case due(u.endAt, now):
			d.neverAcknowledged(now)
		case due(u.repeatAt, now):
			u.interval = min(2*u.interval, t2)
			u.repeatAt = now.Add(u.interval)
			d.strand.respond(now, u.tx, u.tx.last)
		}
	}
	if due(d.offers.retryAt, now) {
		d.offers.retryAt = time.Time{}
		d.offerNext(now)
	}
	d.sessionAdvance(now)
}

// End ends the dialog from any state and on either side: it cancels an INVITE that has no final answer,
// rejects one that we have not answered (480), hangs up what is established, and does both when an answer
// crosses the CANCEL. A reason in the form of RFC 3326 §2 ("SIP;cause=200;text=…") goes on the wire as well.
func (d *Dialog) End(reason string) {
	d.strand.enter(func(now time.Time) {
		if d.endReason == "" {
			d.endReason = reason
		}
		switch d.state {
		case inviting:
			d.cancel(now)
		case ringing:
			d.decline(now, response{status: 480, headers: d.reasonHeader()})
			d.finish(Ended{By: Local, Reason: reason})
		case accepting:
			d.state = closing
		case established:
			d.hangUp(now)
		case cancelling, closing, ended:
		}
	})
}

// hangUp sends BYE; the session is over as soon as it is on its way. RFC 3261 §15.1.1.
func (d *Dialog) hangUp(now time.Time) {
	d.bye(now, d.leg)
	d.finish(Ended{By: Local, Reason: d.endReason})
}

// bye hangs up one leg; its outcome is nobody's concern.
func (d *Dialog) bye(now time.Time, l leg) {
	headers := d.reasonHeader()
	d.transact(now, &l, func(cseq uint32, to route) *Message {
		m := l.request("BYE", cseq, d.strand.callID, to)
		m.headers = append(m.headers, headers...)
		return m
	}, nil)
}

// reasonHeader says why, when the reason has the form of the header. RFC 3326 §2.
func (d *Dialog) reasonHeader() []Header {
	if !strings.Contains(d.endReason, ";cause=") || strings.ContainsAny(d.endReason, "\r\n") {
		return nil
	}
	return []Header{{"Reason", d.endReason}}
}

// Send sends a request (INFO, NOTIFY, MESSAGE, UPDATE …) inside the dialog. What the far end thinks of it is
// not told.
func (d *Dialog) Send(method string, headers []Header, contentType string, body []byte) {
	if !isToken(method) || validHeaders(headers, contentType) != nil {
		return
	}
	switch method {
	case "INVITE", "ACK", "CANCEL", "BYE":
		return // these have methods of their own
	}
	d.strand.enter(func(now time.Time) {
		if d.state == ended || d.leg.remoteTag == "" && d.client {
			return
		}
		d.transact(now, &d.leg, func(cseq uint32, to route) *Message {
			m := d.leg.request(method, cseq, d.strand.callID, to)
			if method == "UPDATE" || method == "REFER" || method == "NOTIFY" {
				m.add("Contact", contactFor(to, ""))
			}
			m.headers = append(m.headers, headers...)
			m.add("Content-Type", contentType)
			m.body = body
			return m
		}, nil)
	})
}

// transact sends a request inside the dialog, finds its way, and answers a challenge. done gets every
// response, or the error; nil when nobody cares. RFC 3261 §12.2.1.
func (d *Dialog) transact(now time.Time, l *leg, build func(uint32, route) *Message, done func(time.Time, *clientTx, *Message, error)) {
	if done == nil {
		done = func(time.Time, *clientTx, *Message, error) {}
	}
	var try func(now time.Time)
	try = func(now time.Time) {
		l.localSeq++
		cseq := l.localSeq
		d.strand.locate(now, l, func(now time.Time, to route, err error) {
			if err != nil {
				done(now, nil, nil, err)
				return
			}
			request := build(cseq, to)
			request.headers = append(request.headers, d.auth.headers(request.method, request.uri)...)
			if d.stack.userAgent != "" {
				request.add("User-Agent", d.stack.userAgent)
			}
			var tx *clientTx
			tx = d.strand.send(now, request.encode(), to, func(now time.Time, m *Message) {
				if (m.status == 401 || m.status == 407) && d.auth.learn(m) {
					try(now)
					return
				}
				d.auth.passed()
				done(now, tx, m, nil)
			}, func(now time.Time, err error) { done(now, tx, nil, err) })
		})
	}
	try(now)
}
