package sipcall

import (
	"time"

	"mayday/edge/relay"
	"mayday/engine"
)

// waiting is what the far end hears while no browser carries the sound: two short soft beeps every other second, which say that
// somebody is still on the line.
func waiting() relay.Sound {
	return relay.Sound{FrequenciesHz: []float64{425}, LevelDBov: -30, On: 200 * time.Millisecond, Off: 1800 * time.Millisecond}
}

func (l *leg) join(browser relay.Side) {
	relay.Join(l.socket, browser)
	l.stopTone()
}

func (l *leg) playTone(sound relay.Sound) {
	if l.tone != nil || l.socket == nil {
		return
	}
	l.tone = relay.NewTone(sound)
	relay.Join(l.socket, l.tone)
}

func (l *leg) part() {
	relay.Part(l.socket)
	l.stopTone()
}

func (l *leg) mute(on bool) {
	if l.socket != nil {
		l.socket.End().Mute(on)
	}
}

// drill says the test tone, and listens from now on.
func (l *leg) drill() {
	if l.socket != nil {
		l.socket.End().Loudest()
	}
	l.playTone(testTone())
}

// measure reports what was heard while the leg listened. A test service speaks, and pauses: one moment says nothing.
func (l *leg) measure() {
	if l.socket != nil {
		l.report(engine.LegHeard{Leg: l.id, Packets: l.socket.Stats().Received, LevelDBov: l.socket.End().Loudest()})
	}
}

func (l *leg) stopTone() {
	if l.tone != nil {
		_ = l.tone.Close() // a tone that ends has nobody to tell
		l.tone = nil
	}
}
