package relay_test

import (
	"testing"

	"mayday/edge/relay"
)

func TestTheSumOfTwoSamplesIsAsLoudAsASampleCanBe(t *testing.T) {
	for _, test := range []struct{ one, other, want int16 }{
		{0, 0, 0}, {100, -30, 70}, {32767, 1, 32767}, {32767, 32767, 32767}, {-32768, -1, -32768}, {-32768, -32768, -32768}, {32767, -32768, -1},
	} {
		if got := relay.Mixed(test.one, test.other); got != test.want {
			t.Errorf("%d and %d: mixed they are %d, want %d", test.one, test.other, got, test.want)
		}
	}
}

func TestMixingSilenceChangesNothingButTheLaw(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, codec := range []relay.Codec{relay.PCMU, relay.PCMA} {
		got := make([]byte, 256)
		relay.Mix(got, every, codec, codec, make([]int16, 256))
		for i := range got {
			if codec.Decode(got[i]) != codec.Decode(byte(i)) {
				t.Errorf("%v octet %#x mixed with silence: became %#x", codec, i, got[i])
			}
		}
	}
}

// steady answers with a packet of one loudness, and with the sample that it stands for.
func steady(octet byte) (sound []byte, sample int16) {
	sound = make([]byte, 160)
	for i := range sound {
		sound[i] = octet
	}
	return sound, relay.PCMU.Decode(octet)
}

// taken takes so many packets and answers with the first sample of each; 0 where there was none.
func taken(h *relay.Hopper, packets int) []int16 {
	firsts := make([]int16, packets)
	for i := range firsts {
		samples := make([]int16, 160)
		if h.Take(samples) {
			firsts[i] = samples[0]
		}
	}
	return firsts
}

func TestPacketsAreMixedInTheOrderInWhichTheyWereSaid(t *testing.T) {
	var h relay.Hopper
	one, first := steady(0x10)
	two, second := steady(0x20)
	three, third := steady(0x30)
	h.Put(1000, one, relay.PCMU)
	h.Put(1320, three, relay.PCMU)
	h.Put(1160, two, relay.PCMU)
	h.Put(1160, two, relay.PCMU)
	if got, want := taken(&h, 6), []int16{0, 0, first, second, third, 0}; !equal(got, want) {
		t.Errorf("packets in disorder and one twice: taken as %v, want %v", got, want)
	}
}

func TestALostPacketIsSilenceAndALateOneIsNotHeard(t *testing.T) {
	var h relay.Hopper
	one, first := steady(0x10)
	three, third := steady(0x30)
	h.Put(1000, one, relay.PCMU)
	h.Put(1320, three, relay.PCMU)
	if got, want := taken(&h, 4), []int16{0, 0, first, 0}; !equal(got, want) {
		t.Errorf("the second packet is lost: taken as %v, want %v", got, want)
	}
	h.Put(1160, one, relay.PCMU)
	if got, want := taken(&h, 2), []int16{third, 0}; !equal(got, want) {
		t.Errorf("the second packet comes when its time is over: taken as %v, want %v", got, want)
	}
}

func TestASideThatWasSilentOrJumpsIsHeardAgain(t *testing.T) {
	var h relay.Hopper
	one, first := steady(0x10)
	two, second := steady(0x20)
	for _, at := range []uint32{0, 100_000, 50, 1<<32 - 100, 60, 1 << 31} {
		h.Put(at, one, relay.PCMU)
		h.Put(at+160, two, relay.PCMU)
		if got, want := taken(&h, 6), []int16{0, 0, first, second, 0, 0}; !equal(got, want) {
			t.Errorf("a stream that goes on at %d: taken as %v, want %v", at, got, want)
		}
	}
}

func TestASideThatIsTooFastIsNotHeardEverLater(t *testing.T) {
	var h relay.Hopper
	one, _ := steady(0x10)
	for n := range uint32(1000) {
		h.Put(n*160, one, relay.PCMU)
	}
	held := 0
	for h.Take(make([]int16, 160)) {
		held += 160
	}
	if most := relay.HeldBack + relay.MostHeld + 160; held > most {
		t.Errorf("a thousand packets at once: %d samples wait, want %d at most", held, most)
	}
}

// FuzzHopper holds a hopper against what it promises, whatever comes: never a sample that nobody said, and never more than it may hold.
func FuzzHopper(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 160, 1, 2, 0, 2, 0, 160})
	f.Fuzz(func(t *testing.T, program []byte) {
		var h relay.Hopper
		clock := uint32(0)
		one, said := steady(0x10)
		for len(program) >= 2 {
			step, by := program[0], uint32(program[1])
			program = program[2:]
			switch step % 5 {
			case 0:
				clock += 160
				h.Put(clock, one, relay.PCMU)
			case 1:
				h.Put(clock-by*40, one[:by%161], relay.PCMU)
			case 2:
				h.Put(clock+by<<(step/5%24), one, relay.PCMU)
			case 3:
				h.Skip(by * 16)
			case 4:
				samples := make([]int16, 1+by)
				h.Take(samples)
				for _, sample := range samples {
					if sample != 0 && sample != said {
						t.Fatalf("sample %d was taken, which nobody said", sample)
					}
				}
			}
		}
		total := 0
		for samples := make([]int16, 160); h.Take(samples); {
			if total += len(samples); total > relay.RoomHeld {
				t.Fatalf("%d samples wait, want %d at most", total, relay.RoomHeld)
			}
		}
		quiet := make([]int16, relay.RoomHeld)
		h.Put(clock+1<<20, nil, relay.PCMU)
		h.Put(clock+1<<20+320, one, relay.PCMU)
		h.Take(quiet)
		loud := 0
		for _, sample := range quiet {
			if sample != 0 {
				loud++
			}
		}
		if loud != len(one) {
			t.Fatalf("after all was taken and one packet put: %d samples sound, want %d", loud, len(one))
		}
	})
}

func equal(a, b []int16) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
