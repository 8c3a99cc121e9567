package sip

import "sync"

// queueRoom is how many events a dialog holds without a goroutine's help.
const queueRoom = 16

// queue is a channel of events that never refuses and never waits: what does not fit is kept and passed on
// by a goroutine that lives as long as there is something to pass on.
type queue struct {
	stack *Stack
	out   chan Event

	mu     sync.Mutex
	kept   []Event
	moving bool
	closed bool
}

func newQueue(s *Stack) *queue { return &queue{stack: s, out: make(chan Event, queueRoom)} }

// put appends an event; after close it does nothing.
func (q *queue) put(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if !q.moving {
		select {
		case q.out <- e:
			return
		default:
		}
	}
	q.kept = append(q.kept, e)
	if !q.moving {
		q.moving = q.stack.spawn(q.move)
		if !q.moving {
			q.drop()
		}
	}
}

// close closes the channel behind the last event.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	if !q.moving {
		close(q.out)
	}
}

// drop closes the channel with what fits in it: the stack is closing and nobody passes the rest on.
func (q *queue) drop() {
	q.kept, q.moving, q.closed = nil, false, true
	close(q.out)
}

// move passes kept events on until none is left. A reader who never comes back is given up when the stack closes.
func (q *queue) move() {
	for {
		q.mu.Lock()
		if len(q.kept) == 0 {
			q.moving = false
			if q.closed {
				close(q.out)
			}
			q.mu.Unlock()
			return
		}
		next := q.kept[0]
		q.kept = q.kept[1:]
		q.mu.Unlock()
		select {
		case q.out <- next:
		case <-q.stack.ctx.Done():
			q.mu.Lock()
			q.drop()
			q.mu.Unlock()
			return
		}
	}
}
