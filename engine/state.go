package engine

import (
	"fmt"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// State is everything that lives on a node: who is at which browser, which calls go on and which numbers are leased. It is pure:
// time and randomness come in with the commands, what has to be done goes out as effects.
type State struct {
	snapshot       *Snapshot
	window         time.Duration // how long a call-back number is leased
	people         map[rep.ID]*person
	calls          map[CallID]*call
	legs           map[LegID]CallID
	leases         *emergency.Book
	trunks         map[trunk.ID]trunk.Condition // how they do, as far as anybody has told
	alerts         map[CallID]alert
	confirmations  map[rep.ID]confirmation
	drills         map[CallID]*drill
	schedule       schedule
	mappings       *mapping.Book          // which emergency service looks after which place; nil: nobody has told
	locationServer LocationServerReported // of whoever tells where networks are
	self           string                 // SIP URI at which this node takes calls
	faults         []Fault                // what is wrong with the node
	sighted        []rep.ID               // who was seen or has confirmed to be elsewhere since the engine last published it
	stopping       bool                   // ordinary calls are refused: the node is about to stop
	listeners      map[rep.ID]CallID      // who of a security desk listens to which call
	load           load
	index
}

// NewState returns the state of a node that has just started.
func NewState(snapshot *Snapshot, window time.Duration) *State {
	s := &State{
		snapshot:      snapshot,
		window:        window,
		people:        make(map[rep.ID]*person),
		calls:         make(map[CallID]*call),
		legs:          make(map[LegID]CallID),
		leases:        emergency.NewBook(),
		trunks:        make(map[trunk.ID]trunk.Condition),
		alerts:        make(map[CallID]alert),
		confirmations: make(map[rep.ID]confirmation),
		drills:        make(map[CallID]*drill),
		schedule:      newSchedule(),
		listeners:     make(map[rep.ID]CallID),
		index:         newIndex(),
	}
	s.leases.SetPool(snapshot.pool)
	return s
}

// person is what lives of a rep. What the status says during an emergency call is derived, so the choice is never lost.
type person struct {
	chosen   rep.Presence
	tabs     []tab
	position *location.Position
	seen     location.Sighting // the country of the position
	network  network
}

type tab struct {
	id        TabID
	connected bool // its media connection is up
	heard     bool // packets arrive from its microphone
	deaf      bool // it has no microphone
	denied    bool // it is deaf because it may not use one
	asked     bool // it has said whether it has one
	unlocated bool // it may not measure where it is
	left      bool // its feed is gone; only its sound, of an emergency call, is still there
}

// kind says what a call is.
type kind uint8

const (
	outgoingEmergency kind = iota
	callback
	ordinary
	kinds
)

// callState says where a call stands.
type callState uint8

const (
	placing   callState = iota // an INVITE is out, or the next trunk's turn is awaited
	ringing                    // the far end rings
	connected                  // they talk
	held                       // an ordinary call waits for its rep
	incoming                   // a call back rings its reps
	failed                     // every route failed; the notice waits to be put away
)

// call is one call of a rep.
type call struct {
	id          CallID
	kind        kind
	state       callState
	rep         rep.ID    // empty while a call back rings
	rings       []rep.ID  // whom a call back rings
	holders     []rep.ID  // of a call back: those who hold the lease of the number that was called
	reached     link      // how far the chain of a call back has come
	chainAt     time.Time // when its next step is taken; zero: there is none
	helpers     []helper  // telephones outside that it rings
	bridged     LegID     // the one that took the call; empty: none has
	tab         TabID     // who carries the sound; empty: nobody
	wanted      TabID     // who carries it as soon as it can; empty: whoever does
	soundLost   time.Time
	number      string // as sent; of an ordinary call the far end
	live        number.Live
	test        number.Test
	place       location.Place
	routed      bool      // the current leg named the emergency service that looks after the place
	moved       bool      // the place has changed since the trunk was told of it
	conveyedAt  time.Time // when the trunk was told the place last; zero: it does not want to be told again
	callerID    number.E164
	attempt     emergency.Attempt
	leg         LegID // current one; empty between two
	legCount    int
	referred    LegID     // leg that the far end wants instead of the current one; empty: none
	referBy     time.Time // when that is given up
	desk        desk      // who of the security desk takes part
	deskLegs    int       // how often its telephone was tried
	channel     trunk.ID  // of an ordinary call: the trunk that carries it
	answerBy    time.Time // next trunk's turn if no sign of life comes; zero: there was one
	retryAt     time.Time // next round; zero: none is awaited
	askedAt     time.Time // when the request arrived
	placedAt    time.Time
	connectedAt time.Time
	heldAt      time.Time // since when an ordinary call waits, while it does
	muted       bool
}

func (c *call) emergency() bool { return c.kind != ordinary }

// reps returns everybody whose screen the call changes.
func (c *call) reps() []rep.ID {
	if c.rep != "" {
		return append([]rep.ID{c.rep}, c.rings...)
	}
	return c.rings
}

// emergencyOf returns the emergency call that the rep's screen shows: a call back that rings goes past everything, the call that it
// may be meant to replace included; then one that is spoken or placed, then the notice of one that failed.
func (s *State) emergencyOf(id rep.ID) *call {
	at, involved := s.standings[id]
	if !involved {
		return nil
	}
	if first, _, rings := at.ringing.First(); rings {
		return s.calls[first]
	}
	var best *call
	for _, c := range at.own {
		if c.state == failed && c.kind == callback {
			continue
		}
		if best == nil || precedence(c) > precedence(best) || precedence(c) == precedence(best) && c.id < best.id {
			best = c
		}
	}
	return best
}

// ownEmergencies returns the emergency calls that the rep has placed or answered and that go on.
func (s *State) ownEmergencies(id rep.ID) []*call {
	return slices.DeleteFunc(s.callsOf(id), func(c *call) bool { return !c.emergency() || c.state == failed })
}

func precedence(c *call) int {
	switch c.state {
	case connected, held:
		return 4
	case ringing:
		return 3
	case placing:
		return 2
	case incoming:
		return 5
	case failed:
		return 0
	}
	panic(fmt.Sprintf("engine: BUG: call state %d", c.state))
}

// needed reports whether an emergency call goes on that needs the rep's lease, whoever has answered it.
func (s *State) needed(id rep.ID) bool {
	at, involved := s.standings[id]
	return involved && at.needs > 0
}

func (s *State) ordinaryOf(id rep.ID) *call { return s.ordinary[id] }

// locked reports whether an emergency call holds the rep's presence.
func (s *State) locked(id rep.ID) bool {
	at, involved := s.standings[id]
	return involved && at.active > 0
}

// Presence returns what the rep's status says: do not disturb during an emergency call, else as chosen.
func (s *State) Presence(id rep.ID) rep.Presence {
	if s.locked(id) {
		return rep.DoNotDisturb
	}
	return s.chosen(id)
}

func (s *State) chosen(id rep.ID) rep.Presence {
	if p, ok := s.people[id]; ok {
		return p.chosen
	}
	return rep.Offline
}

func (s *State) tabs(id rep.ID) []tab {
	if p, ok := s.people[id]; ok {
		return p.tabs
	}
	return nil
}

func (s *State) place(id rep.ID, now time.Time) location.Place {
	return s.snapshot.place(id, s.whereabouts(id), now)
}

// measured returns the position that the rep's browser has measured, else the one that is all that the rep's network has told; nil: there
// is none.
func (s *State) measured(id rep.ID) *location.Position {
	if p, ok := s.people[id]; ok && p.position != nil {
		return p.position
	}
	if told := s.network(id); told.alone() {
		return told.told.Position
	}
	return nil
}

// leased returns the reps who hold the number now.
func (s *State) leased(called number.E164, now time.Time) []rep.ID {
	var holders []rep.ID
	for _, id := range s.leases.Holders(called) {
		if lease, _ := s.leases.Of(id); lease.HeldAt(now) || s.needed(id) {
			holders = append(holders, id)
		}
	}
	return holders
}

// NextDeadline returns when Advance has to be called next; zero: not before another command.
func (s *State) NextDeadline() time.Time {
	next := s.waysDue.next()
	for _, at := range [...]time.Time{s.callsDue.next(), s.leasesDue.next(), s.alertsDue.next(), s.tellingsDue.next(), s.drillsDue.next()} {
		next = sooner(next, at)
	}
	return next
}

const (
	// LoneEmergency is how long an emergency call stays up when its rep has no browser any more.
	LoneEmergency = 2 * time.Minute
	// LoneOrdinary is how long any other call does.
	LoneOrdinary = 30 * time.Second
)

// loneUntil returns when the call is ended because its rep has no browser any more; zero: it has one, or needs none.
func (s *State) loneUntil(c *call) time.Time {
	if c.state == incoming || c.state == failed || c.bridged != "" || c.tab != "" || c.soundLost.IsZero() || len(s.tabs(c.rep)) > 0 {
		return time.Time{}
	}
	if c.kind == ordinary {
		return c.soundLost.Add(LoneOrdinary)
	}
	return c.soundLost.Add(LoneEmergency)
}
