package app

import (
	"mayday/edge/notify"
	"mayday/engine"
	"mayday/engine/blackbox"
)

// outbox is the black box as the outbox of mails about emergencies.
type outbox struct{ *blackbox.Box }

// Mails implements notify.Outbox.
func (o outbox) Mails() []notify.Mail {
	kept := o.Box.Mails()
	mails := make([]notify.Mail, len(kept))
	for i, mail := range kept {
		mails[i] = notify.Mail(mail)
	}
	return mails
}

// keepLease writes a lease down beside the call.
func (o *outside) keepLease(e engine.KeepLease) {
	o.box.Keep(blackbox.Kept{Lease: e.Lease, Chosen: e.Chosen, InCall: e.InCall})
}

// restored is what the black box had kept of leases and presences.
func restored(box *blackbox.Box) []engine.Restored {
	var found []engine.Restored
	for _, kept := range box.Restored() {
		found = append(found, engine.Restored{Lease: kept.Lease, Chosen: kept.Chosen})
	}
	return found
}

// raise counts and logs an alarm.
func (n *Node) raise(alarm string) {
	n.metrics.alarms.WithLabelValues(alarm).Inc()
	n.log.Error("alarm", "alarm", alarm)
}
