package app

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine"
	"mayday/web"
	"mayday/web/api"
)

// desk is what the screens see of the node.
type desk Node

// detachWithin is how long a closing tab waits for the engine.
const detachWithin = 5 * time.Second

// Attach implements web.Node.
func (d *desk) Attach(id, from string) (web.Tab, error) {
	if _, ok := d.engine.Snapshot().Rep(rep.ID(id)); !ok {
		return nil, engine.NoSuchRep
	}
	name := engine.TabID(uuid.NewString())
	if d.confirmations.moved(rep.ID(id), from) {
		(*Node)(d).report(engine.ReportNetwork{Rep: rep.ID(id)})
	}
	if finding := d.visits.open(rep.ID(id), name, from); finding != nil {
		(*Node)(d).tellFinding(rep.ID(id), *finding)
	}
	d.visits.scout.Look()
	watch, err := d.engine.Watch(context.Background(), rep.ID(id), name)
	if err != nil {
		d.visits.close(rep.ID(id), name, d.now())
		return nil, err
	}
	return &tab{desk: d, rep: rep.ID(id), id: name, from: from, watch: watch}, nil
}

// Ready implements web.Node.
func (d *desk) Ready() (ok bool, missing []string) {
	missing = d.engine.Snapshot().Ready()
	ready := len(missing) == 0
	for _, fault := range (*Node)(d).faults() {
		missing = append(missing, fault.Code+": "+fault.Detail)
	}
	return ready, missing
}

// People implements web.Node.
func (d *desk) People() web.People { return people{d.engine.Snapshot()} }

type people struct{ *engine.Snapshot }

// Person implements web.People.
func (p people) Person(username string) (api.Person, string, bool) {
	found, ok := p.Rep(rep.ID(username))
	if !ok {
		return api.Person{}, "", false
	}
	return person(found), found.PasswordHash, true
}

func person(r rep.Rep) api.Person {
	roles := make([]string, len(r.Roles))
	for i, role := range r.Roles {
		roles[i] = string(role)
	}
	return api.Person{ID: string(r.ID), Name: r.Name, Site: string(r.Site), Roles: roles}
}

// tab is one connection of a rep's browser.
type tab struct {
	desk  *desk
	rep   rep.ID
	id    engine.TabID
	from  string // the browser's address
	watch *engine.Watch
}

// Next implements web.Tab.
func (t *tab) Next(ctx context.Context) (api.Workspace, error) {
	view, err := t.watch.Next(ctx)
	if err != nil {
		return api.Workspace{}, err
	}
	return workspace(t.id, view), nil
}

// Close implements web.Tab. When the tab's sound ends is the engine's to say: an emergency call goes on without the feed.
func (t *tab) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), detachWithin)
	defer cancel()
	t.watch.Close(ctx)
	if finding := t.desk.visits.close(t.rep, t.id, t.desk.now()); finding != nil {
		(*Node)(t.desk).tellFinding(t.rep, *finding)
		t.desk.visits.scout.Look()
	}
}

// Do implements web.Tab.
func (t *tab) Do(ctx context.Context, r api.Request) api.Reply {
	reply := api.Reply{ID: r.ID}
	if r.Do == api.DoMediaOffer {
		answer, err := t.desk.tabs.Offer(t.rep, t.id, r.SDP)
		reply.SDP, reply.Refused = answer, refusal(err)
		return reply
	}
	command, err := t.command(r)
	if err == nil {
		err = t.desk.engine.Do(ctx, command)
	}
	reply.Refused = refusal(err)
	return reply
}

func (t *tab) command(r api.Request) (engine.Command, error) {
	switch r.Do {
	case api.DoDial:
		return engine.Dial{Rep: t.rep, Tab: t.id, Typed: r.Digits, Call: engine.CallID(uuid.NewString()), At: t.desk.now()}, nil
	case api.DoEnd:
		return engine.End{Rep: t.rep, Call: engine.CallID(r.Call)}, nil
	case api.DoAnswer:
		return engine.Answer{Rep: t.rep, Tab: t.id, Call: engine.CallID(r.Call)}, nil
	case api.DoMute, api.DoUnmute:
		return engine.Mute{Rep: t.rep, Call: engine.CallID(r.Call), On: r.Do == api.DoMute}, nil
	case api.DoHold, api.DoResume:
		return engine.Hold{Rep: t.rep, Call: engine.CallID(r.Call), On: r.Do == api.DoHold}, nil
	case api.DoKeypad:
		return engine.Keypad{Rep: t.rep, Call: engine.CallID(r.Call), Digits: r.Digits}, nil
	case api.DoPresence:
		return engine.ChoosePresence{Rep: t.rep, Presence: rep.Presence(r.Presence)}, nil
	case api.DoMicrophone:
		return engine.ReportMicrophone{Rep: t.rep, Tab: t.id, Works: r.Microphone == "ready", Denied: r.Microphone == "denied"}, nil
	case api.DoPosition:
		return t.position(r.Position)
	case api.DoLocation:
		return engine.ReportLocation{Rep: t.rep, Tab: t.id, Denied: r.Location == "denied"}, nil
	case api.DoConfirmPlace:
		return t.confirm(r.Place)
	case api.DoNetworkChanged:
		if at, seen := t.desk.visits.addressOf(t.rep); seen {
			t.desk.visits.scout.Moved(at)
		}
		return engine.ReportNetwork{Rep: t.rep}, nil
	case api.DoAcknowledge:
		return engine.Acknowledge{Rep: t.rep, Alert: engine.CallID(r.Call)}, nil
	case api.DoListenIn:
		return engine.ListenIn{Rep: t.rep, Tab: t.id, Call: engine.CallID(r.Call)}, nil
	case api.DoSpeak, api.DoStopSpeaking:
		return engine.SpeakAtDesk{Rep: t.rep, On: r.Do == api.DoSpeak}, nil
	case api.DoLeave:
		return engine.LeaveDesk{Rep: t.rep}, nil
	case api.DoDismiss:
		return engine.Dismiss{Rep: t.rep}, nil
	case api.DoMediaOffer:
	}
	return nil, unknownRequest
}

func (t *tab) position(p *api.Position) (engine.Command, error) {
	if p == nil {
		return nil, engine.NotAPosition
	}
	return t.desk.places.report(t.rep, location.Position{Latitude: p.Latitude, Longitude: p.Longitude, RadiusM: p.RadiusM}), nil
}

// badRequest refuses what no request is.
type badRequest string

const unknownRequest badRequest = "BAD_REQUEST"

func (b badRequest) Code() string  { return string(b) }
func (b badRequest) Error() string { return "there is no such request" }

// refusal turns what went wrong into what a screen shows: the rules' own words, or that the node is stopping.
func refusal(err error) *api.Refusal {
	var refused web.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return &api.Refusal{Code: refused.Code(), Detail: refused.Error()}
	}
	return &api.Refusal{Code: "NODE_STOPPING", Detail: "this node is stopping: sign in again"}
}
