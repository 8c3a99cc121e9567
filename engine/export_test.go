package engine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"mayday/center/number"
	"mayday/center/rank"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Queued returns how many commands wait.
func (e *Engine) Queued() int {
	n := 0
	for _, queue := range e.queues {
		n += len(queue)
	}
	return n
}

// Urgent reports whether the command goes before everything that is ordinary.
func (e *Engine) Urgent(command Command) bool { return e.laneOf(command) == urgentLane }

// Astray returns what the index says otherwise than a search through all calls, leases, alerts and drills would find.
func (s *State) Astray() []string {
	var wrong []string
	claim := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			wrong = append(wrong, fmt.Sprintf("%s: %v, want %v", what, got, want))
		}
	}
	for id := range s.everybody() {
		s.searched(id, claim)
	}
	for id, at := range s.standings {
		if at.needs == 0 && at.active == 0 && len(at.own) == 0 && at.ringing.Len() == 0 {
			claim("standing of "+string(id), "empty", "none")
		}
	}
	var going [kinds]int
	wide, beyond := 0, make(map[trunk.ID]int)
	dues := make(map[CallID]time.Time)
	for _, c := range s.calls {
		if c.state != failed {
			going[c.kind]++
		}
		dues[c.id] = s.deadlineOf(c)
		if c.leg != "" && c.kind == outgoingEmergency {
			beyond[trunkOf(c.attempt)]++
		}
		if c.state == incoming && c.reached >= toDesk {
			wide++
		}
	}
	claim("call backs that ring at the desk", len(s.reaching()), wide)
	claim("emergency calls on each trunk", s.beyond, beyond)
	claim("calls that go on", s.going, going)
	claim("deadlines of calls", planned(s.callsDue), kept(dues))
	alerts := slices.Sorted(maps.Keys(s.alerts))
	claim("deadlines of alerts", slices.Sorted(maps.Keys(planned(s.alertsDue))), alerts)
	awaited := make(map[CallID]time.Time)
	for id, open := range s.alerts {
		if open.later != nil {
			awaited[id] = open.later.awaiting[0].At(open.at)
		}
	}
	claim("deadlines of those who are told later", planned(s.tellingsDue), awaited)
	drills := slices.Sorted(maps.Keys(s.drills))
	claim("deadlines of drills", slices.Sorted(maps.Keys(planned(s.drillsDue))), drills)
	return wrong
}

// everybody returns all whom calls or leases concern, or the index says they do.
func (s *State) everybody() map[rep.ID]bool {
	all := make(map[rep.ID]bool)
	for id := range s.standings {
		all[id] = true
	}
	for id := range s.people {
		all[id] = true
	}
	for id := range planned(s.leasesDue) {
		all[id] = true
	}
	for _, c := range s.calls {
		for _, id := range slices.Concat([]rep.ID{c.rep}, c.rings, c.holders) {
			all[id] = true
		}
	}
	return all
}

// searched claims of one rep what a search finds.
func (s *State) searched(id rep.ID, claim func(what string, got, want any)) {
	if id == "" {
		return
	}
	locked, needed := false, false
	var own, ringing []CallID
	var spoken *call
	for _, c := range s.calls {
		switch active := c.activeFor(id); {
		case !c.emergency():
			if c.rep == id {
				spoken = c
			}
			continue
		case active:
			locked, needed = true, true
		case slices.Contains(c.holders, id):
			needed = true
		}
		if c.rep == id {
			own = append(own, c.id)
		}
		if c.state == incoming && slices.Contains(c.rings, id) {
			ringing = append(ringing, c.id)
		}
	}
	slices.Sort(own)
	slices.Sort(ringing)
	name := " of " + string(id)
	claim("locked"+name, s.locked(id), locked)
	claim("needed"+name, s.needed(id), needed)
	claim("ordinary call"+name, s.ordinary[id] == spoken, true)
	var listed []CallID
	for _, c := range s.ownOf(id) {
		listed = append(listed, c.id)
	}
	claim("own calls"+name, slices.Sorted(slices.Values(listed)), own)
	var rung []CallID
	if at, ok := s.standings[id]; ok {
		rung = members(at.ringing)
	}
	claim("call backs that ring"+name, rung, ringing)
	var ends time.Time
	if lease, ok := s.leases.Of(id); ok && !needed {
		ends = lease.Until
	}
	claim("end of the lease"+name, planned(s.leasesDue)[id], ends)
}

func (c *call) activeFor(id rep.ID) bool {
	return c.emergency() && c.state != failed && (c.rep == id || c.state == incoming && slices.Contains(c.rings, id))
}

func members(list *rank.List[CallID, CallID]) []CallID {
	all := list.UpTo("\xff")
	slices.Sort(all)
	return all
}

// planned returns everything that an agenda holds.
func planned[K comparable](a agenda[K]) map[K]time.Time {
	rest, all := rank.NewList[K](time.Time.Compare), make(map[K]time.Time)
	for a.list.Len() > 0 {
		key, at, _ := a.list.First()
		all[key] = at
		rest.Set(key, at)
		a.list.Drop(key)
	}
	*a.list = *rest
	return all
}

// kept leaves out those that have no deadline.
func kept(dues map[CallID]time.Time) map[CallID]time.Time {
	maps.DeleteFunc(dues, func(_ CallID, at time.Time) bool { return at.IsZero() })
	return dues
}

// Misled returns what the engine lets others read of these reps and numbers otherwise than the state has it, once it has published.
func (e *Engine) Misled(s *State, reps []rep.ID, numbers []number.E164) []string {
	e.publish(s)
	var wrong []string
	for _, id := range reps {
		if urgent := e.laneOfRep(id) == urgentLane; urgent != s.locked(id) {
			wrong = append(wrong, fmt.Sprintf("%s is urgent: %t, want %t", id, urgent, s.locked(id)))
		}
	}
	for _, n := range numbers {
		held := slices.ContainsFunc(slices.Collect(maps.Keys(s.everybody())), func(id rep.ID) bool {
			lease, ok := s.leases.Of(id)
			return ok && lease.Number == n
		})
		if e.CallsBack(string(n)) != held {
			wrong = append(wrong, fmt.Sprintf("%s calls back: %t, want %t", n, !held, held))
		}
	}
	return wrong
}
