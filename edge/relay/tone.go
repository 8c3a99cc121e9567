package relay

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Sound is what a Tone plays. The zero value is silence.
type Sound struct {
	FrequenciesHz []float64
	// LevelDBov is the peak of all frequencies together, at most 0; a soft tone is about -30.
	LevelDBov float64
	// On and Off are the cadence; a zero Off means without a pause.
	On, Off time.Duration
}

// Tone is a side that only speaks: it plays a sound into whatever it is joined with, one packet every
// 20 ms, for as long as a browser is gone or a leg has no sound of its own yet.
type Tone struct {
	end     *End
	sound   Sound
	peak    float64 // of each frequency
	played  int     // samples
	packet  packet
	raw     [headerSize + ticksOfPacket]byte
	done    chan struct{}
	close   sync.Once
	running sync.WaitGroup
}

// NewTone makes a tone, which plays until Close.
func NewTone(sound Sound) *Tone {
	t := &Tone{sound: sound, done: make(chan struct{})}
	t.peak = 32767 * math.Pow(10, min(sound.LevelDBov, 0)/20) / float64(max(len(sound.FrequenciesHz), 1))
	t.end = NewEnd(deaf{})
	t.packet = packet{payloadType: uint8(PCMU), ssrc: rand.Uint32()}
	t.running.Go(t.run)
	return t
}

// End makes a tone a [Side].
func (t *Tone) End() *End { return t.end }

// Close ends the tone and returns when nothing of it runs any more.
func (t *Tone) Close() error {
	t.close.Do(func() {
		Part(t)
		close(t.done)
		t.running.Wait()
	})
	return nil
}

// deaf is the wire of a side that does not listen.
type deaf struct{}

func (deaf) SendRTP([]byte) bool { return true }

// run keeps the pace by the clock and not by counting ticks, so that a late tick is made up for.
func (t *Tone) run() {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	begun := time.Now()
	for {
		select {
		case <-t.done:
			return
		case <-ticker.C:
		}
		due := int(time.Since(begun) / pace)
		behind := due - t.played/ticksOfPacket
		if behind > 5 { // the machine slept; what was not heard then is of no use now
			t.skip(behind - 1)
			behind = 1
		}
		for range behind {
			t.step()
		}
	}
}

func (t *Tone) skip(packets int) {
	t.played += packets * ticksOfPacket
	t.packet.timestamp += uint32(packets * ticksOfPacket)
}

// step plays the next 20 ms.
func (t *Tone) step() {
	for i := range ticksOfPacket {
		t.raw[headerSize+i] = encodeMu(t.at(t.played + i))
	}
	putHeader(t.raw[:], &t.packet)
	t.packet.seq++
	t.skip(1)
	t.end.Receive(t.raw[:])
}

// at answers with the sample at a position, counted in samples from the beginning.
func (t *Tone) at(position int) int16 {
	on, period := ticks(t.sound.On), ticks(t.sound.On+t.sound.Off)
	if t.sound.Off > 0 && period > 0 && uint32(position)%period >= on {
		return 0
	}
	sum := 0.0
	for _, hz := range t.sound.FrequenciesHz {
		sum += math.Sin(2 * math.Pi * hz * float64(position) / clockRate)
	}
	return int16(sum * t.peak)
}
