package psap

import (
	"slices"
	"sync"
	"time"
)

// keptCalls is how many calls are kept in memory.
const keptCalls = 200

// book holds the calls, oldest first. Its zero value is empty and ready.
type book struct {
	mu    sync.Mutex
	calls []*call
}

// add enters a call and drops the oldest calls that are over and too many.
func (b *book) add(c *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, c)
	for len(b.calls) > keptCalls {
		oldest := slices.IndexFunc(b.calls, (*call).over)
		if oldest < 0 {
			return // all of them are up: none may be lost from sight
		}
		b.calls = slices.Delete(b.calls, oldest, oldest+1)
	}
}

// all gives the calls, newest first.
func (b *book) all() []*call {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls := slices.Clone(b.calls)
	slices.Reverse(calls)
	return calls
}

// find gives the call of that id, nil when there is none.
func (b *book) find(id string) *call {
	for _, c := range b.all() {
		if c.id == id {
			return c
		}
	}
	return nil
}

// forget drops the calls that are over.
func (b *book) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = slices.DeleteFunc(b.calls, (*call).over)
}

// waitFor gives the calls that are up this long, together, to end.
func (b *book) waitFor(patience time.Duration) {
	timeout := time.After(patience)
	for _, c := range b.all() {
		select {
		case <-c.done:
		case <-timeout:
			return
		}
	}
}

// over says whether the call has ended.
func (c *call) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
