package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mayday/sip"
	"mayday/web/api"
)

// calling is how many reps take turns where one call is placed at a time.
const calling = 10

// inviteHistogram is the node's own measure of dial to INVITE.
const inviteHistogram = "mayday_emergency_invite_seconds"

// measureDial places emergency calls one after the other: from the request on the feed to the INVITE at the trunk.
func measureDial(ctx context.Context, r *rig, report *Report) error {
	people, err := r.staff(ctx, min(calling, r.config.Size.Dials))
	if err != nil {
		return err
	}
	if err := r.lease(ctx, people); err != nil {
		return err
	}
	before, err := scrape(ctx, r.node.http)
	if err != nil {
		return err
	}
	measured := &Dial{Echo: echo(r.core)}
	var invites, answers []time.Duration
	for i := range r.config.Size.Dials {
		d, err := r.dial(ctx, people[i%len(people)], callWithin, callWithin)
		if err == nil && (d.invite == 0 || d.connected == 0) {
			err = errors.New("no INVITE, or no answer on the screen")
		}
		if err != nil {
			return fmt.Errorf("emergency call %d: %w", i+1, err)
		}
		invites, answers = append(invites, d.invite), append(answers, d.connected)
	}
	after, err := scrape(ctx, r.node.http)
	if err != nil {
		return err
	}
	measured.Invite, measured.Connected = spreadOf(invites), spreadOf(answers)
	measured.TimesEcho = ratio(measured.Invite.P50MS, measured.Echo.P50MS)
	measured.Inside = after.buckets(inviteHistogram, before)
	report.Dial = measured
	return nil
}

// dialled is how long an emergency call took to each stage; zero: it did not come there in time.
type dialled struct{ invite, connected time.Duration }

// dial places one emergency call of a person who holds a number, and ends it again.
func (r *rig) dial(ctx context.Context, p *person, inviteWithin, connectedWithin time.Duration) (dialled, error) {
	arrived := make(chan time.Time, 1)
	r.sink.expect(p.number, func(a arrival) {
		if a.called == emergencyNumber {
			select {
			case arrived <- a.at:
			default: // another trunk's turn; the first one counts
			}
		}
	})
	defer r.sink.expect(p.number, nil)
	talking := p.await(talks)
	begin := time.Now()
	if _, err := p.ask(ctx, api.Request{Do: api.DoDial, Digits: emergencyNumber}); err != nil {
		return dialled{}, err
	}
	var d dialled
	select {
	case at := <-arrived:
		d.invite = at.Sub(begin)
	case <-time.After(inviteWithin):
	case <-ctx.Done():
		return d, ctx.Err()
	}
	within, cancel := context.WithDeadline(ctx, begin.Add(connectedWithin))
	defer cancel()
	at, err := p.moment(within, talking)
	switch {
	case err == nil:
		d.connected = at.Sub(begin)
	case ctx.Err() != nil, !errors.Is(err, context.DeadlineExceeded):
		return d, err
	}
	return d, p.giveUp(ctx)
}

// giveUp ends the call in whatever state it is.
func (p *person) giveUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return p.endCall(ctx)
}

// measureCallback calls back leased numbers one after the other: from the INVITE to the ring on the rep's feed.
func measureCallback(ctx context.Context, r *rig, report *Report) error {
	people, err := r.staff(ctx, min(calling, r.config.Size.Callbacks))
	if err != nil {
		return err
	}
	if err := r.lease(ctx, people); err != nil {
		return err
	}
	measured := &Callback{Echo: echo(r.core)}
	var rung, ringing []time.Duration
	for i := range r.config.Size.Callbacks {
		screen, caller, err := r.callBack(ctx, people[i%len(people)])
		if err != nil {
			return fmt.Errorf("call back %d: %w", i+1, err)
		}
		rung, ringing = append(rung, screen), append(ringing, caller)
	}
	measured.Ring, measured.Ringing = spreadOf(rung), spreadOf(ringing)
	measured.TimesEcho = ratio(measured.Ring.P50MS, measured.Echo.P50MS)
	report.Callback = measured
	return nil
}

// callBack calls a person back, says how long the screen took to ring and the caller to hear that, and hangs up.
func (r *rig) callBack(ctx context.Context, p *person) (screen, caller time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	ring := p.await(rings)
	begin := time.Now()
	d, err := r.sink.call(r.node.sip, emergencyNumber, p.number, nil)
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		d.End("")
		for range d.Events() { // its end is waited for
		}
		if err == nil {
			err = p.until(ctx, calm)
		}
	}()
	if caller, err = untilRinging(ctx, d, begin); err != nil {
		return 0, 0, err
	}
	at, err := p.moment(ctx, ring)
	return at.Sub(begin), caller, err
}

func untilRinging(ctx context.Context, d *sip.Dialog, begin time.Time) (time.Duration, error) {
	for {
		select {
		case event, open := <-d.Events():
			provisional, ok := event.(sip.Provisional)
			switch {
			case !open:
				return 0, errors.New("the call was over before it rang")
			case ok && provisional.Response.Status() == 180:
				return time.Since(begin), nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
