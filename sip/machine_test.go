package sip

import (
	"testing"
	"time"
)

// The machines are walked by hand: an input and the time, what they ask for, where they stand.
type clientStep struct {
	at    time.Duration
	input int // a status; 0 lets time pass
	want  effects
	state clientState
}

func TestClientTransactionsStepByStep(t *testing.T) {
	for name, c := range map[string]struct {
		machine clientMachine
		steps   []clientStep
	}{
		"INVITE that is refused is acknowledged for as long as the refusal repeats": {clientMachine{invite: true}, []clientStep{
			{500 * time.Millisecond, 0, doSend, calling},
			{1500 * time.Millisecond, 0, doSend, calling},
			{1600 * time.Millisecond, 180, doDeliver, proceeding},
			{time.Hour, 0, 0, proceeding},
			{time.Hour, 486, doAck | doDeliver, completed},
			{time.Hour + time.Second, 486, doAck, completed},
			{time.Hour + time.Second, 200, 0, completed},
			{time.Hour + 32*time.Second, 0, 0, terminated},
			{time.Hour + 33*time.Second, 486, 0, terminated},
		}},
		"INVITE that is accepted hands up every further 2xx": {clientMachine{invite: true}, []clientStep{
			{0, 200, doDeliver, accepted},
			{time.Second, 200, doDeliver, accepted},
			{time.Second, 180, 0, accepted},
			{time.Second, 486, 0, accepted},
			{32 * time.Second, 0, 0, terminated},
		}},
		"INVITE over a reliable transport is not repeated and forgotten at once": {clientMachine{invite: true, reliable: true}, []clientStep{
			{time.Second, 0, 0, calling},
			{time.Second, 404, doAck | doDeliver, terminated},
		}},
		"INVITE without an answer": {clientMachine{invite: true, reliable: true}, []clientStep{{32 * time.Second, 0, doLapse, terminated}}},
		"other request is repeated every T2 once it is being worked on": {clientMachine{}, []clientStep{
			{500 * time.Millisecond, 0, doSend, calling},
			{600 * time.Millisecond, 100, doDeliver, proceeding},
			{4500 * time.Millisecond, 0, 0, proceeding},
			{4600 * time.Millisecond, 0, doSend, proceeding},
			{8600 * time.Millisecond, 0, doSend, proceeding},
			{9 * time.Second, 200, doDeliver, completed},
			{9 * time.Second, 200, 0, completed},
			{14 * time.Second, 0, 0, terminated},
		}},
	} {
		start := time.Unix(0, 0)
		m := c.machine
		if got := m.start(start); got != doSend {
			t.Errorf("%s: start asks for %b", name, got)
		}
		for i, s := range c.steps {
			got := m.advance(start.Add(s.at))
			if s.input != 0 {
				got = m.receive(start.Add(s.at), s.input)
			}
			if got != s.want || m.state != s.state {
				t.Errorf("%s, step %d: asks for %b in state %d, want %b in %d", name, i, got, m.state, s.want, s.state)
			}
		}
	}
}

func TestBrokenTransportEndsOnlyWhatStillHopesForIt(t *testing.T) {
	for _, c := range []struct {
		invite bool
		status int
		want   effects
	}{{true, 0, doLapse}, {true, 180, 0}, {true, 200, 0}, {true, 486, 0}, {false, 0, doLapse}, {false, 100, doLapse}, {false, 200, 0}} {
		m := clientMachine{invite: c.invite, reliable: true}
		m.start(time.Unix(0, 0))
		if c.status != 0 {
			m.receive(time.Unix(1, 0), c.status)
		}
		if got := m.broken(); got != c.want {
			t.Errorf("invite %v after %d: broken transport asks for %b, want %b", c.invite, c.status, got, c.want)
		}
	}
}

// What can be put into a server transaction beside a status to respond with.
const (
	again = -1
	ack   = -2
	wait  = 0
)

type serverStep struct {
	at    time.Duration
	input int
	want  effects
	state serverState
}

func TestServerTransactionsStepByStep(t *testing.T) {
	for name, c := range map[string]struct {
		machine serverMachine
		patient bool
		steps   []serverStep
	}{
		"refusal is repeated until the ACK": {serverMachine{invite: true}, true, []serverStep{
			{0, again, 0, trying},
			{0, 100, doSend, answering},
			{0, again, doSend, answering},
			{time.Hour, wait, 0, answering},
			{time.Hour, 486, doSend, answered},
			{time.Hour + 500*time.Millisecond, wait, doSend, answered},
			{time.Hour + 1500*time.Millisecond, wait, doSend, answered},
			{time.Hour + 1600*time.Millisecond, 200, 0, answered},
			{time.Hour + 1700*time.Millisecond, again, doSend, answered},
			{time.Hour + 1800*time.Millisecond, ack, 0, confirmed},
			{time.Hour + 1900*time.Millisecond, again, 0, confirmed},
			{time.Hour + 6800*time.Millisecond, wait, 0, gone},
		}},
		"refusal that is never acknowledged": {serverMachine{invite: true, reliable: true}, true, []serverStep{
			{0, 486, doSend, answered}, {31 * time.Second, wait, 0, answered}, {32 * time.Second, wait, doUnacked, gone},
		}},
		"2xx is the dialog's to repeat": {serverMachine{invite: true}, true, []serverStep{
			{0, 200, doSend, agreed}, {time.Second, wait, 0, agreed}, {time.Second, again, 0, agreed}, {time.Second, 200, doSend, agreed},
			{time.Second, 486, 0, agreed}, {32 * time.Second, wait, 0, gone},
		}},
		"other request": {serverMachine{}, false, []serverStep{
			{0, again, 0, trying}, {0, 200, doSend, answered}, {time.Second, again, doSend, answered}, {32 * time.Second, wait, 0, gone},
		}},
		"other request over a reliable transport": {serverMachine{reliable: true}, false, []serverStep{{0, 200, doSend, gone}}},
		"request that nobody answers":             {serverMachine{}, false, []serverStep{{32 * time.Second, wait, doNeglect, trying}}},
	} {
		start := time.Unix(0, 0)
		m := c.machine
		m.start(start, c.patient)
		for i, s := range c.steps {
			now := start.Add(s.at)
			var got effects
			switch s.input {
			case wait:
				got = m.advance(now)
			case again:
				got = m.repeated()
			case ack:
				m.acknowledged(now)
			default:
				got = m.respond(now, s.input)
			}
			if got != s.want || m.state != s.state {
				t.Errorf("%s, step %d: asks for %b in state %d, want %b in %d", name, i, got, m.state, s.want, s.state)
			}
		}
	}
}
