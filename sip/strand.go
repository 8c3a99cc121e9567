package sip

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// strand is everything that shares one Call-ID. Its mutex is what keeps messages in order; under it run only
// state machines, writes that do not wait, and appends to event queues.
type strand struct {
	stack  *Stack
	callID string
	urgent bool // its messages go before those of others

	mu      sync.Mutex
	dead    bool
	clients []*clientTx
	servers []*serverTx
	dialogs []*Dialog
	pending int // name look-ups under way
	timer   *time.Timer
	armed   time.Time
	later   []func() // calls to the handler, made when the mutex is free again
}

// maxServers bounds the transactions that the far end may open on one Call-ID.
const maxServers = 256

var (
	errNoAnswer = errors.New("sip: no answer in time")
	errEnded    = errors.New("sip: dialog has ended")
)

func newStrand(s *Stack, callID string) *strand {
	return &strand{stack: s, callID: callID}
}

// enter runs f on the strand and then the handler calls that came of it; false when the strand is dead.
func (st *strand) enter(f func(now time.Time)) bool {
	later, alive := st.locked(f)
	for _, call := range later {
		st.stack.guard(call)
	}
	return alive
}

func (st *strand) locked(f func(now time.Time)) (later []func(), alive bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.dead {
		return nil, false
	}
	st.stack.guard(func() { f(time.Now()) })
	st.settle()
	later, st.later = st.later, nil
	return later, true
}

// settle forgets what is over and sets the timer to the earliest deadline.
func (st *strand) settle() {
	var next time.Time
	st.clients = slices.DeleteFunc(st.clients, func(tx *clientTx) bool { return tx.machine.state == terminated })
	for _, tx := range st.clients {
		next = earliest(next, tx.machine.deadline())
	}
	st.servers = slices.DeleteFunc(st.servers, func(tx *serverTx) bool { return tx.machine.state == gone })
	for _, tx := range st.servers {
		next = earliest(next, tx.machine.deadline())
	}
	st.dialogs = slices.DeleteFunc(st.dialogs, (*Dialog).over)
	for _, d := range st.dialogs {
		next = earliest(next, d.deadline())
	}
	if len(st.clients)+len(st.servers)+len(st.dialogs)+st.pending == 0 {
		st.dead = true
		st.stack.forget(st)
		next = time.Time{}
	}
	st.arm(next)
}

// arm sets the timer, unless it comes before that anyway: a timer that is set anew while it runs makes the runtime pass over all timers
// there are when it comes.
func (st *strand) arm(next time.Time) {
	if next.IsZero() {
		if st.timer != nil {
			st.timer.Stop()
		}
		st.armed = next
		return
	}
	if !st.armed.IsZero() && !next.Before(st.armed) {
		return
	}
	st.armed = next
	if st.timer == nil {
		st.timer = time.AfterFunc(time.Until(next), func() { st.enter(st.advance) })
		return
	}
	st.timer.Reset(time.Until(next))
}

// advance does what has fallen due. Timers run in goroutines of the runtime, which end by themselves.
func (st *strand) advance(now time.Time) {
	st.armed = time.Time{}
	for _, tx := range slices.Clone(st.clients) {
		st.clientEffects(now, tx, tx.machine.advance(now), nil)
	}
	for _, tx := range slices.Clone(st.servers) {
		st.serverEffects(now, tx, tx.machine.advance(now))
	}
	for _, d := range slices.Clone(st.dialogs) {
		d.advance(now)
	}
}

// abandon ends everything at once because the stack closes.
func (st *strand) abandon() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.dead {
		return
	}
	st.dead = true
	if st.timer != nil {
		st.timer.Stop()
	}
	for _, d := range st.dialogs {
		d.finish(Ended{By: Local, Reason: "stack closed", Err: errClosed})
	}
	for _, tx := range st.clients {
		if tx.lapsed != nil {
			tx.lapsed(time.Now(), errClosed)
		}
	}
	st.stack.forget(st)
}

// clientTx is a request of ours that waits for its answer.
type clientTx struct {
	machine clientMachine
	request *Message
	route   route
	fault   error

	written   time.Time // when it was sent first
	cancelled bool      // CANCEL has been sent for it
	left      bool      // nobody waits for its answer any more; should one come it is dealt with

	answered func(now time.Time, m *Message) // each response that the machine delivers
	lapsed   func(now time.Time, err error)  // none came, or the transport failed
}

// clientOf finds the transaction of ours that a response answers. RFC 3261 §17.1.3.
func (st *strand) clientOf(m *Message) *clientTx {
	for _, tx := range st.clients {
		if tx.request.key.via.branch == m.key.via.branch && tx.request.method == m.key.cseqMethod {
			return tx
		}
	}
	return nil
}

// send starts a client transaction. The request must be encoded and carry a fresh branch.
func (st *strand) send(now time.Time, request *Message, to route, answered func(time.Time, *Message), lapsed func(time.Time, error)) *clientTx {
	tx := &clientTx{request: request, route: to, written: now, answered: answered, lapsed: lapsed}
	tx.machine.invite = request.method == "INVITE"
	tx.machine.reliable = to.reliable()
	if c, ok := to.flow.(*tcpConn); ok {
		c.asked.Store(true)
	}
	st.clients = append(st.clients, tx)
	st.clientEffects(now, tx, tx.machine.start(now), nil)
	return tx
}

func (st *strand) clientEffects(now time.Time, tx *clientTx, todo effects, m *Message) {
	if todo&doSend != 0 {
		if fault := tx.route.send(tx.request); fault != nil {
			tx.fault = errors.Join(errUnreachable, fault)
			tx.machine.giveUp(now) // told by the timer, not from within whoever sends
		}
	}
	if todo&doAck != 0 {
		_ = tx.route.send(ackOf(tx.request, m)) // RFC 3261 §17.1.1.3
	}
	switch {
	case todo&doDeliver != 0 && tx.answered != nil:
		tx.answered(now, m)
	case todo&doLapse != 0:
		if tx.fault == nil {
			tx.fault = errNoAnswer
		}
		st.suspect(now, tx)
		if tx.lapsed != nil {
			tx.lapsed(now, tx.fault)
		}
	}
}

// leave stops the repeats of a request that has met silence: its dialog goes elsewhere, or nowhere.
func (st *strand) leave(now time.Time, tx *clientTx) {
	tx.left = true
	tx.machine.mute()
	st.suspect(now, tx)
}

// suspect remembers a hop that is silent. A connection over which nothing has come since is closed, because the one
// who swallows it may well take a new one: a fail-over behind it, or a firewall that has forgotten it.
func (st *strand) suspect(now time.Time, tx *clientTx) {
	st.stack.suspects.add(tx.route.to, now)
	c, ok := tx.route.flow.(*tcpConn)
	if ok && c.deaf(tx.written, now) && c.condemn(errDeaf) {
		st.stack.spawn(func() { st.stack.lost(c, errDeaf) })
	}
}

// response takes a response from the wire. RFC 3261 §17.1.3.
func (st *strand) response(now time.Time, m *Message) {
	tx := st.clientOf(m)
	if tx == nil {
		return
	}
	st.stack.suspects.clear(tx.route.to)
	st.clientEffects(now, tx, tx.machine.receive(now, m.status), m)
}

var errUnreachable = errors.New("sip: far end cannot be reached")

// broken tells the transactions that wait on a lost connection. Those that were left for its silence go on: the
// answer, should there be one, comes over another connection and must be hung up. RFC 3261 §18.2.2.
func (st *strand) broken(now time.Time, c *tcpConn, err error) {
	for _, tx := range slices.Clone(st.clients) {
		if tx.route.flow == flow(c) && !(tx.left && errors.Is(err, errDeaf)) {
			tx.fault = errors.Join(errUnreachable, err)
			st.clientEffects(now, tx, tx.machine.broken(), nil)
		}
	}
}

// serverTx is a request from outside that waits for our answer, or has it.
type serverTx struct {
	machine   serverMachine
	request   *Message
	from      route // where the request came from
	to        route // where responses go
	last      *Message
	neglected func(now time.Time) // our user did not answer in time
	unacked   func(now time.Time) // the far end did not acknowledge a refusal in time
}

// serverOf finds the transaction with that method that a request belongs to. RFC 3261 §17.2.3.
func (st *strand) serverOf(m *Message, method string) *serverTx {
	if method == "ACK" {
		method = "INVITE"
	}
	for _, tx := range st.servers {
		if tx.request.method == method && tx.request.repeatedBy(m) {
			return tx
		}
	}
	return nil
}

// repeatedBy says whether another request came by the same way: then one of the same method is the same again.
func (m *Message) repeatedBy(other *Message) bool {
	a, b := &m.key, &other.key
	if a.via.unique() {
		return a.via.branch == b.via.branch && a.via.host == b.via.host && a.via.port == b.via.port
	}
	return a.fromTag == b.fromTag && a.cseq == b.cseq && a.via.text == b.via.text
}

// serve starts a server transaction.
func (st *strand) serve(now time.Time, m *Message, from route, patient bool) *serverTx {
	tx := &serverTx{request: m, from: from, to: replyRoute(m, from)}
	tx.machine.invite = m.method == "INVITE"
	tx.machine.reliable = from.reliable()
	tx.machine.start(now, patient)
	st.servers = append(st.servers, tx)
	return tx
}

// respond sends a response through its transaction.
func (st *strand) respond(now time.Time, tx *serverTx, response *Message) {
	todo := tx.machine.respond(now, response.status)
	if todo&doSend != 0 {
		tx.last = response
	}
	st.serverEffects(now, tx, todo)
}

func (st *strand) serverEffects(now time.Time, tx *serverTx, todo effects) {
	if todo&doSend != 0 && tx.last != nil {
		st.reply(tx.to, tx.request, tx.last)
	}
	if todo&doNeglect != 0 {
		if tx.neglected != nil {
			tx.neglected(now)
		}
		if !tx.machine.final() {
			st.respond(now, tx, st.stack.response(tx.request, tx.from, response{status: 500}))
		}
	}
	if todo&doUnacked != 0 && tx.unacked != nil {
		tx.unacked(now)
	}
}

// reply writes a response; when its connection is gone it opens one to where the request said.
// RFC 3261 §18.2.2.
func (st *strand) reply(to route, request, response *Message) {
	if to.send(response) == nil || !to.reliable() {
		return
	}
	h := hop{network: "tcp", addr: sentBy(request, to.to.Addr(), to.security().used())}
	if secure := to.security(); secure.used() {
		h.network, h.secure = "tls", secure.outward(request.key.via.host)
	}
	if again, err := st.stack.routeTo(h); err == nil {
		_ = again.send(response)
	}
}
