package lookup

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/netip"
	"time"

	"mayday/center/location"
	"mayday/center/mapping"
)

// Finding is what a location server has told of a device, as it stands now.
type Finding struct {
	Told    location.Told // not given: nothing
	Refused string        // why it has not told anew when it was asked last; empty: it has
}

// Search is whom to ask, and about which devices.
type Search struct {
	Server  string              // empty: nobody is asked
	Devices map[netip.Addr]bool // true: not now, for somebody there is in an emergency call
}

// ScoutConfig is what a scout needs. Where asks over the network; Tell may wait until the engine has taken what it is told; no other
// function may wait.
type ScoutConfig struct {
	Logger *slog.Logger
	Now    func() time.Time // nil: the system's clock
	// Where asks a server, as Client.Where does.
	Where  func(ctx context.Context, server string, device netip.Addr, now time.Time) (location.Told, error)
	Search func() Search
	// Tell hands over what is known of a device now.
	Tell func(netip.Addr, Finding)
	// TellAway hands over since when the server is not reached; the zero value: it is.
	TellAway func(mapping.Absence)
}

const (
	askedAtOnce = 4                     // questions that are on their way at the same time
	askPause    = 20 * time.Millisecond // between two that leave
	justAsked   = 2 * time.Second       // an answer to a question that left then is about the network as it is
	askAgain    = 10 * time.Second      // a device whose network has just changed is not asked about more often
)

// Scout finds out where devices are, and keeps that fresh. One goroutine, Run, owns everything; questions are asked beside it.
type Scout struct {
	config  ScoutConfig
	server  string
	away    mapping.Absence
	devices map[netip.Addr]*device
	resting map[netip.Addr]bool // those that are not asked about now
	asking  int
	answers chan tidings
	moved   chan netip.Addr
	nudge   chan struct{} // holds one: there may be new devices
	askedAt time.Time     // when the last question left
}

// device is what is known of one.
type device struct {
	finding  Finding
	refusals int
	asking   bool
	askedAt  time.Time
	askAt    time.Time
}

// tidings are an answer about a device.
type tidings struct {
	server string
	about  netip.Addr
	told   location.Told
	err    error
}

// NewScout returns one that knows nothing yet.
func NewScout(config ScoutConfig) *Scout {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Scout{
		config: config, devices: make(map[netip.Addr]*device), answers: make(chan tidings), moved: make(chan netip.Addr, 64), nudge: make(chan struct{}, 1),
	}
}

// Look makes the scout look at once for new devices. It waits for nothing.
func (s *Scout) Look() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Moved says that a device may be elsewhere though its address is the same. It waits for nothing; what does not fit is asked about in its
// own time.
func (s *Scout) Moved(at netip.Addr) {
	select {
	case s.moved <- at:
	default:
	}
}

// Run asks until ctx ends.
func (s *Scout) Run(ctx context.Context) {
	defer func() {
		for ; s.asking > 0; s.asking-- {
			<-s.answers
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		s.follow()
		s.askSome(ctx)
		timer.Reset(s.wait())
		select {
		case <-ctx.Done():
			return
		case <-s.nudge:
		case <-timer.C:
		case at := <-s.moved:
			s.doubt(at)
		case t := <-s.answers:
			s.asking--
			if ctx.Err() == nil {
				s.take(t)
			}
		}
	}
}

// wait is how long nothing need be looked at.
func (s *Scout) wait() time.Duration {
	if s.asking < askedAtOnce {
		if _, due := s.due(s.config.Now()); due {
			return askPause
		}
	}
	return lookEvery
}

// follow takes up new devices, and another server, and forgets those that nobody wants to know of.
func (s *Scout) follow() {
	search, now := s.config.Search(), s.config.Now()
	if search.Server != s.server {
		s.server = search.Server
		s.setAway(mapping.Absence{})
		for at := range s.devices {
			s.config.Tell(at, Finding{})
			delete(s.devices, at)
		}
	}
	if s.server == "" {
		search.Devices = nil
	}
	s.resting = search.Devices
	for at := range search.Devices {
		if s.devices[at] == nil {
			s.devices[at] = &device{askAt: now}
		}
	}
	maps.DeleteFunc(s.devices, func(at netip.Addr, _ *device) bool {
		_, wanted := search.Devices[at]
		return !wanted
	})
}

// due returns the device that has waited longest for its turn.
func (s *Scout) due(now time.Time) (at netip.Addr, found bool) {
	if s.server == "" || s.away.Rests(now) {
		return at, false
	}
	var since time.Time
	for candidate, d := range s.devices {
		if d.asking || d.askAt.After(now) || s.resting[candidate] {
			continue
		}
		if !found || d.askAt.Before(since) {
			at, since, found = candidate, d.askAt, true
		}
	}
	return at, found
}

// askSome lets the next question leave, if one is due and others have been answered.
func (s *Scout) askSome(ctx context.Context) {
	now := s.config.Now()
	if s.asking >= askedAtOnce || now.Sub(s.askedAt) < askPause {
		return
	}
	at, due := s.due(now)
	if !due {
		return
	}
	d := s.devices[at]
	d.asking, d.askedAt, s.askedAt = true, now, now
	s.asking++
	server := s.server
	go func() { // Run waits for it
		told, err := s.config.Where(ctx, server, at, now)
		s.answers <- tidings{server, at, told, err}
	}()
}

// doubt asks about a device again, unless that has just been done: whoever signs in is asked about, and then says that the network is new.
func (s *Scout) doubt(at netip.Addr) {
	now := s.config.Now()
	d := s.devices[at]
	if d == nil || now.Sub(d.askedAt) < justAsked {
		return
	}
	if again := d.askedAt.Add(askAgain); again.After(now) {
		now = again
	}
	d.askAt = now
}

// gone reports whether a refusal says that the device is not where it was.
func gone(word string) bool { return word == "locationUnknown" || word == "notLocatable" }

// take notes an answer.
func (s *Scout) take(t tidings) {
	d := s.devices[t.about]
	if d == nil || t.server != s.server {
		return
	}
	now, chance := s.config.Now(), rand.Float64()
	d.asking = false
	var refused Refused
	switch {
	case t.err == nil:
		s.setAway(mapping.Absence{})
		d.finding, d.refusals = Finding{Told: t.told}, 0
		d.askAt = now.Add(mapping.RefreshIn(mapping.Expiry{Until: t.told.Until}, now, chance))
	case errors.As(t.err, &refused):
		s.setAway(mapping.Absence{})
		s.refuse(d, refused.Word, now, chance)
	default:
		reason := "unknown"
		var unreached Unreached
		if errors.As(t.err, &unreached) {
			reason = unreached.Reason
		}
		s.setAway(s.away.Missed(reason, now, chance))
		return
	}
	s.config.Tell(t.about, d.finding)
}

func (s *Scout) refuse(d *device, word string, now time.Time, chance float64) {
	if d.finding.Refused != word {
		s.config.Logger.Warn("the location server does not tell where a device is", "reason", word)
	}
	d.finding.Refused = word
	if gone(word) {
		d.finding.Told = location.Told{}
	}
	d.askAt = now.Add(mapping.RetryIn(d.refusals, chance))
	d.refusals++
}

// setAway notes whether the server is reached, and says so when that is news.
func (s *Scout) setAway(away mapping.Absence) {
	before := s.away
	s.away = away
	switch {
	case before.Since.IsZero() && !away.Since.IsZero():
		s.config.Logger.Warn("the location server is away: what it has told stays in force", "reason", away.Reason)
	case !before.Since.IsZero() && away.Since.IsZero():
		s.config.Logger.Info("the location server is back")
	}
	if before.Since != away.Since || before.Reason != away.Reason {
		s.config.TellAway(away)
	}
}
