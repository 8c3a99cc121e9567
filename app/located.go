package app

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/rep"
	"mayday/edge/lookup"
	"mayday/engine"
)

// visits are where the browsers of people come from, and what a location server has told of these networks. It is in memory alone.
type visits struct {
	scout *lookup.Scout

	mu     sync.Mutex // never held while anything is waited for
	people map[rep.ID]*visitor
	found  map[netip.Addr]lookup.Finding
}

// visitor is somebody whose workspace is open, or was a moment ago.
type visitor struct {
	tabs   []visit    // that are open, the newest last
	at     netip.Addr // of the newest tab; not valid: the node does not see it
	leftAt time.Time  // since when none is open; zero: some are
}

type visit struct {
	tab engine.TabID
	at  netip.Addr
}

// forgetAfter is how long somebody is remembered who has no workspace open: a page that is reloaded is back by then.
const forgetAfter = time.Minute

func newVisits() *visits {
	return &visits{people: make(map[rep.ID]*visitor), found: make(map[netip.Addr]lookup.Finding)}
}

// open notes a tab, and returns what is to be told of its rep; nil: nothing new.
func (v *visits) open(id rep.ID, tab engine.TabID, from string) *lookup.Finding {
	at, _ := netip.ParseAddr(from)
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.people[id]
	if known == nil {
		known = &visitor{}
		v.people[id] = known
	}
	known.tabs, known.leftAt = append(known.tabs, visit{tab, at}), time.Time{}
	return v.move(known, at)
}

// close notes that a tab is gone, in the same way.
func (v *visits) close(id rep.ID, tab engine.TabID, now time.Time) *lookup.Finding {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.people[id]
	if known == nil {
		return nil
	}
	known.tabs = slices.DeleteFunc(known.tabs, func(one visit) bool { return one.tab == tab })
	if len(known.tabs) == 0 {
		known.leftAt = now
		return nil
	}
	return v.move(known, known.tabs[len(known.tabs)-1].at)
}

// move takes somebody to another address, and returns what is known there; nil: it is the same one. mu is held.
func (v *visits) move(known *visitor, to netip.Addr) *lookup.Finding {
	if known.at == to && to.IsValid() {
		return nil
	}
	known.at = to
	finding := v.found[to]
	if !to.IsValid() {
		finding.Refused = lookup.Hidden
	}
	return &finding
}

// addressOf returns where somebody's newest tab comes from.
func (v *visits) addressOf(id rep.ID) (netip.Addr, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.people[id]
	return known.address()
}

func (v *visitor) address() (netip.Addr, bool) {
	if v == nil || !v.at.IsValid() {
		return netip.Addr{}, false
	}
	return v.at, true
}

// note keeps what was told of an address, and returns who is there.
func (v *visits) note(at netip.Addr, finding lookup.Finding) []rep.ID {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found[at] = finding
	var there []rep.ID
	for id, known := range v.people {
		if known.at == at {
			there = append(there, id)
		}
	}
	return there
}

// devices returns every address about which something is to be known, with whether it is to be left alone for now; and who has left.
func (v *visits) devices(now time.Time, busy func(rep.ID) bool) (all map[netip.Addr]bool, left []rep.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	all = make(map[netip.Addr]bool)
	for id, known := range v.people {
		calling := busy(id)
		if !known.leftAt.IsZero() && now.Sub(known.leftAt) >= forgetAfter && !calling {
			delete(v.people, id)
			left = append(left, id)
			continue
		}
		if at, seen := known.address(); seen {
			all[at] = all[at] || calling
		}
	}
	for at := range v.found {
		if _, wanted := all[at]; !wanted {
			delete(v.found, at)
		}
	}
	return all, left
}

// newScout returns who asks where the networks of people are, beforehand: no call waits for it, and nobody is asked about during one of
// theirs.
func (n *Node) newScout() *lookup.Scout {
	return lookup.NewScout(lookup.ScoutConfig{
		Logger: n.log, Now: n.now, Where: lookup.NewClient(nil).Where,
		Search: func() lookup.Search {
			devices, left := n.visits.devices(n.now(), n.engine.InEmergency)
			for _, id := range left {
				n.report(engine.ReportTold{Rep: id})
			}
			return lookup.Search{Server: n.engine.Snapshot().Center.Organisation.HELD, Devices: devices}
		},
		Tell: func(at netip.Addr, finding lookup.Finding) {
			for _, id := range n.visits.note(at, finding) {
				n.tellFinding(id, finding)
			}
		},
		TellAway: func(away mapping.Absence) {
			n.report(engine.ReportLocationServer{AwaySince: away.Since, AwayReason: away.Reason})
		},
	})
}

// tellFinding says what was told of somebody. That nothing is known any more is no news during an emergency call, which has its place.
func (n *Node) tellFinding(id rep.ID, finding lookup.Finding) {
	if !finding.Told.Given() && n.engine.InEmergency(id) {
		return
	}
	n.report(engine.ReportTold{Rep: id, Told: finding.Told, Seen: n.seenAt(finding.Told), Refused: finding.Refused})
}

func (n *Node) seenAt(told location.Told) location.Sighting {
	if told.Position == nil {
		return location.Sighting{}
	}
	return n.places.atlas.Sighting(*told.Position)
}
