package engine

// Queued returns how many commands wait.
func (e *Engine) Queued() int {
	n := 0
	for _, queue := range e.queues {
		n += len(queue)
	}
	return n
}

// Urgent reports whether the command goes before everything that is ordinary.
func (e *Engine) Urgent(command Command) bool { return e.laneOf(command) == urgentLane }
