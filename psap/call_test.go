package psap

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

func TestNumberDecidesWhoAnswers(t *testing.T) {
	o, p := start(t, Config{Tone: 500}), newProduct(t)
	for number, want := range map[string]struct {
		kind Kind
		hz   float64
	}{"911": {Emergency, 500}, "112": {Emergency, 500}, "933": {TestCall, testHz}, "+12175550123": {Ordinary, ordinaryHz}} {
		l := p.connect(o, number, nil)
		l.hears(want.hz)
		if c := o.calls()[0]; c.Kind != want.kind || c.Dialled != number {
			t.Errorf("dialled %s: call of kind %s to %q, want %s", number, c.Kind, c.Dialled, want.kind)
		}
		l.dialog.End("")
		await[sip.Ended](l)
	}
}

func TestServiceNumberInRequestLineReachesTheEmergencyService(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	for urn, want := range map[string]Kind{"urn:service:sos": Emergency, "urn:service:test.sos": TestCall} {
		l := p.connect(o, "911", func(i *sip.Invite) { i.RequestURI = urn })
		if c := o.calls()[0]; c.Kind != want || c.Dialled != urn {
			t.Errorf("INVITE to %s: kind %s, dialled %q", urn, c.Kind, c.Dialled)
		}
		l.dialog.End("")
		await[sip.Ended](l)
	}
}

func TestSoundIsHeardBothWaysInBothCodecs(t *testing.T) {
	o, p := start(t, Config{Tone: 440}), newProduct(t)
	for _, c := range []codec{pcmu, pcma} {
		l := p.newLegAndDial(o, c)
		l.hears(440)
		call := o.hears(620)
		if call.Codec != c.String() || call.Unexpected > 0 || call.Lost > 0 {
			t.Errorf("a call in %s: %s, %d unexpected packets, %d lost", c, call.Codec, call.Unexpected, call.Lost)
		}
		if call.Times.Answered == nil || call.FirstSound == nil || call.State != Connected {
			t.Errorf("a call with sound: state %s, answered %v, first sound %v", call.State, call.Times.Answered, call.FirstSound)
		}
		l.dialog.End("")
		await[sip.Ended](l)
		if ended := o.untilState(Over); ended.EndedBy != "remote" || ended.Packets == 0 {
			t.Errorf("after the product hung up: ended by %q, %d packets kept", ended.EndedBy, ended.Packets)
		}
	}
}

func (p *product) newLegAndDial(o *outside, c codec) *leg {
	p.t.Helper()
	return p.connect(o, "911", func(i *sip.Invite) {
		i.Body = []byte(strings.Replace(string(i.Body), "RTP/AVP 0 8 101", fmt.Sprintf("RTP/AVP %d 101", c.payloadType()), 1))
	})
}

func TestCallOverTCPIsAnswered(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", func(i *sip.Invite) { i.Peer = "sip:" + o.service.SIP()[1].String() + ";transport=tcp" })
	l.hears(440)
	o.hears(620)
}

func TestRejectionsAreSent(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	for behaviour, status := range map[string]int{
		`{"reject":503}`: 503, `{"busy":true}`: 486, `{"reject":603,"answer_after_ms":30}`: 603, `{"reject":404}`: 404,
	} {
		o.behave(behaviour)
		if failed := await[sip.Failed](p.dial(o, "911", nil)); failed.Status != status {
			t.Errorf("behaviour %s: status %d, want %d", behaviour, failed.Status, status)
		}
		if c := o.untilState(Over); c.Status != status || c.Times.Answered != nil || c.LevelDBov != silenceDBov {
			t.Errorf("behaviour %s: the call is kept with status %d, answered %v, %v dBov", behaviour, c.Status, c.Times.Answered, c.LevelDBov)
		}
	}
}

func TestSilenceAnswersNothingAtAllUntilItEnds(t *testing.T) {
	o := start(t, Config{})
	before := o.service.SIP()
	o.behave(`{"silent":true}`)
	if after := o.service.SIP(); !slices.Equal(before, after) {
		t.Errorf("when silent: listens at %v, before at %v", after, before)
	}
	socket, err := net.Dial("udp", before[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	options := "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + socket.LocalAddr().String() + ";branch=z9hG4bKq%s\r\n" +
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: q\r\nCSeq: %[1]s OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
	buffer := make([]byte, 2048)
	fmt.Fprintf(socket, options, "1")
	if n, err := readWithin(socket, buffer, 300*time.Millisecond); err == nil {
		t.Errorf("a request to the silent service is answered: %q", buffer[:n])
	}
	stream, err := net.Dial("tcp", before[1].String())
	if err != nil {
		t.Errorf("the silent service takes no TCP connection: %v", err)
	} else {
		defer stream.Close()
	}
	o.do("POST", "callback", `{"to":"+12175550101"}`, http.StatusConflict, nil)
	o.behave(`{}`)
	fmt.Fprintf(socket, options, "2")
	n, err := readWithin(socket, buffer, patience)
	if err != nil || !strings.HasPrefix(string(buffer[:n]), "SIP/2.0 200") {
		t.Errorf("a request after the silence: %q, %v", buffer[:n], err)
	}
}

func TestSilenceLosesTheCallsThatAreUp(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", nil)
	l.hears(440)
	o.behave(`{"silent":true}`)
	if c := o.untilState(Over); c.Times.Answered == nil {
		t.Errorf("a call that was up when the service fell silent: answered %v", c.Times.Answered)
	}
	eventually(t, "the tone has stopped", func() bool { return l.sound.hearing(time.Now()).LevelDBov == silenceDBov })
	select {
	case event := <-l.dialog.Events():
		t.Errorf("when the service fell silent: the product was told %T", event)
	default:
	}
}

func readWithin(socket net.Conn, buffer []byte, patience time.Duration) (int, error) {
	if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return socket.Read(buffer)
}

func TestProvisionalsComeInTheirOrder(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"answer_after_ms":50,"provisionals":[180,183,181,180]}`)
	l := p.dial(o, "911", nil)
	var got []int
	for len(got) < 4 {
		if status := await[sip.Provisional](l).Response.Status(); status != 100 {
			got = append(got, status)
		}
	}
	if !slices.Equal(got, []int{180, 183, 181, 180}) {
		t.Errorf("provisional responses %v", got)
	}
	await[sip.Answered](l)
}

func TestEarlyMediaIsHeardBeforeTheAnswer(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"manual":true,"early_media":true}`)
	l := p.dial(o, "911", nil)
	for {
		response := await[sip.Provisional](l).Response
		if response.Status() == 183 {
			l.agree(response)
			break
		}
	}
	l.hears(440)
	if c := o.calls()[0]; c.State != Ringing || c.Times.Answered != nil {
		t.Errorf("with early media: state %s, answered %v", c.State, c.Times.Answered)
	}
	o.do("POST", "calls/"+o.calls()[0].ID+"/answer", "", http.StatusOK, nil)
	await[sip.Answered](l)
}

func TestManualCallRingsUntilSomebodyAnswers(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"manual":true,"answer_after_ms":0}`)
	l := p.dial(o, "112", nil)
	c := o.untilState(Ringing)
	o.do("POST", "calls/"+c.ID+"/answer", "", http.StatusOK, nil)
	l.agree(await[sip.Answered](l).Response)
	l.hears(440)
	o.do("POST", "calls/"+c.ID+"/answer", "", http.StatusConflict, nil)
}

func TestServiceHangsUp(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", nil)
	id := o.calls()[0].ID
	o.do("POST", "calls/"+id+"/hangup", "", http.StatusOK, nil)
	if ended := await[sip.Ended](l); ended.By != sip.Remote {
		t.Errorf("hung up on the console: ended by %s", ended.By)
	}
	o.untilState(Over)
	o.do("POST", "calls/"+id+"/hangup", "", http.StatusConflict, nil)

	o.behave(`{"manual":true}`)
	l = p.dial(o, "911", nil)
	o.do("POST", "calls/"+o.untilState(Ringing).ID+"/hangup", "", http.StatusOK, nil)
	if failed := await[sip.Failed](l); failed.Status != 603 {
		t.Errorf("hung up while it rings: status %d, want 603", failed.Status)
	}

	o.behave(`{"answer_after_ms":0,"hangup_after_ms":0}`)
	l = p.dial(o, "911", nil)
	await[sip.Answered](l)
	await[sip.Ended](l)
	if c := o.untilState(Over); c.Times.Answered == nil || c.EndedBy != "local" {
		t.Errorf("hung up at once: answered %v, ended by %q", c.Times.Answered, c.EndedBy)
	}
}

func TestCancelledCallIsOverWith487(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"manual":true}`)
	l := p.dial(o, "911", nil)
	await[sip.Provisional](l)
	o.untilState(Ringing)
	l.dialog.End("")
	await[sip.Ended](l)
	if c := o.untilState(Over); c.Status != 487 {
		t.Errorf("a call that was given up: status %d", c.Status)
	}
}

func TestReinviteIsSentAndSoundGoesOn(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"answer_after_ms":0,"reinvite_after_ms":100}`)
	l := p.connect(o, "911", nil)
	again := await[sip.Reinvited](l)
	offer, err := readDescription(again.Request().Body(), noCodec)
	if err != nil {
		t.Fatal(err)
	}
	l.side.version++
	answer, err := l.side.answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Respond(200, "", nil, sdpType, answer); err != nil {
		t.Fatal(err)
	}
	c := o.until("the re-INVITE is accepted", func(c Call) bool {
		return slices.ContainsFunc(c.Events, func(h Happening) bool { return h.What == "re-INVITE accepted" })
	})
	if c.State != Connected || len(c.Faults) > 0 {
		t.Errorf("after a re-INVITE: state %s, faults %q", c.State, c.Faults)
	}
	l.hears(440)
}

func TestHoldByTheProductStopsTheTone(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", nil)
	l.hears(440)
	l.side.version++
	l.dialog.Reoffer(sdpType, []byte(strings.Replace(string(l.offer(pcmu)), "sendrecv", "sendonly", 1)))
	answer, err := readDescription(await[sip.Reanswered](l).Response.Body(), noCodec)
	if err != nil || answer.session.receives {
		t.Errorf("held with sendonly: the service answers %+v, %v, want recvonly", answer.session, err)
	}
	eventually(t, "the tone has stopped", func() bool { return l.sound.hearing(time.Now()).LevelDBov == silenceDBov })
}

func TestOfferlessInviteGetsAnOffer(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"answer_after_ms":0,"codec":"PCMA"}`)
	l := p.dial(o, "911", func(i *sip.Invite) { i.ContentType, i.Body = "", nil })
	if s := l.agree(await[sip.Answered](l).Response); s.codec != pcma {
		t.Errorf("without an offer, and A-law wanted: the service offers %s", s.codec)
	}
}

func TestCodecIsChosenOrRefused(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"answer_after_ms":0,"codec":"PCMA"}`)
	l := p.connect(o, "911", nil)
	if c := o.hears(620); c.Codec != "PCMA" {
		t.Errorf("A-law wanted, both offered: %s", c.Codec)
	}
	l.dialog.End("")
	for body, status := range map[string]int{"RTP/AVP 0 101": 488, "RTP/AVP 9 18": 488, "RTP/SAVP 8": 400} {
		l := p.dial(o, "911", func(i *sip.Invite) {
			i.Body = []byte(strings.Replace(string(i.Body), "RTP/AVP 0 8 101", body, 1))
		})
		if failed := await[sip.Failed](l); failed.Status != status {
			t.Errorf("A-law wanted, %s offered: status %d, want %d", body, failed.Status, status)
		}
	}
}

func TestEchoGivesBackWhatWasSaid(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	o.behave(`{"answer_after_ms":0,"echo":true}`)
	p.connect(o, "+12175550123", nil).hears(620)
}

func TestKeysGoBothWays(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "+12175550123", nil)
	o.hears(620)
	if err := l.sound.press("19#A"); err != nil {
		t.Fatal(err)
	}
	c := o.until("the service heard the keys", func(c Call) bool { return c.Digits == "19#A" })
	o.do("POST", "dtmf", fmt.Sprintf(`{"call":%q,"digits":"0d*"}`, c.ID), http.StatusAccepted, nil)
	eventually(t, "the product heard the keys", func() bool { return l.sound.hearing(time.Now()).Digits == "0D*" })
	l.hears(ordinaryHz)
}

func TestServiceStaysSilentWhenItsPortIsTakenMeanwhileAndRecovers(t *testing.T) {
	o := start(t, Config{})
	o.behave(`{"silent":true}`)
	o.service.peer.Close() // as if the sockets had failed
	taken, err := net.ListenPacket("udp", o.service.SIP()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	o.do("POST", "behaviour", `{}`, http.StatusInternalServerError, nil)
	if !o.service.Behaviour().Silent {
		t.Error("when the port is taken: the service says that it speaks")
	}
	taken.Close()
	o.behave(`{"answer_after_ms":0}`)
	newProduct(t).connect(o, "911", nil).hears(440)
}
