package engine

import (
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
)

// View is what one tab of a rep shows. It is a copy: nobody shares it with the engine.
type View struct {
	Rep              rep.Rep
	Presence         rep.Presence
	Locked           bool
	Presences        []rep.CustomPresence
	Emergency        *CallView
	Call             *CallView
	Lease            *emergency.Lease
	EmergencyNumbers map[string]string
	Place            location.Place
	Alerts           []AlertView
	Ongoing          []AlertView // calls in which this person may take part and of which no alert stands any more
	Listening        *ListenView // the emergency call to which this person listens
	Faults           []Fault     // administrators and supervisors are shown what is wrong with the node
	Mobile           string      // the emergency number to dial on a mobile phone here
	Confirmed        PlaceView   // where the rep has said to be
	Connected        bool        // this tab's media connection is up
	Heard            bool        // packets arrive from this tab's microphone
	Ready            *Standing   // how ready the rep is; nil during an emergency call
}

// Phase is where a call stands, as a screen shows it.
type Phase string

// The phases, with the states of docs/emergency-cycle.md.
const (
	Placing   Phase = "placing"   // E1
	Ringing   Phase = "ringing"   // E2
	Connected Phase = "connected" // E3, E9
	Held      Phase = "held"      // ordinary calls only
	Failed    Phase = "failed"    // E6
	Incoming  Phase = "incoming"  // E8
)

// Phases lists every phase that a call can be in.
func Phases() []Phase { return []Phase{Placing, Ringing, Connected, Held, Failed, Incoming} }

// CallView is a call as one tab sees it.
type CallView struct {
	ID             CallID
	Phase          Phase
	Incoming       bool
	Number         string
	For            string // name of the rep whom a call back is for, where that is somebody else
	PlacedAt       time.Time
	ConnectedAt    time.Time
	Place          location.Place
	CallbackNumber number.E164
	Tab            TabID // who carries the sound; empty: nobody
	Muted          bool
	Desk           *DeskView // nil: the security desk takes no part
}

// View returns what the tab of the rep shows at the given time.
func (s *State) View(id rep.ID, tabID TabID, now time.Time) View {
	person := s.snapshot.rep(id)
	person.PasswordHash = ""
	place := s.place(id, now)
	view := View{
		Rep: person, Presence: s.Presence(id), Locked: s.locked(id), Presences: s.snapshot.Center.Presences,
		EmergencyNumbers: s.net(id).Strings(), Alerts: s.alertViews(id), Place: place, Mobile: number.MobileNumber(place.Country), Confirmed: s.placeView(id, now),
		Ongoing: s.ongoing(id), Listening: s.listenView(id),
	}
	for _, t := range s.tabs(id) {
		if t.id == tabID {
			view.Connected, view.Heard = t.connected, t.heard && !t.deaf
		}
	}
	if s.oversees(id) {
		view.Faults = s.faults
	}
	if c := s.emergencyOf(id); c != nil {
		view.Emergency = s.callView(c, id, now)
	}
	if c := s.ordinaryOf(id); c != nil {
		view.Call = s.callView(c, id, now)
	}
	if lease, ok := s.leases.Of(id); ok {
		view.Lease = &lease
	}
	if !s.locked(id) {
		view.Ready = s.readyLine(id, now)
	}
	return view
}

func (s *State) callView(c *call, id rep.ID, now time.Time) *CallView {
	view := &CallView{
		ID: c.id, Phase: c.phase(), Incoming: c.kind == callback, Number: c.number, PlacedAt: c.placedAt, ConnectedAt: c.connectedAt,
		Tab: c.tab, Muted: c.muted, Desk: c.deskView(),
	}
	switch c.kind {
	case outgoingEmergency:
		lease, _ := s.leases.Of(id)
		view.Place, view.CallbackNumber = c.place, lease.Number
	case callback:
		wanted := s.wanted(c, id)
		view.Place, view.CallbackNumber = s.place(wanted, now), c.callerID
		if wanted != id {
			view.For = s.snapshot.rep(wanted).Name
		}
	case ordinary, kinds:
	}
	return view
}

// wanted returns the rep whom a call back is for: the one who looks, if the number is leased to that one.
func (s *State) wanted(c *call, looks rep.ID) rep.ID {
	if slices.Contains(c.holders, looks) || len(c.holders) == 0 {
		return looks
	}
	return c.holders[0]
}

func (c *call) phase() Phase {
	switch c.state {
	case placing:
		return Placing
	case ringing:
		return Ringing
	case connected:
		return Connected
	case held:
		return Held
	case failed:
		return Failed
	case incoming:
		return Incoming
	}
	panic("engine: BUG: call without a phase")
}

// Counts is how much goes on, for metrics and for a node that waits to stop.
type Counts struct {
	Emergency, Callback, Ordinary, Leases, Tabs int
}

// Counts returns how much goes on.
func (s *State) Counts() Counts {
	return Counts{Emergency: s.going[outgoingEmergency], Callback: s.going[callback], Ordinary: s.going[ordinary], Leases: s.leases.Len(), Tabs: s.tabCount}
}
