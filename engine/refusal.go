package engine

// Refusal says why a command was not carried out. Nothing has changed then.
type Refusal string

// The refusals.
const (
	EmergencyLocked  Refusal = "EMERGENCY_LOCKED"    // an emergency call goes on: presence and other calls have to wait
	NoSuchCall       Refusal = "NO_SUCH_CALL"        // the call is over, or was never the rep's
	AlreadyInCall    Refusal = "ALREADY_IN_CALL"     // the rep has an ordinary call already
	NoSuchRep        Refusal = "NO_SUCH_REP"         // the rep is not in the center
	UnknownPresence  Refusal = "UNKNOWN_PRESENCE"    // there is no such presence
	NoOutboundNumber Refusal = "NO_OUTBOUND_PROFILE" // no outbound profile lends the rep a number
	NoRoute          Refusal = "NO_ROUTE"            // no trunk takes this number
	NoTestService    Refusal = "NO_TEST_SERVICE"     // no trunk has a test service
	CallbackStays    Refusal = "CALLBACK_STAYS"      // a call back rings until it is answered or its caller gives up
	NotAKey          Refusal = "NOT_A_KEY"           // a keypad has digits, star, hash and A to D
	Overloaded       Refusal = "OVERLOADED"          // more ordinary calls than the limits allow, or than this node has time for
	NodeStopping     Refusal = "NODE_STOPPING"       // the node is about to stop and takes emergency calls only
	NoSuchAlert      Refusal = "NO_SUCH_ALERT"       // somebody has acknowledged it already, or its hour is over
	DrillInEmergency Refusal = "DRILL_IN_EMERGENCY"  // an emergency call goes on: no test beside it
	NoFreeNumber     Refusal = "NO_FREE_NUMBER"      // every call-back number is leased
	NoSuchSite       Refusal = "NO_SUCH_SITE"        // there is no such site
	NoHome           Refusal = "NO_HOME"             // no home address of the rep is in the center
	ToldOtherwise    Refusal = "TOLD_OTHERWISE"      // the network tells another address by now than the one that was agreed with
	NotAFloorOrRoom  Refusal = "NOT_A_FLOOR_OR_ROOM" // the name is too long
	DeskStaysOut     Refusal = "DESK_STAYS_OUT"      // the security desk of the site does not take part in calls
	DeskTaken        Refusal = "DESK_TAKEN"          // somebody of the security desk listens in already
	NotAnswered      Refusal = "NOT_ANSWERED"        // the emergency service has not answered, or the call is over
	TabUnconnected   Refusal = "TAB_UNCONNECTED"     // no tab of the person is connected
	ListensOnly      Refusal = "LISTENS_ONLY"        // the security desk of the site may listen and not speak
	ListeningIn      Refusal = "LISTENING_IN"        // the person listens to an emergency call
	NotAPosition     Refusal = "NOT_A_POSITION"      // the position does not lie on the globe
)

// Code returns the refusal's name for programs.
func (r Refusal) Code() string { return string(r) }

// Error returns the refusal in words for a rep.
func (r Refusal) Error() string {
	switch r {
	case EmergencyLocked:
		return "not possible during an emergency call"
	case NoSuchCall:
		return "this call is over"
	case AlreadyInCall:
		return "end the call that is in progress first"
	case NoSuchRep:
		return "this person is not in the center"
	case UnknownPresence:
		return "there is no such presence"
	case NoOutboundNumber:
		return "no outbound profile lends you a number: ask an administrator"
	case NoRoute:
		return "no trunk takes this number: ask an administrator"
	case NoTestService:
		return "no trunk has a test service: ask an administrator"
	case CallbackStays:
		return "emergency services are calling back: answer the call"
	case NotAKey:
		return "only 0 to 9, star, hash and A to D can be sent"
	case Overloaded:
		return "too many calls go on here at the moment: try again in a few seconds; emergency calls are placed at any time"
	case NodeStopping:
		return "this server is about to stop: only emergency calls can be placed here"
	case NoSuchAlert:
		return "this alert was acknowledged already"
	case DrillInEmergency:
		return "an emergency call goes on: no drill is placed beside it"
	case NoFreeNumber:
		return "no call-back number is free for a drill"
	case NoSuchSite:
		return "there is no such site"
	case NoHome:
		return "your home address is not known here: ask an administrator"
	case ToldOtherwise:
		return "Your network tells another place now. Look at it, and say again where you are."
	case NotAFloorOrRoom:
		return "a floor or a room may have 40 letters at most"
	case DeskStaysOut:
		return "the security desk of this site does not take part in emergency calls"
	case DeskTaken:
		return "somebody of the security desk listens in already"
	case NotAnswered:
		return "the emergency service has not answered yet, or the call is over"
	case TabUnconnected:
		return "this page is not connected for sound: reload it"
	case ListensOnly:
		return "at this site the security desk may listen and not speak"
	case ListeningIn:
		return "leave the emergency call to which you listen first"
	case NotAPosition:
		return "the position does not lie on the globe"
	}
	return string(r)
}
