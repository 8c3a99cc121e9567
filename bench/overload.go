package bench

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	inviteWithin    = 2 * time.Second // an INVITE that comes later than this has not come
	connectedWithin = 4 * time.Second
	emergencyReps   = 20
	ordinaryReps    = 10                     // who place ordinary calls too, beside the flood
	ordinaryPause   = 200 * time.Millisecond // between two calls of one of them, at saturation
	goodShare       = 0.99
)

// measureOverload finds how many ordinary calls a second the node can still answer, and then places emergency calls beside fewer
// and beside more than that. Ordinary load is calls from outside to a number at which nobody is, and calls by other reps.
func measureOverload(ctx context.Context, r *rig, report *Report) error {
	people, err := r.staff(ctx, emergencyReps+ordinaryReps)
	if err != nil {
		return err
	}
	if err := r.lease(ctx, people[:emergencyReps]); err != nil {
		return err
	}
	report.Overload = &Overload{}
	if err := r.search(ctx, report.Overload); err != nil {
		return err
	}
	for _, factor := range r.config.Size.Factors {
		step, err := r.beside(ctx, people, factor, report.Overload.Saturation)
		if err != nil {
			return err
		}
		report.Overload.Steps = append(report.Overload.Steps, step)
		if err := wait(ctx, time.Second); err != nil { // retransmissions of the last step die down
			return err
		}
	}
	return nil
}

// search raises the rate until the node does not keep up.
func (r *rig) search(ctx context.Context, found *Overload) error {
	for _, rate := range r.config.Size.FloodRates {
		f, err := newFlood(r.node.sip, rate, r.config.Size.FloodFor)
		if err != nil {
			return err
		}
		load, err := f.pour(ctx, rate, r.config.Size.FloodFor)
		if err != nil {
			return err
		}
		found.Search = append(found.Search, load)
		if float64(load.Answered) < goodShare*float64(load.Sent) {
			break
		}
		found.Saturation = rate
	}
	if found.Saturation == 0 {
		return errors.New("the node keeps up with no rate at all")
	}
	return nil
}

// beside places emergency calls while ordinary ones come in at a multiple of saturation.
func (r *rig) beside(ctx context.Context, people []*person, factor float64, saturation int) (Step, error) {
	size := r.config.Size
	length := max(size.FloodFor, time.Duration(size.Emergencies)*size.EmergencyGap+time.Second)
	before, err := scrape(ctx, r.node.http)
	if err != nil {
		return Step{}, err
	}
	used, err := r.node.usage(ctx)
	if err != nil {
		return Step{}, err
	}
	step := Step{Factor: factor}
	loading, stop := context.WithCancel(ctx)
	defer stop()
	var load sync.WaitGroup
	var flooded error
	var dialled, refused atomic.Int64
	if rate := int(factor * float64(saturation)); rate > 0 {
		f, err := newFlood(r.node.sip, rate, length)
		if err != nil {
			return step, err
		}
		load.Go(func() { step.Load, flooded = f.pour(ctx, rate, length) })
		for _, p := range people[emergencyReps:] {
			load.Go(func() { p.keepCalling(loading, time.Duration(float64(ordinaryPause)/factor), &dialled, &refused) })
		}
		if err := wait(ctx, 300*time.Millisecond); err != nil { // the load is under way
			return step, err
		}
	}
	err = errors.Join(r.emergencies(ctx, people[:emergencyReps], &step), r.charge(ctx, used, &step))
	stop()
	load.Wait()
	step.Ordinary, step.Refused = int(dialled.Load()), int(refused.Load())
	if err = errors.Join(err, flooded); err != nil {
		return step, err
	}
	after, err := scrape(ctx, r.node.http)
	step.Inside = after.buckets(inviteHistogram, before)
	return step, err
}

// charge notes what the node used for a step.
func (r *rig) charge(ctx context.Context, before usage, step *Step) error {
	after, err := r.node.usage(ctx)
	step.NodeCPU, step.Starved, step.BenchCPU = after.cores(before), after.starvation(before), after.load(before)
	return err
}

// keepCalling places ordinary calls with pauses until ctx ends; what fails is counted and tried again.
func (p *person) keepCalling(ctx context.Context, pause time.Duration, dialled, refused *atomic.Int64) {
	for wait(ctx, pause) == nil {
		dialled.Add(1)
		if _, err := p.callOut(ctx); err != nil && ctx.Err() == nil {
			refused.Add(1)
			_ = p.giveUp(ctx) // there may be no call
		}
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	defer cancel()
	_ = p.giveUp(clean) // there may be no call
}

// emergencies places emergency calls at even intervals, each rep one at a time.
func (r *rig) emergencies(ctx context.Context, people []*person, step *Step) error {
	free := make(chan *person, len(people))
	for _, p := range people {
		free <- p
	}
	var mu sync.Mutex
	var invites, answers []time.Duration
	var working sync.WaitGroup
	stuck := 0
	for range r.config.Size.Emergencies {
		var p *person
		select {
		case p = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		working.Go(func() {
			d, err := r.dial(ctx, p, inviteWithin, connectedWithin)
			mu.Lock()
			if err != nil {
				stuck++
			}
			if d.invite > 0 {
				invites = append(invites, d.invite)
			}
			if d.connected > 0 {
				answers = append(answers, d.connected)
			}
			mu.Unlock()
			free <- p
		})
		if err := wait(ctx, r.config.Size.EmergencyGap); err != nil {
			return err
		}
	}
	working.Wait()
	step.Placed, step.Arrived, step.Completed = r.config.Size.Emergencies, len(invites), len(answers)
	step.Invite, step.Connected, step.Stuck = spreadOf(invites), spreadOf(answers), stuck
	return ctx.Err()
}
