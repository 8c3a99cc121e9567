package sip

import "time"

// serverState is where a server transaction stands.
type serverState uint8

const (
	// trying has passed the request up and has nothing to repeat yet.
	trying serverState = iota
	// answering has sent a provisional response and repeats it when the request comes again.
	answering
	// answered has sent a final response: of an INVITE it is repeated until the ACK comes, of any other
	// request whenever the request comes again.
	answered
	// confirmed has the ACK and swallows what comes late.
	confirmed
	// agreed has sent a 2xx to an INVITE; the dialog repeats it, this swallows repeats of the request.
	agreed
	// gone does nothing more and is forgotten.
	gone
)

// serverMachine is a server transaction without the network. RFC 3261 §17.2, with the accepted state of
// RFC 6026 §7.1, here called agreed.
type serverMachine struct {
	state    serverState
	invite   bool
	reliable bool

	interval time.Duration
	repeatAt time.Time // timer G
	endAt    time.Time // timers H, I, J and L, and the patience with our own user
}

// start takes the request. A request other than the first INVITE of a dialog must be answered in time.
func (m *serverMachine) start(now time.Time, patient bool) {
	m.state = trying
	if !patient {
		m.endAt = now.Add(patience)
	}
}

// repeated takes the same request once more.
func (m *serverMachine) repeated() effects {
	switch m.state {
	case answering, answered:
		return doSend
	case trying, confirmed, agreed, gone:
	}
	return 0
}

// respond takes a response from our user. RFC 3261 §17.2.1, §17.2.2.
func (m *serverMachine) respond(now time.Time, status int) effects {
	switch m.state {
	case trying, answering:
	case agreed:
		if status >= 200 && status < 300 {
			return doSend
		}
		return 0
	case answered, confirmed, gone:
		return 0
	}
	switch {
	case status < 200:
		m.state = answering
	case m.invite && status < 300:
		m.state, m.endAt = agreed, now.Add(patience)
	case m.invite:
		m.state, m.endAt = answered, now.Add(patience)
		if !m.reliable {
			m.interval, m.repeatAt = t1, now.Add(t1)
		}
	case m.reliable:
		m.state, m.endAt = gone, time.Time{}
	default:
		m.state, m.endAt = answered, now.Add(patience)
	}
	return doSend
}

// acknowledged takes the ACK of a final response that was not 2xx.
func (m *serverMachine) acknowledged(now time.Time) {
	if !m.invite || m.state != answered {
		return
	}
	m.repeatAt = time.Time{}
	if m.reliable {
		m.state, m.endAt = gone, time.Time{}
		return
	}
	m.state, m.endAt = confirmed, now.Add(t4)
}

// final says whether a final response has gone out.
func (m *serverMachine) final() bool { return m.state != trying && m.state != answering }

// advance does what has fallen due.
func (m *serverMachine) advance(now time.Time) effects {
	if due(m.endAt, now) {
		before := m.state
		m.repeatAt, m.endAt = time.Time{}, time.Time{}
		switch {
		case before == trying || before == answering:
			return doNeglect
		case before == answered && m.invite:
			m.state = gone
			return doUnacked
		}
		m.state = gone
		return 0
	}
	if !due(m.repeatAt, now) {
		return 0
	}
	m.interval = min(2*m.interval, t2)
	m.repeatAt = now.Add(m.interval)
	return doSend
}

func (m *serverMachine) deadline() time.Time { return earliest(m.repeatAt, m.endAt) }
