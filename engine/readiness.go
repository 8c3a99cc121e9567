package engine

import (
	"cmp"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Readiness says how an emergency call of a rep would be placed now, by what places it, and what is missing. It changes nothing and takes
// no number.

// Cause names what is missing.
type Cause string

// The causes. Those of M3 to M6 of the documented product, and whatever else keeps help from coming, are red.
const (
	NoProfile         Cause = "no_outbound_profile"   // no capacity profile of the rep is lent a number
	NoPosition        Cause = "no_position"           // no browser has measured one
	CountryUnserved   Cause = "country_not_supported" // the country is not known, or not one that Mayday curates
	MailboxOff        Cause = "mailbox_not_enabled"   // mails come from the organisation's sender, or from nobody
	NumberRule        Cause = "number_rule"           // a direct-routing number alone, and no route that takes the emergency number
	NoPool            Cause = "pool_empty"            // no number is for call backs
	PoolSmall         Cause = "pool_small"            // the site has fewer call-back numbers than reps
	NoTrunks          Cause = "no_trunk"              // there is none
	AllTrunksDown     Cause = "all_trunks_down"       // none of them answers
	FirstTrunkDown    Cause = "first_trunk_down"      // one that the rules put first, or may put first, does not answer
	NoPlace           Cause = "no_place"              // nobody knows where the rep is
	PlaceUnconfirmed  Cause = "place_not_confirmed"   // the rep has not said where they are
	PlaceOld          Cause = "place_old"             // has not said so for a day, or has another network since
	CountryUncertain  Cause = "country_uncertain"     // the position lies near a border
	PositionWide      Cause = "position_wide"         // its radius is over 5 km
	CountriesDisagree Cause = "countries_disagree"    // the position lies in another country than the place
	NoMicrophone      Cause = "no_microphone"         // no browser of the rep that is open has one
	MicrophoneDenied  Cause = "microphone_denied"     // there is one, and no browser may use it
	MicrophoneUnsaid  Cause = "microphone_not_said"   // the browser asks for it, and nobody has answered
	LocationDenied    Cause = "location_denied"       // a browser may not measure where it is
	NoSound           Cause = "no_sound"              // no browser's sound is connected
	NoWorkspace       Cause = "no_workspace"          // none is open: microphone, sound and position are not known
	CallerIDAbroad    Cause = "caller_id_abroad"      // it is a number of another country than the rep is in
	LastDrillFailed   Cause = "drill_failed"          // the last drill by the rep's way did not pass
	DrillOverdue      Cause = "drill_overdue"         // there was none for long, or never
	NoContacts        Cause = "no_contacts"           // nobody is told by mail
	NobodyBehind      Cause = "call_back_chain"       // neither a mobile nor a desk rings when the rep does not answer
	NotMapped         Cause = "not_mapped"            // nobody has told which emergency service looks after the place
	MappingExpired    Cause = "mapping_expired"       // it was told, and has expired: it is used until it is told anew
	MappingGuessed    Cause = "mapping_guessed"       // the LoST server itself says that it is not sure
	MappingChanged    Cause = "mapping_changed"       // another service looks after the place since less than a day, or has another number
	PlaceInvalid      Cause = "place_not_valid"       // the LoST server does not know elements of the address
	NumberUnknown     Cause = "service_number"        // the service there has a number that is no call for help here
	LoSTAway          Cause = "lost_away"             // the LoST server is not reached
	PositionElsewhere Cause = "position_elsewhere"    // the position lies more than 5 km from that of the place
	NotLocated        Cause = "not_located"           // the location server does not tell where the rep's network is, and the rep has not said where they are
	NetworkPlaceOld   Cause = "network_place_old"     // what it has told has expired: it is used until it is told anew
	NetworkDisagrees  Cause = "network_disagrees"     // the rep has said to be elsewhere than it tells
	HELDAway          Cause = "held_away"             // the location server is not reached
)

// Causes lists every cause, the red ones first.
func Causes() []Cause {
	return []Cause{
		NoProfile, NoPosition, CountryUnserved, MailboxOff, NumberRule, NoPool, NoTrunks, AllTrunksDown, NoPlace, NoMicrophone,
		MicrophoneDenied, LocationDenied, NoSound,
		PoolSmall, FirstTrunkDown, PlaceUnconfirmed, PlaceOld, CountryUncertain, PositionWide, CountriesDisagree, NoContacts, NobodyBehind,
		MicrophoneUnsaid, NoWorkspace, CallerIDAbroad, LastDrillFailed, DrillOverdue,
		NotMapped, MappingExpired, MappingGuessed, MappingChanged, PlaceInvalid, NumberUnknown, LoSTAway,
		PositionElsewhere, NotLocated, NetworkPlaceOld, NetworkDisagrees, HELDAway,
	}
}

// Red reports whether the cause is a serious one; the others are amber.
func (c Cause) Red() bool { return slices.Index(Causes(), c) < slices.Index(Causes(), PoolSmall) }

// Readiness is how an emergency call of a rep would be placed now.
type Readiness struct {
	Rep      rep.ID
	Name     string
	Site     location.SiteID
	Place    location.Place
	Number   number.Live
	Order    trunk.Order // in which trunks are tried
	CallerID number.E164
	Told     []string // mail addresses
	Sender   string
	Said     time.Time             // when the rep has confirmed the place; zero: never
	Route    string                // URI of the emergency service that a trunk which may be first is told; empty: it finds the service itself
	Mapped   Mapped                // what is known of that service
	Network  Network               // what is known of where the rep's network is
	Drill    emergency.DrillResult // the last one of the rep's way; its time is zero: there was none
	Causes   []Cause
}

// plan is how an emergency call is placed. Where trunks are tried at random, the name of the call decides between those of a turn.
type plan struct {
	place    location.Place
	lease    emergency.Lease
	grant    emergency.Grant
	callerID number.E164
	order    trunk.Order
}

func (s *State) plan(id rep.ID, live number.Live, now time.Time) plan {
	p := plan{place: s.place(id, now)}
	p.lease, p.grant = s.chooseNumber(id, p.place.Country, now)
	p.callerID = p.lease.Number
	if p.grant == emergency.None {
		p.callerID, _ = s.snapshot.callerID(id)
	}
	p.order = s.wellFirst(s.emergencyOrder(live, p.place))
	return p
}

func (s *State) emergencyOrder(live number.Live, place location.Place) trunk.Order {
	return s.snapshot.table.EmergencyOrder(live.String(), string(place.Country))
}

// Readiness returns how the rep's call to the usual number of the country would be placed now.
func (s *State) Readiness(id rep.ID, now time.Time) Readiness {
	person := s.snapshot.rep(id)
	country := s.place(id, now).Country
	dialled, _ := s.net(id).Classify(cmp.Or(number.Usual(country), "112"))
	asked, _ := dialled.(number.Emergency)
	p := s.plan(id, asked.Number, now)
	drilled, goes := s.drillOf(id, p.order)
	r := Readiness{
		Rep: id, Name: person.Name, Site: person.Site, Place: p.place, Number: asked.Number, Order: p.order, CallerID: p.callerID,
		Told: s.recipients(id), Sender: s.sender(id),
		Said:  s.confirmed(id).At,
		Route: s.routedFirst(p.order, p.place, now), Mapped: s.mappedFor(p.place, p.order, now), Drill: drilled,
		Network: s.networkOf(id, now),
	}
	for _, missing := range [][]Cause{
		s.lineCauses(id, asked.Number, p), s.placeCauses(id, p.place, now), s.peopleCauses(id, r), s.browserCauses(id),
		s.drillCauses(drilled, goes, now), s.mappingCauses(id, r.Mapped), s.networkCauses(id, r.Network, now),
	} {
		r.Causes = append(r.Causes, missing...)
	}
	return r
}

// causes collects what is so.
type causes []Cause

func (c *causes) when(is bool, cause Cause) {
	if is {
		*c = append(*c, cause)
	}
}

func (s *State) lineCauses(id rep.ID, live number.Live, p plan) []Cause {
	var found causes
	_, lent := s.snapshot.callerID(id)
	found.when(!lent, NoProfile)
	found.when(!s.snapshot.ruled(live, p), NumberRule)
	found.when(p.callerID.Abroad(p.place.Country), CallerIDAbroad)
	site := s.whereOf(id).ID
	found.when(len(s.snapshot.pool) == 0, NoPool)
	found.when(len(s.snapshot.pool) > 0 && s.snapshot.crowds[site].short(), PoolSmall)
	down := func(id trunk.ID) bool { return s.trunks[id].Health.Sick() }
	found.when(len(p.order) == 0, NoTrunks)
	all := len(p.order) > 0 && down(p.order[0][0]) // the sick ones are last
	found.when(all, AllTrunksDown)
	found.when(!all && slices.ContainsFunc(s.emergencyOrder(live, p.place).First(), down), FirstTrunkDown)
	return found
}

// ruled reports whether the calling number may reach the emergency service: a direct-offer number, or a direct-routing one beside which
// there is a direct-offer one, or whose carrier is named for the emergency number.
func (s *Snapshot) ruled(live number.Live, p plan) bool {
	return s.offered || len(p.order) > 0 && s.table.Names(live.String())
}

func (s *State) placeCauses(id rep.ID, place location.Place, now time.Time) []Cause {
	var found causes
	seen, measured, site := s.seen(id), s.measured(id), s.whereOf(id)
	_, known := s.snapshot.confirmedSite(id, s.confirmed(id))
	found.when(!place.Country.Supported(), CountryUnserved)
	found.when(place.Position == nil && (place.Civic == nil || place.Civic.Empty()), NoPlace)
	found.when(!known, PlaceUnconfirmed)
	found.when(known && s.asks(id, now), PlaceOld)
	found.when(measured != nil && measured.Wide(), PositionWide)
	found.when(seen.Country != "" && !seen.Certain, CountryUncertain)
	found.when(seen.Country != "" && site.Country != "" && seen.Country != site.Country, CountriesDisagree)
	found.when(s.elsewhere(id), PositionElsewhere)
	return found
}

func (s *State) peopleCauses(id rep.ID, r Readiness) []Cause {
	var found causes
	person := s.snapshot.rep(id)
	found.when(!person.MailboxEnabled, MailboxOff)
	found.when(len(r.Told) == 0, NoContacts)
	found.when(person.Mobile == "" && s.whereOf(id).EmergencyDesk == "", NobodyBehind)
	return found
}

// recipients returns the addresses that are told of an emergency call of the rep.
func (s *State) recipients(id rep.ID) []string {
	organisation := s.snapshot.Center.Organisation
	return emergency.Recipients(s.snapshot.rep(id).EmergencyContacts, s.snapshot.siteOf(id).EmergencyContacts, s.whereOf(id).EmergencyContacts, organisation.EmergencyContacts)
}

// sender returns who tells them.
func (s *State) sender(id rep.ID) string {
	person := s.snapshot.rep(id)
	return emergency.Sender(person.Email, person.MailboxEnabled, s.snapshot.Center.Organisation.MailSender)
}
