package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// Ask is a request outside any dialog, such as OPTIONS or REGISTER.
type Ask struct {
	Method      string
	Peer        string  // SIP URI of the next hop, as in Invite
	RequestURI  string  // empty: that of Peer
	From, To    Address // empty: our own address, and the peer
	Contact     string  // user part of our Contact; empty: none
	CallID      string  // empty: random
	CSeq        uint32  // 0: 1; a challenge that is answered takes one more
	Headers     []Header
	Credentials *Credentials // nil: a challenge is the answer
	TLS         *tls.Config  // as in Invite
}

// Options asks the peer whether it is there and gives the status of its final answer. It waits for that, or
// for the context. RFC 3261 §11.1.
func (s *Stack) Options(ctx context.Context, peer string) (status int, err error) {
	answer, err := s.Ask(ctx, Ask{Method: "OPTIONS", Peer: peer, Headers: []Header{{"Accept", "application/sdp"}}})
	if err != nil {
		return 0, err
	}
	return answer.status, nil
}

// inquiry is an Ask under way.
type inquiry struct {
	ask    Ask
	strand *strand
	leg    leg
	auth   *authority
	done   chan outcome // holds one
}

type outcome struct {
	answer *Message
	err    error
}

// Ask sends the request and gives its final answer. It waits for that, or for the context. errors.Is says of the error whether it
// is ErrInsecure.
func (s *Stack) Ask(ctx context.Context, ask Ask) (*Message, error) {
	if err := ask.check(); err != nil {
		return nil, fmt.Errorf("ask peer: %w", err)
	}
	st := s.strandOf(ask.CallID, true)
	if st == nil {
		return nil, fmt.Errorf("ask peer: %w", errClosed)
	}
	q := &inquiry{ask: ask, strand: st, done: make(chan outcome, 1)}
	q.leg = leg{localTag: random(8), target: ask.Peer, tls: ask.TLS}
	if ask.Credentials != nil {
		q.auth = &authority{credentials: *ask.Credentials}
	}
	if !st.enter(q.begin) {
		return nil, fmt.Errorf("ask peer: %w", errClosed)
	}
	select {
	case o := <-q.done:
		if o.err != nil {
			return nil, fmt.Errorf("ask peer: %w", o.err)
		}
		return o.answer, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("ask peer: %w", ctx.Err())
	case <-s.ctx.Done():
		return nil, fmt.Errorf("ask peer: %w", errClosed)
	}
}

// check fills the gaps and refuses what cannot be asked.
func (a *Ask) check() error {
	u, err := parseURI(a.Peer)
	if err != nil || u.host == "" {
		return errURI
	}
	if a.RequestURI == "" {
		a.RequestURI = a.Peer
	}
	if a.CallID == "" {
		a.CallID = random(16)
	}
	a.CSeq = max(a.CSeq, 1)
	for _, address := range [...]Address{a.From, a.To} {
		if _, err := parseURI(address.URI); address.URI != "" && err != nil {
			return errURI
		}
	}
	if !isToken(a.Method) {
		return errors.New("method is no token")
	}
	return validHeaders(a.Headers, "")
}

func (q *inquiry) settle(o outcome) {
	select {
	case q.done <- o:
	default:
	}
}

func (q *inquiry) begin(now time.Time) {
	q.strand.locate(now, &q.leg, func(now time.Time, to route, err error) {
		if err != nil {
			q.settle(outcome{err: err})
			return
		}
		q.send(now, to)
	})
}

// send writes the request in a transaction of its own.
func (q *inquiry) send(now time.Time, to route) {
	from, whom := q.ask.From, q.ask.To
	if from.URI == "" {
		from.URI = "sip:" + to.flow.local(to.to).String()
	}
	if whom.URI == "" {
		whom.URI = q.ask.RequestURI
	}
	q.leg.local, q.leg.remote = from.format()+";tag="+q.leg.localTag, whom.format()
	q.leg.target = q.ask.RequestURI
	m := q.leg.request(q.ask.Method, q.ask.CSeq, q.strand.callID, to)
	if q.ask.Method != "REGISTER" || q.ask.Contact != "" {
		m.add("Contact", contactFor(to, q.ask.Contact))
	}
	m.headers = append(m.headers, q.ask.Headers...)
	m.headers = append(m.headers, q.auth.headers(q.ask.Method, q.ask.RequestURI)...)
	m.add("User-Agent", q.strand.stack.userAgent)
	q.strand.send(now, m.encode(), to,
		func(now time.Time, answer *Message) { q.answered(now, to, answer) },
		func(_ time.Time, err error) { q.settle(outcome{err: err}) })
}

// answered takes the final answer, and a challenge back to the far end with credentials. RFC 3261 §22.2.
func (q *inquiry) answered(now time.Time, to route, answer *Message) {
	switch {
	case answer.status < 200:
	case (answer.status == 401 || answer.status == 407) && q.auth.learn(answer):
		q.ask.CSeq++
		q.send(now, to)
	default:
		q.settle(outcome{answer: answer})
	}
}
