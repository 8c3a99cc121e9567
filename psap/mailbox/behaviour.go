package mailbox

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/emersion/go-smtp"
)

// Stage is a point of a mail's way in.
type Stage string

// The stages at which a mail can be rejected.
const (
	AtSender    Stage = "sender"    // the answer to MAIL
	AtRecipient Stage = "recipient" // the answer to every RCPT
	AtData      Stage = "data"      // the answer to the whole mail
)

// longestMS bounds a delay: an hour.
const longestMS = 3_600_000

// Behaviour is how the mailbox treats mail from now on. The zero value takes everything at once. Every POST sets it whole.
type Behaviour struct {
	BannerAfterMS   int    `json:"banner_after_ms,omitempty"`  // how long a new connection hears nothing
	BreakTLS        bool   `json:"break_tls,omitempty"`        // STARTTLS is offered, its handshake fails
	Reject          int    `json:"reject,omitempty"`           // answer with this status, 400 to 599; 0: do not
	RejectAt        Stage  `json:"reject_at,omitempty"`        // empty: data
	RefuseRecipient string `json:"refuse_recipient,omitempty"` // this one is answered 550
	RefuseSender    string `json:"refuse_sender,omitempty"`    // this one is answered 550
	HangAfterData   bool   `json:"hang_after_data,omitempty"`  // take the whole mail and say nothing more
	Reset           bool   `json:"reset,omitempty"`            // take the whole mail and break the connection
	Times           int    `json:"times,omitempty"`            // how often to reject, hang or reset, as a server that greylists does; 0: always
}

// checked returns the behaviour with its gaps filled. The error names everything that is wrong with it.
func (b Behaviour) checked() (Behaviour, error) {
	var wrong []error
	refuse := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if b.BannerAfterMS < 0 || b.BannerAfterMS > longestMS {
		refuse("banner_after_ms: %d is not a number of milliseconds from 0 to %d", b.BannerAfterMS, longestMS)
	}
	if b.Reject != 0 && (b.Reject < 400 || b.Reject > 599) {
		refuse("reject: %d is not a status from 400 to 599", b.Reject)
	}
	if b.Reject == 0 && b.RejectAt != "" {
		refuse("reject_at: give reject too")
	}
	if b.Times < 0 {
		refuse("times: %d is not 0 or more", b.Times)
	}
	if b.Reject != 0 {
		b.RejectAt = cmp.Or(b.RejectAt, AtData)
		switch b.RejectAt {
		case AtSender, AtRecipient, AtData:
		default:
			refuse("reject_at: %.40q is none of sender, recipient, data", string(b.RejectAt))
		}
	}
	if b.HangAfterData && b.Reset || b.Reject != 0 && (b.HangAfterData || b.Reset) {
		refuse("reject, hang_after_data and reset: choose one")
	}
	return b, errors.Join(wrong...)
}

// misbehaves returns the behaviour if it is to reject, hang or reset now, at the stage; the zero value, which does none, else.
func (m *Mailbox) misbehaves(at Stage) Behaviour {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.behaviour
	here := b.Reject != 0 && b.RejectAt == at || at == AtData && (b.HangAfterData || b.Reset)
	if !here || b.Times > 0 && m.misbehaved >= b.Times {
		return Behaviour{}
	}
	m.misbehaved++
	return b
}

// rejects returns the answer with which the mailbox rejects at the stage, nil if it does not.
func (m *Mailbox) rejects(at Stage) error {
	if b := m.misbehaves(at); b.Reject != 0 {
		return answer(b.Reject)
	}
	return nil
}

// answer is a status in the form of the protocol. The enhanced code repeats its class (RFC 3463 §2).
func answer(status int) error {
	return &smtp.SMTPError{Code: status, EnhancedCode: smtp.EnhancedCode{status / 100, 0, 0}, Message: "Told to answer so"}
}
