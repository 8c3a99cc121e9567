package notify

import (
	"context"
	"fmt"

	"mayday/center/emergency"
)

// Undelivered says why a mail that was tried once was not taken.
type Undelivered struct {
	Stage  string // how far it came: "connect", "tls", "sign_in", "sender", "recipients", "data"; "off": there is no mail server
	Status int    // what the mail server answered; 0: nothing
}

// Error returns the reason in words for an administrator.
func (u Undelivered) Error() string {
	answer := "It gave no answer."
	if u.Status != 0 {
		answer = fmt.Sprintf("It answered %d.", u.Status)
	}
	switch stage(u.Stage) {
	case connecting:
		return "The mail server cannot be reached."
	case greeting:
		return "The mail server does not say hello. " + answer
	case securing:
		return "The connection to the mail server could not be encrypted. " + answer
	case signingIn:
		return "The mail server does not let this server sign in. " + answer
	case naming:
		return "The mail server does not take mails from this sender. " + answer
	case addressing:
		return "The mail server does not take mails for this address. " + answer
	case sending, answered, accepted:
		return "The mail server does not take the mail. " + answer
	}
	return "There is no mail server in the settings."
}

// Code returns the refusal's name for programs.
func (Undelivered) Code() string { return "MAIL_NOT_TAKEN" }

// Trial writes the mail of a notice and hands it over as every other, once and now; the error is an Undelivered. Nothing of it is kept.
func (n *Notifier) Trial(ctx context.Context, notice emergency.Notice, template emergency.Template) error {
	if n.off {
		return Undelivered{Stage: "off"}
	}
	d := &delivery{letter: write(notice, template, n.server.sender(), n.now()), encrypt: true}
	for {
		r := n.attempt(ctx, d)
		switch {
		case len(r.told) > 0:
			return nil
		case d.Sender != d.OrganisationSender && emergency.ValidAddress(d.OrganisationSender) && r.blamesSender(len(d.Left)):
			d.Sender = d.OrganisationSender
		case r.stage == securing && d.encrypt && !n.server.mustBeProven():
			d.encrypt = false
		default:
			status := r.status
			if r.refusal != 0 {
				status = r.refusal
			}
			return Undelivered{Stage: string(r.stage), Status: status}
		}
	}
}
