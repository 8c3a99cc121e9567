package sipcall

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/engine"
	"mayday/sip"
)

const sdpType = "application/sdp"

// leg is one call leg; its loop alone touches the fields that change.
type leg struct {
	calls     *Calls
	id        engine.LegID
	dialog    *sip.Dialog
	socket    *relay.Socket
	third     third       // the security desk's part in its sound
	tone      *relay.Tone // plays while no browser carries the sound; nil: none plays
	session   relay.SessionID
	inbox     *inbox
	incoming  bool
	urgent    bool               // it belongs to an emergency call
	carrier   trunk.ID           // of an outgoing leg: the trunk that was asked
	trunk     trunk.ID           // of an ordinary leg: the trunk that it is counted on; empty: none
	order     *engine.SendInvite // an ordinary INVITE that the loop has yet to send
	heard     bool               // the far end has said something
	answered  bool
	over      bool // the engine knows that the leg has ended, or has ended it
	offer     *relay.Remote
	keys      keys
	opened    int              // how often the far end has said where it wants its sound
	begun     error            // why an outgoing leg could not even begin
	updates   bool             // the far end takes UPDATE (RFC 3311 §4)
	referred  []func()         // forget the places that the far end was referred to, if the leg comes to nothing
	tests     bool             // it asks for a test service
	ng        bool             // it carries an emergency call over an NG trunk
	referring bool             // the far end is being told what becomes of its REFER
	leave     <-chan time.Time // when a leg that is left is hung up by us; nil: it is not left
	lasting   bool             // a place is kept until the call-back window ends
}

func (l *leg) report(command engine.Command) {
	if !l.over {
		l.calls.config.Report(command)
	}
}

// loop takes the leg's messages in order until its dialog has ended.
func (l *leg) loop() {
	defer l.close()
	begun := l.start()
	l.calls.gate.opened(l)
	switch {
	case !begun && l.incoming:
		l.drain()
		return
	case !begun:
		return
	}
	if l.incoming && asksTest(l.dialog.Request()) {
		l.serveTest()
		return
	}
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
		case <-l.leave:
			l.end()
		}
	}
}

// start takes the leg as far as the engine, if that does not know of it yet, and reports whether it lives.
func (l *leg) start() bool {
	if l.incoming {
		return l.receive()
	}
	if l.order != nil {
		l.begun = l.calls.send(l, *l.order)
		l.order = nil
	}
	if l.begun != nil {
		l.calls.config.Logger.Error("leg not begun", "leg", l.id, "error", l.begun)
		l.report(engine.LegFailed{Leg: l.id, Urgent: l.urgent})
	}
	return l.begun == nil
}

// drain waits for the end of a dialog that nobody else knows of.
func (l *leg) drain() {
	l.over = true
	for range l.dialog.Events() {
	}
}

// abandon ends a leg whose loop never began.
func (l *leg) abandon() {
	if l.dialog != nil {
		l.dialog.End("")
	}
	l.close()
}

func (l *leg) close() {
	l.stopTone()
	l.third.leave(true)
	if !l.answered || !l.lasting {
		l.forget()
	}
	if l.socket != nil {
		_ = l.socket.Close() // the ports are given back; there is nobody to tell
	}
}

func (l *leg) take(event sip.Event) {
	switch e := event.(type) {
	case sip.Provisional:
		l.provisional(e.Response)
	case sip.Answered:
		l.takeAnswer(e.Response)
	case sip.Failed:
		l.forget()
		l.failed(e)
	case sip.Confirmed:
		l.confirmed(e.Request)
	case sip.Cancelled:
		l.report(engine.LegEnded{Leg: l.id, Urgent: l.urgent})
		l.over = true
	case sip.Reinvited:
		l.reinvited(e.Exchange)
	case sip.Reanswered:
		l.learnOn(e.Response)
	case sip.ReofferFailed:
		l.calls.config.Logger.Warn("new offer refused by the far end", "leg", l.id, "status", e.Status)
	case sip.Received:
		l.received(e.Exchange)
	case sip.Ended:
		l.report(engine.LegEnded{Leg: l.id, Urgent: l.urgent})
		l.over = true
	}
}

// failed reports why an INVITE of ours came to nothing; a trunk that gave no answer is asked at once whether it is there.
func (l *leg) failed(e sip.Failed) {
	silent := e.Cause == sip.WeCancelled && !l.heard // we left it after it had said nothing
	if silent || e.Cause == sip.NoResponse || e.Cause == sip.Unreachable || e.Cause == sip.Insecure {
		l.calls.hint(l.carrier, doubted)
	}
	l.report(engine.LegFailed{Leg: l.id, Status: e.Status, Insecure: e.Cause == sip.Insecure, Urgent: l.urgent})
	l.over = true
}

// provisional passes on that the far end works on the call. A description in it opens its sound: early media (RFC 3960 §3).
func (l *leg) provisional(response *sip.Message) {
	l.heard = true
	if response.Status() == 100 {
		l.report(engine.LegTrying{Leg: l.id, Urgent: l.urgent})
		return
	}
	l.learnOn(response)
	if response.Status() == 180 || response.Status() == 183 {
		l.report(engine.LegRinging{Leg: l.id, Urgent: l.urgent})
		return
	}
	l.report(engine.LegTrying{Leg: l.id, Urgent: l.urgent})
}

// takeAnswer opens the sound before the engine is told, so that no word is clipped. A call that belongs to an emergency lives on
// whatever sound its answer describes.
func (l *leg) takeAnswer(response *sip.Message) {
	err := l.learn(response)
	switch {
	case l.urgent && (err != nil || l.opened == 0):
		l.calls.config.Logger.Warn("answer of an emergency call without usable sound", "leg", l.id, "error", err)
		l.offerAgain()
	case err != nil && !l.answered:
		l.calls.config.Logger.Warn("answer without usable sound", "leg", l.id, "error", err)
		l.dialog.End("no common codec")
		l.report(engine.LegFailed{Leg: l.id, Status: 488, Urgent: l.urgent})
		l.over = true
		return
	}
	l.answered = true
	l.updates = allows(response, "UPDATE")
	l.report(engine.LegAnswered{Leg: l.id, Urgent: l.urgent, BadPlace: l.urgent && l.placeRefused(response), Says: l.saidIn(response)})
	l.calls.hint(l.carrier, served)
}

// learn takes from a message where the far end wants its sound. A message without a description changes nothing.
func (l *leg) learn(message *sip.Message) error {
	description := descriptionIn(message)
	if description == nil {
		return nil
	}
	remote, err := relay.Read(description)
	if err != nil {
		return err
	}
	if err := l.takeKey(remote); err != nil {
		return err
	}
	l.open(remote, remote.Formats[0])
	return nil
}

// learnOn does so where the call goes on whatever the message brings.
func (l *leg) learnOn(message *sip.Message) {
	if err := l.learn(message); err != nil {
		l.calls.config.Logger.Warn("description without usable sound", "leg", l.id, "error", err)
	}
}

// mostSaid is how much of what an answer says in words is kept.
const mostSaid = 500

// saidIn returns what the answer of a test service says in words (RFC 6881 §15), on one line; of any other call nothing.
func (l *leg) saidIn(message *sip.Message) string {
	if !l.tests || len(message.Body()) == 0 {
		return ""
	}
	parts, err := sip.Parts(message.ContentType(), message.Body())
	if err != nil {
		return ""
	}
	for _, part := range parts {
		kind, _, _ := strings.Cut(part.ContentType, ";")
		if !strings.EqualFold(strings.TrimSpace(kind), "text/plain") {
			continue
		}
		said := strings.Join(strings.FieldsFunc(string(part.Body), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
		return strings.ToValidUTF8(said[:min(len(said), mostSaid)], "")
	}
	return ""
}

// descriptionIn returns the session description in a message, be it the body or a part of it; nil when there is none.
func descriptionIn(message *sip.Message) []byte {
	if len(message.Body()) == 0 {
		return nil
	}
	parts, err := sip.Parts(message.ContentType(), message.Body())
	if err != nil {
		return nil
	}
	for _, part := range parts {
		kind, _, _ := strings.Cut(part.ContentType, ";")
		if strings.EqualFold(strings.TrimSpace(kind), sdpType) {
			return part.Body
		}
	}
	return nil
}

// receive looks at an INVITE from outside: it opens the sound and tells the engine, which decides who is rung; a call to the test
// service is not the engine's. It reports whether the leg lives.
func (l *leg) receive() bool {
	request := l.dialog.Request()
	if description := descriptionIn(request); description != nil {
		remote, err := relay.Read(description)
		if err != nil {
			l.rejectOffer(err)
			return false
		}
		l.offer = &remote
	}
	socket, err := l.calls.openPorts(l)
	if err != nil {
		l.calls.config.Logger.Error("no media port for an incoming call", "leg", l.id, "error", err)
		l.rejectWith(503)
		return false
	}
	l.socket = socket
	if asksTest(request) {
		return true
	}
	called := []string{userOf(request.URI()), userOf(addressIn(request.Header("To")))}
	l.report(engine.CallIn{Leg: l.id, Call: engine.CallID(uuid.NewString()), Called: called, Urgent: l.urgent})
	return true
}

func (l *leg) rejectOffer(err error) {
	l.calls.config.Logger.Warn("incoming call without usable sound", "leg", l.id, "error", err)
	if errors.Is(err, relay.ErrNoCommonCodec) {
		l.rejectWith(488)
		return
	}
	l.rejectWith(400)
}

func (l *leg) rejectWith(status int) {
	if err := l.dialog.Reject(status, "", nil); err != nil {
		l.calls.config.Logger.Debug("rejection not sent", "leg", l.id, "error", err)
	}
}

func (l *leg) ring() {
	if err := l.dialog.Ring(180, nil, "", nil); err != nil {
		l.calls.config.Logger.Warn("ringing not sent", "leg", l.id, "error", err)
	}
}

func (l *leg) refuse(status int) {
	l.over = true
	l.rejectWith(status)
}

// answer accepts an incoming call. An INVITE that brought no offer is answered with ours (RFC 3261 §14.2); the answer to it comes
// with the ACK.
func (l *leg) answer() {
	description := l.ourOffer(false)
	if l.offer != nil {
		answer, format, err := l.answerTo(*l.offer)
		if err != nil {
			l.rejectOffer(err)
			return
		}
		description = answer
		l.open(*l.offer, format)
	}
	if err := l.dialog.Answer(nil, sdpType, description); err != nil {
		l.calls.config.Logger.Warn("answer not sent", "leg", l.id, "error", err)
		return
	}
	l.answered = true
}

// confirmed takes the description that an ACK brings when the offer was ours.
func (l *leg) confirmed(ack *sip.Message) {
	if ack == nil {
		return
	}
	if err := l.learn(ack); err != nil {
		l.calls.config.Logger.Warn("acknowledgement without usable sound", "leg", l.id, "error", err)
	}
}

// reinvited answers a change that the far end wants: another address, another codec, hold (RFC 3261 §14.2).
func (l *leg) reinvited(x *sip.Exchange) {
	l.session = l.session.Next()
	description := descriptionIn(x.Request())
	if description == nil {
		l.respond(x, 200, l.ourOffer(false))
		return
	}
	remote, err := relay.Read(description)
	if err != nil {
		l.respond(x, 488, nil)
		return
	}
	answer, format, err := l.answerTo(remote)
	if err != nil {
		l.respond(x, 488, nil)
		return
	}
	l.open(remote, format)
	l.respond(x, 200, answer)
}

func (l *leg) respond(x *sip.Exchange, status int, description []byte) {
	contentType := ""
	if description != nil {
		contentType = sdpType
	}
	if err := x.Respond(status, "", nil, contentType, description); err != nil {
		l.calls.config.Logger.Debug("response not sent", "leg", l.id, "error", err)
	}
}

// received answers other requests inside the call.
func (l *leg) received(x *sip.Exchange) {
	switch x.Request().Method() {
	case "INFO":
		l.info(x)
	case "REFER":
		l.refer(x)
	default:
		x.RespondDefault()
	}
}

func (l *leg) end() {
	l.over = true
	l.dialog.End("")
	l.stopTone()
	l.third.leave(true)
	_ = l.socket.Close() // sound ends with the call, not with the last retransmission of its BYE
}

func (l *leg) hold(on bool) {
	l.session = l.session.Next()
	l.dialog.Reoffer(sdpType, l.ourOffer(on))
}

func (l *leg) sendDigits(digits string) {
	if err := l.socket.SendDigits(digits); err != nil {
		l.calls.config.Logger.Warn("digits not sent", "leg", l.id, "error", err)
	}
}
