package sipcall

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"mayday/center/emergency"
	"mayday/center/trunk"
	"mayday/engine"
	"mayday/silence"
	"mayday/sip"
)

// keeper asks one trunk whether it is there, registers with it where it wants that, and so keeps the connection to it open, that an
// INVITE need not wait for a handshake. Its goroutine alone touches its fields.
type keeper struct {
	calls *Calls
	trunk trunk.Trunk
	hints chan hint
	stop  context.CancelFunc
	done  chan struct{}

	alive      trunk.Condition
	askAt      time.Time // zero: it is not asked
	registered trunk.Condition
	renewAt    time.Time // zero: it wants no registration
	binding    binding
	told       trunk.Health
}

// hint is what a call has shown of its trunk.
type hint uint8

const (
	served  hint = iota // it answered
	doubted             // it did not, or could not be reached
)

// askWithin is the patience with an answer: that with an INVITE.
const askWithin = emergency.AnswerWithin

// startSpread is the time over which keepers begin, so that a node does not ask all of its trunks at once.
const startSpread = time.Second

// newKeeper starts to keep a trunk, once the one before it has ended; nil when there is nothing to keep.
func (c *Calls) newKeeper(carrier trunk.Trunk, before *keeper) *keeper {
	if carrier.KeepAlive() == 0 && !carrier.Register {
		return nil
	}
	k := &keeper{calls: c, trunk: carrier, hints: make(chan hint, 4), done: make(chan struct{})}
	begin := time.Now().Add(rand.N(startSpread))
	if carrier.KeepAlive() > 0 {
		k.askAt = begin
	}
	if carrier.Register {
		k.renewAt, k.binding = begin, newBinding()
	}
	ctx, stop := context.WithCancel(c.ctx)
	k.stop = stop
	c.loops.Go(func() {
		defer close(k.done)
		if before != nil {
			<-before.done
		}
		k.loop(ctx)
	})
	return k
}

// hint tells the keeper what a call has shown; a keeper that is busy does without.
func (k *keeper) hint(h hint) {
	select {
	case k.hints <- h:
	default:
	}
}

func (k *keeper) loop(ctx context.Context) {
	set := k.next() // when the timer comes; zero: it has come
	timer := time.NewTimer(time.Until(set))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			k.leave()
			return
		case h := <-k.hints:
			k.take(h)
		case <-timer.C:
			set = time.Time{}
		}
		now := time.Now()
		if due(k.askAt, now) {
			k.ask(ctx)
		}
		if due(k.renewAt, now) {
			k.register(ctx)
		}
		if ctx.Err() != nil {
			continue
		}
		k.tell(trunk.Worse(k.alive, k.registered))
		if next := k.next(); set.IsZero() || next.Before(set) { // else it looks again when it comes
			set = next
			timer.Reset(time.Until(set))
		}
	}
}

// leave says that nobody asks the trunk any more, unless the node itself is about to end.
func (k *keeper) leave() {
	if k.calls.ctx.Err() == nil {
		k.tell(trunk.Condition{})
	}
}

func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// next is when something falls due.
func (k *keeper) next() time.Time {
	if k.renewAt.IsZero() || !k.askAt.IsZero() && k.askAt.Before(k.renewAt) {
		return k.askAt
	}
	return k.renewAt
}

// take believes a call that was answered at once, and asks at once when one was not.
func (k *keeper) take(h hint) {
	switch h {
	case served:
		k.alive = k.alive.Served(time.Now())
	case doubted:
		if !k.askAt.IsZero() {
			k.askAt = time.Now()
		}
	}
}

// ask sends OPTIONS. Any answer is a sign of life, but for those that say that nothing is served now (RFC 3261 §11.2).
func (k *keeper) ask(ctx context.Context) {
	answer, err := k.send(ctx, sip.Ask{Method: "OPTIONS", Headers: []sip.Header{{Name: "Accept", Value: sdpType}}})
	now := time.Now()
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		k.alive = k.alive.Missed(now, reasonOf(err))
	case answer.Status() == 503 || answer.Status() == 408:
		k.alive = k.alive.Missed(now, "answers "+strconv.Itoa(answer.Status()))
	default:
		k.alive = k.alive.Answered(now)
	}
	k.askAt = now.Add(k.alive.NextIn(k.trunk.KeepAlive()))
}

// send asks the trunk over the connection that its calls use.
func (k *keeper) send(ctx context.Context, ask sip.Ask) (*sip.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	config, err := k.calls.trust.of(k.trunk)
	if err != nil {
		k.calls.config.Logger.Error("certificates of a trunk not read", "trunk", k.trunk.ID, "error", err)
	}
	ask.Peer, ask.TLS, ask.Credentials = k.trunk.URI, config, credentials(k.trunk)
	return k.calls.stack.Ask(ctx, ask)
}

// tell reports the condition, again and again, since the engine may not have known the trunk the first time.
func (k *keeper) tell(c trunk.Condition) {
	if c.Health != k.told {
		k.told = c.Health
		level := slog.LevelInfo
		if c.Health.Sick() {
			level = slog.LevelWarn
		}
		k.calls.config.Logger.Log(k.calls.ctx, level, "trunk", "trunk", k.trunk.ID, "health", c.Health, "reason", c.Reason)
	}
	k.calls.config.Report(engine.ReportTrunk{Trunk: k.trunk.ID, Health: c.Health, Since: c.Since, Reason: c.Reason})
}

// reasonOf says in words for an operator why a trunk gave no answer.
func reasonOf(err error) string {
	if errors.Is(err, sip.ErrInsecure) && silence.Reason(err) == "" {
		return "no connection with it can be secured"
	}
	return cmp.Or(silence.Reason(err), "it cannot be reached")
}

// Watch keeps the trunks: their next hops resolved, so that no call waits for a name server, their certificates read, and themselves
// asked and registered with as they want it. Each call replaces the list.
func (c *Calls) Watch(trunks []trunk.Trunk) {
	var uris []string
	for _, carrier := range trunks {
		uris = append(uris, carrier.URI)
		if carrier.Secure() {
			uris = append(uris, trunk.WithoutTLS(carrier.URI))
		}
		if _, err := c.trust.of(carrier); err != nil {
			c.config.Logger.Error("certificates of a trunk not read", "trunk", carrier.ID, "error", err)
		}
	}
	c.stack.Watch(uris)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	kept := make(map[trunk.ID]*keeper, len(trunks))
	for _, carrier := range trunks {
		k := c.keepers[carrier.ID]
		if k == nil || k.trunk != carrier {
			k = c.newKeeper(carrier, k)
		}
		if k != nil {
			kept[carrier.ID] = k
		}
	}
	for id, k := range c.keepers {
		if kept[id] != k {
			k.stop()
		}
	}
	c.keepers = kept
}

// hint tells the keeper of a trunk, if it has one, what a call has shown.
func (c *Calls) hint(id trunk.ID, h hint) {
	c.mu.Lock()
	k := c.keepers[id]
	c.mu.Unlock()
	if k != nil {
		k.hint(h)
	}
}
