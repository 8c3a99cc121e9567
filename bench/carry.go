package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"mayday/sip"
)

// mostLost is the share of packets above which more calls are not tried.
const mostLost = 0.05

// settle is how long calls go on before their packets count.
const settle = 500 * time.Millisecond

// measureBrowsers carries calls between browsers and the trunk: a step adds calls to those that go on already.
func measureBrowsers(ctx context.Context, r *rig, report *Report) error {
	s, err := newSound()
	if err != nil {
		return err
	}
	defer s.close()
	certificate, err := newCertificate()
	if err != nil {
		return err
	}
	r.sink.ears.Store(s)
	defer r.sink.ears.Store(nil)
	before, err := r.node.usage(ctx)
	if err != nil {
		return err
	}
	var browsers []*browser
	defer func() {
		for i, b := range browsers {
			b.close()
			_ = r.people[i].giveUp(ctx) // the node ends what is left when it stops
		}
	}()
	for _, calls := range r.config.Size.Browsers {
		people, err := r.staff(ctx, calls)
		if err != nil {
			return err
		}
		for _, p := range people[len(browsers):] {
			b, err := p.talk(ctx, s, certificate)
			if err != nil {
				return fmt.Errorf("call %d with sound: %w", len(browsers)+1, err)
			}
			browsers = append(browsers, b)
		}
		step, err := r.carry(ctx, s, before)
		if err != nil {
			return err
		}
		step.Calls, step.Connected = calls, len(browsers)
		step.share(calls)
		report.Browsers = append(report.Browsers, step)
		if step.tooMuch() {
			return nil
		}
	}
	return nil
}

// talk connects a person's sound, places an emergency call and begins to speak.
func (p *person) talk(ctx context.Context, s *sound, certificate tls.Certificate) (*browser, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	b, err := p.connect(ctx, s, certificate)
	if err != nil {
		return nil, err
	}
	if err := p.startEmergency(ctx); err != nil {
		b.close()
		return nil, err
	}
	b.speak()
	return b, nil
}

// carry lets the calls that there are speak for a while, and says what it cost the node.
func (r *rig) carry(ctx context.Context, s *sound, idle usage) (Sound, error) {
	baseline := echo(r.core)
	if err := wait(ctx, settle); err != nil {
		return Sound{}, err
	}
	before, err := r.node.usage(ctx)
	if err != nil {
		return Sound{}, err
	}
	step, err := s.count(r.config.Size.SoundFor, func(length time.Duration) error { return wait(ctx, length) })
	if err != nil {
		return Sound{}, err
	}
	after, err := r.node.usage(ctx)
	if err != nil {
		return Sound{}, err
	}
	step.Echo, step.CorePer100 = baseline, after.cores(before)
	step.Starved, step.BenchCPU = after.starvation(before), after.load(before)
	step.MemoryMB, step.Goroutines = after.memoryMB-idle.memoryMB, after.goroutines-idle.goroutines
	return step, nil
}

// share turns what all calls took of a core into what a hundred of them take.
func (s *Sound) share(calls int) { s.CorePer100 = ratio(100*s.CorePer100, float64(calls)) }

func (s *Sound) tooMuch() bool { return float64(s.Lost) > mostLost*float64(s.Sent) }

// measureRelay carries calls between two trunks: call backs to people at no browser that telephones outside take. A step adds calls to
// those that go on already.
func measureRelay(ctx context.Context, r *rig, report *Report) error {
	numbers, err := r.absent(ctx)
	if err != nil {
		return err
	}
	s, err := newSound()
	if err != nil {
		return err
	}
	defer s.close()
	alone, err := r.bare(ctx, s)
	if err != nil {
		return err
	}
	r.sink.ears.Store(s)
	defer r.sink.ears.Store(nil)
	before, err := r.node.usage(ctx)
	if err != nil {
		return err
	}
	calls := &carried{rig: r, sound: s}
	defer calls.end()
	for i, many := range r.config.Size.Relayed {
		if err := calls.grow(ctx, numbers, many); err != nil {
			return err
		}
		step, err := r.carry(ctx, s, before)
		if err != nil {
			return err
		}
		step.Calls, step.Connected, step.Bare = many, calls.connected(), &alone[i]
		step.share(many)
		report.Relay = append(report.Relay, step)
		if step.tooMuch() || step.Connected < many {
			return nil
		}
	}
	return nil
}

// bare relays each number of calls by the least code there is, before the node has any.
func (r *rig) bare(ctx context.Context, s *sound) ([]Bare, error) {
	var all []Bare
	for _, calls := range r.config.Size.Relayed {
		one, err := measureBare(r.core, s, calls, r.config.Size.SoundFor, func(length time.Duration) error { return wait(ctx, length) })
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// carried are the calls between trunks that go on.
type carried struct {
	rig     *rig
	sound   *sound
	dialogs []*sip.Dialog
	working sync.WaitGroup

	mu       sync.Mutex
	answered int
}

// growRate is how many calls a second are added.
const growRate = 100

// grow places calls until there are so many, and waits until they are answered.
func (c *carried) grow(ctx context.Context, numbers []string, many int) error {
	missing := many - len(c.dialogs)
	length := time.Duration(float64(missing)/growRate*float64(time.Second)) + time.Second/growRate
	var failed error
	err := paced(ctx, growRate, length, func(i int) {
		if failed != nil || len(c.dialogs) >= many {
			return
		}
		through := c.sound.mouth()
		d, err := c.rig.sink.call(c.rig.node.sip, emergencyNumber, numbers[i%len(numbers)], through)
		if err != nil {
			failed = err
			return
		}
		c.dialogs = append(c.dialogs, d)
		c.working.Go(func() { c.talk(d, through) })
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	for begin := time.Now(); c.connected() < many && time.Since(begin) < helpAfter+bridgeWithin; {
		if err := wait(ctx, packetEvery); err != nil {
			return err
		}
	}
	return nil
}

// talk speaks from the answer to the end of the call.
func (c *carried) talk(d *sip.Dialog, through *mouth) {
	var speaking *voice
	for event := range d.Events() {
		answer, ok := event.(sip.Answered)
		if !ok {
			continue
		}
		if to, ok := soundAddress(answer.Response); ok {
			speaking = c.sound.speak(through, to)
			c.count()
		}
	}
	if speaking != nil {
		c.sound.hush(speaking)
	}
}

func (c *carried) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered++
}

func (c *carried) connected() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered
}

func (c *carried) end() {
	for _, d := range c.dialogs {
		d.End("")
	}
	c.working.Wait()
}
