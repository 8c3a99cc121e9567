package psap

import (
	"math"
	"testing"
)

func TestG711KeepsKnownCodewords(t *testing.T) {
	for _, c := range []struct {
		codec  codec
		sample int16
		word   byte
	}{
		{pcmu, 0, 0xff}, {pcmu, 32124, 0x80}, {pcmu, -32124, 0x00}, {pcmu, 8, 0xfe},
		{pcma, 8, 0xd5}, {pcma, -8, 0x55}, {pcma, 32256, 0xaa}, {pcma, -32256, 0x2a},
	} {
		if got := c.codec.encode([]int16{c.sample})[0]; got != c.word {
			t.Errorf("%s, sample %d: codeword %#02x, want %#02x", c.codec, c.sample, got, c.word)
		}
		if got := c.codec.decode([]byte{c.word})[0]; got != c.sample {
			t.Errorf("%s, codeword %#02x: sample %d, want %d", c.codec, c.word, got, c.sample)
		}
	}
}

func TestG711CodewordsSurviveARoundTrip(t *testing.T) {
	for _, c := range []codec{pcmu, pcma} {
		for word := range 256 {
			sample := c.decode([]byte{byte(word)})[0]
			again := c.decode(c.encode([]int16{sample}))[0]
			if again != sample {
				t.Errorf("%s, codeword %#02x: %d became %d", c, word, sample, again)
			}
		}
	}
}

func TestG711ErrorStaysSmall(t *testing.T) {
	for _, c := range []codec{pcmu, pcma} {
		for s := math.MinInt16; s <= math.MaxInt16; s++ {
			got := int(c.decode(c.encode([]int16{int16(s)}))[0])
			allowed := max(16, abs(s)/16) // half a step of the steepest segment, and the clipped end
			if abs(got-s) > allowed {
				t.Fatalf("%s, sample %d: comes back as %d", c, s, got)
			}
		}
	}
}

func abs(v int) int { return max(v, -v) }
