package psap

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mayday/sip"
)

// sdpType is the media type of session descriptions.
const sdpType = "application/sdp"

// arrive begins a call that came in: the behaviour says what becomes of it.
func (c *call) arrive(now time.Time, settings settings) {
	if c.behaviour.rejection() != 0 {
		if c.behaviour.AnswerAfterMS > 0 {
			c.ring(now)
		}
		c.answerAt = later(now, &c.behaviour.AnswerAfterMS)
		return
	}
	if c.brought.offered {
		offer, err := readDescription([]byte(c.brought.SDP), codecNamed(c.behaviour.Codec))
		if err != nil {
			c.fault(err)
			c.reject(now, refusalOf(err))
			return
		}
		c.offer = &offer
	}
	if err := c.openSound(settings); err != nil {
		c.fault(err)
		c.reject(now, 500)
		return
	}
	c.ring(now)
	if !c.behaviour.Manual {
		c.answerAt = later(now, &c.behaviour.AnswerAfterMS)
	}
}

// refusalOf is the SIP status for a session description that we cannot take: 488 when we share no codec,
// 400 when it cannot be read.
func refusalOf(err error) int {
	if errors.Is(err, errNoCommonCodec) {
		return 488
	}
	return 400
}

// ring sends the provisional responses.
func (c *call) ring(now time.Time) {
	for _, status := range c.behaviour.Provisionals {
		var contentType string
		var body []byte
		if status == 183 && c.behaviour.EarlyMedia && c.offer != nil {
			answer, err := c.side.answer(*c.offer)
			if err != nil {
				c.fault(err)
				continue
			}
			contentType, body = sdpType, answer
			c.agree(c.offer.session)
		}
		if err := c.dialog.Ring(status, nil, contentType, body); err != nil {
			c.fault(fmt.Errorf("send %d: %w", status, err))
			continue
		}
		c.note(now, strconv.Itoa(status)+" sent")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rang = now
}

// settle answers or refuses, when the time for it has come.
func (c *call) settle(now time.Time) {
	if status := c.behaviour.rejection(); status != 0 {
		c.reject(now, status)
		return
	}
	if err := c.answer(now); err != nil {
		c.fault(err)
	}
}

func (c *call) reject(now time.Time, status int) {
	c.mu.Lock()
	c.status = status
	c.mu.Unlock()
	c.note(now, strconv.Itoa(status)+" sent")
	if err := c.dialog.Reject(status, "", nil); err != nil {
		c.fault(fmt.Errorf("send %d: %w", status, err))
	}
}

// hangUp ends the call; one that rings here is declined.
func (c *call) hangUp(now time.Time) {
	c.mu.Lock()
	declined := c.state == Ringing && c.direction == Incoming && c.status == 0
	c.mu.Unlock()
	if declined {
		c.reject(now, 603)
		return
	}
	c.note(now, "hung up here")
	c.dialog.End("hung up")
}

// withWords puts beside the session description what the test service says of itself and of the call (RFC 6881 §15).
func (c *call) withWords(contentType string, body []byte) (withType string, with []byte) {
	if !c.loopsBack() {
		return contentType, body
	}
	words := "Pretend emergency service, test of " + c.brought.Dialled + "."
	if len(c.brought.Places) == 0 {
		words += " No place came with the call."
	}
	return sip.Multipart([]sip.Part{{ContentType: contentType, Body: body}, {ContentType: "text/plain", Body: []byte(words + "\r\n")}})
}

// loopsBack reports whether the call is for the test service of an NG trunk, which sends a few packets of the caller's sound back.
func (c *call) loopsBack() bool {
	return c.kind == TestCall && strings.HasPrefix(c.brought.Dialled, "urn:")
}

// answer accepts a call that rings here. A caller who offered nothing gets our offer.
func (c *call) answer(now time.Time) error {
	c.mu.Lock()
	ringing := c.state == Ringing && c.direction == Incoming && c.sound != nil && c.status == 0
	c.mu.Unlock()
	if !ringing {
		return errNotRinging
	}
	var body []byte
	var err error
	if c.offer != nil {
		body, err = c.side.answer(*c.offer)
	} else {
		body, err = c.ourOffer()
	}
	if err != nil {
		return fmt.Errorf("write session description: %w", err)
	}
	if c.offer != nil {
		c.agree(c.offer.session) // before the 200, so that no first word is missed
	}
	contentType, body := c.withWords(sdpType, body)
	if err := c.dialog.Answer(nil, contentType, body); err != nil {
		return fmt.Errorf("send 200: %w", err)
	}
	c.note(now, "200 sent")
	c.connect(now)
	return nil
}

// happened takes what the dialog tells.
func (c *call) happened(event sip.Event, now time.Time) {
	switch e := event.(type) {
	case sip.Provisional:
		c.provisional(e, now)
	case sip.Answered:
		c.note(now, "200 received")
		c.takeAnswer(e.Response)
		c.connect(now)
	case sip.Failed:
		c.failed(e, now)
	case sip.Confirmed:
		c.note(now, "ACK received")
		if _, found := findSDP(e.Request); found || c.agreed.codec == noCodec {
			c.takeAnswer(e.Request)
		}
	case sip.Cancelled:
		c.note(now, "CANCEL received")
		c.mu.Lock()
		c.status = 487
		c.mu.Unlock()
	case sip.Reinvited:
		c.note(now, e.Request().Method()+" received")
		c.reinvited(e.Exchange)
	case sip.Reanswered:
		c.note(now, "re-INVITE accepted")
		c.takeAnswer(e.Response)
	case sip.ReofferFailed:
		c.note(now, "re-INVITE refused: "+strconv.Itoa(e.Status))
	case sip.Received:
		c.note(now, e.Request().Method()+" received")
		e.RespondDefault()
	case sip.Ended:
		c.endedWith(e, now)
	}
}

func (c *call) provisional(e sip.Provisional, now time.Time) {
	status := e.Response.Status()
	c.note(now, strconv.Itoa(status)+" received")
	if status == 100 {
		return
	}
	c.mu.Lock()
	if c.state == Placing {
		c.state, c.rang = Ringing, now
	}
	c.mu.Unlock()
	if len(e.Response.Body()) > 0 {
		c.takeAnswer(e.Response)
	}
}

func (c *call) failed(e sip.Failed, now time.Time) {
	c.note(now, fmt.Sprintf("failed: %s %d", e.Cause, e.Status))
	if e.Err != nil {
		c.fault(e.Err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = e.Status
}

func (c *call) endedWith(e sip.Ended, now time.Time) {
	c.note(now, "ended by "+e.By.String())
	if e.Err != nil {
		c.fault(e.Err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endedBy, c.reason = e.By.String(), e.Reason
}

// takeAnswer reads the far end's answer to an offer of ours. One that we cannot use ends the call.
func (c *call) takeAnswer(message *sip.Message) {
	body, found := findSDP(message)
	if !found && c.agreed.codec != noCodec {
		return // the answer came with an earlier response
	}
	answer, err := readDescription(body, noCodec)
	if err != nil {
		c.fault(err)
		c.dialog.End("no usable session description")
		return
	}
	c.agree(answer.session)
}

// findSDP is the session description in a message, whatever body it stands in.
func findSDP(message *sip.Message) (body []byte, found bool) {
	parts, err := sip.Parts(message.ContentType(), message.Body())
	if err != nil {
		return nil, false
	}
	for _, part := range parts {
		if mediaType(part.ContentType) == sdpType {
			return part.Body, true
		}
	}
	return nil, false
}

// reinvited answers a re-INVITE or UPDATE of the far end.
func (c *call) reinvited(x *sip.Exchange) {
	c.learnPlace(x.Request())
	c.side.version++
	body, found := findSDP(x.Request())
	if !found {
		c.reofferTo(x)
		return
	}
	offer, err := readDescription(body, codecNamed(c.behaviour.Codec))
	if err != nil {
		c.fault(err)
		c.respond(x, refusalOf(err), nil)
		return
	}
	answer, err := c.side.answer(offer)
	if err != nil {
		c.fault(err)
		c.respond(x, 500, nil)
		return
	}
	c.agree(offer.session)
	c.respond(x, 200, answer)
}

// learnPlace takes the places that a message inside the call brings or refers to: the caller has moved (RFC 6442 §3.4).
func (c *call) learnPlace(request *sip.Message) {
	again := readBrought(request)
	if len(again.Places) == 0 && len(again.References) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = &again
}

// reofferTo answers a re-INVITE that brought no offer with ours, and an UPDATE without one with nothing.
func (c *call) reofferTo(x *sip.Exchange) {
	if x.Request().Method() != "INVITE" {
		c.respond(x, 200, nil)
		return
	}
	body, err := c.ourOffer()
	if err != nil {
		c.fault(err)
		c.respond(x, 500, nil)
		return
	}
	c.respond(x, 200, body)
}

func (c *call) respond(x *sip.Exchange, status int, body []byte) {
	contentType := ""
	if len(body) > 0 {
		contentType = sdpType
	}
	if err := x.Respond(status, "", nil, contentType, body); err != nil {
		c.fault(fmt.Errorf("send %d: %w", status, err))
	}
}
