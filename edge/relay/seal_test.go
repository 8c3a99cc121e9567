package relay_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"mayday/edge/relay"
)

const someKey = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj" // of RFC 4568 §9.1

func sealedOffer(lines ...string) []byte {
	return description(append([]string{"c=IN IP4 192.0.2.9", "t=0 0", "m=audio 4000 RTP/SAVP 0 8"}, lines...)...)
}

func TestKeysOfADescriptionAreReadOrPassedOver(t *testing.T) {
	for circumstance, row := range map[string]struct {
		lines []string
		taken bool
	}{
		"one key":                        {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey}, true},
		"a key with a lifetime":          {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^20"}, true},
		"the short proof":                {[]string{"a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:" + someKey}, true},
		"a hint beside the key":          {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + " WSH=64"}, true},
		"a suite that we lack, then one": {[]string{"a=crypto:1 AEAD_AES_256_GCM inline:AAAA", "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" + someKey}, true},
		"no key":                         {nil, false},
		"a suite that we lack":           {[]string{"a=crypto:1 F8_128_HMAC_SHA1_80 inline:" + someKey}, false},
		"a key of another length":        {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"}, false},
		"a key identifier":               {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^20|1:4"}, false},
		"two keys":                       {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + ";inline:" + someKey}, false},
		"sound that is not encrypted":    {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + " UNENCRYPTED_SRTP"}, false},
		"another method":                 {[]string{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 uri:" + someKey}, false},
		"no tag":                         {[]string{"a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:" + someKey}, false},
	} {
		remote, err := relay.Read(sealedOffer(row.lines...))
		if taken := err == nil && remote.Crypto != nil; taken != row.taken {
			t.Errorf("%s: taken %t (%v), want %t", circumstance, taken, err, row.taken)
		}
	}
	if remote, err := relay.Read(relay.Offer(at("192.0.2.1:20000"), relay.NewSession())); err != nil || remote.Crypto != nil {
		t.Errorf("sound in the clear: %v, with a key %t", err, remote.Crypto != nil)
	}
}

func TestKeyIsPrintedNowhere(t *testing.T) {
	remote, err := relay.Read(sealedOffer("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(*remote.Crypto), fmt.Sprintf("%+v", *remote.Crypto), fmt.Sprintf("%#v", *remote.Crypto), fmt.Sprintf("%v", remote.Crypto)} {
		if text != "crypto" {
			t.Errorf("a key that is printed: %q", text)
		}
	}
}

func TestAnswerHasAKeyOfTheSameSuiteUnderTheSameTag(t *testing.T) {
	remote, err := relay.Read(sealedOffer("a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:"+someKey, "m=video 5000 RTP/AVP 96"))
	if err != nil {
		t.Fatal(err)
	}
	ours := remote.Crypto.AnswerTo()
	answer, _, err := relay.AnswerSealed(at("192.0.2.1:20000"), remote, relay.NewSession(), ours)
	if err != nil {
		t.Fatal(err)
	}
	text := string(answer)
	sound, video := strings.Index(text, "m=audio 20000 RTP/SAVP 0"), strings.Index(text, "m=video 0 ")
	key := strings.Index(text, "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:")
	if sound < 0 || key < sound || video < key {
		t.Errorf("answer to encrypted sound and a picture:\n%s", text)
	}
	if strings.Contains(text, someKey) {
		t.Error("answer repeats the key that was offered")
	}
}

// TestEncryptedSoundFlowsBothWays: two sockets that have each other's keys, for both suites.
func TestEncryptedSoundFlowsBothWays(t *testing.T) {
	for _, name := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"} {
		remote, err := relay.Read(sealedOffer("a=crypto:1 " + name + " inline:" + someKey))
		if err != nil {
			t.Fatal(err)
		}
		theirs := *remote.Crypto
		ours := theirs.AnswerTo()
		near, far := openSocket(t), openSocket(t)
		link(t, near, far, ours, theirs)
		heard, spoken := newEar(relay.Format{Codec: relay.PCMU}), newEar(relay.Format{Codec: relay.PCMU})
		relay.Join(near, spoken)
		relay.Join(far, heard)
		voice := source{ssrc: 7}
		for range 20 {
			spoken.end.Receive(voice.next())
		}
		heard.waitFor(t, name+": from near to far", 10)
		other := source{ssrc: 8}
		for range 20 {
			heard.end.Receive(other.next())
		}
		spoken.waitFor(t, name+": from far to near", 10)
	}
}

func link(t *testing.T, near, far *relay.Socket, ours, theirs relay.Crypto) {
	t.Helper()
	near.SetRemote(far.Local(), relay.Format{Codec: relay.PCMU})
	far.SetRemote(near.Local(), relay.Format{Codec: relay.PCMU})
	if err := near.Seal(ours, theirs); err != nil {
		t.Fatal(err)
	}
	if err := far.Seal(theirs, ours); err != nil {
		t.Fatal(err)
	}
}

// TestSoundWithoutTheKeyIsNotHeard: neither in the clear nor with another key, and whoever sends it is not sent ours.
func TestSoundWithoutTheKeyIsNotHeard(t *testing.T) {
	near, stranger := openSocket(t), newFarEnd(t)
	if err := near.Seal(relay.NewCrypto(), relay.NewCrypto()); err != nil {
		t.Fatal(err)
	}
	near.SetRemote(netip.MustParseAddrPort("127.0.0.1:9"), relay.Format{Codec: relay.PCMU})
	listener := newEar(relay.Format{Codec: relay.PCMU})
	relay.Join(near, listener)
	voice := source{ssrc: 7}
	for range 10 {
		stranger.say(t, near.Local(), voice.next())
	}
	eventually(t, "sound in the clear on an encrypted leg: dropped", func() bool { return near.Stats().Dropped >= 10 })
	if heard := len(listener.heard()); heard > 0 {
		t.Errorf("sound in the clear on an encrypted leg: %d packets heard, want none", heard)
	}
}

func TestSoundGoesInTheClearAgainWhenSaidSo(t *testing.T) {
	near, far := openSocket(t), newFarEnd(t)
	near.SetRemote(far.addr(), relay.Format{Codec: relay.PCMU})
	if err := near.Seal(relay.NewCrypto(), relay.NewCrypto()); err != nil {
		t.Fatal(err)
	}
	near.Unseal()
	listener := newEar(relay.Format{Codec: relay.PCMU})
	relay.Join(near, listener)
	voice := source{ssrc: 7}
	for range 3 {
		far.say(t, near.Local(), voice.next())
	}
	listener.waitFor(t, "sound in the clear after a session that was encrypted", 3)
}
