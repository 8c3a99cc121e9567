package relay_test

import (
	"math"
	"testing"
	"testing/synctest"

	"mayday/edge/relay"
)

// levels answers with the positive output values of a law, computed as G.711 defines them: halfway
// between the decision values of each segment. Units are those of the law, 14 bits for µ and 13 for A.
func muLevels() []int {
	levels := []int{0}
	at, step := 1, 2
	for segment := range 8 {
		for interval := range 16 {
			if segment == 0 && interval == 0 {
				continue
			}
			levels = append(levels, at+step/2)
			at += step
		}
		step *= 2
	}
	return levels
}

func aLevels() []int {
	var levels []int
	at, step := 0, 2
	for segment := range 8 {
		for range 16 {
			levels = append(levels, at+step/2)
			at += step
		}
		if segment > 0 {
			step *= 2
		}
	}
	return levels
}

func TestMuLawDecodesAsG711Defines(t *testing.T) {
	for n, level := range muLevels() {
		if got := relay.PCMU.Decode(byte(0xff - n)); int(got) != level*4 {
			t.Errorf("µ-law octet %#x: decodes to %d, want %d", 0xff-n, got, level*4)
		}
		if got := relay.PCMU.Decode(byte(0x7f - n)); int(got) != -level*4 {
			t.Errorf("µ-law octet %#x: decodes to %d, want %d", 0x7f-n, got, -level*4)
		}
	}
	if highest := muLevels()[127]; highest != 8031 {
		t.Errorf("µ-law by its definition: highest level is %d, want 8031", highest)
	}
}

func TestALawDecodesAsG711Defines(t *testing.T) {
	for n, level := range aLevels() {
		octet := byte(0x80|n) ^ 0x55
		if got := relay.PCMA.Decode(octet); int(got) != level*8 {
			t.Errorf("A-law octet %#x: decodes to %d, want %d", octet, got, level*8)
		}
		if got := relay.PCMA.Decode(octet ^ 0x80); int(got) != -level*8 {
			t.Errorf("A-law octet %#x: decodes to %d, want %d", octet^0x80, got, -level*8)
		}
	}
	if highest := aLevels()[127]; highest != 4032 {
		t.Errorf("A-law by its definition: highest level is %d, want 4032", highest)
	}
}

func TestEveryOctetSurvivesDecodingAndEncoding(t *testing.T) {
	for _, codec := range []relay.Codec{relay.PCMU, relay.PCMA} {
		for n := range 256 {
			want := byte(n)
			if codec == relay.PCMU && want == 0x7f {
				want = 0xff // µ-law has two zeros
			}
			if got := codec.Encode(codec.Decode(byte(n))); got != want {
				t.Errorf("%v octet %#x: comes back as %#x", codec, n, got)
			}
		}
	}
}

func TestEncodingKeepsTheOrderAndTheStepOfSamples(t *testing.T) {
	for _, codec := range []relay.Codec{relay.PCMU, relay.PCMA} {
		before := int(codec.Decode(codec.Encode(-32768)))
		for sample := -32768; sample <= 32767; sample++ {
			got := int(codec.Decode(codec.Encode(int16(sample))))
			if got < before {
				t.Fatalf("%v sample %d: decodes to %d, below the one before it", codec, sample, got)
			}
			before = got
			// The widest interval is a 16th of the magnitude of its samples; the quietest ones have a fixed one.
			if off, most := abs(got-sample), max((abs(sample)+132)/31, 16); off > most && abs(sample) < 32124 {
				t.Fatalf("%v sample %d: is off by %d, want at most %d", codec, sample, off, most)
			}
		}
	}
}

// TestLevelIsThatOfTheLoudestOctet stands in a bubble, because a level is told for a fifth of a second only.
func TestLevelIsThatOfTheLoudestOctet(t *testing.T) {
	for _, codec := range []relay.Codec{relay.PCMU, relay.PCMA} {
		synctest.Test(t, func(t *testing.T) {
			for n := range 256 {
				for other := range 256 {
					testLevel(t, codec, byte(n), byte(other))
				}
			}
		})
	}
}

func testLevel(t *testing.T, codec relay.Codec, one, other byte) {
	t.Helper()
	speaker := relay.NewEnd(wire(func([]byte) bool { return true }))
	from := source{payloadType: uint8(codec)}
	speaker.Receive(from.next(other, one, other))
	want, peak := -127, max(abs(int(codec.Decode(one))), abs(int(codec.Decode(other))))
	if peak > 0 {
		want = int(math.Round(20 * math.Log10(float64(peak)/32768)))
	}
	if got := speaker.Stats().Level; got != want {
		t.Fatalf("%v octets %#x and %#x: level is %d dBov, want %d", codec, one, other, got, want)
	}
}

// TestLoudestIsOfAllSoundSinceItWasAsked: speech has pauses, and the last packet may be one.
func TestLoudestIsOfAllSoundSinceItWasAsked(t *testing.T) {
	speaker := relay.NewEnd(wire(func([]byte) bool { return true }))
	from := source{payloadType: uint8(relay.PCMU)}
	const loud, silent = 0x80, 0xff
	if got := speaker.Loudest(); got != -127 {
		t.Errorf("before any sound: the loudest is %d dBov", got)
	}
	speaker.Receive(from.next(loud))
	speaker.Receive(from.next(silent))
	if got := speaker.Loudest(); got != 0 {
		t.Errorf("a loud packet and a silent one: the loudest is %d dBov, want 0", got)
	}
	speaker.Receive(from.next(silent))
	if got := speaker.Loudest(); got != -127 {
		t.Errorf("only silence since it was asked: the loudest is %d dBov", got)
	}
}

func abs(n int) int { return max(n, -n) }
