package sip

import (
	"strings"
	"time"
)

// offers is who is changing the session at the moment: at most one side may. RFC 3261 §14.
type offers struct {
	theirs  *serverTx // a re-INVITE or UPDATE of the far end that our user has not answered
	tx      *clientTx // our last re-INVITE
	ours    bool      // a re-INVITE or UPDATE of ours is under way
	wanted  *offer    // what ours is, or will be when it may
	retryAt time.Time // after a 491
}

// theirsPending says whether our user still owes the far end an answer.
func (o *offers) theirsPending() bool { return o.theirs != nil && !o.theirs.machine.final() }

// offer is a change of the session that we want.
type offer struct {
	headers     []Header
	contentType string
	body        []byte
	refresh     bool // no change: it only keeps the session alive
	agreed      bool // the far end's 2xx has come
}

// request takes a request inside the dialog. RFC 3261 §12.2.2.
func (d *Dialog) request(now time.Time, m *Message, from route) {
	if m.method == "ACK" {
		d.acknowledged(now, m)
		return
	}
	st := d.strand
	refuse := func(r response) {
		tx := st.serve(now, m, from, false)
		st.respond(now, tx, st.stack.response(m, from, r))
	}
	if d.leg.heard && m.key.cseq < d.leg.remoteSeq {
		refuse(response{status: 500})
		return
	}
	d.leg.remoteSeq, d.leg.heard = m.key.cseq, true
	if from.reliable() {
		d.leg.near = from
	}
	if tags := m.unsupported(); len(tags) > 0 {
		refuse(response{status: 420, headers: []Header{{"Unsupported", strings.Join(tags, ", ")}}})
		return
	}
	switch m.method {
	case "BYE":
		d.byeFrom(now, m, from)
	case "INVITE", "UPDATE":
		d.theirOffer(now, m, from)
	case "OPTIONS":
		refuse(response{status: 200, headers: []Header{{"Allow", methods}, {"Supported", extensions}}})
	case "INFO", "NOTIFY", "REFER", "MESSAGE":
		d.emit(Received{&Exchange{strand: st, tx: st.serve(now, m, from, false), dialog: d}})
	case "SUBSCRIBE", "PUBLISH", "REGISTER", "PRACK":
		refuse(response{status: 405, headers: []Header{{"Allow", methods}}})
	default:
		refuse(response{status: 501, headers: []Header{{"Allow", methods}}})
	}
}

// byeFrom takes a BYE. RFC 3261 §15.1.2.
func (d *Dialog) byeFrom(now time.Time, m *Message, from route) {
	st := d.strand
	tx := st.serve(now, m, from, false)
	if d.state == inviting || d.state == cancelling { // nobody may hang up what nobody has answered
		st.respond(now, tx, st.stack.response(m, from, response{status: 481}))
		return
	}
	st.respond(now, tx, st.stack.response(m, from, response{status: 200}))
	if d.state == ringing {
		d.decline(now, response{status: 487})
		d.emit(Cancelled{})
	}
	d.finish(Ended{By: Remote, Reason: m.Header("Reason")})
}

// theirOffer takes a re-INVITE or UPDATE. RFC 3261 §14.2, RFC 3311 §5.2.
func (d *Dialog) theirOffer(now time.Time, m *Message, from route) {
	st := d.strand
	tx := st.serve(now, m, from, false)
	refuse := func(r response) { st.respond(now, tx, st.stack.response(m, from, r)) }
	if flaw := m.sessionObjection(); flaw != nil {
		refuse(response{status: flaw.status, reason: flaw.reason, headers: flaw.extra})
		return
	}
	empty := len(m.body) == 0
	switch {
	case d.offers.theirsPending(), m.method == "INVITE" && d.unacked != nil:
		refuse(response{status: 500, headers: []Header{retryAfter()}})
		return
	case m.method == "INVITE" && d.state != established,
		d.offers.ours && (m.method == "INVITE" || !empty),
		d.state != established && !empty: // offer and answer of the INVITE are still under way
		refuse(response{status: 491})
		return
	}
	x := &Exchange{strand: st, tx: tx, dialog: d, target: true}
	switch {
	case empty && m.method == "UPDATE":
		d.respond(now, x, response{status: 200})
	case empty:
		d.respond(now, x, response{status: 200, contentType: d.media.contentType, body: d.media.body})
	default:
		if m.method == "INVITE" {
			st.respond(now, tx, st.stack.response(m, from, response{status: 100}))
		}
		d.offers.theirs = tx
		d.emit(Reinvited{x})
	}
}

// respond answers a request inside the dialog for our user.
func (d *Dialog) respond(now time.Time, x *Exchange, r response) {
	m := x.tx.request
	success := r.status >= 200 && r.status < 300
	if x.target && r.status < 300 {
		r.contact = contactFor(x.tx.from, userOf(toURI(m)))
	}
	if x.target && success {
		r.headers = append([]Header{{"Allow", methods}, {"Supported", extensions}}, r.headers...)
		r.headers = append(r.headers, d.sessionFromRequest(now, m)...)
		d.media.remember(r.contentType, r.body)
		d.leg.retarget(m)
	}
	d.strand.respond(now, x.tx, d.stack.response(m, x.tx.from, r))
	if r.status < 200 {
		return
	}
	if x.target && success && m.method == "INVITE" && d.state != ended {
		d.repeatUntilAck(now, x.tx)
	}
	if d.offers.theirs == x.tx {
		d.offers.theirs = nil
		d.offerNext(now)
	}
}

// toURI is what the far end calls us.
func toURI(m *Message) string {
	to, _ := parseNameAddr(m.Header("To"))
	return to.uri
}

// Reoffer sends an in-dialog INVITE with a new offer as soon as nothing else is changing the session.
// Reanswered or ReofferFailed follows; glare is retried. A further call before that replaces an offer that
// has not gone out. RFC 3261 §14.1.
func (d *Dialog) Reoffer(contentType string, body []byte) { d.ReofferWith(nil, contentType, body) }

// ReofferWith is Reoffer with headers of the user's own.
func (d *Dialog) ReofferWith(headers []Header, contentType string, body []byte) {
	if validHeaders(headers, contentType) != nil {
		return
	}
	d.strand.enter(func(now time.Time) {
		if d.state == ended {
			return
		}
		d.offers.wanted = &offer{headers: headers, contentType: contentType, body: body}
		d.offerNext(now)
	})
}

// offerNext sends what is wanted if it may go now.
func (d *Dialog) offerNext(now time.Time) {
	o := &d.offers
	if d.state != established || o.wanted == nil || o.ours || o.theirsPending() || d.unacked != nil || !o.retryAt.IsZero() {
		return
	}
	o.ours = true
	wanted := o.wanted
	d.transact(now, &d.leg, func(cseq uint32, to route) *Message {
		m := d.leg.request("INVITE", cseq, d.strand.callID, to)
		local, _ := parseNameAddr(d.leg.local)
		m.add("Contact", contactFor(to, userOf(local.uri)))
		m.add("Allow", methods)
		m.add("Supported", extensions)
		m.headers = append(m.headers, d.session.ask()...)
		m.headers = append(m.headers, wanted.headers...)
		m.add("Content-Type", wanted.contentType)
		m.body = wanted.body
		return m
	}, func(now time.Time, tx *clientTx, m *Message, err error) { d.offerDone(now, wanted, tx, m) })
}

// offerDone takes what comes of our re-INVITE.
func (d *Dialog) offerDone(now time.Time, wanted *offer, tx *clientTx, m *Message) {
	d.offers.tx = tx
	switch {
	case m != nil && m.status < 200:
		if d.state == ended {
			tx.machine.limit(now)
		}
		return
	case m != nil && m.status < 300:
		d.offerAgreed(now, wanted, tx, m)
		return
	}
	o := &d.offers
	o.ours = false
	if d.state == ended {
		return
	}
	switch {
	case m != nil && m.status == 491 && o.wanted != nil:
		o.retryAt = now.Add(d.glareDelay())
		return
	case m != nil && m.status == 481: // RFC 3261 §12.2.1.2
		d.finish(Ended{By: Remote, Reason: "481"})
		return
	}
	status := 0
	if m != nil {
		status = m.status
	}
	if o.wanted == wanted {
		o.wanted = nil
	}
	d.refreshFailed()
	if !wanted.refresh {
		d.emit(ReofferFailed{status})
	}
	d.offerNext(now)
}

// offerAgreed takes a 2xx to our re-INVITE, which may come several times; each gets its ACK.
func (d *Dialog) offerAgreed(now time.Time, wanted *offer, tx *clientTx, m *Message) {
	l := d.leg
	l.retarget(m)
	d.strand.hasten(now, &l, func(to route) { _ = to.send(d.ackTo(&l, tx.request, to)) })
	if wanted.agreed || d.state == ended {
		return
	}
	wanted.agreed = true
	d.offers.ours = false
	d.leg.retarget(m)
	d.sessionFromResponse(now, m)
	if d.offers.wanted == wanted {
		d.offers.wanted = nil
	}
	if !wanted.refresh {
		d.media.remember(wanted.contentType, wanted.body)
		d.emit(Reanswered{m})
	}
	d.offerNext(now)
}

// glareDelay is how long to wait after a 491, in units of 10 ms: the side that made the Call-ID waits longer.
// RFC 3261 §14.1.
func (d *Dialog) glareDelay() time.Duration {
	if d.client {
		return 2100*time.Millisecond + time.Duration(randomBelow(191))*10*time.Millisecond
	}
	return time.Duration(randomBelow(201)) * 10 * time.Millisecond
}
