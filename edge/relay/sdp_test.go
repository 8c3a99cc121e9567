package relay_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mayday/edge/relay"
)

// description writes a session description line by line.
func description(lines ...string) []byte {
	all := append([]string{"v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-"}, lines...)
	return []byte(strings.Join(all, "\r\n") + "\r\n")
}

var at = netip.MustParseAddrPort

func TestDescriptionsAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		want  relay.Remote
	}{
		"address of the session": {
			[]string{"c=IN IP4 192.0.2.7", "t=0 0", "m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"},
			relay.Remote{Addr: at("192.0.2.7:4000"), Formats: []relay.Format{{0, 101}, {8, 101}}},
		},
		"address of the stream": {
			[]string{"c=IN IP4 192.0.2.7", "t=0 0", "m=audio 4000 RTP/AVP 8", "c=IN IP4 192.0.2.8"},
			relay.Remote{Addr: at("192.0.2.8:4000"), Formats: []relay.Format{{8, 0}}},
		},
		"IPv6, other codecs before ours, shared port": {
			[]string{"c=IN IP6 2001:db8::1", "t=0 0", "m=audio 4000 RTP/AVP 9 111 8 0 96", "a=rtpmap:111 opus/48000/2",
				"a=rtpmap:8 pcma/8000/1", "a=rtpmap:96 telephone-event/8000", "a=rtcp-mux"},
			relay.Remote{Addr: at("[2001:db8::1]:4000"), Formats: []relay.Format{{8, 96}, {0, 96}}, Mux: true},
		},
		"hold": {
			[]string{"c=IN IP4 192.0.2.7", "t=0 0", "m=audio 4000 RTP/AVP 0", "a=sendonly"},
			relay.Remote{Addr: at("192.0.2.7:4000"), Formats: []relay.Format{{0, 0}}, Direction: relay.SendOnly},
		},
		"hold of the whole session": {
			[]string{"c=IN IP4 192.0.2.7", "t=0 0", "a=inactive", "m=audio 4000 RTP/AVP 0"},
			relay.Remote{Addr: at("192.0.2.7:4000"), Formats: []relay.Format{{0, 0}}, Direction: relay.Inactive},
		},
		"hold of old": {
			[]string{"c=IN IP4 0.0.0.0", "t=0 0", "m=audio 4000 RTP/AVP 0"},
			relay.Remote{Formats: []relay.Format{{0, 0}}},
		},
		"a name for address": {
			[]string{"c=IN IP4 media.sbc.example", "t=0 0", "m=audio 4000 RTP/AVP 8"},
			relay.Remote{Addr: netip.AddrPortFrom(netip.Addr{}, 4000), Name: "media.sbc.example", Formats: []relay.Format{{8, 0}}},
		},
		"a refused and a video stream before ours": {
			[]string{"c=IN IP4 192.0.2.7", "t=0 0", "m=audio 0 RTP/AVP 0", "m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 0"},
			relay.Remote{Addr: at("192.0.2.7:4000"), Formats: []relay.Format{{0, 0}}},
		},
	} {
		got, err := relay.Read(description(test.lines...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compare := cmp.Options{cmpopts.IgnoreUnexported(relay.Remote{}), cmpopts.EquateComparable(netip.AddrPort{})}
		if diff := cmp.Diff(test.want, got, compare); diff != "" {
			t.Errorf("%s: read otherwise (-want +got):\n%s", name, diff)
		}
		if held := strings.HasPrefix(name, "hold"); got.Held() != held {
			t.Errorf("%s: held is %t", name, got.Held())
		}
	}
}

func TestDescriptionsAreRefusedForAReason(t *testing.T) {
	here := []string{"c=IN IP4 192.0.2.7", "t=0 0"}
	for name, test := range map[string]struct {
		description []byte
		want        error
	}{
		"nothing":             {nil, relay.ErrMalformed},
		"no description":      {[]byte("<xml/>"), relay.ErrMalformed},
		"far too long":        {description(strings.Repeat("a=x\r\n", 9000)), relay.ErrMalformed},
		"too many streams":    {description(append(here, strings.Split(strings.Repeat("m=video 0 RTP/AVP 96,", 17)+"t=0 0", ",")[:17]...)...), relay.ErrMalformed},
		"no address":          {description("t=0 0", "m=audio 4000 RTP/AVP 0"), relay.ErrMalformed},
		"no name either":      {description("c=IN IP4 sbc_example/1", "t=0 0", "m=audio 4000 RTP/AVP 0"), relay.ErrMalformed},
		"no address quite":    {description("c=IN IP4 300.1.2.3", "t=0 0", "m=audio 4000 RTP/AVP 0"), relay.ErrMalformed},
		"a multicast address": {description("c=IN IP4 224.2.1.1/127", "t=0 0", "m=audio 4000 RTP/AVP 0"), relay.ErrMalformed},
		"no stream":           {description(here...), relay.ErrNoCommonCodec},
		"video alone":         {description(append(here, "m=video 4000 RTP/AVP 96")...), relay.ErrNoCommonCodec},
		"port 0":              {description(append(here, "m=audio 0 RTP/AVP 0")...), relay.ErrNoCommonCodec},
		"no G.711":            {description(append(here, "m=audio 4000 RTP/AVP 9 18")...), relay.ErrNoCommonCodec},
		"0 is something else": {description(append(here, "m=audio 4000 RTP/AVP 0", "a=rtpmap:0 opus/48000/2")...), relay.ErrNoCommonCodec},
		"encrypted":           {description(append(here, "m=audio 4000 RTP/SAVP 0")...), relay.ErrNoCommonCodec},
	} {
		if _, err := relay.Read(test.description); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestOurOfferIsReadAsItWasMeant(t *testing.T) {
	for _, local := range []netip.AddrPort{at("192.0.2.1:20000"), at("[2001:db8::2]:20000")} {
		session := relay.NewSession()
		offer := relay.Offer(local, session)
		got, err := relay.Read(offer)
		if err != nil {
			t.Fatalf("our own offer: %v", err)
		}
		if got.Addr != local || !cmp.Equal(got.Formats, []relay.Format{{0, 101}, {8, 101}}) || got.Direction != relay.SendRecv {
			t.Errorf("our own offer from %v: read as %+v", local, got)
		}
		for _, line := range []string{"m=audio 20000 RTP/AVP 0 8 101\r\n", "a=ptime:20\r\n", "a=sendrecv\r\n", "a=fmtp:101 0-15\r\n"} {
			if !strings.Contains(string(offer), line) {
				t.Errorf("our own offer: lacks %q in\n%s", line, offer)
			}
		}
		if next := session.Next(); next.ID != session.ID || next.Version != session.Version+1 {
			t.Errorf("the next version of %v: is %v", session, next)
		}
	}
}

func TestOurHoldIsReadAsHold(t *testing.T) {
	got, err := relay.Read(relay.HoldOffer(at("192.0.2.1:20000"), relay.NewSession()))
	if err != nil || !got.Held() || got.Direction != relay.SendOnly {
		t.Errorf("our own hold: %v, read as %+v", err, got)
	}
}

func TestAnswersMirrorTheOffer(t *testing.T) {
	local := at("192.0.2.1:20000")
	for direction, want := range map[string]relay.Direction{
		"sendrecv": relay.SendRecv, "sendonly": relay.RecvOnly, "recvonly": relay.SendOnly, "inactive": relay.Inactive,
	} {
		remote, err := relay.Read(description("c=IN IP4 192.0.2.7", "t=0 0", "m=video 5000 RTP/AVP 96 97",
			"m=audio 4000 RTP/AVPF 9 8 0 97", "a=rtpmap:97 telephone-event/8000", "a="+direction, "m=audio 6000 RTP/AVP 0"))
		if err != nil {
			t.Fatal(err)
		}
		answer, format, err := relay.Answer(local, remote, relay.NewSession())
		if err != nil || format != (relay.Format{Codec: relay.PCMA, Event: 97}) {
			t.Fatalf("an offer of PCMA first: %v, %v", format, err)
		}
		got, err := relay.Read(answer)
		if err != nil || got.Addr != local || got.Direction != want || !cmp.Equal(got.Formats, []relay.Format{format}) {
			t.Errorf("answer to %s: %v, read as %+v", direction, err, got)
		}
		var streams []string
		for line := range strings.Lines(string(answer)) {
			if strings.HasPrefix(line, "m=") {
				streams = append(streams, strings.TrimSpace(line))
			}
		}
		all := []string{"m=video 0 RTP/AVP 96 97", "m=audio 20000 RTP/AVPF 8 97", "m=audio 0 RTP/AVP 0"}
		if diff := cmp.Diff(all, streams); diff != "" {
			t.Errorf("answer to three streams (-want +got):\n%s", diff)
		}
	}
	if _, _, err := relay.Answer(local, relay.Remote{}, relay.NewSession()); !errors.Is(err, relay.ErrNoCommonCodec) {
		t.Errorf("answer to nothing: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(relay.Offer(at("192.0.2.1:20000"), relay.SessionID{ID: 1, Version: 1}))
	f.Add(description("c=IN IP4 0.0.0.0", "t=0 0", "a=inactive", "m=audio 4000 RTP/AVP 0 8", "a=rtpmap:8 PCMA/8000"))
	f.Add(description("c=IN IP4 media.sbc.example", "t=0 0", "m=audio 4000 RTP/AVP 0"))
	f.Add(description("c=IN IP6 ::1", "t=0 0", "m=video 0 RTP/AVP 96", "m=audio 4000/2 RTP/AVP 0", "a=rtcp-mux"))
	f.Add(relay.OfferSealed(at("192.0.2.1:20000"), relay.SessionID{ID: 1, Version: 1}, relay.NewCrypto(), true))
	f.Add(sealedOffer("a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:"+someKey+"|2^20 WSH=64", "m=video 1 RTP/AVP 96"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		remote, err := relay.Read(raw)
		if err != nil {
			if !errors.Is(err, relay.ErrMalformed) && !errors.Is(err, relay.ErrNoCommonCodec) {
				t.Errorf("%q: an error of another kind: %v", raw, err)
			}
			return
		}
		answer, format, err := relay.Answer(at("192.0.2.1:20000"), remote, relay.NewSession())
		if remote.Crypto != nil {
			answer, format, err = relay.AnswerSealed(at("192.0.2.1:20000"), remote, relay.NewSession(), remote.Crypto.AnswerTo())
		}
		if err != nil {
			t.Fatalf("%q: is read, but not answered: %v", raw, err)
		}
		again, err := relay.Read(answer)
		if err != nil || again.Formats[0] != format {
			t.Errorf("%q: the answer %q is read as %+v, %v", raw, answer, again, err)
		}
	})
}
