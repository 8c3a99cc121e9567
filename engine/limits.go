package engine

import (
	"time"

	"mayday/center/emergency"
	"mayday/center/trunk"
)

// Ordinary calls have limits, so that there is always room for emergency calls, which have none. What is refused changes nothing.

// Limits bound ordinary calls.
type Limits struct {
	Concurrent int // how many go on at once; 0: no limit
	PerSecond  int // how many begin in a second; 0: no limit
}

// Shed is why an ordinary call was refused with Overloaded.
type Shed string

const (
	// ShedConcurrent means that as many ordinary calls go on as may.
	ShedConcurrent Shed = "concurrent"
	// ShedPerSecond means that as many began in this second as may.
	ShedPerSecond Shed = "per_second"
	// ShedChannels means that every trunk which takes the number carries as many calls as it can.
	ShedChannels Shed = "channels"
	// ShedBacklog means that work of this node waits for the processor.
	ShedBacklog Shed = "backlog"
	// ShedQueue means that more ordinary commands wait for the engine than it could carry out soon.
	ShedQueue Shed = "queue"
)

// sheds lists every reason.
func sheds() []Shed {
	return []Shed{ShedConcurrent, ShedPerSecond, ShedChannels, ShedBacklog, ShedQueue}
}

// load is what the limits are held against, beside the index.
type load struct {
	limits   Limits
	pace     Pace
	strained bool // work waits for the processor
}

// Pace lets so many through in a second and no more. The zero value lets all through.
type Pace struct {
	PerSecond int
	Burst     time.Duration // those of so long may come all at once; 0: of a second
	paidUntil time.Time     // when what was let through is paid for, one PerSecondth of a second each
}

// Free reports whether one more may pass now.
func (p *Pace) Free(now time.Time) bool {
	if p.PerSecond <= 0 {
		return true
	}
	burst := p.Burst
	if burst == 0 {
		burst = time.Second
	}
	return p.paidUntil.Sub(now) <= max(0, burst-time.Second/time.Duration(p.PerSecond))
}

// Take lets one pass.
func (p *Pace) Take(now time.Time) {
	if p.PerSecond <= 0 {
		return
	}
	if p.paidUntil.Before(now) {
		p.paidUntil = now
	}
	p.paidUntil = p.paidUntil.Add(time.Second / time.Duration(p.PerSecond))
}

// overload returns why an ordinary call by these trunks has to be refused now; empty: it has not.
func (t *step) overload(order []trunk.ID) Shed {
	limits := t.load.limits
	switch {
	case t.load.strained:
		return ShedBacklog
	case limits.Concurrent > 0 && t.going[ordinary] >= limits.Concurrent:
		return ShedConcurrent
	case !t.load.pace.Free(t.now):
		return ShedPerSecond
	case len(t.withChannel(order)) == 0:
		return ShedChannels
	}
	return ""
}

// withChannel returns the trunks that can carry one more ordinary call.
func (s *State) withChannel(order []trunk.ID) []trunk.ID {
	var free []trunk.ID
	for _, id := range order {
		if !s.full(id) {
			free = append(free, id)
		}
	}
	return free
}

// pastFull passes over the trunks that cannot carry one more ordinary call.
func (s *State) pastFull(a emergency.Attempt) emergency.Attempt {
	for {
		turn, ok := a.Turn().(emergency.Try)
		if !ok || !s.full(turn.Trunk) {
			return a
		}
		a = a.Left()
	}
}

func (s *State) full(id trunk.ID) bool {
	channels := s.trunk(id).Channels
	return channels > 0 && s.channels[id] >= channels
}

// Commands of limits.
type (
	// SetLimits puts other limits in force. Calls that go on are not touched.
	SetLimits struct{ Limits Limits }
	// ReportStrain says whether work of this node waits for the processor longer than it should.
	ReportStrain struct{ On bool }
)

func (SetLimits) command()    {}
func (ReportStrain) command() {}

// Events of limits.
type (
	// LimitsSet puts other limits in force.
	LimitsSet struct{ Limits Limits }
	// StrainReported says whether the machine is behind with its work.
	StrainReported struct{ On bool }
)

func (e LimitsSet) apply(s *State) {
	s.load.limits = e.Limits
	s.load.pace = Pace{PerSecond: e.Limits.PerSecond}
}

func (e StrainReported) apply(s *State) { s.load.strained = e.On }
