package sipcall

import (
	"sync"

	"mayday/edge/relay"
	"mayday/engine"
)

// third is the security desk's part in the sound of a leg. The engine's goroutine lets it in and out; nothing in it waits.
type third struct {
	mu    sync.Mutex // held for no longer than it takes to set a few pointers
	guest *relay.Guest
	over  bool // the leg is: nobody comes in any more
}

// JoinDesk lets a third side take part in the sound of a leg: another leg or, when there is none of that name, a browser. It waits for nothing.
func (c *Calls) JoinDesk(id, desk engine.LegID, browser relay.Side, speaks bool) {
	l := c.leg(id)
	if l == nil || l.socket == nil {
		return
	}
	if with := c.leg(desk); with != nil && with.socket != nil {
		l.third.admit(l.socket, with.socket, speaks, with.key)
	} else if browser != nil {
		l.third.admit(l.socket, browser, speaks, nil)
	}
}

// HearDesk lets the two of a leg hear the third side, or no longer.
func (c *Calls) HearDesk(id engine.LegID, on bool) {
	if l := c.leg(id); l != nil {
		l.third.speak(on)
	}
}

// PartDesk ends the third side's part in the sound of a leg.
func (c *Calls) PartDesk(id engine.LegID) {
	if l := c.leg(id); l != nil {
		l.third.leave(false)
	}
}

func (t *third) admit(host, side relay.Side, speaks bool, key func(byte)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	if t.guest != nil {
		t.guest.Leave()
	}
	t.guest = relay.NewGuest(host, key)
	t.guest.Speak(speaks)
	relay.Join(side, t.guest)
}

func (t *third) speak(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.guest != nil {
		t.guest.Speak(on)
	}
}

// leave ends the third side's part, for good when the leg is over.
func (t *third) leave(over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = t.over || over
	if t.guest != nil {
		t.guest.Leave()
		t.guest = nil
	}
}

// key reports a key of the desk's telephone. It is called from where packets are read, and leaves the report to the leg's loop.
func (l *leg) key(key byte) {
	l.inbox.put(func(l *leg) { l.report(engine.LegKeyed{Leg: l.id, Key: key}) })
}
