package psap

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"mayday/sip"
)

// State says how far a call has come.
type State string

const (
	// Placing is a call of ours to which nobody has said yet that it rings.
	Placing State = "placing"
	// Ringing waits to be answered: by our behaviour or a person here, or by the far end.
	Ringing State = "ringing"
	// Connected has been answered; sound flows.
	Connected State = "connected"
	// Over has ended, or never came about.
	Over State = "ended"
)

// Direction is seen from the pretend emergency service.
type Direction string

const (
	// Incoming is a call that the server under test placed.
	Incoming Direction = "incoming"
	// Outgoing is a call of ours: a call back.
	Outgoing Direction = "outgoing"
)

// Happening is one thing that happened to a call.
type Happening struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// maxHappenings bounds what one call may remember.
const maxHappenings = 100

var (
	errOver       = errors.New("the call is over")
	errNotRinging = errors.New("the call is not waiting for an answer here")
	errNoSound    = errors.New("the call has no sound")
)

// call is one call and the loop that owns it. The fields up to done do not change once the loop runs, those
// up to mu belong to the loop.
type call struct {
	logger    *slog.Logger
	id        string
	kind      Kind
	direction Direction
	behaviour Behaviour
	dialog    *sip.Dialog
	source    string
	brought   Brought
	received  time.Time
	commands  chan command
	done      chan struct{} // closed when the call is over

	offer    *description // the caller's offer; nil: there was none that we can read
	side     ourSide
	agreed   session
	answerAt time.Time
	hangUpAt time.Time
	offerAt  time.Time // when to send a re-INVITE

	mu         sync.Mutex
	moved      *Brought // the last message inside the call that told a place; nil: none has
	sound      *sound   // nil: no sockets could be had
	state      State
	status     int // final status of a call that never came about
	endedBy    string
	reason     string
	rang       time.Time
	answered   time.Time
	ended      time.Time
	codec      codec
	faults     []string
	happenings []Happening
	last       Hearing // what the sound was when it ended; silence before
}

// command is something that somebody outside asks of the call.
type command struct {
	do     func() error
	result chan<- error
}

// ask runs do in the call's loop.
func (c *call) ask(ctx context.Context, do func() error) error {
	result := make(chan error, 1)
	select {
	case c.commands <- command{do, result}:
	case <-c.done:
		return errOver
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-result // the loop answers whatever it has taken, even if that ends the call
}

// run is the call's loop; it ends when the dialog has ended.
func (c *call) run(ctx context.Context, begin func(time.Time)) {
	defer c.finish()
	c.logger.Info("call began", "call", c.id, "kind", c.kind)
	begin(time.Now())
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	stopped := ctx.Done()
	for {
		timer.Reset(c.untilDeadline(time.Now()))
		select {
		case event, open := <-c.dialog.Events():
			if !open {
				return
			}
			c.happened(event, time.Now())
		case command := <-c.commands:
			command.result <- command.do()
		case <-timer.C:
			c.advance(time.Now())
		case <-stopped:
			stopped = nil
			c.dialog.End("the service stops")
		}
	}
}

// finish frees what the call held and keeps what is to be shown of it.
func (c *call) finish() {
	now := time.Now()
	c.mu.Lock()
	s, last := c.sound, c.last
	c.mu.Unlock()
	if s != nil {
		last = s.hearing(now)
		last.Talking = false
		s.close()
	}
	c.mu.Lock()
	c.sound, c.last = nil, last
	c.state, c.ended = Over, now
	status, answered := c.status, !c.answered.IsZero()
	c.mu.Unlock()
	close(c.done)
	c.logger.Info("call ended", "call", c.id, "answered", answered, "status", status, "duration", now.Sub(c.received))
}

// untilDeadline is how long the loop may sleep.
func (c *call) untilDeadline(now time.Time) time.Duration {
	wait := time.Hour
	for _, at := range []time.Time{c.answerAt, c.hangUpAt, c.offerAt} {
		if !at.IsZero() {
			wait = min(wait, at.Sub(now))
		}
	}
	return max(wait, 0)
}

// due says whether a deadline has come, and switches it off then.
func due(at *time.Time, now time.Time) bool {
	if at.IsZero() || now.Before(*at) {
		return false
	}
	*at = time.Time{}
	return true
}

// advance does what has fallen due.
func (c *call) advance(now time.Time) {
	if due(&c.answerAt, now) {
		c.settle(now)
	}
	if due(&c.offerAt, now) {
		c.reoffer(now)
	}
	if due(&c.hangUpAt, now) {
		c.dialog.End("the behaviour says so")
	}
}

// note remembers something that happened, for people and tests to read.
func (c *call) note(now time.Time, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.happenings) < maxHappenings {
		c.happenings = append(c.happenings, Happening{At: now, What: what})
	}
}

// fault remembers something that could not be done or read.
func (c *call) fault(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) < maxHappenings {
		c.faults = append(c.faults, err.Error())
	}
}

// connect notes that sound flows from now on, and when it will end.
func (c *call) connect(now time.Time) {
	c.mu.Lock()
	c.state, c.answered = Connected, now
	c.mu.Unlock()
	c.answerAt = time.Time{}
	c.hangUpAt = later(now, c.behaviour.HangUpAfterMS)
	c.offerAt = later(now, c.behaviour.ReinviteAfterMS)
}

// agree takes a session that both ends have agreed on; sound follows it at once.
func (c *call) agree(agreed session) {
	c.agreed = agreed
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codec = agreed.codec
	if c.sound != nil {
		c.sound.agree(agreed)
	}
}

// openSound opens the call's sockets and gives the far end its voice.
func (c *call) openSound(settings settings) error {
	s, err := openSound(settings.media)
	if err != nil {
		return err
	}
	s.speakAs(voiceOf(c.kind, settings.toneHz), c.behaviour.Echo)
	if c.loopsBack() {
		s.loopBack()
	}
	s.start()
	c.side = ourSide{id: uint64(rand.Uint32()), version: 1, address: s.local()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sound = s
	return nil
}

// liveSound is the call's sound while it has one.
func (c *call) liveSound() (*sound, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == Over:
		return nil, errOver
	case c.sound == nil:
		return nil, errNoSound
	}
	return c.sound, nil
}

// ourOffer is a new offer of ours: the codec in use, or the one that the behaviour wants, or both.
func (c *call) ourOffer() ([]byte, error) {
	codecs := []codec{pcmu, pcma}
	switch {
	case c.agreed.codec != noCodec:
		codecs = []codec{c.agreed.codec}
	case c.behaviour.Codec != "":
		codecs = []codec{codecNamed(c.behaviour.Codec)}
	}
	return c.side.offer(codecs...)
}

// reoffer sends a re-INVITE that asks for the same once more.
func (c *call) reoffer(now time.Time) {
	c.side.version++
	body, err := c.ourOffer()
	if err != nil {
		c.fault(err)
		return
	}
	c.note(now, "re-INVITE sent")
	c.dialog.Reoffer(sdpType, body)
}
