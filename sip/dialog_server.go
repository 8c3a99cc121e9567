package sip

import "time"

// incoming is what a server dialog needs until it is established.
type incoming struct {
	tx     *serverTx // the INVITE
	ringAt time.Time // when the last provisional response is due once more
}

// newServerDialog takes an INVITE from outside and says 100 at once. RFC 3261 §13.3.1.
func newServerDialog(now time.Time, st *strand, m *Message, from route) *Dialog {
	d := &Dialog{strand: st, stack: st.stack, events: newQueue(st.stack), state: ringing}
	d.message.Store(m)
	d.source.Store(&from.to)
	d.leg = legFromRequest(m, random(8), from)
	d.in.tx = st.serve(now, m, from, true)
	st.dialogs = append(st.dialogs, d)
	st.respond(now, d.in.tx, st.stack.response(m, from, response{status: 100}))
	return d
}

// Ring sends a provisional response of 101 to 199; with a body it opens early media. It is sent again every
// minute, so that no proxy on the way loses patience. RFC 3261 §13.3.1.1.
func (d *Dialog) Ring(status int, headers []Header, contentType string, body []byte) error {
	if status < 101 || status > 199 {
		return errStatus
	}
	r := response{status: status, headers: headers, contentType: contentType, body: body}
	return d.answerWith(r, func(now time.Time, r response) {
		d.in.ringAt = now.Add(ringRepeat)
		d.sendAnswer(now, r)
	})
}

// Answer accepts the call with 200, which is sent until the ACK comes; Confirmed follows, or Ended when none
// comes within 32 s. RFC 3261 §13.3.1.4.
func (d *Dialog) Answer(headers []Header, contentType string, body []byte) error {
	r := response{status: 200, contentType: contentType, body: body}
	r.headers = append(r.headers, headers...)
	return d.answerWith(r, func(now time.Time, r response) {
		d.state = accepting
		d.in.ringAt = time.Time{}
		r.headers = append(r.headers, Header{"Allow", methods}, Header{"Supported", extensions})
		r.headers = append(r.headers, d.sessionFromRequest(now, d.in.tx.request)...)
		d.sendAnswer(now, r)
		d.repeatUntilAck(now, d.in.tx)
	})
}

// Reject refuses the call with a status of 300 to 699; an empty reason takes the standard phrase.
func (d *Dialog) Reject(status int, reason string, headers []Header) error {
	if status < 300 || status > 699 {
		return errStatus
	}
	return d.answerWith(response{status: status, reason: reason, headers: headers}, func(now time.Time, r response) {
		d.decline(now, r)
		d.finish(Ended{By: Local, Reason: r.reason})
	})
}

// answerWith checks a response to the first INVITE and the state, and then acts.
func (d *Dialog) answerWith(r response, act func(time.Time, response)) error {
	if err := validHeaders(append([]Header{{"X", r.reason}}, r.headers...), r.contentType); err != nil {
		return err
	}
	err := errEnded
	d.strand.enter(func(now time.Time) {
		if d.state == ringing {
			err = nil
			act(now, r)
		}
	})
	return err
}

// sendAnswer sends a response that makes or keeps the dialog.
func (d *Dialog) sendAnswer(now time.Time, r response) {
	tx := d.in.tx
	r.toTag = d.leg.localTag
	r.contact = contactFor(tx.from, userOf(tx.request.uri))
	d.media.remember(r.contentType, r.body)
	d.strand.respond(now, tx, d.stack.response(tx.request, tx.from, r))
}

func (d *Dialog) decline(now time.Time, r response) {
	tx := d.in.tx
	d.in.ringAt = time.Time{}
	r.toTag = d.leg.localTag
	d.strand.respond(now, tx, d.stack.response(tx.request, tx.from, r))
}

// ringAgain repeats the last provisional response.
func (d *Dialog) ringAgain(now time.Time) {
	d.in.ringAt = now.Add(ringRepeat)
	if d.in.tx.last != nil {
		d.strand.respond(now, d.in.tx, d.in.tx.last)
	}
}

// repeatUntilAck repeats the 2xx that the transaction has just sent.
func (d *Dialog) repeatUntilAck(now time.Time, tx *serverTx) {
	d.unacked = &unacked{tx: tx, interval: t1, repeatAt: now.Add(t1), endAt: now.Add(patience)}
}

// neverAcknowledged hangs up a call whose 200 was never acknowledged. A call that was acknowledged once stays
// up when the ACK of a later re-INVITE is lost. RFC 3261 §13.3.1.4.
func (d *Dialog) neverAcknowledged(now time.Time) {
	d.unacked = nil
	switch d.state {
	case accepting:
		d.bye(now, d.leg)
		d.finish(Ended{By: Timeout, Err: errNoAnswer})
	case closing:
		d.hangUp(now)
	case established:
		d.offerNext(now)
	case inviting, cancelling, ringing, ended:
	}
}

// acknowledged takes the ACK of a 2xx.
func (d *Dialog) acknowledged(now time.Time, m *Message) {
	if d.unacked == nil || d.unacked.tx.request.key.cseq != m.key.cseq {
		return
	}
	d.unacked = nil
	switch d.state {
	case accepting:
		d.state = established
		d.emit(Confirmed{m})
		d.offerNext(now)
	case closing:
		d.hangUp(now)
	case established:
		if len(m.body) > 0 {
			d.emit(Confirmed{m})
		}
		d.offerNext(now)
	case inviting, cancelling, ringing, ended:
	}
}

// cancelled takes a CANCEL: it is answered whatever becomes of its INVITE, which is ended when it has no final
// response yet. RFC 3261 §9.2.
func (st *strand) cancelled(now time.Time, m *Message, from route) {
	invite := st.serverOf(m, "INVITE")
	if invite == nil {
		st.stack.refuse(m, from, &defect{status: 481})
		return
	}
	var owner *Dialog
	for _, d := range st.dialogs {
		if d.in.tx == invite || d.offers.theirs == invite {
			owner = d
		}
	}
	tag := ""
	if owner != nil {
		tag = owner.leg.localTag
	}
	tx := st.serve(now, m, from, false)
	st.respond(now, tx, st.stack.response(m, from, response{status: 200, toTag: tag}))
	if invite.machine.final() {
		return
	}
	st.respond(now, invite, st.stack.response(invite.request, invite.from, response{status: 487, toTag: tag}))
	if owner == nil {
		return
	}
	if owner.in.tx == invite {
		owner.in.ringAt = time.Time{}
		owner.emit(Cancelled{})
		owner.finish(Ended{By: Remote, Reason: m.Header("Reason")})
		return
	}
	owner.offers.theirs = nil // a re-INVITE that was cancelled: the call goes on
	owner.offerNext(now)
}
