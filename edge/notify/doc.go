// Package notify tells people about an emergency call: by mail, and over webhooks and gateways for text messages beside it.
//
// Telling is never in the way of the call. Whoever asks for it goes on at once; the mail is written, kept in the outbox, handed over to
// the operator's mail server and, if that hangs, refuses or is not there, tried again for an hour. Then an alarm says that nobody was
// told. It decides neither who is told nor what: package emergency does. No log line and no metric of it carries more than a random
// call id, a stage, a status, a duration and counts.
package notify
