package psap

import (
	"math"
	"time"
)

// voice is what the far end says when no person talks: a tone, whole or in a rhythm.
type voice struct {
	hz     float64
	volume float64       // of full scale
	on     time.Duration // how long the tone sounds in each period
	period time.Duration // 0: without a pause
}

// The volumes keep a listener's ears safe and leave head room for G.711.
const (
	clearVolume = 0.25
	softVolume  = 0.08
	testHz      = 1004 // the milliwatt tone by which North American carriers test their lines
	ordinaryHz  = 350
)

// voiceOf chooses what a far end of the kind says.
func voiceOf(kind Kind, emergencyHz float64) voice {
	switch kind {
	case Emergency, CallBack:
		return voice{hz: emergencyHz, volume: clearVolume}
	case TestCall:
		return voice{hz: testHz, volume: clearVolume, on: 400 * time.Millisecond, period: 800 * time.Millisecond}
	case Ordinary:
	}
	return voice{hz: ordinaryHz, volume: softVolume, on: time.Second, period: 2 * time.Second}
}

// frame gives the voice's samples that begin after so many samples.
func (v voice) frame(after uint64) []int16 {
	samples := make([]int16, frameSamples)
	on := uint64(v.on * sampleRate / time.Second)
	period := uint64(v.period * sampleRate / time.Second)
	for i := range samples {
		n := after + uint64(i)
		if period > 0 && n%period >= on {
			continue
		}
		samples[i] = int16(v.volume * math.MaxInt16 * math.Sin(2*math.Pi*v.hz*float64(n)/sampleRate))
	}
	return samples
}
