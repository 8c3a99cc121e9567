package app

import (
	"time"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine"
	"mayday/web/api"
)

// workspace turns what the engine shows a tab into what crosses to the browser.
func workspace(tab engine.TabID, v engine.View) api.Workspace {
	w := api.Workspace{
		Tab: string(tab), Rep: person(v.Rep),
		Presence:         api.Presence{Current: string(v.Presence), Locked: v.Locked, Choices: choices(v.Presences)},
		Emergency:        call(tab, v.Emergency, true),
		Call:             call(tab, v.Call, false),
		EmergencyNumbers: v.EmergencyNumbers, Place: placeLines(v.Place), Mobile: v.Mobile, Confirm: confirmation(v.Confirmed),
		Sound: api.Sound{Connected: v.Connected, Heard: v.Heard},
	}
	w.Alerts, w.Ongoing = alertsOf(v.Alerts), alertsOf(v.Ongoing)
	if l := v.Listening; l != nil {
		w.Listening = &api.Listening{
			Call: string(l.Call), Rep: l.Rep, Site: l.Site, MaySpeak: l.MaySpeak, Speaks: l.Speaks, Sound: soundPlace(tab, l.Tab),
		}
	}
	for _, fault := range v.Faults {
		w.Faults = append(w.Faults, api.Fault(fault))
	}
	if v.Ready != nil {
		w.Ready = &api.Ready{Colour: api.Colour(v.Ready.Colour), Causes: causeNames(v.Ready.Causes)}
	}
	if v.Lease != nil {
		w.Window = &api.Window{Number: string(v.Lease.Number), Until: v.Lease.Until, Missed: v.Lease.Missed}
	}
	return w
}

func alertsOf(views []engine.AlertView) (all []api.Alert) {
	for _, open := range views {
		all = append(all, api.Alert{
			Call: string(open.Call), Rep: open.Rep, Site: open.Site, Number: open.Number, Place: placeLines(open.Place), At: open.At, Failed: open.Failed, Joins: open.Joins,
		})
	}
	return all
}

// placeLines returns the place line by line; never null, which a screen would have to know.
func placeLines(p location.Place) []string {
	if lines := p.Lines(); lines != nil {
		return lines
	}
	return []string{}
}

func choices(custom []rep.CustomPresence) []api.PresenceChoice {
	var all []api.PresenceChoice
	for _, base := range rep.Presences() {
		all = append(all, api.PresenceChoice{ID: string(base), Base: string(base)})
	}
	for _, own := range custom {
		all = append(all, api.PresenceChoice{ID: string(own.ID), Name: own.Name, Base: string(own.Base)})
	}
	return all
}

func call(tab engine.TabID, c *engine.CallView, emergency bool) *api.Call {
	if c == nil {
		return nil
	}
	shown := &api.Call{
		ID: string(c.ID), State: api.CallState(c.Phase), Incoming: c.Incoming, For: c.For, Number: c.Number, Since: c.PlacedAt,
		ConnectedAt: moment(c.ConnectedAt), CallbackNumber: string(c.CallbackNumber), Sound: soundPlace(tab, c.Tab), Muted: c.Muted,
	}
	if c.Desk != nil {
		shown.Desk = &api.CallDesk{State: api.DeskState(c.Desk.State), MaySpeak: c.Desk.MaySpeak}
	}
	if emergency {
		shown.Place = placeLines(c.Place)
	}
	return shown
}

func soundPlace(mine, carrier engine.TabID) api.SoundPlace {
	switch carrier {
	case mine:
		return api.SoundHere
	case "":
		return api.SoundNowhere
	}
	return api.SoundElsewhere
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
