package relay_test

import (
	"net/netip"
	"testing"
	"time"

	"mayday/edge/relay"
)

// expectSilence fails when a packet arrives that was just sent.
func expectSilence(t *testing.T, circumstance string, speaker *ear, from *source, f farEnd) {
	t.Helper()
	speaker.End().Receive(from.next())
	if _, _, ok := hear(t, f.rtp, 100*time.Millisecond); ok {
		t.Errorf("%s: sound arrives all the same", circumstance)
	}
}

func TestSideWithoutAnAddressIsSpokenToWhereItsSoundComesFrom(t *testing.T) {
	t.Parallel()
	s, speaker, far, moved := openSocket(t), newEar(mu), newFarEnd(t), newFarEnd(t)
	relay.Join(s, speaker)
	own, from := source{ssrc: 77}, source{ssrc: 1}
	s.AwaitRemote(mu)
	expectSilence(t, "before its first packet", speaker, &own, far)
	far.say(t, s.Local(), from.next())
	speaker.waitFor(t, "its first packet", 1)
	expectSpokenTo(t, "after its first packet", speaker, &own, far)
	s.SetRemote(moved.addr(), mu)
	expectSpokenTo(t, "its name was found elsewhere, its sound comes from here", speaker, &own, far)
	s.AwaitRemote(mu)
	expectSpokenTo(t, "the session is refreshed without an address", speaker, &own, far)
	s.SetRemote(moved.addr(), mu)
	expectSpokenTo(t, "a name was found before any packet", speaker, &own, moved)
}

func TestSideThatHoldsGetsReportsAndNoSound(t *testing.T) {
	t.Parallel()
	s, speaker, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, speaker)
	own, music := source{ssrc: 77}, source{ssrc: 1}
	s.SetRemote(far.addr(), mu)
	expectSpokenTo(t, "before the hold", speaker, &own, far)
	s.SetRemote(far.addr())
	expectSilence(t, "on hold", speaker, &own, far)
	far.say(t, s.Local(), music.next())
	speaker.waitFor(t, "music on hold", 1)
	if err := s.SendDigits("1"); err == nil {
		t.Error("on hold: digits are taken")
	}
	raw, _, ok := hear(t, far.rtcp, patience)
	if !ok || !relay.IsRTCP(raw) {
		t.Error("on hold: no report within 10 s")
	}
	s.SetRemote(far.addr(), mu)
	expectSpokenTo(t, "after the hold", speaker, &own, far)
	s.SetRemote(netip.AddrPort{}, mu)
	expectSilence(t, "on hold of old", speaker, &own, far)
	s.AwaitRemote(mu)
	far.say(t, s.Local(), music.next())
	speaker.waitFor(t, "sound goes on", 2)
	expectSpokenTo(t, "sound goes on", speaker, &own, far)
}
