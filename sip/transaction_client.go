package sip

import "time"

// effects is what a transaction asks for after an input; several may be set.
type effects uint8

const (
	doSend    effects = 1 << iota // write the request, or the last response, once more
	doAck                         // write the ACK of a final response that is not 2xx
	doDeliver                     // hand the message to the dialog
	doLapse                       // tell the dialog that nothing came in time, or that the transport failed
	doNeglect                     // nobody answered the request: answer for him
	doUnacked                     // the far end never acknowledged our final response
)

// clientState is where a client transaction stands.
type clientState uint8

const (
	// calling repeats the request over UDP and waits for any response.
	calling clientState = iota
	// proceeding has seen a provisional response. An INVITE is no longer repeated and waits for ever,
	// any other request is repeated every T2.
	proceeding
	// completed has its final response and swallows repeats, for an INVITE with an ACK for each.
	completed
	// accepted has a 2xx to an INVITE and hands every further 2xx up: the dialog acknowledges them.
	accepted
	// terminated does nothing more and is forgotten.
	terminated
)

// clientMachine is a client transaction without the network: inputs and the time in, effects out.
// RFC 3261 §17.1, with the accepted state of RFC 6026 §7.2.
type clientMachine struct {
	state    clientState
	invite   bool
	reliable bool

	interval time.Duration
	repeatAt time.Time // timers A and E; zero when not running
	endAt    time.Time // timers B, F, D, K and M
	limitAt  time.Time // when an INVITE that nobody waits for any more is forgotten, whatever comes before
}

// start sends the request. RFC 3261 §17.1.1.2.
func (m *clientMachine) start(now time.Time) effects {
	m.state, m.interval = calling, t1
	m.endAt = now.Add(patience)
	if !m.reliable {
		m.repeatAt = now.Add(t1)
	}
	return doSend
}

// receive takes a response.
func (m *clientMachine) receive(now time.Time, status int) effects {
	switch m.state {
	case calling, proceeding:
		switch {
		case status < 200:
			m.provisional(now)
			return doDeliver
		case m.invite && status < 300:
			m.state, m.repeatAt, m.endAt = accepted, time.Time{}, now.Add(patience)
			return doDeliver
		case m.invite:
			m.complete(now, patience) // timer D, RFC 3261 §17.1.1.2
			return doAck | doDeliver
		}
		m.complete(now, t4) // timer K, RFC 3261 §17.1.2.2
		return doDeliver
	case completed:
		if m.invite && status >= 300 {
			return doAck
		}
	case accepted:
		if status >= 200 && status < 300 {
			return doDeliver
		}
	case terminated:
	}
	return 0
}

func (m *clientMachine) provisional(now time.Time) {
	m.state = proceeding
	if m.invite {
		m.repeatAt, m.endAt = time.Time{}, m.limitAt
		return
	}
	m.interval = t2
	if !m.reliable {
		m.repeatAt = now.Add(t2)
	}
}

// complete waits for repeats of the final response, which a reliable transport does not bring.
func (m *clientMachine) complete(now time.Time, wait time.Duration) {
	m.repeatAt = time.Time{}
	if m.reliable {
		m.state, m.endAt = terminated, time.Time{}
		return
	}
	m.state, m.endAt = completed, now.Add(wait)
}

// broken takes the news that the transport failed.
func (m *clientMachine) broken() effects {
	switch m.state {
	case calling:
	case proceeding:
		if m.invite {
			return 0 // the answer may come over another connection, RFC 3261 §18.2.2
		}
	case completed, accepted, terminated:
		return 0
	}
	m.stop()
	return doLapse
}

// giveUp takes the news that the request could not be written; the next advance says so.
func (m *clientMachine) giveUp(now time.Time) {
	if m.state == calling || m.state == proceeding {
		m.repeatAt, m.endAt = time.Time{}, now
	}
}

// limit bounds the patience with an INVITE that has been cancelled or whose dialog is over. RFC 3261 §9.1.
func (m *clientMachine) limit(now time.Time) {
	if !m.limitAt.IsZero() {
		return
	}
	m.limitAt = now.Add(cancelGuard)
	if m.state == proceeding && m.invite {
		m.endAt = m.limitAt
	}
}

// mute stops the repeats of a request that nobody has answered.
func (m *clientMachine) mute() {
	m.repeatAt = time.Time{}
}

func (m *clientMachine) stop() {
	m.state, m.repeatAt, m.endAt = terminated, time.Time{}, time.Time{}
}

// advance does what has fallen due.
func (m *clientMachine) advance(now time.Time) effects {
	if due(m.endAt, now) {
		waiting := m.state == calling || m.state == proceeding
		m.stop()
		if waiting {
			return doLapse
		}
		return 0
	}
	if !due(m.repeatAt, now) {
		return 0
	}
	m.interval *= 2
	if !m.invite {
		m.interval = min(m.interval, t2)
	}
	m.repeatAt = now.Add(m.interval)
	return doSend
}

func (m *clientMachine) deadline() time.Time { return earliest(m.repeatAt, m.endAt) }
