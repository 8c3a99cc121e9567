package engine

import (
	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Snapshot is a configuration made ready for calls: everything that a call needs, found without searching. It is never changed.
type Snapshot struct {
	Center    center.Center
	Version   int64 // of the center
	reps      map[rep.ID]rep.Rep
	sites     map[location.SiteID]location.Site
	callerIDs map[rep.ID]number.E164 // what outbound profiles lend
	table     trunk.Table
	pool      []emergency.PoolNumber
	ours      map[number.E164]bool
	nets      map[location.SiteID]number.Net // of those who are at their site, or of no site
	extra     []string                       // what the center makes an emergency number anywhere
}

// NewSnapshot makes a configuration ready.
func NewSnapshot(c center.Center) *Snapshot {
	s := &Snapshot{
		Center:    c,
		reps:      make(map[rep.ID]rep.Rep, len(c.Reps)),
		sites:     make(map[location.SiteID]location.Site, len(c.Sites)),
		callerIDs: make(map[rep.ID]number.E164, len(c.Reps)),
		ours:      make(map[number.E164]bool, len(c.Numbers)),
		table:     trunk.NewTable(c.Trunks, c.VoiceRoutes),
		nets:      make(map[location.SiteID]number.Net, len(c.Sites)+1),
		extra:     center.ExtraNumbers(c),
	}
	for _, site := range c.Sites {
		s.sites[site.ID] = site
		s.nets[site.ID] = number.NewNet(center.AreaOf(site), c.Organisation.Area())
	}
	s.nets[""] = number.NewNet(c.Organisation.Area())
	lent := lentNumbers(c.OutboundProfiles)
	for _, person := range c.Reps {
		s.reps[person.ID] = person
		for _, profile := range person.CapacityProfiles {
			if lends, ok := lent[profile]; ok {
				s.callerIDs[person.ID] = lends
				break
			}
		}
	}
	for _, ours := range c.Numbers {
		s.ours[ours.E164] = true
		if ours.Use == number.EmergencyCallback {
			s.pool = append(s.pool, emergency.PoolNumber{Number: ours.E164, Site: ours.Site, Country: s.sites[ours.Site].Country})
		}
	}
	return s
}

func lentNumbers(profiles []rep.OutboundProfile) map[rep.ProfileID]number.E164 {
	lent := make(map[rep.ProfileID]number.E164)
	for _, outbound := range profiles {
		for _, capacity := range outbound.CapacityProfiles {
			if _, taken := lent[capacity]; !taken {
				lent[capacity] = outbound.Number
			}
		}
	}
	return lent
}

// Rep returns the person of that name.
func (s *Snapshot) Rep(id rep.ID) (rep.Rep, bool) {
	person, ok := s.reps[id]
	return person, ok
}

// TestTrunks returns the trunks that have a test service.
func (s *Snapshot) TestTrunks() []trunk.ID { return s.table.TestTrunks() }

func (s *Snapshot) siteOf(id rep.ID) location.Site { return s.sites[s.reps[id].Site] }

// Ready reports whether an emergency call could leave this node, and what is missing for it, in words for an operator.
func (s *Snapshot) Ready() (missing []string) {
	if len(s.Center.Trunks) == 0 {
		missing = append(missing, "no trunk is configured")
	}
	if len(s.pool) == 0 {
		missing = append(missing, "no number is for emergency call backs")
	}
	return missing
}

func (s *Snapshot) presenceKnown(p rep.Presence) bool {
	if p.Known() {
		return true
	}
	for _, custom := range s.Center.Presences {
		if custom.ID == p {
			return true
		}
	}
	return false
}
