package sipcall

import (
	"time"

	"mayday/edge/relay"
	"mayday/sip"
)

// testService is the user part under which a node's own test service is called. It is no number, so that no carrier can be asked
// for it by accident and no live number can stand for it.
const testService = "mayday-test"

const (
	testServiceLasts = 30 * time.Second
	testServiceCalls = 8 // at once; it answers drills, not the world
)

// testTone is what the test service says: a steady tone at a level that a drill can tell from silence.
func testTone() relay.Sound {
	return relay.Sound{FrequenciesHz: []float64{1000}, LevelDBov: -20, On: time.Second}
}

// serveTest answers a call to the test service: it plays its tone until the caller hangs up or its time is over. The engine never
// hears of it.
func (l *leg) serveTest() {
	l.over = true
	if l.calls.tests.Add(1) > testServiceCalls {
		l.calls.tests.Add(-1)
		l.rejectWith(486)
		l.drain()
		return
	}
	defer l.calls.tests.Add(-1)
	l.ring()
	l.answer()
	l.playTone(testTone())
	timer := time.NewTimer(testServiceLasts)
	defer timer.Stop()
	for {
		select {
		case event, open := <-l.dialog.Events():
			if !open {
				return
			}
			l.take(event)
		case <-l.inbox.ready:
			for _, task := range l.inbox.take() {
				task(l)
			}
		case <-timer.C:
			l.dialog.End("")
		}
	}
}

// asksTest reports whether an INVITE is for the test service.
func asksTest(request *sip.Message) bool { return userOf(request.URI()) == testService }
