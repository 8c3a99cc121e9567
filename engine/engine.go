// Package engine is what lives on a node: who is at which browser, which calls go on, which numbers are leased. One goroutine owns
// it; commands come in, events change it, effects go out to the edges.
//
// It opens no socket, reads no database and knows no wire: what has to be done outside is carried out by whoever it was given.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"mayday/center/rep"
	"mayday/center/trunk"
)

// Outside carries out effects. Do is called from the engine's own goroutine, one effect after the other: it must return at once.
type Outside interface{ Do(Effect) }

// Engine is the goroutine around a State.
type Engine struct {
	outside  Outside
	log      *slog.Logger
	now      func() time.Time
	queues   [lanes]chan request
	done     chan struct{}
	snapshot atomic.Pointer[Snapshot]
	counts   atomic.Pointer[Counts]
	urgency  urgency
	trunks   atomic.Pointer[map[trunk.ID]trunk.Condition]
	shed     map[Shed]*atomic.Uint64

	sightings sightings

	timer *time.Timer     // the engine's goroutine's
	wakes time.Time       // when the timer comes; zero: whenever it does, nothing waits for it
	stale map[rep.ID]bool // screens that are to be shown what has changed; the engine's goroutine's
	rest  []rep.ID        // more of them, after something that has changed everybody's

	mu      sync.Mutex // guards watches alone; never held while anything else is waited for
	watches map[rep.ID][]*Watch
}

type request struct {
	command Command
	reply   chan error
}

// queued is how many commands may wait in each lane before those who send them wait too.
const queued = 1024

// New returns an engine that starts from the snapshot. Run makes it live.
func New(snapshot *Snapshot, outside Outside, log *slog.Logger) *Engine {
	e := &Engine{
		outside: outside,
		log:     log,
		now:     time.Now,
		done:    make(chan struct{}),
		watches: make(map[rep.ID][]*Watch),
		stale:   make(map[rep.ID]bool),
		shed:    make(map[Shed]*atomic.Uint64),
	}
	for at := range e.queues {
		e.queues[at] = make(chan request, queued)
	}
	for _, reason := range sheds() {
		e.shed[reason] = new(atomic.Uint64)
	}
	e.trunks.Store(&map[trunk.ID]trunk.Condition{})
	e.snapshot.Store(snapshot)
	e.counts.Store(&Counts{})
	return e
}

// SetClock gives the engine another clock than the system's, before Run. Its monotonic readings go on as the system's do.
func (e *Engine) SetClock(now func() time.Time) { e.now = now }

// Run owns the state until ctx ends. The window is how long a call-back number is leased; restored is what the black box has kept.
func (e *Engine) Run(ctx context.Context, window time.Duration, restored ...Restored) {
	defer close(e.done)
	state := NewState(e.snapshot.Load(), window)
	state.Restore(restored)
	e.publish(state)
	e.timer = time.NewTimer(time.Hour)
	defer e.timer.Stop()
	for e.take(ctx, state) {
	}
}

// wake sets the timer to the state's next deadline, unless it comes before that anyway: a timer that is set anew while it runs makes the
// runtime pass over all timers there are when it comes.
func (e *Engine) wake(state *State) {
	next := state.NextDeadline()
	if next.IsZero() || !e.wakes.IsZero() && !next.Before(e.wakes) {
		return
	}
	e.wakes = next
	e.timer.Reset(next.Sub(e.now())) // by the clock that the deadline is of
}

// handle carries out one command. A bug in it costs that command and nothing else.
func (e *Engine) handle(state *State, r request) {
	defer func() {
		if bug := recover(); bug != nil {
			e.log.Error("engine bug", "command", fmt.Sprintf("%T", r.command), "bug", bug, "stack", string(debug.Stack()))
			r.reply <- fmt.Errorf("engine: BUG: %v", bug)
		}
	}()
	outcome := state.Step(e.now(), r.command)
	if outcome.Shed != "" {
		e.shed[outcome.Shed].Add(1)
	}
	e.settle(state, outcome)
	r.reply <- outcome.Err
}

func (e *Engine) advance(state *State) {
	e.wakes = time.Time{}
	defer func() {
		if bug := recover(); bug != nil {
			e.log.Error("engine bug", "bug", bug, "stack", string(debug.Stack()))
		}
	}()
	e.settle(state, state.Advance(e.now()))
}

// settle lets the effects out in order, then shows what has changed: a few screens now, many after whatever is urgent.
func (e *Engine) settle(state *State, outcome Outcome) {
	for _, effect := range outcome.Effects {
		e.outside.Do(effect)
	}
	e.publish(state)
	if outcome.All {
		e.rest = e.watched(e.rest[:0])
	}
	for i, id := range outcome.Touched {
		if i < showsATurn {
			e.show(state, id)
			continue
		}
		e.stale[id] = true
	}
}

// publish lets everybody read what can be read without asking.
func (e *Engine) publish(state *State) {
	e.snapshot.Store(state.snapshot)
	e.sightings.follow(state)
	trunks := state.trunks
	e.trunks.Store(&trunks)
	if counts := state.Counts(); counts != *e.counts.Load() {
		e.counts.Store(&counts)
	}
	e.urgency.follow(state)
}

// show brings every screen of the rep up to date.
func (e *Engine) show(state *State, id rep.ID) {
	for _, watch := range e.watching(id) {
		watch.show(state.View(watch.rep, watch.tab, e.now()))
	}
}

// Do hands a command to the engine and returns its refusal, if any, once it has been carried out. It waits for nothing but the
// commands before it, and what belongs to an emergency call has no ordinary ones before it; when ctx or the engine ends first, it
// returns the context's error.
func (e *Engine) Do(ctx context.Context, command Command) error {
	at := e.laneOf(command)
	if e.crowded(at, command) {
		e.shed[ShedQueue].Add(1)
		return Overloaded
	}
	r := request{command: command, reply: make(chan error, 1)}
	select {
	case e.queues[at] <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-e.done:
		return context.Canceled
	}
	select {
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-e.done:
		return context.Canceled
	}
}

// Snapshot returns the configuration that is in force.
func (e *Engine) Snapshot() *Snapshot { return e.snapshot.Load() }

// Counts returns how much goes on.
func (e *Engine) Counts() Counts { return *e.counts.Load() }
