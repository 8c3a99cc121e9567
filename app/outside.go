package app

import (
	"time"

	"mayday/engine"
)

// outside carries out the engine's effects with the edges of the node. Nothing in it may wait: it runs in the engine's own goroutine.
type outside Node

// Do implements engine.Outside.
func (o *outside) Do(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.SendInvite:
		o.calls.Invite(e)
		o.noteInvite(e)
	case engine.EndLeg:
		o.calls.End(e.Leg)
	case engine.RefuseLeg:
		o.calls.Refuse(e.Leg, e.Status)
	case engine.RingLeg:
		o.calls.Ring(e.Leg)
	case engine.AnswerLeg:
		o.calls.Answer(e.Leg)
	case engine.HoldLeg:
		o.calls.Hold(e.Leg, e.On)
	case engine.SendDigits:
		o.calls.SendDigits(e.Leg, e.Digits)
	case engine.JoinSound:
		o.join(e)
	case engine.JoinLegs:
		o.calls.JoinLegs(e.Leg, e.Other)
	case engine.JoinDesk:
		o.calls.JoinDesk(e.Leg, e.Desk, o.tabs.Sound(e.Tab), e.Speaks)
	case engine.HearDesk:
		o.calls.HearDesk(e.Leg, e.On)
	case engine.PartDesk:
		o.calls.PartDesk(e.Leg)
	case engine.PartSound:
		o.calls.Part(e.Leg)
	case engine.MuteLeg:
		o.calls.Mute(e.Leg, e.On)
	case engine.PlayTone:
		o.calls.Tone(e.Leg)
	case engine.DropSound:
		o.tabs.Drop(e.Tab)
	case engine.MeasureLeg:
		o.calls.Measure(e.Leg)
	case engine.PlayTestTone:
		o.calls.TestTone(e.Leg)
	case engine.NoteHop:
		o.drills.note(e)
	case engine.EndDrill:
		o.drills.end(e)
	case engine.TellContacts:
		o.notifier.Tell(e.Notice, e.Template)
	case engine.TellChannel:
		o.notifier.TellChannel(e.Channel, e.Notice)
	case engine.KeepLease:
		o.keepLease(e)
	case engine.KeepAlert:
		o.alerts.put(e.Kept.Alert, &e.Kept)
	case engine.WipeAlert:
		o.alerts.put(e.Alert, nil)
	case engine.KeepPlace:
		o.confirmations.keep(e)
	case engine.WipeLease:
		o.box.Wipe(e.Rep)
		o.references.Wipe(string(e.Rep))
		select {
		case o.windowOver <- struct{}{}:
		default: // it is known
		}
	case engine.TellReferrer:
		o.calls.TellReferrer(e)
	case engine.ConveyPlace:
		o.calls.Convey(e)
	case engine.KeepRecord:
		o.keep(e)
	case engine.RaiseAlarm:
		(*Node)(o).raise(string(e.Alarm))
	case engine.NoteStage:
		o.metrics.stages.WithLabelValues(string(e.Stage)).Inc()
		o.log.Info("emergency call", "call", e.Call, "stage", e.Stage)
	}
}

// noteInvite measures how long an emergency call took from the command to its first INVITE.
func (o *outside) noteInvite(e engine.SendInvite) {
	if _, emergency := e.Target.(engine.ToEmergency); emergency && e.First && !e.Asked.IsZero() {
		o.metrics.invite.Observe(time.Since(e.Asked).Seconds())
	}
}

// join lets leg and tab hear each other. A tab whose sound has just gone is reported by its edge, and the engine then chooses anew.
func (o *outside) join(e engine.JoinSound) {
	if sound := o.tabs.Sound(e.Tab); sound != nil {
		o.calls.Join(e.Leg, sound)
		return
	}
	o.calls.Tone(e.Leg)
}

// keep queues a history row. A database that is away for so long that the queue is full loses rows, and says so.
func (o *outside) keep(e engine.KeepRecord) {
	if !o.records.add(e.Record) {
		o.metrics.lostRecords.Inc()
		o.log.Error("history row lost", "reason", "the database does not take any")
	}
}
