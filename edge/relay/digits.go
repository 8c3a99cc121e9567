package relay

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

var (
	// ErrNoEvents says that the other side did not agree to telephone-event.
	ErrNoEvents = errors.New("telephone-event was not agreed")
	// ErrNotADigit says that something other than 0-9, A-D, * or # was to be sent.
	ErrNotADigit = errors.New("not a telephone digit")
	// ErrTooManyDigits says that so many digits wait already that no more are taken.
	ErrTooManyDigits = errors.New("too many digits wait to be sent")
)

const (
	digits        = "0123456789*#ABCD" // in the order of their event codes (RFC 4733 §3.2)
	digitsWaiting = 64

	pace        = 20 * time.Millisecond
	digitSteps  = 5  // of one pace each: a digit lasts 100 ms
	digitEnds   = 3  // the last packet is sent three times (RFC 4733 §2.5.1.4)
	digitVolume = 10 // dBm0 below zero
)

// checkDigits answers with the event codes of a string of digits.
func checkDigits(dialled string) ([]byte, error) {
	codes := make([]byte, 0, len(dialled))
	for _, digit := range strings.ToUpper(dialled) {
		code := strings.IndexRune(digits, digit)
		if code < 0 {
			return nil, ErrNotADigit
		}
		codes = append(codes, byte(code))
	}
	return codes, nil
}

// play sends one digit and the pause behind it, and meanwhile holds the sound back. It ends early when
// done is closed.
func (e *End) play(code byte, done <-chan struct{}) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	e.out.enter()
	timestamp := e.out.next(time.Since(e.born))
	e.out.playing = true
	e.out.leave()
	defer e.resume()
	for step := 1; step <= digitSteps+digitEnds; step++ {
		e.emitDigit(code, step, timestamp)
		select {
		case <-ticker.C:
		case <-done:
			return
		}
	}
}

// emitDigit sends one packet of a digit; those beyond its last step say that it ended.
func (e *End) emitDigit(code byte, step int, timestamp uint32) {
	e.out.enter()
	defer e.out.leave()
	f := e.formats.Load()
	if f == nil || f.event == 0 {
		return
	}
	p := packet{
		marker: step == 1, payloadType: f.event, seq: e.out.seq + 1, timestamp: timestamp, ssrc: e.out.ssrc,
	}
	payload := e.out.room()[:4]
	payload[0], payload[1] = code, digitVolume
	if step > digitSteps {
		payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(payload[2:], uint16(min(step, digitSteps)*ticksOfPacket))
	e.out.advance(1, &p, time.Since(e.born))
	e.emit(&p, len(payload))
}

// resume lets the sound flow again, as a new talkspurt.
func (e *End) resume() {
	e.out.enter()
	e.out.playing, e.out.started = false, false
	e.out.leave()
}
