package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
)

// alert is the notice of an emergency call on the screens of those who look after the site, until one of them acknowledges it.
type alert struct {
	call   CallID
	rep    rep.ID
	site   location.SiteID // where the rep is
	number string
	place  location.Place
	at     time.Time
	until  time.Time
	failed bool // every route failed

	later *later // nil: nobody is told later
}

// later is who is told if nobody acknowledges an alert in time. Most alerts have nobody, and a node may hold alerts by the thousand.
type later struct {
	notice   emergency.Notice
	awaiting []emergency.Telling // in order; at least one
}

// AlertView is an alert as a screen shows it.
type AlertView struct {
	Call   CallID
	Rep    string // name
	Site   string // name
	Number string
	Place  location.Place
	At     time.Time
	Failed bool
	Joins  bool // who looks may listen to the call now
}

// tell tells everybody who must know of an emergency call that was just placed, or that has just failed on every route. It comes after
// the INVITE: call first, tell second.
func (t *step) tell(c *call, outcome emergency.Outcome) {
	notice := t.notice(c, outcome)
	tellings := emergency.Tellings(notice.Recipients, t.snapshot.tiers(func(r emergency.Rule) bool { return r.Concerns(t.whereOf(c.rep).ID, c.live) }))
	later := t.tellDue(notice, tellings)
	id := c.id
	if outcome == emergency.Failed {
		t.closeAlert(id)
		id += ".failed" // who has acknowledged the call has not yet heard that it failed
	}
	t.emit(AlertRaised{Call: id, Rep: c.rep, Number: c.number, Place: c.place, At: c.placedAt, Until: c.placedAt.Add(t.window), Failed: outcome == emergency.Failed})
	if len(later) > 0 {
		t.emit(TellingsAwaited{Alert: id, Notice: notice, Tellings: later})
	}
	t.keepAlert(id)
	t.touch(t.watchers(t.alerts[id])...)
}

func (t *step) notice(c *call, outcome emergency.Outcome) emergency.Notice {
	person, site, organisation := t.snapshot.rep(c.rep), t.whereOf(c.rep), t.snapshot.Center.Organisation
	zone := site.TimeZone
	if zone == "" {
		zone = organisation.TimeZone
	}
	lease, _ := t.leases.Of(c.rep)
	notice := emergency.Notice{
		Call: string(c.id), At: c.placedAt, Rep: person.Name, RepEmail: person.Email, MailboxEnabled: person.MailboxEnabled, Number: c.number,
		Site: site.Name, Zone: zone, Organisation: organisation.Name, Language: emergency.Language(site.Language), Place: c.place, Outcome: outcome,
		CallbackNumber: string(lease.Number), CallbackUntil: lease.Until,
		Recipients:         t.recipients(c.rep),
		Sender:             t.sender(c.rep),
		OrganisationSender: organisation.MailSender,
	}
	return notice
}

// oversees reports whether the person looks after the whole organisation: supervisors and administrators do.
func (s *State) oversees(id rep.ID) bool {
	person := s.snapshot.rep(id)
	return person.Has(rep.Supervisor) || person.Has(rep.Administrator)
}

// watches reports whether the person is alerted of a call: who oversees all is, and the desk of the site where the rep is.
func (s *State) watches(id rep.ID, open alert) bool {
	return s.oversees(id) || s.desksAt(id, open.site)
}

// desksFor reports whether the person is of the emergency desk of the site where the other one is.
func (s *State) desksFor(id, other rep.ID) bool { return s.desksAt(id, s.whereOf(other).ID) }

func (s *State) desksAt(id rep.ID, site location.SiteID) bool {
	return site != "" && s.snapshot.rep(id).Site == site && s.snapshot.rep(id).Has(rep.Desk)
}

// alertOf is what those who are told of a rep's calls are known by.
func (s *State) alertOf(id rep.ID) alert { return alert{rep: id, site: s.whereOf(id).ID} }

func (t *step) watchers(of alert) []rep.ID {
	return t.peopleWho(func(id rep.ID) bool { return t.watches(id, of) })
}

func (t *step) peopleWho(are func(rep.ID) bool) []rep.ID {
	var all []rep.ID
	for id := range t.people {
		if are(id) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

func (t *step) closeAlert(id CallID) {
	if _, open := t.alerts[id]; open {
		t.shut(id)
	}
}

func (t *step) acknowledge(c Acknowledge) error {
	open, stands := t.alerts[c.Alert]
	if !stands || !t.watches(c.Rep, open) {
		return NoSuchAlert
	}
	t.shut(c.Alert)
	t.touch(t.watchers(open)...)
	return nil
}

// closeAlerts forgets alerts whose hour is over: nothing of an emergency call is kept longer.
func (t *step) closeAlerts() {
	var over []alert
	for _, id := range t.alertsDue.due(t.now) {
		over = append(over, t.alerts[id])
	}
	for _, closed := range newestFirst(over) {
		t.shut(closed.call)
		t.touch(t.watchers(closed)...)
	}
}

func newestFirst(alerts []alert) []alert {
	slices.SortFunc(alerts, func(a, b alert) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.call, b.call)) })
	return alerts
}

// alertViews returns what the person is shown, the newest alert first; nobody is alerted of a call of their own.
func (s *State) alertViews(id rep.ID) []AlertView {
	if !s.oversees(id) && !s.snapshot.rep(id).Has(rep.Desk) {
		return nil
	}
	shown := slices.DeleteFunc(slices.Collect(maps.Values(s.alerts)), func(open alert) bool { return open.rep == id || !s.watches(id, open) })
	return s.showAlerts(id, shown)
}

func (s *State) showAlerts(id rep.ID, alerts []alert) []AlertView {
	var views []AlertView
	for _, open := range newestFirst(alerts) {
		views = append(views, AlertView{
			Call: open.call, Rep: s.snapshot.rep(open.rep).Name, Site: s.snapshot.sites[open.site].Name, Number: open.number,
			Place: open.place, At: open.at, Failed: open.failed, Joins: s.mayListen(id, open),
		})
	}
	return views
}

// keepLease has the rep's lease, and what the rep had chosen, written down beside the call.
func (t *step) keepLease(id rep.ID) {
	if lease, ok := t.leases.Of(id); ok {
		t.do(KeepLease{Lease: lease, Chosen: t.chosen(id), InCall: t.needed(id)})
	}
}

// keepLeases writes down the leases that a call has held open or holds open.
func (t *step) keepLeases(c *call) {
	if c.kind == outgoingEmergency {
		t.keepLease(c.rep)
	}
	for _, id := range c.holders {
		t.keepLease(id)
	}
}

// Restored is what a node finds of a rep in its black box when it starts.
type Restored struct {
	Lease  emergency.Lease
	Chosen rep.Presence
}

// Restore brings back the leases that were open when the node stopped, and what their reps had chosen.
func (s *State) Restore(found []Restored) {
	for _, r := range found {
		LeaseRestored(r).apply(s)
	}
}

// RestoreLeases brings back what the black box has found after the node had begun to live: its disk came late.
type RestoreLeases struct{ Found []Restored }

func (RestoreLeases) command() {}

// restore leaves a lease that was given since, and what somebody has chosen since, as they are.
func (t *step) restore(c RestoreLeases) {
	for _, r := range c.Found {
		if _, since := t.leases.Of(r.Lease.Rep); since {
			continue
		}
		if len(t.leased(r.Lease.Number, t.now)) > 0 {
			t.do(RaiseAlarm{Alarm: PoolShared})
		}
		if p, known := t.people[r.Lease.Rep]; known {
			r.Chosen = p.chosen
		}
		t.emit(LeaseRestored(r))
		t.touch(r.Lease.Rep)
	}
}

// Redate says that the wall clock was put forward or back. Windows last as long as they would have; only what is shown and written
// down of them is told by the new clock.
type Redate struct{}

func (Redate) command() {}

func (t *step) redate() {
	for _, lease := range t.leases.All() {
		id := lease.Rep
		t.emit(LeaseRedated{Lease: lease.Dated(t.now)})
		t.keepLease(id)
		t.touch(id)
	}
}

// Events that tell.
type (
	// LeaseRedated is a lease whose times are told by another clock.
	LeaseRedated struct{ Lease emergency.Lease }
	// AlertRaised is an emergency call that those who look after the site are shown.
	AlertRaised struct {
		Call   CallID
		Rep    rep.ID
		Number string
		Place  location.Place
		At     time.Time
		Until  time.Time
		Failed bool
	}
	// AlertClosed is an alert that was acknowledged, or whose hour is over.
	AlertClosed struct{ Call CallID }
	// LeaseRestored is a lease that the black box had kept.
	LeaseRestored struct {
		Lease  emergency.Lease
		Chosen rep.Presence
	}
)

func (e AlertRaised) apply(s *State) {
	s.alerts[e.Call] = alert{call: e.Call, rep: e.Rep, site: s.whereOf(e.Rep).ID, number: e.Number, place: e.Place, at: e.At, until: e.Until, failed: e.Failed}
	s.alertsDue.note(e.Call, e.Until)
}

func (e AlertClosed) apply(s *State) {
	delete(s.alerts, e.Call)
	s.alertsDue.note(e.Call, time.Time{})
	s.tellingsDue.note(e.Call, time.Time{})
}

func (e LeaseRedated) apply(s *State) { s.lease(e.Lease) }

func (e LeaseRestored) apply(s *State) {
	s.lease(e.Lease)
	s.person(e.Lease.Rep).chosen = e.Chosen
}

// Effects that tell.
type (
	// TellContacts tells the emergency contacts. It is let out after the INVITE.
	TellContacts struct {
		Notice   emergency.Notice
		Template emergency.Template
	}
	// KeepLease writes a lease down on this node. It hands over and does not wait.
	KeepLease struct {
		Lease  emergency.Lease
		Chosen rep.Presence // what the rep had chosen before the emergency call
		InCall bool         // an emergency call holds the lease open
	}
	// WipeLease overwrites what was written down of a lease.
	WipeLease struct {
		Rep    rep.ID
		Number number.E164
	}
)

func (TellContacts) effect() {}
func (KeepLease) effect()    {}
func (WipeLease) effect()    {}
