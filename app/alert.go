package app

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine"
)

// alertMark stands before the name of an alert among the mails of the black box.
const alertMark = "alert."

// mostAlerts is how many alerts are on the disk at once; mails have the rest of the room.
const mostAlerts = 256

// alerts is those on their way to the black box, in the order in which the engine told of them. It is not waited for.
type alerts struct {
	come chan struct{} // holds one: some have come

	mu      sync.Mutex // guards waiting; never held while anything is waited for
	waiting []alertChange
}

// alertChange is an alert as it is from now on; nil: it is over.
type alertChange struct {
	alert engine.CallID
	kept  *engine.KeptAlert
}

func newAlerts() *alerts { return &alerts{come: make(chan struct{}, 1)} }

func (a *alerts) put(id engine.CallID, kept *engine.KeptAlert) {
	a.mu.Lock()
	a.waiting = append(a.waiting, alertChange{id, kept})
	a.mu.Unlock()
	select {
	case a.come <- struct{}{}:
	default:
	}
}

func (a *alerts) take() []alertChange {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.waiting
	a.waiting = nil
	return taken
}

// plainNotice is a notice that is written as what it says.
type plainNotice emergency.Notice

// writtenAlert is an alert as the black box seals it.
type writtenAlert struct {
	Alert    engine.CallID       `json:"alert"`
	Rep      rep.ID              `json:"rep"`
	Number   string              `json:"number"`
	Place    location.Place      `json:"place"`
	At       time.Time           `json:"at"`
	Until    time.Time           `json:"until"`
	Failed   bool                `json:"failed,omitempty"`
	Notice   plainNotice         `json:"notice"`
	Awaiting []emergency.Telling `json:"awaiting,omitempty"`
}

// keepAlerts hands alerts to the black box until ctx ends, and what waits then too.
func (n *Node) keepAlerts(ctx context.Context) {
	kept := make(map[engine.CallID]bool)
	for _, found := range n.alertsKept() {
		kept[found.Alert] = true
	}
	for {
		select {
		case <-n.alerts.come:
			n.writeAlerts(kept)
		case <-ctx.Done():
			n.writeAlerts(kept)
			return
		}
	}
}

func (n *Node) writeAlerts(kept map[engine.CallID]bool) {
	for _, change := range n.alerts.take() {
		name := alertMark + string(change.alert)
		if change.kept == nil {
			n.box.WipeMail(name)
			delete(kept, change.alert)
			continue
		}
		if !kept[change.alert] && len(kept) >= mostAlerts {
			n.log.Warn("alert not kept over a restart", "reason", "too many stand already")
			continue
		}
		k := change.kept
		plain, err := json.Marshal(writtenAlert{
			k.Alert, k.Rep, k.Number, k.Place, k.At, k.Until, k.Failed, plainNotice(k.Notice), k.Awaiting,
		})
		if err != nil {
			n.log.Error("alert not written down") // what is wrong with it may be its content
			continue
		}
		n.box.PutMail(name, plain, k.Until)
		clear(plain)
		kept[change.alert] = true
	}
}

// alertsKept returns what the black box has of alerts.
func (n *Node) alertsKept() (found []engine.KeptAlert) {
	for _, mail := range n.box.Mails() {
		if !strings.HasPrefix(mail.ID, alertMark) {
			continue
		}
		var w writtenAlert
		if err := json.Unmarshal(mail.Plain, &w); err != nil || alertMark+string(w.Alert) != mail.ID {
			n.log.Error("alert of the black box cannot be read")
			n.box.WipeMail(mail.ID)
			continue
		}
		found = append(found, engine.KeptAlert{
			Alert: w.Alert, Rep: w.Rep, Number: w.Number, Place: w.Place, At: w.At, Until: w.Until, Failed: w.Failed,
			Notice: emergency.Notice(w.Notice), Awaiting: w.Awaiting,
		})
	}
	return found
}
