package sip

// Event is something that happened to a dialog. The set of types is closed: [Provisional], [Answered],
// [Failed], [Confirmed], [Cancelled], [Reinvited], [Reanswered], [ReofferFailed], [Received], [Ended].
//
//sumtype:decl
type Event interface{ event() }

// Provisional says that the far end is working on our INVITE; 100 Trying is told too.
type Provisional struct{ Response *Message }

// Answered says that the far end accepted our INVITE. The ACK is on its way already.
type Answered struct{ Response *Message }

// Failed says that our INVITE came to nothing; [Ended] follows.
type Failed struct {
	Status   int      // the final status, 0 when none came
	Cause    Cause    // what kind of failure
	Response *Message // the final response, nil when none came
	Err      error    // the fault behind NoResponse and Unreachable
}

// Confirmed says that the far end acknowledged our 200 (server side), or that the ACK of a later
// re-INVITE brought a body.
type Confirmed struct{ Request *Message }

// Cancelled says that the caller gave up before we answered; 200 and 487 have been sent. [Ended] follows.
type Cancelled struct{}

// Reinvited brings a re-INVITE or UPDATE with an offer: answer it through the Exchange.
type Reinvited struct{ *Exchange }

// Reanswered says that the far end accepted what [Dialog.Reoffer] offered.
type Reanswered struct{ Response *Message }

// ReofferFailed says that the far end refused what [Dialog.Reoffer] offered: the session goes on as it
// was. Status is 0 when no answer came.
type ReofferFailed struct{ Status int }

// Received brings another request inside the dialog (INFO, REFER, NOTIFY, MESSAGE): answer it through
// the Exchange.
type Received struct{ *Exchange }

// Ended is the last event of every dialog.
type Ended struct {
	By     By
	Reason string // what End was told, or the far end's Reason header
	Err    error  // the fault behind Timeout, else nil
}

func (Provisional) event()   {}
func (Answered) event()      {}
func (Failed) event()        {}
func (Confirmed) event()     {}
func (Cancelled) event()     {}
func (Reinvited) event()     {}
func (Reanswered) event()    {}
func (ReofferFailed) event() {}
func (Received) event()      {}
func (Ended) event()         {}

// Cause says why an INVITE of ours failed.
type Cause int

const (
	// Rejected means that the far end answered with a final 3xx to 6xx.
	Rejected Cause = iota + 1
	// NoResponse means that nothing, or nothing final, came back in time.
	NoResponse
	// Unreachable means that no hop could be resolved or connected to.
	Unreachable
	// Insecure means that a peer was there, but no connection with it could be secured: no TLS, or a certificate not to be trusted.
	Insecure
	// WeCancelled means that End was called before an answer came.
	WeCancelled
)

// String gives the cause as a log word.
func (c Cause) String() string {
	switch c {
	case Rejected:
		return "rejected"
	case NoResponse:
		return "no_response"
	case Unreachable:
		return "unreachable"
	case Insecure:
		return "insecure"
	case WeCancelled:
		return "cancelled"
	}
	return "unknown"
}

// By says who ended a dialog.
type By int

const (
	// Local means that our side ended it.
	Local By = iota + 1
	// Remote means that the far end did.
	Remote
	// Timeout means that the far end fell silent: no ACK, no session refresh, a lost connection.
	Timeout
)

// String gives it as a log word.
func (b By) String() string {
	switch b {
	case Local:
		return "local"
	case Remote:
		return "remote"
	case Timeout:
		return "timeout"
	}
	return "unknown"
}
