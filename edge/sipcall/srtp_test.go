package sipcall_test

import (
	"strings"
	"testing"

	"mayday/center/trunk"
	"mayday/edge/sipcall"
	"mayday/engine"
)

// TestForeignStackAndRepHearEachOtherEncrypted: baresip, which takes encrypted sound only, answers an emergency call.
func TestForeignStackAndRepHearEachOtherEncrypted(t *testing.T) {
	service := startBaresipAs(t, ";mediaenc=srtp-mand", "-s")
	has := testCenter(1, []string{service.uri()})
	has.Trunks[0].Location, has.Trunks[0].SRTP = trunk.NoPlace, trunk.SDES
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "baresip has answered", phase(engine.Connected))
	someone := newSpeaker(t)
	r.calls.Join("c1.0", someone)
	someone.expect(t, "the rep", baresipVoice, 10)
	service.expect(t, "baresip", repVoice, 10)
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
	service.stop()
	if said := service.out.String(); !strings.Contains(said, "RTP/SAVP") {
		t.Errorf("encrypted call: no offer of encrypted sound\n%s", tail(said))
	}
}

// TestEncryptedCallBackIsAnsweredEncrypted: baresip offers encrypted sound and takes no other answer.
func TestEncryptedCallBackIsAnsweredEncrypted(t *testing.T) {
	service := startBaresip(t)
	r := newRig(t, 1, service.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "baresip has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)

	caller := startBaresipAs(t, ";mediaenc=srtp-mand", "-e", "/dial sip:+12175550101@"+r.udp.String())
	view := until(t, w, "the encrypted call back rings", phase(engine.Incoming))
	r.do(engine.Answer{Rep: repID(0), Tab: "tab0", Call: view.Emergency.ID})
	until(t, w, "the encrypted call back is spoken", phase(engine.Connected))
	r.do(engine.ReportSound{Rep: repID(0), Tab: "tab0", Connected: false})
	caller.expect(t, "baresip", waitingTone, 3)
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
}

// TestTrunkThatRefusesEncryptedSoundGetsItInTheClear: SIPp refuses the first offer with 488 and looks for the place in the second.
func TestTrunkThatRefusesEncryptedSoundGetsItInTheClear(t *testing.T) {
	carrier := startSipp(t, "refuses-srtp", "-m", "2")
	has := testCenter(1, []string{carrier.uri()})
	has.Trunks[0].SRTP = trunk.SDESRequired
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered sound in the clear", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
	carrier.passed()
}

// TestAnswerInTheClearToEncryptedSound: an emergency call goes on, an ordinary one only where the trunk does not demand encryption.
func TestAnswerInTheClearToEncryptedSound(t *testing.T) {
	carrier := startSipp(t, "accept", "-m", "2")
	has := testCenter(1, []string{carrier.uri()})
	has.Trunks[0].SRTP = trunk.SDESRequired
	lendNumber(&has)
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	w := r.watch(0)
	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "217 555 0123", Call: "c1"})
	until(t, w, "the ordinary call is not spoken in the clear", func(v engine.View) bool { return v.Call != nil && v.Call.Phase == engine.Failed })
	dial(r, "c2")
	until(t, w, "the emergency call is spoken in the clear", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	carrier.passed()
}
