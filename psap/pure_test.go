package psap

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
)

func TestBehaviourTakesDefaultsForWhatIsNotGiven(t *testing.T) {
	ten, none := 10, 0
	for _, c := range []struct {
		text string
		want Behaviour
	}{
		{`{}`, Behaviour{AnswerAfterMS: 1500, Provisionals: []int{180}}},
		{`{"answer_after_ms":0}`, Behaviour{Provisionals: []int{180}}},
		{`{"reject":503}`, Behaviour{Reject: 503, Provisionals: []int{180}}},
		{`{"busy":true,"answer_after_ms":10}`, Behaviour{Busy: true, AnswerAfterMS: 10, Provisionals: []int{180}}},
		{`{"provisionals":[]}`, Behaviour{AnswerAfterMS: 1500, Provisionals: []int{}}},
		{`{"early_media":true}`, Behaviour{AnswerAfterMS: 1500, EarlyMedia: true, Provisionals: []int{180, 183}}},
		{`{"hangup_after_ms":0,"reinvite_after_ms":10}`, Behaviour{AnswerAfterMS: 1500, Provisionals: []int{180}, HangUpAfterMS: &none, ReinviteAfterMS: &ten}},
	} {
		got, err := readBehaviour(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("behaviour %s: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("behaviour %s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestBehaviourNamesEverythingThatIsWrong(t *testing.T) {
	for text, want := range map[string][]string{
		``:                              {"the body is empty"},
		`{`:                             {"ends inside"},
		`[]`:                            {"the body is a array"},
		`{"answer":1}`:                  {`unknown field "answer"`},
		`{"reject":"no"}`:               {"reject: a string does not fit"},
		`{"silent":1}`:                  {"silent: a number does not fit"},
		`{} {}`:                         {"goes on after"},
		`{"reject":200,"codec":"opus"}`: {"reject: 200", `codec: "opus"`},
		`{"provisionals":[100,200]}`:    {"100 is not", "200 is not"},
		`{"hangup_after_ms":-1}`:        {"hangup_after_ms: -1"},
		`{"answer_after_ms":3600001}`:   {"answer_after_ms: 3600001"},
		`{"silent":true,"manual":true}`: {"silent: allows neither"},
		`{"reject":486,"busy":true}`:    {"choose one"},
		`{"manual":true,"busy":true}`:   {"manual: allows neither"},
		`{"provisionals":[` + strings.Repeat("180,", 20) + `180]}`: {"at most 20"},
	} {
		_, err := readBehaviour(strings.NewReader(text))
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("behaviour %s: error %v, want one with %q", text, err, part)
			}
		}
	}
}

func FuzzBehaviour(f *testing.F) {
	f.Add(`{"answer_after_ms":10,"reject":503,"provisionals":[180,183]}`)
	f.Add(`{"silent":true}{`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := readBehaviour(strings.NewReader(text))
		if err == nil && b.check() != nil {
			t.Errorf("behaviour %q: taken, and wrong", text)
		}
	})
}

const mixedOffer = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n" +
	"m=video 4000 RTP/AVP 96\r\nm=audio 4002 RTP/AVP 9 8 0 97\r\na=rtpmap:97 telephone-event/8000\r\na=sendrecv\r\n"

func TestDescriptionTakesFirstG711AndRefusesOtherStreams(t *testing.T) {
	d, err := readDescription([]byte(mixedOffer), noCodec)
	if err != nil {
		t.Fatal(err)
	}
	want := session{codec: pcma, payloadType: 8, keys: 97, far: netip.MustParseAddrPort("192.0.2.7:4002"),
		farReports: netip.MustParseAddrPort("192.0.2.7:4003"), sends: true, receives: true}
	if d.session != want {
		t.Errorf("offer with G.722, A-law, μ-law: %+v, want %+v", d.session, want)
	}
	us := ourSide{id: 7, version: 2, address: netip.MustParseAddrPort("127.0.0.1:5000")}
	answer, err := us.answer(d)
	if err != nil {
		t.Fatal(err)
	}
	const wanted = "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n" +
		"m=audio 5000 RTP/AVP 8 97\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
	if diff := cmp.Diff(wanted, string(answer)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestDescriptionHonoursDirectionAndCodecChoice(t *testing.T) {
	for _, c := range []struct {
		lines           string
		want            codec
		codec           codec
		sends, receives bool
	}{
		{"m=audio 9 RTP/AVP 0 8\r\na=sendonly\r\n", pcma, pcma, false, true},
		{"a=inactive\r\nm=audio 9 RTP/AVP 0\r\n", noCodec, pcmu, false, false},
		{"a=inactive\r\nm=audio 9 RTP/AVP 96\r\na=rtpmap:96 pcmu/8000/1\r\na=recvonly\r\n", noCodec, pcmu, true, false},
	} {
		d, err := readDescription([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"+c.lines), c.want)
		if err != nil {
			t.Fatalf("%q: %v", c.lines, err)
		}
		if s := d.session; s.codec != c.codec || s.sends != c.sends || s.receives != c.receives {
			t.Errorf("%q: %+v", c.lines, s)
		}
	}
}

func TestDescriptionWithoutCommonCodecIsToldApart(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
	for text, noCommon := range map[string]bool{
		head + "m=audio 9 RTP/AVP 9 18\r\n":                       true,
		head + "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000\r\n": true,
		head + "m=audio 0 RTP/AVP 0\r\n":                          false,
		head + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n":                false,
		head:      false,
		"garbage": false,
		"":        false,
		head + "m=audio 9 RTP/AVP 0\r\nc=IN IP4 far.example\r\n": false,
	} {
		_, err := readDescription([]byte(text), noCodec)
		if err == nil || errors.Is(err, errNoCommonCodec) != noCommon {
			t.Errorf("description %q: error %v", text, err)
		}
	}
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(mixedOffer))
	f.Add([]byte("v=0\r\nm=audio 99999 RTP/AVP 0\r\nc=IN IP6 ::1\r\n"))
	us := ourSide{address: netip.MustParseAddrPort("127.0.0.1:5000")}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := readDescription(body, noCodec)
		if err != nil {
			return
		}
		if _, err := us.answer(d); err != nil {
			t.Errorf("offer %q is taken but cannot be answered: %v", body, err)
		}
	})
}

func TestLostPacketsAreCountedOverTheTurnOfTheSequence(t *testing.T) {
	var in incoming
	for _, sequence := range []uint16{65533, 65534, 0, 1, 65535, 5} { // one late, 2 to 4 never
		in.take(&rtp.Header{SequenceNumber: sequence, SSRC: 1})
	}
	if in.lost() != 3 || in.packets != 6 {
		t.Errorf("three of nine packets missing: lost %d, packets %d", in.lost(), in.packets)
	}
	in.take(&rtp.Header{SequenceNumber: 30000, SSRC: 2})
	in.take(&rtp.Header{SequenceNumber: 30002, SSRC: 2})
	if in.lost() != 4 {
		t.Errorf("a new source that loses one more: lost %d, want 4", in.lost())
	}
}

func TestKeyIsSentThreeTimesAtItsEndAndHeardOnce(t *testing.T) {
	out, in := newOutgoing(), incoming{}
	s := session{codec: pcmu, keys: 101}
	var packets, marked, ends int
	for _, key := range []byte("5#") {
		out.press(key)
		for out.pressing() {
			for _, p := range out.keyPackets(s) {
				packets++
				if p.Marker {
					marked++
				}
				if p.Payload[1]&0x80 != 0 {
					ends++
				}
				in.key(p.Timestamp, p.Payload)
			}
		}
	}
	if string(in.digits) != "5#" || marked != 2 || ends != 2*keyEnds || packets != 2*(keyFrames-1+keyEnds) {
		t.Errorf("two keys: heard %q, %d packets, %d marked, %d ends", in.digits, packets, marked, ends)
	}
}

func FuzzHear(f *testing.F) {
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 0, SequenceNumber: 1}, Payload: make([]byte, frameSamples)}
	seed, err := p.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0x80, 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 200, 0x8a, 0, 160})
	f.Fuzz(func(_ *testing.T, datagram []byte) {
		s := sound{session: session{codec: pcmu, keys: 101}, echo: new(lane)}
		s.hear(datagram, whenever)
		s.hearing(whenever)
	})
}

func TestLaneForgetsTheOldestAndFillsGapsWithSilence(t *testing.T) {
	var l lane
	frame := func(v int16) []int16 { return append([]int16{v}, make([]int16, frameSamples-1)...) }
	l.put(frame(1))
	if got := l.take()[0]; got != 0 {
		t.Errorf("with one frame waiting: gives %d before it has filled", got)
	}
	for v := range int16(laneFull + 1) {
		l.put(frame(v + 2))
	}
	if got := l.take()[0]; got != 3 {
		t.Errorf("when too many frames came: gives frame %d, want 3", got)
	}
	for range laneFull {
		l.take()
	}
	if got := l.take()[0]; got != 0 {
		t.Errorf("when empty: gives %d", got)
	}
}
