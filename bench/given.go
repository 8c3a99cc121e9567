package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"mayday/web/api"
)

// Given is a node that runs already. Where its trunks lead is not known here, so that only ordinary calls are placed.
type Given struct {
	HTTP           string // "http://127.0.0.1:8080"; loopback only
	User, Password string
	Number         string // whom to call, with its plus: no such number reaches an emergency service
	Calls          int    // one after the other; 0: 20
}

// Errors of a given node that is not loaded.
var (
	ErrNotLoopback = errors.New("only a node on loopback is loaded: name an address such as http://127.0.0.1:8080")
	ErrNotPlus     = errors.New("only a number with its plus and 8 to 15 digits is called, so that no emergency service is")
)

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

const (
	givenCalls  = 20
	mostCalls   = 1000
	givenWithin = 30 * time.Second // for one call, until somebody answers
)

// Answered is ordinary calls through a given node, one after the other.
type Answered struct {
	Placed    int    `json:"placed"`
	Connected int    `json:"connected"`
	Taken     Spread `json:"taken"`  // until the screen shows the call
	SetUp     Spread `json:"set_up"` // until the screen shows that they talk: how long the far end took is in it
}

// RunGiven places ordinary calls through a node that runs already.
func RunGiven(ctx context.Context, given Given) (*Report, error) {
	if !onLoopback(given.HTTP) {
		return nil, ErrNotLoopback
	}
	if !e164.MatchString(given.Number) {
		return nil, ErrNotPlus
	}
	if given.Calls <= 0 {
		given.Calls = givenCalls
	}
	given.Calls = min(given.Calls, mostCalls)
	report := &Report{Conditions: conditions(nil)}
	p, err := signIn(ctx, strings.TrimSuffix(given.HTTP, "/"), given.User, given.Password)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if err := p.until(ctx, func(w api.Workspace) bool { return w.Tab != "" && calm(w) }); err != nil {
		return nil, err
	}
	measured := &Answered{}
	report.Given = measured
	var taken, setUp []time.Duration
	for range given.Calls {
		measured.Placed++
		shown, answered, err := p.callGiven(ctx, given.Number)
		if err != nil {
			return report, fmt.Errorf("call %d: %w", measured.Placed, err)
		}
		taken = append(taken, shown)
		if answered > 0 {
			measured.Connected++
			setUp = append(setUp, answered)
		}
	}
	measured.Taken, measured.SetUp = spreadOf(taken), spreadOf(setUp)
	return report, nil
}

func onLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

// callGiven places a call, waits until it is answered or has failed, and puts it away.
func (p *person) callGiven(ctx context.Context, number string) (shown, answered time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, givenWithin)
	defer cancel()
	there := p.await(func(w api.Workspace) bool { return w.Call != nil })
	settled := p.await(func(w api.Workspace) bool {
		return w.Call != nil && (w.Call.State == api.CallConnected || w.Call.State == api.CallFailed)
	})
	begin := time.Now()
	if _, err := p.do(ctx, api.Request{Do: api.DoDial, Digits: number}); err != nil {
		return 0, 0, err
	}
	at, err := p.moment(ctx, there)
	if err != nil {
		return 0, 0, err
	}
	shown = at.Sub(begin)
	if at, err = p.moment(ctx, settled); err != nil {
		return shown, 0, errors.Join(err, p.giveUp(context.WithoutCancel(ctx)))
	}
	p.mu.Lock()
	if talksOrdinarily(p.shown) {
		answered = at.Sub(begin)
	}
	p.mu.Unlock()
	return shown, answered, p.giveUp(ctx)
}
