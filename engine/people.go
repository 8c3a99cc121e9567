package engine

import (
	"slices"
	"strings"

	"mayday/center/rep"
)

func (t *step) attach(c AttachTab) {
	t.emit(TabAttached(c))
	t.touch(c.Rep)
	t.joinChains(c.Rep)
}

func (t *step) detach(c DetachTab) {
	if t.speaks(c.Rep, c.Tab) {
		t.emit(TabLeft(c))
	} else {
		t.drop(c)
	}
	t.touch(c.Rep)
	t.settleSound(c.Rep)
}

func (t *step) drop(c DetachTab) {
	t.emit(TabDetached(c))
	t.do(DropSound{Tab: c.Tab})
}

// speaks reports whether the tab carries the sound of an emergency call.
func (t *step) speaks(id rep.ID, name TabID) bool {
	return slices.ContainsFunc(t.ownOf(id), func(c *call) bool { return c.state != failed && c.tab == name })
}

// dropLeft lets go of tabs that have left and whose sound is not needed any more.
func (t *step) dropLeft() {
	for _, id := range t.out.Touched {
		for _, tab := range slices.Clone(t.tabs(id)) {
			if tab.left && !t.speaks(id, tab.id) {
				t.drop(DetachTab{Rep: id, Tab: tab.id})
				t.settleSound(id)
			}
		}
	}
}

func (t *step) choosePresence(c ChoosePresence) error {
	if t.locked(c.Rep) {
		return EmergencyLocked
	}
	if !t.snapshot.presenceKnown(c.Presence) {
		return UnknownPresence
	}
	t.emit(PresenceChosen(c))
	t.touch(c.Rep)
	t.keepLease(c.Rep)
	return nil
}

func (t *step) reportPosition(c ReportPosition) error {
	if !c.Position.Valid() {
		return NotAPosition
	}
	c.Position.At = t.now
	t.emit(PositionReported(c))
	t.touch(c.Rep)
	t.movePlace(c.Rep)
	return nil
}

func (t *step) reportMicrophone(c ReportMicrophone) {
	t.emit(MicrophoneReported(c))
	t.touch(c.Rep)
}

func (t *step) reportSound(c ReportSound) {
	t.emit(SoundReported(c))
	t.touch(c.Rep)
	t.settleSound(c.Rep)
}

// settleSound gives every call of the rep a tab that can carry its sound: the one that it has as long as that is connected, else
// another one. When there is none, the far end hears a tone until there is.
func (t *step) settleSound(id rep.ID) {
	t.settleDesk(id)
	for _, c := range t.callsOf(id) {
		if c.state != failed && t.moveSound(c) {
			t.joinSound(c)
			t.alarmAboutSound(c)
		}
	}
}

// moveSound says which tab carries the sound of the call from now on, and whether that is news.
func (t *step) moveSound(c *call) bool {
	chosen := t.carrier(c.rep, c.tab)
	if c.wanted != "" && t.carrier(c.rep, c.wanted) == c.wanted {
		chosen = c.wanted
	}
	abandoned := chosen == "" && c.tab == "" && len(t.tabs(c.rep)) == 0 && c.soundLost.IsZero()
	if chosen == c.tab && !abandoned {
		return false
	}
	t.emit(SoundMoved{Call: c.id, Tab: chosen, At: t.now})
	t.touch(c.rep)
	return true
}

func (t *step) alarmAboutSound(c *call) {
	if c.emergency() && c.tab == "" {
		t.do(RaiseAlarm{Alarm: SoundAbsent})
	}
}

// carrier returns the tab that should carry the sound of a call: the one it has while that is connected, else a connected one with
// a microphone, else any connected one, and of all the last one whose feed is gone.
func (t *step) carrier(id rep.ID, has TabID) TabID {
	var best tab
	for _, tab := range t.tabs(id) {
		switch {
		case !tab.connected:
		case tab.id == has && !tab.left:
			return tab.id
		case best.id == "" || tab.fitness() > best.fitness():
			best = tab
		}
	}
	return best.id
}

// want notes the tab in which the person dialled or answered, when another one has to carry the sound at first: a page that was just
// reloaded is not connected yet, and the person need not sit in front of the other one.
func (t *step) want(c *call, asked TabID) {
	at := slices.ContainsFunc(t.tabs(c.rep), func(tab tab) bool { return tab.id == asked && !tab.left })
	if at && c.tab != asked && len(t.tabs(c.rep)) > 1 {
		t.emit(SoundWanted{Call: c.id, Tab: asked})
	}
}

// fitness says how well the tab could carry a call.
func (t tab) fitness() int {
	switch {
	case t.left:
		return 0
	case t.deaf:
		return 1
	}
	return 2
}

// joinSound lets the call's leg hear its tab, or a tone when there is none.
func (t *step) joinSound(c *call) {
	switch {
	case c.leg == "" || c.state == held || c.state == incoming:
	case c.tab != "":
		t.do(JoinSound{Leg: c.leg, Tab: c.tab})
	default:
		t.do(PlayTone{Leg: c.leg})
	}
}

func (t *step) mute(c Mute) error {
	call := t.ordinaryNamed(c.Rep, c.Call)
	switch {
	case t.locked(c.Rep):
		return EmergencyLocked
	case call == nil || call.state == failed:
		return NoSuchCall
	}
	t.emit(CallMuted{Call: call.id, On: c.On})
	t.touch(c.Rep)
	if call.leg != "" {
		t.do(MuteLeg{Leg: call.leg, On: c.On})
	}
	return nil
}

// ordinaryNamed returns the rep's ordinary call if it is the named one; a click that comes late must not act on the next call.
func (t *step) ordinaryNamed(id rep.ID, name CallID) *call {
	if call := t.ordinaryOf(id); call != nil && (name == "" || name == call.id) {
		return call
	}
	return nil
}

func (t *step) keypad(c Keypad) error {
	call := t.ordinaryNamed(c.Rep, c.Call)
	switch {
	case t.locked(c.Rep):
		return EmergencyLocked
	case call == nil || call.leg == "":
		return NoSuchCall
	case c.Digits == "" || len(c.Digits) > 32 || strings.Trim(c.Digits, "0123456789*#ABCD") != "":
		return NotAKey
	}
	t.do(SendDigits{Leg: call.leg, Digits: c.Digits})
	return nil
}

func (t *step) hold(c Hold) error {
	call := t.ordinaryNamed(c.Rep, c.Call)
	switch {
	case t.locked(c.Rep):
		return EmergencyLocked
	case call == nil || call.state != connected && call.state != held:
		return NoSuchCall
	case c.On:
		t.holdCall(call)
	case t.attended(c.Rep) != nil:
		return ListeningIn
	case call.state == held:
		t.emit(CallResumed{Call: call.id})
		t.touch(c.Rep)
		t.do(HoldLeg{Leg: call.leg, On: false})
		t.moveSound(call)
		t.joinSound(call)
	}
	return nil
}

func (t *step) holdCall(c *call) {
	if c.state != connected {
		return
	}
	t.emit(CallHeld{Call: c.id, At: t.now})
	t.touch(c.rep)
	t.do(HoldLeg{Leg: c.leg, On: true}, PartSound{Leg: c.leg})
}
