package engine

import (
	"slices"
	"time"

	"mayday/center/emergency"
)

// tiers returns the tiers of every rule that is for a call.
func (s *Snapshot) tiers(concerns func(emergency.Rule) bool) []emergency.Tier {
	var all []emergency.Tier
	for _, rule := range s.Center.Rules {
		if concerns(rule) {
			all = append(all, rule.Tiers...)
		}
	}
	return all
}

// template returns the words for a site's contacts.
func (s *Snapshot) template(language emergency.Language) emergency.Template {
	return s.Center.Template.InLanguage(language, s.Center.Translations)
}

// tellDue tells the tellings whose time has come, all at once, and returns the later ones. The first telling is always told.
func (t *step) tellDue(notice emergency.Notice, tellings []emergency.Telling) (later []emergency.Telling) {
	now := emergency.Telling{}
	for i, telling := range tellings {
		if i > 0 && telling.At(notice.At).After(t.now) {
			later = tellings[i:]
			break
		}
		now.Recipients, now.Channels = append(now.Recipients, telling.Recipients...), append(now.Channels, telling.Channels...)
	}
	t.tellNow(notice, now)
	return later
}

// tellNow tells by mail and over channels; whoever has been taken out of the configuration since is left out.
func (t *step) tellNow(notice emergency.Notice, telling emergency.Telling) {
	notice.Recipients = telling.Recipients
	if len(notice.Recipients) > 0 || !notice.Escalated {
		t.do(TellContacts{Notice: notice, Template: t.snapshot.template(notice.Language)})
	}
	notice.Recipients = nil
	for _, channel := range t.snapshot.Center.Channels {
		if slices.Contains(telling.Channels, channel.ID) {
			t.do(TellChannel{Channel: channel, Notice: notice})
		}
	}
}

// escalate tells the tellings whose time has come: nobody has acknowledged those calls.
func (t *step) escalate() {
	for _, id := range slices.Sorted(slices.Values(t.tellingsDue.due(t.now))) {
		open := t.alerts[id]
		notice, telling := open.later.notice, open.later.awaiting[0]
		notice.Escalated = true
		t.emit(TellingDone{Alert: id})
		t.keepAlert(id)
		t.tellNow(notice, telling)
	}
}

// tellOfTest tells of a test call those alone whom a rule that names its number tells at once. There is no alert of a test, so nobody
// could acknowledge it and keep later tiers from being told.
func (t *step) tellOfTest(id CallID) {
	c := t.calls[id]
	site := t.whereOf(c.rep).ID
	tiers := t.snapshot.tiers(func(r emergency.Rule) bool { return r.ConcernsTest(site, c.test) })
	if len(tiers) == 0 {
		return
	}
	telling := emergency.Tellings(nil, tiers)[0]
	if len(telling.Recipients)+len(telling.Channels) == 0 {
		return
	}
	notice := t.notice(c, emergency.Placed)
	notice.Test, notice.Place = true, t.place(c.rep, t.now)
	notice.CallbackNumber, notice.CallbackUntil = "", time.Time{}
	t.tellNow(notice, telling)
}

// Events of those who are told later.
type (
	// TellingsAwaited says who is told of a call if nobody acknowledges its alert in time.
	TellingsAwaited struct {
		Alert    CallID
		Notice   emergency.Notice
		Tellings []emergency.Telling // at least one
	}
	// TellingDone is that the first of them has been told.
	TellingDone struct{ Alert CallID }
)

func (e TellingsAwaited) apply(s *State) {
	open := s.alerts[e.Alert]
	open.later = &later{e.Notice, e.Tellings}
	s.await(open)
}

func (e TellingDone) apply(s *State) {
	open := s.alerts[e.Alert]
	if open.later.awaiting = open.later.awaiting[1:]; len(open.later.awaiting) == 0 {
		open.later = nil
	}
	s.await(open)
}

// await notes when the next telling of an alert is told.
func (s *State) await(open alert) {
	s.alerts[open.call] = open
	if open.later == nil {
		s.tellingsDue.note(open.call, time.Time{})
		return
	}
	s.tellingsDue.note(open.call, open.later.awaiting[0].At(open.at))
}

// TellChannel tells over another channel than mail. It is let out after the INVITE.
type TellChannel struct {
	Channel emergency.Channel
	Notice  emergency.Notice // without recipients: the channel knows whom it tells
}

func (TellChannel) effect() {}
