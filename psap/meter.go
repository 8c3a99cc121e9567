package psap

import (
	"math"
	"math/bits"
	"math/cmplx"
	"sync"
	"time"
)

const (
	// meterSpan is how much sound the meter looks back on.
	meterSpan = 200 * time.Millisecond
	// silenceDBov is what the meter calls digital silence.
	silenceDBov = -127.0
	// soundDBov is the level from which the meter says that there was sound at all.
	soundDBov = -50.0

	meterSamples = int(meterSpan * sampleRate / time.Second)
	fftSize      = 2048
)

// meter measures received sound: level and strongest frequency over the last 200 ms.
type meter struct {
	mu         sync.Mutex
	ring       [meterSamples]int16
	next       int
	last       time.Time // when samples came last
	firstSound time.Time // when sound louder than soundDBov came first
}

// add takes samples that arrived at the time.
func (m *meter) add(samples []int16, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.Sub(m.last) > meterSpan {
		m.ring = [meterSamples]int16{}
	}
	m.last = at
	if m.firstSound.IsZero() && level(samples) > soundDBov {
		m.firstSound = at
	}
	for _, s := range samples {
		m.ring[m.next] = s
		m.next = (m.next + 1) % meterSamples
	}
}

// firstHeard is when sound came first, the zero time if none did.
func (m *meter) firstHeard() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.firstSound
}

// read gives the level in dBov and the strongest frequency in Hz; silence is -127 and 0.
func (m *meter) read(now time.Time) (levelDBov, frequencyHz float64) {
	m.mu.Lock()
	if now.Sub(m.last) > meterSpan {
		m.mu.Unlock()
		return silenceDBov, 0
	}
	samples := make([]int16, 0, meterSamples)
	samples = append(samples, m.ring[m.next:]...)
	samples = append(samples, m.ring[:m.next]...)
	m.mu.Unlock()
	levelDBov = level(samples)
	if levelDBov <= soundDBov {
		return levelDBov, 0
	}
	return levelDBov, strongestFrequency(samples)
}

// level is the mean power in dB below the loudest possible sample, as RFC 6464 §3 counts it, but with its
// sign: 0 is as loud as it gets, -127 is silence.
func level(samples []int16) float64 {
	var power float64
	for _, s := range samples {
		power += float64(s) * float64(s)
	}
	if power == 0 {
		return silenceDBov
	}
	mean := math.Sqrt(power / float64(len(samples)))
	return max(20*math.Log10(mean/(math.MaxInt16+1)), silenceDBov)
}

// strongestFrequency looks for the highest peak between 50 and 3900 Hz and refines it by the parabola
// through its neighbours; a pure tone is found within 2 Hz.
func strongestFrequency(samples []int16) float64 {
	spectrum := make([]complex128, fftSize)
	for i, s := range samples[:min(len(samples), fftSize)] {
		hann := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(samples)-1))
		spectrum[i] = complex(float64(s)*hann, 0)
	}
	fft(spectrum)
	const lowest, highest = 50 * fftSize / sampleRate, 3900 * fftSize / sampleRate
	best, bestPower := 0, 0.0
	for i := lowest; i <= highest; i++ {
		if power := cmplx.Abs(spectrum[i]); power > bestPower {
			best, bestPower = i, power
		}
	}
	if best == 0 {
		return 0
	}
	before, at, after := math.Log(cmplx.Abs(spectrum[best-1])+1), math.Log(bestPower+1), math.Log(cmplx.Abs(spectrum[best+1])+1)
	offset := 0.0
	if bend := before - 2*at + after; bend != 0 {
		offset = (before - after) / (2 * bend)
	}
	return (float64(best) + offset) * sampleRate / fftSize
}

// fft is the fast Fourier transform in place; len(x) is a power of two.
func fft(x []complex128) {
	shift := 64 - bits.TrailingZeros(uint(len(x)))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); j > i {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= len(x); size *= 2 {
		turn := cmplx.Rect(1, -2*math.Pi/float64(size))
		for start := 0; start < len(x); start += size {
			w := complex(1, 0)
			for k := start; k < start+size/2; k++ {
				even, odd := x[k], w*x[k+size/2]
				x[k], x[k+size/2] = even+odd, even-odd
				w *= turn
			}
		}
	}
}
