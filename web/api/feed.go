// Package api is every type that crosses between a node and a browser: OpenAPI and the screens' TypeScript are made from it.
//
// It imports nothing of ours and decides nothing.
package api

import "time"

// The feed is one WebSocket at /api/v1/feed. The browser sends Requests, the node sends Messages; both are JSON text frames.
// docs/feed.md describes it for people who write their own screens.

// Request is what a browser asks of the node. Do says what; only the fields that Do names are read.
type Request struct {
	ID         int64           `json:"id"` // echoed in the Reply; chosen by the browser, rising
	Do         Do              `json:"do"`
	Digits     string          `json:"digits,omitempty"`     // dial, keypad: as typed
	Presence   string          `json:"presence,omitempty"`   // presence: "available", "busy", … or a custom id
	Call       string          `json:"call,omitempty"`       // end, answer, mute, unmute, keypad: the call's id; empty: the only one; acknowledge, listen_in: the alert's
	SDP        string          `json:"sdp,omitempty"`        // media_offer
	Microphone string          `json:"microphone,omitempty"` // microphone: "ready", "denied", "missing"
	Position   *Position       `json:"position,omitempty"`   // position
	Location   string          `json:"location,omitempty"`   // location: "denied", "missing"
	Place      *ConfirmedPlace `json:"place,omitempty"`      // confirm_place
}

// Do names a request.
type Do string

const (
	DoDial           Do = "dial"            // place a call to Digits; a number of an emergency service places an emergency call
	DoEnd            Do = "end"             // end the call; a ringing call back cannot be ended by the rep
	DoAnswer         Do = "answer"          // answer the call that rings
	DoMute           Do = "mute"            // ordinary calls only
	DoUnmute         Do = "unmute"          // ordinary calls only
	DoHold           Do = "hold"            // ordinary calls only
	DoResume         Do = "resume"          // ordinary calls only: take back a held call
	DoKeypad         Do = "keypad"          // ordinary calls only: send Digits as telephone events (RFC 4733)
	DoPresence       Do = "presence"        // choose Presence; refused with EMERGENCY_LOCKED during an emergency call
	DoMediaOffer     Do = "media_offer"     // SDP offer of this tab's warm connection; the Reply carries the answer
	DoMicrophone     Do = "microphone"      // what this tab knows of its microphone
	DoPosition       Do = "position"        // the position that this browser measured
	DoLocation       Do = "location"        // why this browser has measured no position
	DoConfirmPlace   Do = "confirm_place"   // Place is where the rep is
	DoNetworkChanged Do = "network_changed" // this browser has another network: the rep may be elsewhere
	DoAcknowledge    Do = "acknowledge"     // who is shown the alert: put the alert of Call away, for everybody
	DoListenIn       Do = "listen_in"       // the emergency desk of the site: take part in the call of an alert, silent at first
	DoSpeak          Do = "speak"           // who listens in: be heard by both
	DoStopSpeaking   Do = "stop_speaking"   // who listens in: be silent again
	DoLeave          Do = "leave"           // who listens in: leave the call, which goes on
	DoDismiss        Do = "dismiss"         // put away the notice of a call that failed
)

// Position is a point on the globe (WGS 84), the radius in metres.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	RadiusM   float64 `json:"radius_m"`
}

// ConfirmedPlace is where a rep says to be. Floor and room both empty: as the address has them.
type ConfirmedPlace struct {
	Home  bool   `json:"home,omitempty"`
	Site  string `json:"site,omitempty"` // unless at home
	Floor string `json:"floor,omitempty"`
	Room  string `json:"room,omitempty"`

	Network []string `json:"network,omitempty"` // neither, but the address that the network has told, as the question has it
}

// PlaceQuestion is where the rep is taken to be, and whether the rep should be asked.
type PlaceQuestion struct {
	Ask   bool       `json:"ask"` // never during an emergency call
	Home  bool       `json:"home,omitempty"`
	Site  string     `json:"site"` // id; empty: at home, at the address in network, or nowhere
	Name  string     `json:"name"` // of the site, or that address
	Floor string     `json:"floor,omitempty"`
	Room  string     `json:"room,omitempty"`
	At    *time.Time `json:"at,omitempty"` // when the rep has said so; absent: never

	Network   []string `json:"network,omitempty"`    // neither a site nor home, but this address, line by line, as the network has told it
	ByNetwork bool     `json:"by_network,omitempty"` // the network says that the rep is there, and the rep has not said so yet
}

// Message is what a node sends: exactly one field is set.
type Message struct {
	Reply     *Reply     `json:"reply,omitempty"`
	Workspace *Workspace `json:"workspace,omitempty"` // the whole state of the rep's screen; each one replaces the one before
}

// Reply answers one Request: Refused is nil when the node has done what was asked.
type Reply struct {
	ID      int64    `json:"id"`
	SDP     string   `json:"sdp,omitempty"` // answer to media_offer
	Refused *Refusal `json:"refused,omitempty"`
}

// Refusal says in a code and in words why the node did not do what was asked.
type Refusal struct {
	Code   string `json:"code"` // EMERGENCY_LOCKED, NOT_A_NUMBER, NO_SUCH_CALL, …
	Detail string `json:"detail"`
}

// Workspace is what one rep's screen shows. The node owns it; a click only asks.
type Workspace struct {
	Tab       string   `json:"tab"` // this connection's name; a new one after each reload
	Rep       Person   `json:"rep"`
	Presence  Presence `json:"presence"`
	Emergency *Call    `json:"emergency,omitempty"` // the emergency call of this rep: states E1–E6, E8, E9
	Call      *Call    `json:"call,omitempty"`      // the ordinary call of this rep
	Window    *Window  `json:"window,omitempty"`    // E7, E10: the emergency service can call back
	// EmergencyNumbers maps every cleaned string that places an emergency call for this rep now to the number that is sent for it.
	EmergencyNumbers map[string]string `json:"emergency_numbers"`
	Alerts           []Alert           `json:"alerts,omitempty"`    // supervisors, administrators, the emergency desk of the site: emergency calls that nobody has acknowledged, the newest first
	Ongoing          []Alert           `json:"ongoing,omitempty"`   // the emergency desk of the site: emergency calls in which this person may take part and of which no alert stands any more
	Listening        *Listening        `json:"listening,omitempty"` // the emergency desk of the site: the emergency call to which this person listens
	Faults           []Fault           `json:"faults,omitempty"`    // supervisors, administrators: what is wrong with the node; emergency calls are placed all the same
	Place            []string          `json:"place"`               // the place that an emergency call would convey, line by line
	Confirm          *PlaceQuestion    `json:"confirm,omitempty"`   // where the rep has said to be, or is to be asked about
	Mobile           string            `json:"mobile_number"`       // the emergency number to dial from a mobile phone here: "112"
	Sound            Sound             `json:"sound"`               // state of this tab's media connection as the node sees it
	Ready            *Ready            `json:"ready,omitempty"`     // how ready the rep is for an emergency call; never during one
}

// Person is somebody who is signed in.
type Person struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Site  string   `json:"site"`
	Roles []string `json:"roles"`
}

// Presence is what the rep's status says and what may be chosen.
type Presence struct {
	Current string           `json:"current"` // id of a choice
	Locked  bool             `json:"locked"`  // an emergency call holds it at do_not_disturb
	Choices []PresenceChoice `json:"choices"`
}

// PresenceChoice is a line of the presence menu.
type PresenceChoice struct {
	ID   string `json:"id"`
	Name string `json:"name"` // empty for base presences: the screen translates those
	Base string `json:"base"`
}

// CallState is where a call stands.
type CallState string

const (
	CallPlacing   CallState = "placing"   // E1: on its way, or trying the next trunk
	CallRinging   CallState = "ringing"   // E2: the far end rings
	CallConnected CallState = "connected" // E3, E9: they talk
	CallHeld      CallState = "held"      // ordinary: on hold
	CallFailed    CallState = "failed"    // E6: every route failed
	CallIncoming  CallState = "incoming"  // E8: a call back rings
)

// SoundPlace says where the sound of a call is, seen from this tab.
type SoundPlace string

const (
	SoundHere      SoundPlace = "here"      // this tab carries it
	SoundElsewhere SoundPlace = "elsewhere" // another tab of the rep carries it
	SoundNowhere   SoundPlace = "nowhere"   // E4: no tab carries it; the far end is still on the line
)

// Call is one call of the rep.
type Call struct {
	ID             string     `json:"id"`
	State          CallState  `json:"state"`
	Incoming       bool       `json:"incoming,omitempty"`
	For            string     `json:"for,omitempty"` // incoming: name of the rep whom they want, where that is somebody else
	Number         string     `json:"number"`        // as sent: "911"; far end of an ordinary call
	Since          time.Time  `json:"since"`         // when it was dialled or came in
	ConnectedAt    *time.Time `json:"connected_at,omitempty"`
	Place          []string   `json:"place,omitempty"`           // emergency: what was conveyed, to read out
	CallbackNumber string     `json:"callback_number,omitempty"` // emergency: the number leased for call backs
	Sound          SoundPlace `json:"sound"`
	Muted          bool       `json:"muted,omitempty"`
	Desk           *CallDesk  `json:"desk,omitempty"` // emergency: the security desk takes part
}

// CallDesk is the security desk in an emergency call of this rep. It can never end the call.
type CallDesk struct {
	State    DeskState `json:"state"`
	MaySpeak bool      `json:"may_speak,omitempty"`
}

// DeskState says how far a security desk has come.
type DeskState string

const (
	DeskRinging   DeskState = "ringing"   // its telephone rings
	DeskListening DeskState = "listening" // it hears both and nobody hears it
	DeskSpeaking  DeskState = "speaking"  // both hear it too
)

// Listening is the emergency call of somebody else to which this person of the desk listens.
type Listening struct {
	Call     string     `json:"call"`
	Rep      string     `json:"rep"`  // name
	Site     string     `json:"site"` // name; may be empty
	MaySpeak bool       `json:"may_speak,omitempty"`
	Speaks   bool       `json:"speaks,omitempty"`
	Sound    SoundPlace `json:"sound"`
}

// Alert is an emergency call of somebody else, shown to those who look after the site until one of them acknowledges it.
type Alert struct {
	Call   string    `json:"call"` // names it in an acknowledge request
	Rep    string    `json:"rep"`  // name
	Site   string    `json:"site"` // name; may be empty
	Number string    `json:"number"`
	Place  []string  `json:"place"`
	At     time.Time `json:"at"`
	Failed bool      `json:"failed,omitempty"` // every route failed: the emergency service does not know
	Joins  bool      `json:"joins,omitempty"`  // this person may listen in now
}

// Fault is something that is wrong with the node.
type Fault struct {
	Code   string `json:"code"`   // "database_away", "disk_full", …
	Detail string `json:"detail"` // in words for an operator
}

// Window is the time in which the emergency service can call back.
type Window struct {
	Number string    `json:"number"`
	Until  time.Time `json:"until"`
	Missed bool      `json:"missed,omitempty"` // E10: it called and nobody answered
}

// Sound is this tab's media connection as the node sees it.
type Sound struct {
	Connected bool `json:"connected"`
	Heard     bool `json:"heard"` // packets arrive from the microphone
}
