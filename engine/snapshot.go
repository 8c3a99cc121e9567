package engine

import (
	"slices"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Snapshot is a configuration made ready for calls: everything that a call needs, found without searching. It is never changed.
type Snapshot struct {
	Center  center.Center
	Version int64               // of the center
	reps    map[rep.ID]*rep.Rep // of the center
	sites   map[location.SiteID]location.Site
	civics  map[location.SiteID]*location.Civic
	lent    map[rep.ProfileID]number.E164 // by outbound profiles to capacity profiles
	table   trunk.Table
	pool    []emergency.PoolNumber
	ours    map[number.E164]bool
	nets    map[location.SiteID]number.Net // of those who are at their site, or of no site
	extra   []string                       // what the center makes an emergency number anywhere
	doors   map[string][]location.SiteID   // the sites of each house
	crowds  map[location.SiteID]crowd      // those of no site too
	offered bool                           // there is a direct-offer number
	plans   []location.Country             // in whose ways carriers may write our numbers: the organisation's, then those of its sites
}

// NewSnapshot makes a configuration ready.
func NewSnapshot(c center.Center) *Snapshot {
	s := &Snapshot{
		Center: c,
		reps:   make(map[rep.ID]*rep.Rep, len(c.Reps)),
		sites:  make(map[location.SiteID]location.Site, len(c.Sites)),
		civics: make(map[location.SiteID]*location.Civic, len(c.Sites)),
		lent:   lentNumbers(c.OutboundProfiles),
		ours:   make(map[number.E164]bool, len(c.Numbers)),
		table:  trunk.NewTable(c.Trunks, c.VoiceRoutes),
		nets:   make(map[location.SiteID]number.Net, len(c.Sites)+1),
		extra:  center.ExtraNumbers(c),
		crowds: crowdsOf(c),
		doors:  doorsOf(c),
		plans:  []location.Country{c.Organisation.Country},
	}
	for i, site := range c.Sites {
		s.sites[site.ID], s.civics[site.ID] = site, &c.Sites[i].Civic
		s.nets[site.ID] = number.NewNet(center.AreaOf(site), c.Organisation.Area())
		if !slices.Contains(s.plans, site.Country) {
			s.plans = append(s.plans, site.Country)
		}
	}
	s.nets[""] = number.NewNet(c.Organisation.Area())
	for i := range c.Reps {
		s.reps[c.Reps[i].ID] = &c.Reps[i]
	}
	for _, ours := range c.Numbers {
		s.ours[ours.E164] = true
		s.offered = s.offered || ours.Kind == number.DirectOffer
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
	if !ok {
		return rep.Rep{}, false
	}
	return *person, true
}

// People returns everybody, in the order of the center.
func (s *Snapshot) People() []rep.ID {
	all := make([]rep.ID, len(s.Center.Reps))
	for i := range s.Center.Reps {
		all[i] = s.Center.Reps[i].ID
	}
	return all
}

// rep returns the person of that name; of somebody who is not in the center nothing but zeros.
func (s *Snapshot) rep(id rep.ID) rep.Rep {
	person, _ := s.Rep(id)
	return person
}

// callerID returns the number that an outbound profile lends the rep, if one does.
func (s *Snapshot) callerID(id rep.ID) (lends number.E164, ok bool) {
	for _, profile := range s.rep(id).CapacityProfiles {
		if lends, ok = s.lent[profile]; ok {
			return lends, true
		}
	}
	return "", false
}

// TestTrunks returns the trunks that have a test service.
func (s *Snapshot) TestTrunks() []trunk.ID { return s.table.TestTrunks() }

func (s *Snapshot) siteOf(id rep.ID) location.Site { return s.sites[s.rep(id).Site] }

// share returns the place with the site's own address in place of a copy: what stands for an hour holds it.
func (s *Snapshot) share(p location.Place, site location.SiteID) location.Place {
	if own := s.civics[site]; own != nil && p.Civic != nil && *p.Civic == *own {
		p.Civic = own
	}
	return p
}

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
