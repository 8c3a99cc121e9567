package engine

import (
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/rep"
)

// An alert outlives a restart: whoever looks after the site still has to acknowledge it, and later tiers are still told if nobody does.
// It is written down beside the call, sealed, and nothing is left of it when it is acknowledged or its hour is over.

// KeptAlert is an alert as it is written down.
type KeptAlert struct {
	Alert    CallID
	Rep      rep.ID
	Number   string
	Place    location.Place
	At       time.Time
	Until    time.Time
	Failed   bool
	Notice   emergency.Notice    // of those who are told later
	Awaiting []emergency.Telling // who is, in order
}

// keepAlert has an alert written down as it is now.
func (t *step) keepAlert(id CallID) {
	open, stands := t.alerts[id]
	if !stands {
		return
	}
	kept := KeptAlert{Alert: id, Rep: open.rep, Number: open.number, Place: open.place, At: open.at, Until: open.until, Failed: open.failed}
	if open.later != nil {
		kept.Notice, kept.Awaiting = open.later.notice, open.later.awaiting
	}
	t.do(KeepAlert{kept})
}

// shut puts an alert away for everybody.
func (t *step) shut(id CallID) {
	t.emit(AlertClosed{Call: id})
	t.do(WipeAlert{Alert: id})
}

// restoreAlerts takes up the alerts that stood when the node fell and whose hour is not over.
func (t *step) restoreAlerts(c RestoreAlerts) {
	for _, kept := range c.Found {
		if _, stands := t.alerts[kept.Alert]; stands {
			continue
		}
		if !t.now.Before(kept.Until) {
			t.do(WipeAlert{Alert: kept.Alert})
			continue
		}
		t.emit(AlertRaised{
			Call: kept.Alert, Rep: kept.Rep, Number: kept.Number, Place: kept.Place, At: kept.At, Until: kept.Until, Failed: kept.Failed,
		})
		if len(kept.Awaiting) > 0 {
			t.emit(TellingsAwaited{Alert: kept.Alert, Notice: kept.Notice, Tellings: kept.Awaiting})
		}
		t.touch(t.watchers(t.alerts[kept.Alert])...)
	}
}

// RestoreAlerts brings back the alerts that the black box had kept. Those that stand here stay as they are.
type RestoreAlerts struct{ Found []KeptAlert }

func (RestoreAlerts) command() {}

// Effects that keep alerts.
type (
	// KeepAlert writes an alert down on this node, in place of what was written of it. It hands over and does not wait.
	KeepAlert struct{ Kept KeptAlert }
	// WipeAlert overwrites what was written down of an alert.
	WipeAlert struct{ Alert CallID }
)

func (KeepAlert) effect() {}
func (WipeAlert) effect() {}
