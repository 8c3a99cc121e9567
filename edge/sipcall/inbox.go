package sipcall

import "sync"

// inbox holds what a leg has been told to do. It never makes the teller wait; a leg is told a handful of things in its life.
type inbox struct {
	mu    sync.Mutex
	tasks []func(*leg)
	ready chan struct{} // holds one
}

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

func (b *inbox) put(task func(*leg)) {
	b.mu.Lock()
	b.tasks = append(b.tasks, task)
	b.mu.Unlock()
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) take() []func(*leg) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tasks := b.tasks
	b.tasks = nil
	return tasks
}
