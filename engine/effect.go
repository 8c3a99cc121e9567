package engine

import (
	"time"

	"mayday/center/conversation"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Effect is something that the edges have to do. None may block.
//
//sumtype:decl
type Effect interface{ effect() }

// Target is whom an INVITE asks for: a live emergency service, a test service or an ordinary number. A test call has no place that
// could hold a live number.
//
//sumtype:decl
type Target interface{ target() }

// ToEmergency asks for the emergency service and conveys the place.
type ToEmergency struct {
	Number     number.Live
	Place      location.Place
	ProvidedBy string               // who vouches for the place: the organisation
	Desk       number.E164          // the site's emergency desk, which knows the place; may be empty
	At         time.Time            // when the rep dialled
	Conceded   emergency.Concession // what the trunk is spared because it refused the call with it
	Rep        rep.ID               // who calls
	Caller     string               // the rep's name
	Route      string               // URI of the emergency service that looks after the place; empty: the trunk finds it
	Leased     bool                 // a call-back number is held for the rep: a place that is only referred to is kept until WipeLease
}

// ToTest asks for the trunk's test service.
type ToTest struct{ Number number.Test }

// ToOrdinary asks for any other number.
type ToOrdinary struct {
	Number   string
	Conceded emergency.Concession // what the trunk is spared because it refused the call with it
}

func (ToEmergency) target() {}
func (ToTest) target()      {}
func (ToOrdinary) target()  {}

// Effects on legs.
type (
	// SendInvite sends an INVITE to the trunk.
	SendInvite struct {
		Leg      LegID
		Trunk    trunk.Trunk
		Target   Target
		CallerID number.E164 // empty: anonymous
		First    bool        // it is the call's first one
		Asked    time.Time   // when the request for the call arrived; zero: not known
		Urgent   bool        // it belongs to an emergency call: nothing of it waits for ordinary calls
	}
	// ConveyPlace tells the far end of a leg that is spoken where the rep is now.
	ConveyPlace struct {
		Leg      LegID
		Trunk    trunk.Trunk
		Target   ToEmergency
		CallerID number.E164
	}
	// EndLeg ends the leg with CANCEL, BYE or a refusal, whatever its state asks for.
	EndLeg struct{ Leg LegID }
	// RefuseLeg answers an INVITE with a final status.
	RefuseLeg struct {
		Leg    LegID
		Status int
	}
	// RingLeg answers an INVITE with 180.
	RingLeg struct{ Leg LegID }
	// AnswerLeg answers an INVITE with 200.
	AnswerLeg struct{ Leg LegID }
	// HoldLeg tells the far end that it is on hold, or no longer.
	HoldLeg struct {
		Leg LegID
		On  bool
	}
	// SendDigits sends telephone events (RFC 4733 §2.3).
	SendDigits struct {
		Leg    LegID
		Digits string
	}
)

// Effects on sound.
type (
	// JoinSound lets leg and tab hear each other.
	JoinSound struct {
		Leg LegID
		Tab TabID
	}
	// JoinLegs lets two legs hear each other: a call back and the telephone outside that took it.
	JoinLegs struct{ Leg, Other LegID }
	// PartSound makes the leg's tab silent for the leg; the leg stays.
	PartSound struct{ Leg LegID }
	// MuteLeg lets the far end hear silence in place of its tab, or no longer.
	MuteLeg struct {
		Leg LegID
		On  bool
	}
	// PlayTone lets the far end hear a soft tone, because no tab carries the sound.
	PlayTone struct{ Leg LegID }
	// DropSound ends the sound of a tab that is gone.
	DropSound struct{ Tab TabID }
)

// Effects that tell.
type (
	// KeepRecord writes the history row of an ordinary conversation. There is none for an emergency call.
	KeepRecord struct{ Record conversation.Record }
	// RaiseAlarm tells the operator. It carries no content of a call.
	RaiseAlarm struct{ Alarm Alarm }
	// NoteStage writes the evidence of an emergency call: a random id and a stage, nothing else.
	NoteStage struct {
		Call  CallID
		Stage Stage
	}
)

// Alarm names what an operator must look after.
type Alarm string

const (
	PoolShared    Alarm = "callback_pool_shared"   // every pool number is leased: one is shared
	PoolEmpty     Alarm = "callback_pool_empty"    // there is no pool number: the static number, or none, is used
	RoutesOut     Alarm = "emergency_routes_out"   // every trunk failed for an emergency call
	NoTrunk       Alarm = "emergency_no_trunk"     // there is no trunk at all
	OrdinaryEnded Alarm = "ordinary_call_ended"    // an ordinary call was ended, so that an emergency call found a channel
	DrillFailed   Alarm = "drill_failed"           // a drill did not pass
	SoundAbsent   Alarm = "emergency_sound_absent" // an emergency call has no browser that carries its sound
)

// Alarms lists every alarm.
func Alarms() []Alarm {
	return []Alarm{PoolShared, PoolEmpty, RoutesOut, NoTrunk, OrdinaryEnded, SoundAbsent, DrillFailed}
}

// Stage is how far an emergency call has come.
type Stage string

const (
	StageInvite    Stage = "invite"    // an INVITE was handed to a trunk
	StageNextTrunk Stage = "next"      // a trunk failed, the next one's turn comes
	StageBadPlace  Stage = "bad_place" // a trunk took the call and called its place bad
	StageRinging   Stage = "ringing"   // the far end rings
	StageConnected Stage = "connected" // they talk
	StageCallback  Stage = "callback"  // a call back came in
	StageChain     Stage = "chain"     // a call back rings more people
	StageDesk      Stage = "desk"      // the security desk takes part
	StageDeskLeft  Stage = "desk_left" // it does not any more
	StageMissed    Stage = "missed"    // a call back ended unanswered
	StageFailed    Stage = "failed"    // every route failed
	StageEnded     Stage = "ended"     // the call is over
)

func (SendInvite) effect()  {}
func (ConveyPlace) effect() {}
func (EndLeg) effect()      {}
func (RefuseLeg) effect()   {}
func (RingLeg) effect()     {}
func (AnswerLeg) effect()   {}
func (HoldLeg) effect()     {}
func (SendDigits) effect()  {}
func (JoinSound) effect()   {}
func (JoinLegs) effect()    {}
func (PartSound) effect()   {}
func (MuteLeg) effect()     {}
func (PlayTone) effect()    {}
func (DropSound) effect()   {}
func (KeepRecord) effect()  {}
func (RaiseAlarm) effect()  {}
func (NoteStage) effect()   {}
