package bench

import (
	"context"
	"sync"
	"time"

	"mayday/sip"
	"mayday/web/api"
)

// tally collects what concurrent calls came to.
type tally struct {
	mu     sync.Mutex
	placed int
	setUp  []time.Duration
	last   time.Time // when the last of them was set up
}

func (t *tally) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.placed++
}

func (t *tally) done(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setUp = append(t.setUp, took)
	t.last = time.Now()
}

// setups sums up; begin is when the first could have been set up.
func (t *tally) setups(begin time.Time, before, after usage) Setups {
	t.mu.Lock()
	defer t.mu.Unlock()
	connected := len(t.setUp)
	return Setups{
		Placed: t.placed, Connected: connected, SetUp: spreadOf(t.setUp), NodeCPU: after.cores(before), Starved: after.starvation(before), BenchCPU: after.load(before),
		PerSecond: ratio(float64(connected), t.last.Sub(begin).Seconds()),
		PerCore:   ratio(float64(connected), (after.cpu - before.cpu).Seconds()),
	}
}

// measureOutgoing lets reps without sound place ordinary calls as fast as the node lets them: dial, answer, end, again.
func measureOutgoing(ctx context.Context, r *rig, report *Report) error {
	people, err := r.staff(ctx, r.config.Size.Callers)
	if err != nil {
		return err
	}
	before, err := r.node.usage(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	until := begin.Add(r.config.Size.Outgoing)
	var all tally
	var working sync.WaitGroup
	faults := make(chan error, len(people))
	for _, p := range people {
		working.Go(func() {
			for time.Now().Before(until) {
				all.begin()
				took, err := p.callOut(ctx)
				if err != nil {
					faults <- err
					return
				}
				all.done(took)
			}
		})
	}
	working.Wait()
	after, err := r.node.usage(ctx)
	if err != nil {
		return err
	}
	outgoing := all.setups(begin, before, after)
	report.Outgoing = &outgoing
	select {
	case err := <-faults:
		return err
	default:
		return nil
	}
}

// callOut places an ordinary call, says how long it took until the screen showed the answer, and ends it.
func (p *person) callOut(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	talking := p.await(talksOrdinarily)
	begin := time.Now()
	if _, err := p.do(ctx, api.Request{Do: api.DoDial, Digits: farNumber}); err != nil {
		return 0, err
	}
	at, err := p.moment(ctx, talking)
	if err != nil {
		return 0, err
	}
	return at.Sub(begin), p.endCall(ctx)
}

const (
	// helpAfter is how long a call back waits for a rep who has no browser before a telephone outside is called.
	helpAfter = 3 * time.Second
	// bridgeWithin is how long it may take from then on.
	bridgeWithin = 2 * time.Second
	// holders is how many reps hold the numbers that are called.
	holders = 20
)

// measureBridge calls back people who are at no browser: after a pause that the rules ask for, the node calls their mobile number
// through a trunk and joins the two legs. No browser and no sound is in it: this is what two SIP legs cost.
func measureBridge(ctx context.Context, r *rig, report *Report) error {
	numbers, err := r.absent(ctx)
	if err != nil {
		return err
	}
	for _, rate := range r.config.Size.BridgeRates {
		step, err := r.bridgeStep(ctx, numbers, rate)
		if err != nil {
			return err
		}
		report.Bridge = append(report.Bridge, step)
		if step.Connected*100 < step.Placed*99 {
			return nil // more would only fail more
		}
	}
	return nil
}

// absent gives some reps a call-back number and closes their feeds.
func (r *rig) absent(ctx context.Context) ([]string, error) {
	people, err := r.staff(ctx, holders)
	if err != nil {
		return nil, err
	}
	if err := r.lease(ctx, people); err != nil {
		return nil, err
	}
	numbers := make([]string, len(people))
	for i, p := range people {
		numbers[i] = p.number
		p.close()
	}
	r.people = nil
	return numbers, nil
}

func (r *rig) bridgeStep(ctx context.Context, numbers []string, rate int) (Setups, error) {
	before, err := r.node.usage(ctx)
	if err != nil {
		return Setups{}, err
	}
	begin := time.Now()
	var all tally
	var working sync.WaitGroup
	err = paced(ctx, rate, r.config.Size.BridgeFor, func(i int) {
		all.begin()
		at := time.Now()
		d, err := r.sink.call(r.node.sip, emergencyNumber, numbers[i%len(numbers)], nil)
		if err != nil {
			return
		}
		working.Go(func() { finish(d, at, &all) })
	})
	working.Wait()
	if err != nil {
		return Setups{}, err
	}
	after, err := r.node.usage(ctx)
	step := all.setups(begin.Add(helpAfter), before, after)
	step.Rate = float64(rate)
	return step, err
}

// finish waits for the answer of a bridged call and hangs up.
func finish(d *sip.Dialog, begin time.Time, all *tally) {
	patience := time.NewTimer(helpAfter + bridgeWithin)
	defer patience.Stop()
	for {
		select {
		case event, open := <-d.Events():
			if !open {
				return
			}
			if _, ok := event.(sip.Answered); ok {
				all.done(time.Since(begin) - helpAfter)
				d.End("")
			}
		case <-patience.C:
			d.End("")
		}
	}
}

// paced calls f that many times a second, for so long.
func paced(ctx context.Context, rate int, length time.Duration, f func(i int)) error {
	const turn = time.Millisecond
	tick := time.NewTicker(turn)
	defer tick.Stop()
	begin := time.Now()
	total := int(float64(rate) * length.Seconds())
	for i := 0; i < total; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		for due := int(float64(rate) * time.Since(begin).Seconds()); i < min(due, total); i++ {
			f(i)
		}
	}
	return nil
}
