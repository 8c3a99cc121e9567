package engine

// Queued returns how many commands wait.
func (e *Engine) Queued() int {
	n := 0
	for _, queue := range e.queues {
		n += len(queue)
	}
	return n
}
