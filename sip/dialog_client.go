package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Invite is a call to place.
type Invite struct {
	Peer        string // SIP URI of the next hop: "sip:127.0.0.1:5080;transport=udp"; a name goes through RFC 3263
	RequestURI  string // "sip:911@provider.example", "tel:+1…" or "urn:service:sos"
	From, To    Address
	CallID      string       // empty: random
	Headers     []Header     // P-Asserted-Identity, Geolocation, Priority, Privacy …
	ContentType string       // of Body
	Body        []byte       // must hold an offer: an INVITE without one is not supported
	Credentials *Credentials // nil: a challenge is a rejection
	TLS         *tls.Config  // towards a peer over TLS; calls that share it share connections. nil: the system's roots
	Urgent      bool         // what the far end says in this call goes before all other calls' messages
}

// outgoing is what a client dialog needs until it has its final answer.
type outgoing struct {
	invite Invite
	target uri
	hops   []hop // those not tried yet
	seq    uint32
	tx     *clientTx // the INVITE under way
	nextAt time.Time // when a silent hop is left for the next; zero while there is none
	early  map[string]leg
	fault  error
}

// maxForks bounds the early dialogs and the ACKs that one INVITE may make us remember.
const maxForks = 16

// longMessage is the length above which UDP is not the first choice. RFC 3261 §18.1.1.
const longMessage = 1300

// Invite places a call. It never waits: over UDP, and over TCP where a connection is open, the INVITE has been
// written when it returns, and over TLS the open connection's writer has it; a name that is not resolved yet and a
// connection that must be opened come later, as does every outcome, as events. An error means impossible arguments.
func (s *Stack) Invite(invite Invite) (*Dialog, error) {
	target, err := invite.check()
	if err != nil {
		return nil, fmt.Errorf("invite: %w", err)
	}
	if invite.CallID == "" {
		invite.CallID = random(16)
	}
	for {
		st := s.strandFor(invite.CallID, true, invite.Urgent)
		if st == nil {
			return nil, fmt.Errorf("invite: %w", errClosed)
		}
		d := &Dialog{strand: st, stack: s, events: newQueue(s), client: true, state: inviting, acks: map[string]sent{}}
		d.call = outgoing{invite: invite, target: target, early: map[string]leg{}}
		d.leg.localTag = random(8)
		if invite.Credentials != nil {
			d.auth = &authority{credentials: *invite.Credentials}
		}
		if st.enter(d.begin) {
			return d, nil
		}
	}
}

func (i *Invite) check() (uri, error) {
	target, err := parseURI(i.Peer)
	if err != nil || target.host == "" {
		return uri{}, errors.New("peer is not a SIP URI")
	}
	if u, err := parseURI(i.RequestURI); err != nil || u.headers {
		return uri{}, errors.New("request URI is malformed")
	}
	for _, a := range [...]Address{i.From, i.To} {
		if _, err := parseURI(a.URI); err != nil {
			return uri{}, errors.New("from or to is not a URI")
		}
	}
	if strings.ContainsAny(i.CallID, " \t\r\n") {
		return uri{}, errors.New("call id with white space")
	}
	return target, validHeaders(i.Headers, i.ContentType)
}

func (d *Dialog) begin(now time.Time) {
	d.strand.dialogs = append(d.strand.dialogs, d)
	d.media.remember(d.call.invite.ContentType, d.call.invite.Body)
	d.strand.resolve(now, d.call.target, 2*resolveFor, func(now time.Time, hops []hop, err error) {
		if d.state != inviting {
			return
		}
		d.call.fault = err
		d.call.hops = d.call.spread(d.stack.suspects.order(secure(hops, d.call.target, d.call.invite.TLS), now))
		d.attempt(now)
	})
}

// spread puts TCP before UDP for a long message, where the peer's URI leaves the choice to us.
// RFC 3261 §18.1.1.
func (c *outgoing) spread(hops []hop) []hop {
	size := len(c.invite.Body) + 500
	for _, h := range c.invite.Headers {
		size += len(h.Name) + len(h.Value) + 4
	}
	if c.target.transport != "" || size <= longMessage {
		return hops
	}
	var spread []hop
	for _, h := range hops {
		if h.network == "udp" {
			spread = append(spread, hop{network: "tcp", addr: h.addr, dial: probeTimeout})
		}
		spread = append(spread, h)
	}
	return spread
}

// attempt sends the INVITE to the next hop. RFC 3263 §4.3.
func (d *Dialog) attempt(now time.Time) {
	for len(d.call.hops) > 0 {
		h := d.call.hops[0]
		d.call.hops = d.call.hops[1:]
		to, err := d.stack.routeTo(h)
		if err != nil {
			d.call.fault = errors.Join(errUnreachable, err)
			continue
		}
		d.fire(now, to)
		return
	}
	d.failed(d.call.fault)
}

func (d *Dialog) failed(err error) {
	cause := Unreachable
	switch {
	case errors.Is(err, errNoAnswer):
		cause = NoResponse
	case errors.Is(err, ErrInsecure):
		cause = Insecure
	}
	if err == nil {
		err = errUnreachable
	}
	d.emit(Failed{Cause: cause, Err: err})
	d.finish(Ended{By: Timeout, Err: err})
}

// fire writes one INVITE in a transaction of its own. RFC 3261 §13.2.1.
func (d *Dialog) fire(now time.Time, to route) {
	i := &d.call.invite
	d.call.seq++
	line, branch := viaFor(to)
	m := &Message{method: "INVITE", uri: i.RequestURI, body: i.Body}
	m.key = parsed{via: via{branch: branch}, callID: i.CallID, fromTag: d.leg.localTag, cseq: d.call.seq, cseqMethod: "INVITE"}
	m.headers = make([]Header, 0, 16+len(i.Headers))
	m.add("Via", line)
	m.add("Max-Forwards", "70")
	m.add("From", i.From.format()+";tag="+d.leg.localTag)
	m.add("To", i.To.format())
	m.add("Call-ID", i.CallID)
	m.add("CSeq", itoa(d.call.seq)+" INVITE")
	m.add("Contact", contactFor(to, userOf(i.From.URI)))
	m.add("Allow", methods)
	m.add("Supported", extensions)
	m.add("User-Agent", d.stack.userAgent)
	m.headers = append(m.headers, i.Headers...)
	m.headers = append(m.headers, d.auth.headers("INVITE", i.RequestURI)...)
	m.add("Content-Type", i.ContentType)
	m.encode()
	d.message.Store(m)
	d.source.Store(&to.to)
	d.call.nextAt = time.Time{}
	if len(d.call.hops) > 0 {
		d.call.nextAt = now.Add(hopPatience)
	}
	var tx *clientTx
	tx = d.strand.send(now, m, to,
		func(now time.Time, m *Message) { d.answered(now, tx, m) },
		func(now time.Time, err error) { d.lapsed(now, tx, err) })
	d.call.tx = tx
}

func userOf(text string) string {
	u, _ := parseURI(text)
	return u.user
}

// answered takes a response to an INVITE of ours. One that nobody waits for any more, because the call was
// given up or its hop was left for another, is cancelled as soon as that may be. RFC 3261 §13.2.2.
func (d *Dialog) answered(now time.Time, tx *clientTx, m *Message) {
	current := tx == d.call.tx
	switch {
	case m.status >= 200 && m.status < 300:
		d.accepted(now, tx, m)
	case m.status < 200 && current && d.state == inviting:
		d.call.nextAt = time.Time{}
		d.provisional(tx, m)
	case m.status < 200:
		d.sendCancel(now, tx)
	case current && (d.state == inviting || d.state == cancelling):
		d.refused(now, tx, m)
	}
}

// nextHop leaves a hop that has said nothing for the next one; should it speak up late it is cancelled.
func (d *Dialog) nextHop(now time.Time) {
	d.call.nextAt = time.Time{}
	if d.state != inviting || d.call.tx.machine.state != calling {
		return
	}
	d.strand.leave(now, d.call.tx)
	d.attempt(now)
}

func (d *Dialog) provisional(tx *clientTx, m *Message) {
	if m.key.toTag != "" && len(d.call.early) < maxForks {
		early := legFromResponse(tx.request, m, tx.route)
		d.call.early[m.key.toTag] = early
		d.leg = early
	}
	d.emit(Provisional{m})
}

// accepted takes a 2xx: the first makes the call, its repeats get their ACK again, and that of another fork
// is acknowledged and hung up, as is one that nobody wants any more. RFC 3261 §13.2.2.4.
func (d *Dialog) accepted(now time.Time, tx *clientTx, m *Message) {
	l := legFromResponse(tx.request, m, tx.route)
	if ack, known := d.acks[m.key.toTag]; known {
		if ack.to.send(ack.message) != nil {
			d.acknowledge(now, l, tx.request) // its way was not found, or is gone
		}
		return
	}
	if len(d.acks) >= maxForks {
		return
	}
	d.acknowledge(now, l, tx.request)
	if d.state != inviting {
		d.bye(now, l)
		if d.state == cancelling {
			d.abandoned(m)
		}
		return
	}
	if tx != d.call.tx { // a hop that was left has answered after all
		d.giveUp(now, d.call.tx)
	}
	d.leg, d.state, d.call.early, d.call.nextAt = l, established, nil, time.Time{}
	d.auth.passed()
	d.sessionFromResponse(now, m)
	d.emit(Answered{m})
	d.offerNext(now)
}

// acknowledge sends the ACK of a 2xx, with the credentials of its INVITE. RFC 3261 §13.2.2.4.
func (d *Dialog) acknowledge(now time.Time, l leg, invite *Message) {
	d.acks[l.remoteTag] = sent{} // claimed while the way is being found; where there is none the next repeat tries again
	d.strand.hasten(now, &l, func(to route) {
		ack := d.ackTo(&l, invite, to)
		_ = to.send(ack)
		d.acks[l.remoteTag] = sent{ack, to}
	})
}

func (d *Dialog) ackTo(l *leg, invite *Message, to route) *Message {
	ack := l.request("ACK", invite.key.cseq, d.strand.callID, to)
	for _, name := range [...]string{"Authorization", "Proxy-Authorization"} {
		for _, value := range invite.Headers(name) {
			ack.add(name, value)
		}
	}
	return ack.encode()
}

// refused takes a final 3xx to 6xx.
func (d *Dialog) refused(now time.Time, tx *clientTx, m *Message) {
	switch {
	case d.state == cancelling:
		d.abandoned(m)
	case (m.status == 401 || m.status == 407) && d.auth.learn(m):
		d.fire(now, tx.route)
	case m.status == 503 && len(d.call.hops) > 0: // RFC 3263 §4.3
		d.stack.suspects.add(tx.route.to, now)
		d.attempt(now)
	default:
		d.emit(Failed{Status: m.status, Cause: Rejected, Response: m})
		d.finish(Ended{By: Remote, Reason: m.Header("Reason")})
	}
}

func (d *Dialog) lapsed(now time.Time, tx *clientTx, err error) {
	switch {
	case tx != d.call.tx:
	case d.state == cancelling:
		d.abandoned(nil)
	case d.state == inviting:
		d.call.fault = err
		d.attempt(now)
	}
}

// cancel gives up an INVITE. Before any response has come CANCEL may not be sent: then the repeats stop, and
// whatever comes late is cancelled or hung up. RFC 3261 §9.1.
func (d *Dialog) cancel(now time.Time) {
	d.state = cancelling
	d.call.nextAt = time.Time{}
	if d.call.tx == nil {
		d.abandoned(nil)
		return
	}
	d.giveUp(now, d.call.tx)
}

func (d *Dialog) giveUp(now time.Time, tx *clientTx) {
	switch tx.machine.state {
	case proceeding:
		d.sendCancel(now, tx)
	case calling:
		d.strand.leave(now, tx)
	case completed, accepted, terminated:
	}
}

func (d *Dialog) sendCancel(now time.Time, tx *clientTx) {
	if tx.cancelled {
		return
	}
	tx.cancelled = true
	tx.machine.limit(now)
	d.strand.send(now, cancelOf(tx.request, d.reasonHeader()), tx.route, nil, nil)
}

// abandoned is the outcome of a call that we gave up.
func (d *Dialog) abandoned(final *Message) {
	failure := Failed{Cause: WeCancelled, Response: final}
	if final != nil {
		failure.Status = final.status
	}
	d.emit(failure)
	d.finish(Ended{By: Local, Reason: d.endReason})
}
