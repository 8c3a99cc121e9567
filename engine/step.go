package engine

import (
	"fmt"
	"slices"
	"time"

	"mayday/center/rep"
)

// Outcome is what a command or the passing of time has led to.
type Outcome struct {
	Events  []Event
	Effects []Effect // in the order in which they have to be carried out
	Touched []rep.ID // whose screens have changed
	All     bool     // everybody's have
	Err     error    // a Refusal: the rules say no, and nothing has changed
	Shed    Shed     // why, when it is Overloaded
}

// step is one turn of the state: events are applied as they are decided.
type step struct {
	*State
	now time.Time
	out Outcome
}

func (t *step) emit(e Event) {
	e.apply(t.State)
	t.out.Events = append(t.out.Events, e)
}

func (t *step) do(effects ...Effect) { t.out.Effects = append(t.out.Effects, effects...) }

func (t *step) touch(ids ...rep.ID) {
	for _, id := range ids {
		if !slices.Contains(t.out.Touched, id) {
			t.out.Touched = append(t.out.Touched, id)
		}
	}
}

// Step carries out a command at the given time.
func (s *State) Step(now time.Time, command Command) Outcome {
	t := &step{State: s, now: now}
	t.out.Err = t.carryOut(command)
	t.expire()
	t.dropLeft()
	return t.out
}

// Advance does what is due at the given time.
func (s *State) Advance(now time.Time) Outcome {
	t := &step{State: s, now: now}
	for _, c := range t.due(now) {
		t.advance(c)
	}
	for _, id := range slices.Sorted(slices.Values(t.drillsDue.due(now))) {
		t.drillDue(t.drills[id])
	}
	t.drillWays()
	t.expire()
	t.dropLeft()
	return t.out
}

func (t *step) advance(c *call) {
	due := func(deadline time.Time) bool { return !deadline.IsZero() && !t.now.Before(deadline) }
	switch {
	case due(c.answerBy):
		t.do(EndLeg{Leg: c.leg})
		t.leave(c, LegFailed{Leg: c.leg})
	case due(c.retryAt):
		t.try(c)
	case due(c.chainAt):
		t.reachOn(c)
	case due(c.referBy):
		t.referOverdue(c)
	case due(t.conveyAt(c)):
		t.convey(c)
	case due(t.loneUntil(c)):
		t.hangUp(c)
		return
	}
	t.overdueHelpers(c)
	t.overdueDesk(c)
}

// expire ends the leases whose window is over and whose rep is in no emergency call.
func (t *step) expire() {
	t.closeAlerts()
	t.escalate()
	over := t.leasesDue.due(t.now)
	slices.Sort(over)
	for _, id := range over {
		lease, _ := t.leases.Of(id)
		t.do(WipeLease{Rep: id, Number: lease.Number})
		t.emit(LeaseExpired{Rep: id, At: t.now})
		t.touch(id)
	}
}

func (t *step) carryOut(command Command) error {
	switch c := command.(type) {
	case AttachTab:
		t.attach(c)
	case DetachTab:
		t.detach(c)
	case Dial:
		return t.dial(c)
	case Trace, Survey, ListDrills:
		return t.answerTo(command)
	case ReportLocation:
		t.reportLocation(c)
	case Answer:
		return t.answer(c)
	case End:
		return t.end(c)
	case Mute:
		return t.mute(c)
	case Hold:
		return t.hold(c)
	case Keypad:
		return t.keypad(c)
	case ChoosePresence:
		return t.choosePresence(c)
	case ReportPosition:
		return t.reportPosition(c)
	case ConfirmPlace:
		return t.confirmPlace(c)
	case ReportNetwork:
		t.reportNetwork(c)
	case ReportTold:
		t.reportTold(c)
	case ReportMicrophone:
		t.reportMicrophone(c)
	case ReportSound:
		t.reportSound(c)
	case StartDrill:
		return t.startDrill(c)
	case ScheduleDrills:
		t.scheduleDrills(c)
	case LegHeard:
		t.legHeard(c)
	case Acknowledge:
		return t.acknowledge(c)
	case ListenIn, SpeakAtDesk, LeaveDesk, LegKeyed:
		return t.atDesk(command)
	case Dismiss:
		t.dismiss(c.Rep)
	case LegTrying:
		t.legTrying(c)
	case LegRinging:
		t.legRinging(c)
	case LegAnswered:
		t.legAnswered(c)
	case LegFailed:
		t.legFailed(c)
	case LegEnded:
		t.legEnded(c)
	case LegReferred:
		t.legReferred(c)
	case CallIn:
		t.callIn(c)
	case ReportFaults:
		t.emit(FaultsReported(c))
		t.touch(t.peopleWho(t.oversees)...)
	case ListenAt, SetLimits, ReportStrain, ReportMappings, ReportLocationServer:
		t.take(command)
	case RestoreLeases, RestorePlaces, RestoreDrills, RestoreAlerts:
		t.recall(command)
	case Redate:
		t.redate()
	case ReportTrunk:
		t.reportTrunk(c)
	case StopOrdinary:
		t.emit(OrdinaryStopped{})
	case Publish:
		t.publish(c)
	}
	return nil
}

// memory is a command that brings what was kept over a restart.
type memory interface{ takeUp(t *step) }

func (c RestoreLeases) takeUp(t *step) { t.restore(c) }
func (c RestorePlaces) takeUp(t *step) { t.restorePlaces(c) }
func (c RestoreDrills) takeUp(t *step) { t.restoreDrills(c) }
func (c RestoreAlerts) takeUp(t *step) { t.restoreAlerts(c) }

func (t *step) recall(command Command) {
	kept, is := command.(memory)
	if !is {
		panic(fmt.Sprintf("engine: BUG: %T was not kept", command))
	}
	kept.takeUp(t)
}

// question is a command that changes nothing.
type question interface{ answer(t *step) error }

func (t *step) answerTo(command Command) error {
	asked, is := command.(question)
	if !is {
		panic(fmt.Sprintf("engine: BUG: %T is no question", command))
	}
	return asked.answer(t)
}

// notice is a command that is an event as it is, and concerns no screen.
type notice interface{ event() Event }

func (t *step) take(command Command) {
	told, is := command.(notice)
	if !is {
		panic(fmt.Sprintf("engine: BUG: %T is no notice", command))
	}
	t.emit(told.event())
}

func (c ListenAt) event() Event     { return ListeningAt(c) }
func (c SetLimits) event() Event    { return LimitsSet(c) }
func (c ReportStrain) event() Event { return StrainReported(c) }

func (t *step) publish(c Publish) {
	t.emit(SnapshotPublished{Snapshot: c.Snapshot})
	t.planDrills()
	t.out.All = true
}
