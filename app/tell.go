package app

import (
	"context"
	"strings"
	"time"

	"mayday/edge/notify"
	"mayday/engine"
	"mayday/engine/blackbox"
)

// outbox is the black box as the outbox of mails about emergencies.
type outbox struct{ *blackbox.Box }

// Mails implements notify.Outbox.
func (o outbox) Mails() []notify.Mail {
	var mails []notify.Mail
	for _, mail := range o.Box.Mails() {
		if !strings.HasPrefix(mail.ID, alertMark) {
			mails = append(mails, notify.Mail(mail))
		}
	}
	return mails
}

// keepLease writes a lease down beside the call.
func (o *outside) keepLease(e engine.KeepLease) {
	o.box.Keep(blackbox.Kept{Lease: e.Lease, Chosen: e.Chosen, InCall: e.InCall})
}

// restored is what the black box had kept of leases and presences. A lease whose call went on when the node fell is open for one window
// more: that call was cut off, and the emergency service will call back.
func (n *Node) restored(now time.Time) []engine.Restored {
	var found []engine.Restored
	for _, kept := range n.box.Restored() {
		kept.Lease = kept.Lease.Dated(now)
		if more := now.Add(n.settings.Emergency.Lease); kept.InCall && kept.Lease.Until.Before(more) {
			kept.Lease.Until, kept.InCall = more, false
			n.box.Keep(kept)
		}
		found = append(found, engine.Restored{Lease: kept.Lease, Chosen: kept.Chosen})
	}
	return found
}

// restoreLate takes up leases that a slow disk comes to tell when the node lives already.
func (n *Node) restoreLate(ctx context.Context) {
	for {
		select {
		case <-n.found:
			n.report(engine.RestoreLeases{Found: n.restored(n.now())})
			n.report(engine.RestoreAlerts{Found: n.alertsKept()})
		case <-ctx.Done():
			return
		}
	}
}

// alarms lists whatever is raised.
func alarms() []string {
	var all []string
	for _, alarm := range engine.Alarms() {
		all = append(all, string(alarm))
	}
	for _, alarm := range notify.Alarms() {
		all = append(all, string(alarm))
	}
	for _, code := range blackbox.Codes() {
		all = append(all, blackboxAlarm(code))
	}
	return all
}

func blackboxAlarm(code blackbox.Code) string { return "blackbox_" + string(code) }

// raise counts and logs an alarm.
func (n *Node) raise(alarm string) {
	n.metrics.alarms.WithLabelValues(alarm).Inc()
	n.log.Error("alarm", "alarm", alarm)
}
