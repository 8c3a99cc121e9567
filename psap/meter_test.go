package psap

import (
	"math"
	"testing"
	"time"
)

func TestMeterFindsToneAndLevel(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, hz := range []float64{80, 350, 440, 1004, 2600, 3700} {
		var m meter
		v := voice{hz: hz, volume: 0.25}
		for n := range 12 {
			m.add(pcmu.decode(pcmu.encode(v.frame(uint64(n*frameSamples)))), now)
		}
		levelDBov, got := m.read(now)
		if math.Abs(got-hz) > 2 {
			t.Errorf("tone of %v Hz: heard %v Hz", hz, got)
		}
		if want := -15.05; math.Abs(levelDBov-want) > 0.3 { // a quarter is -12 dB, a sine is 3 dB under its peak
			t.Errorf("tone of %v Hz at a quarter of full scale: %v dBov, want %v", hz, levelDBov, want)
		}
	}
}

func TestMeterFallsSilent(t *testing.T) {
	now := time.Unix(1000, 0)
	var m meter
	if l, f := m.read(now); l != silenceDBov || f != 0 {
		t.Errorf("before any sound: %v dBov, %v Hz", l, f)
	}
	m.add(voice{hz: 440, volume: 0.5}.frame(0), now)
	if l, _ := m.read(now); l < -25 {
		t.Errorf("with a loud frame: %v dBov", l)
	}
	if l, f := m.read(now.Add(time.Second)); l != silenceDBov || f != 0 {
		t.Errorf("a second after the last packet: %v dBov, %v Hz", l, f)
	}
	m.add(make([]int16, frameSamples), now.Add(time.Second))
	if l, _ := m.read(now.Add(time.Second)); l != silenceDBov {
		t.Errorf("after a gap and one silent frame: %v dBov, the sound of before the gap is still counted", l)
	}
	if got := m.firstHeard(); !got.Equal(now) {
		t.Errorf("first sound at %v, want %v", got, now)
	}
}

func TestRhythmPauses(t *testing.T) {
	v := voice{hz: 440, volume: 0.5, on: 40 * time.Millisecond, period: 80 * time.Millisecond}
	for i, loud := range []bool{true, true, false, false, true} {
		if got := level(v.frame(uint64(i*frameSamples))) > soundDBov; got != loud {
			t.Errorf("frame %d: sounds %v, want %v", i, got, loud)
		}
	}
}
