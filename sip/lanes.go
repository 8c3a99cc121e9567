package sip

import (
	"bytes"
	"hash/maphash"
	"runtime"
	"time"
)

// What a UDP socket reads takes one of two ways. Messages of urgent calls are handled by the socket's reader itself, before it reads on:
// nothing is queued before them but what the system holds. All others wait in lanes, one for each worker, and a worker lets everybody
// else go first after each message. A Call-ID has one way for all its life, so nothing overtakes anything.

const (
	// laneRoom is how many datagrams wait for one worker; more are dropped, and those who sent them send them again.
	laneRoom = 2048
	// laneSpare is the part of a lane that requests which begin something may not use: calls that exist can still be ended.
	laneSpare = laneRoom / 4
	// readerTurn is how many datagrams a reader takes before it lets others run.
	readerTurn = 16
)

// datagram waits in a lane.
type datagram struct {
	raw  []byte
	from route
	read time.Time
}

// lanes are the ways of ordinary datagrams.
type lanes struct {
	stack *Stack
	seed  maphash.Seed
	ways  []chan datagram
}

// newLanes starts the workers: one fewer than there are processors, so that the reader and the calls keep one.
func newLanes(s *Stack) *lanes {
	l := &lanes{stack: s, seed: maphash.MakeSeed(), ways: make([]chan datagram, max(1, runtime.GOMAXPROCS(0)-1))}
	for i := range l.ways {
		way := make(chan datagram, laneRoom)
		l.ways[i] = way
		s.running.Go(func() { s.work(way) })
	}
	return l
}

// put takes one datagram from a socket's reader, who may use its bytes again afterwards. It never waits.
func (l *lanes) put(raw []byte, from route, now time.Time) {
	g := look(raw)
	if l.stack.gate.urgentAt(g) {
		l.stack.received(raw, from)
		return
	}
	way := l.ways[maphash.Bytes(l.seed, g.callID)%uint64(len(l.ways))]
	if full := len(way); full >= laneRoom || full >= laneRoom-laneSpare && g.begins() {
		l.stack.gate.dropped.Add(1)
		return
	}
	select {
	case way <- datagram{bytes.Clone(raw), from, now}:
	default:
		l.stack.gate.dropped.Add(1)
	}
}

// work is the goroutine of one lane.
func (s *Stack) work(way <-chan datagram) {
	for {
		select {
		case d := <-way:
			s.receivedAfter(d.raw, d.from, time.Since(d.read))
			runtime.Gosched()
		case <-s.ctx.Done():
			return
		}
	}
}
