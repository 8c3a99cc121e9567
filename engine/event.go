package engine

import (
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Event is something that has happened; applying it is the only thing that changes the state.
//
//sumtype:decl
type Event interface {
	apply(*State) // the only code that writes the state's fields
}

// Events of people and their browsers.
type (
	// TabAttached is a browser's connection that has begun.
	TabAttached struct {
		Rep rep.ID
		Tab TabID
	}
	// TabLeft is the end of a feed whose tab carries an emergency call: the sound goes on without it.
	TabLeft struct {
		Rep rep.ID
		Tab TabID
	}
	// TabDetached is a browser's connection that has ended.
	TabDetached struct {
		Rep rep.ID
		Tab TabID
	}
	// PresenceChosen is what a rep's status says from now on.
	PresenceChosen struct {
		Rep      rep.ID
		Presence rep.Presence
	}
	// PositionReported is where a rep's browser has measured to be.
	PositionReported struct {
		Rep      rep.ID
		Position location.Position
		Seen     location.Sighting
	}
	// MicrophoneReported says whether a tab has a microphone.
	MicrophoneReported struct {
		Rep    rep.ID
		Tab    TabID
		Works  bool
		Denied bool // there is one, and the tab may not use it
	}
	// SoundReported says how a tab's media connection does.
	SoundReported struct {
		Rep       rep.ID
		Tab       TabID
		Connected bool
		Heard     bool
	}
	// SnapshotPublished is another configuration in force.
	SnapshotPublished struct{ Snapshot *Snapshot }
	// OrdinaryStopped is the end of ordinary calls on a node that is about to stop.
	OrdinaryStopped struct{}
	// FaultsReported is what is wrong with the node now.
	FaultsReported struct{ Faults []Fault }
)

// Events of calls.
type (
	// EmergencyCallPlaced begins an outgoing emergency call; the INVITE is the effect beside it.
	EmergencyCallPlaced struct {
		Call     CallID
		Rep      rep.ID
		Tab      TabID
		Number   number.Live
		Place    location.Place
		Order    []trunk.ID
		CallerID number.E164
		Asked    time.Time // when the request arrived; zero: not known
		At       time.Time
	}
	// CallbackLeased is a call-back number that is held for the rep from now on.
	CallbackLeased struct{ Lease emergency.Lease }
	// CallbackMissed is a call back that nobody answered.
	CallbackMissed struct{ Rep rep.ID }
	// LeaseExpired is the end of a window.
	LeaseExpired struct {
		Rep rep.ID
		At  time.Time
	}
	// CallbackRang is a call of the emergency service to a leased number.
	CallbackRang struct {
		Call   CallID
		Leg    LegID
		Reps   []rep.ID
		Number number.E164 // the leased number that was called
		At     time.Time
		Until  time.Time // when the chain reaches for more people
	}
	// OrdinaryCallPlaced begins any other outgoing call.
	OrdinaryCallPlaced struct {
		Call     CallID
		Rep      rep.ID
		Tab      TabID
		Number   string
		CallerID number.E164
		Order    []trunk.ID
		Test     number.Test
		At       time.Time
	}
	// LegTried is an INVITE on its way; AnswerBy is when the next trunk's turn comes.
	LegTried struct {
		Call     CallID
		Leg      LegID
		Attempt  emergency.Attempt
		AnswerBy time.Time
		Routed   bool // it names the emergency service that looks after the place
	}
	// LegLeft is a leg that the call has given up or lost, and how far the call has come by that.
	LegLeft struct {
		Call    CallID
		Leg     LegID
		Attempt emergency.Attempt
	}
	// RoundAwaited is the pause before the trunks are tried once more.
	RoundAwaited struct {
		Call  CallID
		Until time.Time
	}
	// CallTrying is a call whose trunk has the INVITE.
	CallTrying struct{ Call CallID }
	// CallRinging is a call that rings at the far end.
	CallRinging struct{ Call CallID }
	// CallConnected is a call that is spoken from now on, by this rep in this tab.
	CallConnected struct {
		Call CallID
		Rep  rep.ID
		Tab  TabID
		At   time.Time
	}
	// CallHeld is an ordinary call that waits for its rep.
	CallHeld struct {
		Call CallID
		At   time.Time
	}
	// CallResumed is an ordinary call that its rep has taken back.
	CallResumed struct{ Call CallID }
	// CallMuted says whether the far end hears the rep.
	CallMuted struct {
		Call CallID
		On   bool
	}
	// SoundMoved says which tab carries the sound of a call; empty: none does, since At.
	SoundMoved struct {
		Call CallID
		Tab  TabID
		At   time.Time
	}
	// SoundWanted is the tab that carries the sound of a call as soon as it is connected: the person is there.
	SoundWanted struct {
		Call CallID
		Tab  TabID
	}
	// CallFailed is an outgoing call whose every route has failed; its notice stays until it is dismissed.
	CallFailed struct{ Call CallID }
	// CallOver is the end of a call, for whatever reason.
	CallOver struct{ Call CallID }
)
