package notify

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"mayday/center/emergency"
)

// delivery is one letter on its way; its goroutine alone touches it.
type delivery struct {
	letter
	attempts int
	encrypt  bool // false once an encrypted attempt has failed where encryption was only better than none
	late     bool // the alarm was raised
}

// deliver hands the letter over, as often as it takes, until everybody has been told or refused, the hour is over or the context ends.
// What it learns it keeps in the outbox, so that a restart tells nobody twice.
func (n *Notifier) deliver(ctx context.Context, l letter) {
	d := &delivery{letter: l, encrypt: true}
	n.metrics.waiting.Inc()
	defer n.metrics.waiting.Dec()
	for n.now().Before(d.Until) {
		r := n.attempt(ctx, d)
		again := n.learn(d, r)
		if len(d.Left) == 0 {
			n.finish(d)
			return
		}
		if len(r.told)+len(r.refused) > 0 || again {
			n.outbox.PutMail(d.ID, d.packed(), d.Until)
		}
		if ctx.Err() != nil {
			return
		}
		if again {
			continue
		}
		n.report(d, r)
		wait := pause(d.attempts)
		if !n.now().Add(wait).Before(d.Until) {
			break
		}
		if !sleep(ctx, wait) {
			return
		}
	}
	n.giveUp(d.letter)
}

// attempt tries once, over a connection that is the letter's alone.
func (n *Notifier) attempt(ctx context.Context, d *delivery) result {
	places := n.first
	if d.attempts > 0 {
		places = n.later
	}
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
	case <-ctx.Done():
		return result{stage: connecting}
	}
	trying, cancel := context.WithTimeout(context.WithoutCancel(ctx), within(d.attempts))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		sleep(trying, endWithin)
		cancel()
	})()
	d.attempts++
	return n.server.hand(trying, d.letter, d.encrypt)
}

// learn takes from the letter whom the server has answered for. It reports whether another way is worth an attempt at once: another
// sender where the rep's is refused, or no encryption where it fails and no password is at stake.
func (n *Notifier) learn(d *delivery, r result) (again bool) {
	if d.Sender != d.OrganisationSender && emergency.ValidAddress(d.OrganisationSender) && r.blamesSender(len(d.Left)) {
		d.Sender = d.OrganisationSender
		return true
	}
	if r.stage == securing && d.encrypt && !n.server.mustBeProven() {
		d.encrypt = false
		return true
	}
	answered := slices.Concat(r.told, r.refused)
	d.Left = slices.DeleteFunc(d.Left, func(address string) bool { return slices.Contains(answered, address) })
	n.metrics.answered(len(r.told), len(r.refused))
	if len(r.told) > 0 {
		after := n.now().Sub(d.At).Seconds()
		if d.Told == 0 {
			n.metrics.seconds.Observe(after)
		}
		d.Told += len(r.told)
		n.log.Info("emergency contacts told", "call", d.Call, "recipients", len(r.told), "left", len(d.Left), "attempt", d.attempts, "seconds", after)
	}
	if len(r.refused) > 0 {
		n.log.Error("emergency contacts refused by the mail server", "call", d.Call, "recipients", len(r.refused), "status", r.refusal)
		n.alarm(Refused)
	}
	return false
}

// report says that an attempt has failed, and once that it is late.
func (n *Notifier) report(d *delivery, r result) {
	n.log.Warn("emergency contacts not told yet", "call", d.Call, "stage", string(r.stage), "status", r.status,
		"left", len(d.Left), "attempt", d.attempts)
	n.metrics.failed(r.stage)
	if d.Told == 0 && !d.late && n.now().Sub(d.At) >= lateAfter {
		d.late = true
		n.alarm(Late)
	}
}

// finish ends a letter about which the server has answered for everybody.
func (n *Notifier) finish(d *delivery) {
	n.outbox.WipeMail(d.ID)
	if d.Told > 0 {
		n.metrics.ended(handedOver)
		return
	}
	n.metrics.ended(refused)
}

// giveUp ends a letter whose hour is over.
func (n *Notifier) giveUp(l letter) {
	n.outbox.WipeMail(l.ID)
	n.log.Error("emergency contacts were not told", "call", l.Call, "recipients", len(l.Left), "told", l.Told)
	n.metrics.ended(givenUp)
	n.alarm(GivenUp)
}

// within is how long an attempt may take. The first is short, because a server that hangs may answer when asked anew; later ones have the
// time that a slow server is entitled to, so that it does not take the same mail again and again (RFC 5321 §4.5.3.2.6).
func within(attempts int) time.Duration {
	return min(firstWithin<<min(attempts, 10), laterWithin)
}

// pause is how long to wait after so many attempts.
func pause(attempts int) time.Duration {
	return min(firstPause<<min(max(attempts-1, 0), 10), longestPause)
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stack is where this goroutine is, for a bug.
func stack() string { return string(debug.Stack()) }
