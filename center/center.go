// Package center is one contact center's configuration, whole: its sites, people, numbers, trunks and rules as one immutable value.
//
// It is what a center file says, what the database keeps and what a node holds in memory to place calls. It says what is wrong
// with itself; it does not read or write any of these.
package center

import (
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Organisation is the operator's company.
type Organisation struct {
	Name              string           `json:"name"`
	Country           location.Country `json:"country"`
	TimeZone          string           `json:"time_zone,omitempty"` // IANA name; empty: UTC
	MailSender        string           `json:"mail_sender,omitempty"`
	EmergencyContacts string           `json:"emergency_contacts,omitempty"` // mail addresses, separated by semicolons
	EmergencyNumbers  []string         `json:"emergency_numbers,omitempty"`  // more strings that are calls for help in its country, "1813"
	NotEmergency      []string         `json:"not_emergency,omitempty"`      // strings that the library takes for emergency numbers there, and wrongly
	LoST              string           `json:"lost,omitempty"`               // HTTPS URI of the service that maps places to emergency services (RFC 5222)
	HELD              string           `json:"held,omitempty"`               // HTTPS URI of the service that knows where a network's devices are (RFC 5985)
	DrillEveryDays    int              `json:"drill_every_days,omitempty"`   // mean time between two drills of a trunk and a site; 0: 30, negative: none by itself
}

// Center is the whole configuration. Once published it is never changed; a change makes another one.
type Center struct {
	Organisation     Organisation          `json:"organisation"`
	Sites            []location.Site       `json:"sites,omitempty"`
	Trunks           []trunk.Trunk         `json:"trunks,omitempty"`
	Numbers          []number.Number       `json:"numbers,omitempty"`
	VoiceRoutes      []trunk.VoiceRoute    `json:"voice_routes,omitempty"`
	Presences        []rep.CustomPresence  `json:"presences,omitempty"`
	CapacityProfiles []rep.CapacityProfile `json:"capacity_profiles,omitempty"`
	OutboundProfiles []rep.OutboundProfile `json:"outbound_profiles,omitempty"`
	Queues           []queue.Queue         `json:"queues,omitempty"`
	Workstreams      []queue.Workstream    `json:"workstreams,omitempty"`
	Reps             []rep.Rep             `json:"reps,omitempty"`
	Channels         []emergency.Channel   `json:"channels,omitempty"`
	Rules            []emergency.Rule      `json:"notification_rules,omitempty"`
	Template         emergency.Template    `json:"template"`

	Translations []emergency.Translation `json:"translations,omitempty"`
}

// Mistake is one thing that is wrong with a center.
type Mistake struct {
	Path   string // where: "reps[3].capacity_profiles[0]", the JSON names of the fields
	Reason string // what, in words for an operator: `no capacity profile "voize"; did you mean "voice"?`
}
