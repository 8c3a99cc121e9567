package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"mayday/web/api"
)

// rig is a node with the outside that it is measured against.
type rig struct {
	config Config
	core   *int   // the node's own; nil: it has none
	data   string // where the node keeps its files
	folder string // to remove; empty: it is somebody else's
	sink   *sink
	node   *node
	people []*person
	word   string // everybody's password
}

// newRig starts a sink and a node whose trunks lead there.
func newRig(ctx context.Context, config Config, core *int) (*rig, error) {
	r := &rig{config: config, core: core, word: rand.Text()}
	folder := config.Folder
	var err error
	if folder == "" {
		if folder, err = os.MkdirTemp("", "mayday-bench"); err != nil {
			return nil, err
		}
		r.folder = folder
	}
	r.data = folder
	if r.sink, err = newSink(); err == nil {
		r.node, err = startNode(ctx, config.Program, folder, centerFile(r.sink.address, poolSize, passwordHash(r.word)), core)
	}
	if err == nil {
		err = r.node.rest(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *rig) close() error {
	for _, p := range r.people {
		p.close()
	}
	var errs []error
	if r.node != nil {
		errs = append(errs, r.node.stop())
	}
	if r.sink != nil {
		errs = append(errs, r.sink.close())
	}
	if r.folder != "" {
		errs = append(errs, os.RemoveAll(r.folder))
	}
	return errors.Join(errs...)
}

// staff signs in that many reps.
func (r *rig) staff(ctx context.Context, many int) ([]*person, error) {
	if many > poolSize {
		return nil, fmt.Errorf("%d reps are wanted, there are %d", many, poolSize)
	}
	for i := len(r.people); i < many; i++ {
		p, err := signIn(ctx, r.node.http, repName(i), r.word)
		if err != nil {
			return nil, err
		}
		r.people = append(r.people, p)
	}
	return r.people[:many], nil
}

// callWithin is how long a call of a measurement may take from the request until it is over.
const callWithin = 10 * time.Second

// lease has every one of the people place an emergency call and end it, so that each holds a call-back number.
func (r *rig) lease(ctx context.Context, people []*person) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(people))*callWithin)
	defer cancel()
	for _, p := range people {
		if p.number != "" {
			continue
		}
		if err := p.startEmergency(ctx); err != nil {
			return fmt.Errorf("lease a number: %w", err)
		}
		if err := p.endCall(ctx); err != nil {
			return fmt.Errorf("lease a number: %w", err)
		}
	}
	return nil
}

// startEmergency dials and returns when they talk.
func (p *person) startEmergency(ctx context.Context) error {
	if _, err := p.do(ctx, api.Request{Do: api.DoDial, Digits: emergencyNumber}); err != nil {
		return err
	}
	if err := p.until(ctx, talks); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown.Window == nil {
		return errors.New("an emergency call without a call-back number")
	}
	p.number = p.shown.Window.Number
	return nil
}

// endCall ends the call that there is and returns when the screen shows none.
func (p *person) endCall(ctx context.Context) error {
	if _, err := p.do(ctx, api.Request{Do: api.DoEnd}); err != nil {
		return err
	}
	return p.until(ctx, calm)
}

// wait lets time pass, unless the run ends before.
func wait(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
