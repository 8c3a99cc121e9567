package engine

import (
	"time"

	"mayday/center/location"
	"mayday/center/rep"
)

// CallID names a call for as long as it lives; it is random and says nothing of anybody.
type CallID string

// LegID names one SIP leg of a call: one INVITE that we sent or took.
type LegID string

// TabID names one connection of a rep's browser.
type TabID string

// Command is something that somebody wants done, or that has happened outside.
//
//sumtype:decl
type Command interface{ command() }

// What browsers ask for.
type (
	// AttachTab is a browser's connection that has begun.
	AttachTab struct {
		Rep rep.ID
		Tab TabID
	}
	// DetachTab is a browser's connection that has ended. The sound of an emergency call that the tab carries goes on by itself, until
	// it ends too or another tab takes over.
	DetachTab struct {
		Rep rep.ID
		Tab TabID
	}
	// Dial places a call to what the rep typed. Call names it; for a call of an emergency that is in progress it is not used.
	Dial struct {
		Rep   rep.ID
		Tab   TabID
		Typed string
		Call  CallID
		At    time.Time // when the request arrived; only measured, never decided by
	}
	// Answer takes a call that rings, with the sound in this tab.
	Answer struct {
		Rep  rep.ID
		Tab  TabID
		Call CallID
	}
	// End ends a call of the rep.
	End struct {
		Rep  rep.ID
		Call CallID
	}
	// Mute silences the rep towards the far end of an ordinary call, or ends the silence.
	Mute struct {
		Rep  rep.ID
		Call CallID // empty: the only one
		On   bool
	}
	// Hold puts the rep's ordinary call on hold, or takes it back.
	Hold struct {
		Rep  rep.ID
		Call CallID // empty: the only one
		On   bool
	}
	// Keypad sends telephone events into the rep's ordinary call (RFC 4733 §2.3).
	Keypad struct {
		Rep    rep.ID
		Call   CallID // empty: the only one
		Digits string
	}
	// ChoosePresence sets what the rep's status says.
	ChoosePresence struct {
		Rep      rep.ID
		Presence rep.Presence
	}
	// ReportPosition is a position that the rep's browser measured, with the country in which a map has it; empty: none does.
	ReportPosition struct {
		Rep      rep.ID
		Position location.Position
		Seen     location.Sighting
	}
	// ReportMicrophone says whether the tab has a microphone.
	ReportMicrophone struct {
		Rep    rep.ID
		Tab    TabID
		Works  bool
		Denied bool // there is one, and the tab may not use it
	}
	// ReportSound says how the tab's media connection does.
	ReportSound struct {
		Rep       rep.ID
		Tab       TabID
		Connected bool
		Heard     bool // packets arrive from the microphone
	}
	// Acknowledge puts an alert of an emergency call away, for everybody.
	Acknowledge struct {
		Rep   rep.ID
		Alert CallID
	}
	// Dismiss puts away the notice of a call that failed.
	Dismiss struct{ Rep rep.ID }
)

// What legs report. Urgent says that the leg belongs to an emergency call: the report goes before everything that is ordinary.
type (
	// LegTrying is the first sign of life from a trunk: 100.
	LegTrying struct {
		Leg    LegID
		Urgent bool
	}
	// LegRinging is a 18x.
	LegRinging struct {
		Leg    LegID
		Urgent bool
	}
	// LegAnswered is a 2xx.
	LegAnswered struct {
		Leg      LegID
		Urgent   bool
		BadPlace bool   // the far end takes the call and calls its place bad (RFC 6442 §4.4)
		Says     string // what the answer says in words; only of a test call
	}
	// LegFailed is a final refusal with its status, or 0 when the trunk could not be reached or did not answer.
	LegFailed struct {
		Leg      LegID
		Status   int
		Insecure bool // the trunk was there, and no connection with it could be secured
		Urgent   bool
	}
	// LegEnded is the end of a leg that was answered, or of an incoming one in any state.
	LegEnded struct {
		Leg    LegID
		Urgent bool
	}
	// CallIn is an INVITE from a trunk to one of our numbers.
	CallIn struct {
		Leg    LegID
		Call   CallID
		Called []string // the number called, as the Request-URI and then as To has it
		Urgent bool     // the number is leased
	}
)

// ReportFaults says what is wrong with the node now; empty when all is well. Administrators and supervisors are shown it.
type ReportFaults struct{ Faults []Fault }

// Fault is something that is wrong with the node. Emergency calls are placed all the same.
type Fault struct {
	Code   string // "database_away", "disk_full", …
	Detail string // in words for an operator; no content of any call
}

// StopOrdinary refuses ordinary calls from now on, because the node is about to stop. Emergency calls are placed as ever.
type StopOrdinary struct{}

// Publish puts another configuration in force. Calls go on as they were placed.
type Publish struct{ Snapshot *Snapshot }

func (AttachTab) command()        {}
func (DetachTab) command()        {}
func (Dial) command()             {}
func (Answer) command()           {}
func (End) command()              {}
func (Mute) command()             {}
func (Hold) command()             {}
func (Keypad) command()           {}
func (ChoosePresence) command()   {}
func (ReportPosition) command()   {}
func (ReportMicrophone) command() {}
func (ReportSound) command()      {}
func (Acknowledge) command()      {}
func (Dismiss) command()          {}
func (LegTrying) command()        {}
func (LegRinging) command()       {}
func (LegAnswered) command()      {}
func (LegFailed) command()        {}
func (LegEnded) command()         {}
func (CallIn) command()           {}
func (ReportFaults) command()     {}
func (StopOrdinary) command()     {}
func (Publish) command()          {}
