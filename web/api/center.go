package api

import "time"

// The center in parts, as the REST API reads and writes it. The words are those of a center file; a test holds them against each other.

// Organisation is the operator's company. The words and their meaning are those of a center file.
type Organisation struct {
	Name              string   `json:"name"`
	Country           string   `json:"country"`
	TimeZone          string   `json:"time_zone,omitempty"`
	MailSender        string   `json:"mail_sender,omitempty"`
	EmergencyContacts string   `json:"emergency_contacts,omitempty"`
	EmergencyNumbers  []string `json:"emergency_numbers,omitempty"`
	NotEmergency      []string `json:"not_emergency,omitempty"`
	LoST              string   `json:"lost,omitempty"`
	HELD              string   `json:"held,omitempty"`
	DrillEveryDays    int      `json:"drill_every_days,omitempty"`
}

// Site is a building or a part of one where reps work.
type Site struct {
	ID                string    `json:"id"`
	Name              string    `json:"name"`
	Country           string    `json:"country"`
	TimeZone          string    `json:"time_zone,omitempty"`
	Civic             Civic     `json:"civic"`
	Position          *Position `json:"position,omitempty"`
	EmergencyDesk     string    `json:"emergency_desk,omitempty"`
	StaticNumber      string    `json:"static_number,omitempty"`
	EmergencyContacts string    `json:"emergency_contacts,omitempty"`
	EmergencyNumbers  []string  `json:"emergency_numbers,omitempty"`
	NotEmergency      []string  `json:"not_emergency,omitempty"`
	DeskJoins         string    `json:"desk_joins,omitempty"`
	Language          string    `json:"language,omitempty"`
}

// Trunk is a SIP peer that carries calls. Its password and its key are written and never read.
type Trunk struct {
	ID           string   `json:"id"`
	Kind         string   `json:"kind"`
	URI          string   `json:"uri"`
	Channels     int      `json:"channels,omitempty"`
	Location     string   `json:"location,omitempty"`
	Country      string   `json:"country,omitempty"`
	TestNumber   string   `json:"test_number,omitempty"`
	Username     string   `json:"username,omitempty"`
	Password     string   `json:"password,omitempty"`
	TLS          TrunkTLS `json:"tls"`
	SRTP         string   `json:"srtp,omitempty"`
	Register     bool     `json:"register,omitempty"`
	NG           bool     `json:"ng,omitempty"`
	KeepAliveS   int      `json:"keep_alive_s,omitempty"`
	KeepOrdinary bool     `json:"keep_ordinary,omitempty"`
}

// Number is a telephone number of ours.
type Number struct {
	E164       string `json:"e164"`
	Kind       string `json:"kind"`
	Use        string `json:"use"`
	Site       string `json:"site,omitempty"`
	Rep        string `json:"rep,omitempty"`
	Workstream string `json:"workstream,omitempty"`
	Trunk      string `json:"trunk,omitempty"`
}

// VoiceRoute is an ordered rule: numbers that match the pattern leave by one of the trunks.
type VoiceRoute struct {
	ID        string   `json:"id"`
	Order     int      `json:"order"`
	Pattern   string   `json:"pattern"`
	Emergency bool     `json:"emergency,omitempty"`
	Trunks    []string `json:"trunks"`
	Choose    string   `json:"choose,omitempty"`
}

// CustomPresence is a presence of the organisation's own, on a base one.
type CustomPresence struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Base string `json:"base"`
}

// CapacityProfile says how much work of a kind a rep may hold at once.
type CapacityProfile struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Limit    int    `json:"limit"`
	Reset    string `json:"reset,omitempty"`
	Blocking bool   `json:"blocking,omitempty"`
}

// OutboundProfile is the number that capacity profiles lend their reps for outgoing calls.
type OutboundProfile struct {
	ID               string   `json:"id"`
	Name             string   `json:"name"`
	Number           string   `json:"number"`
	CapacityProfiles []string `json:"capacity_profiles"`
	Recording        string   `json:"recording,omitempty"`
}

// Queue is work that waits for one of its members.
type Queue struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Priority   int      `json:"priority,omitempty"`
	Members    []string `json:"members,omitempty"`
	Assignment string   `json:"assignment,omitempty"`
}

// Workstream is a kind of work and the way that it takes.
type Workstream struct {
	ID               string   `json:"id"`
	Name             string   `json:"name"`
	Queue            string   `json:"queue"`
	CapacityProfile  string   `json:"capacity_profile"`
	AllowedPresences []string `json:"allowed_presences,omitempty"`
}

// Rep is somebody who signs in. The password is written and never read.
type Rep struct {
	ID                string   `json:"id"`
	Name              string   `json:"name"`
	Email             string   `json:"email,omitempty"`
	Site              string   `json:"site,omitempty"`
	Roles             []string `json:"roles"`
	CapacityProfiles  []string `json:"capacity_profiles,omitempty"`
	EmergencyContacts string   `json:"emergency_contacts,omitempty"`
	MailboxEnabled    bool     `json:"mailbox_enabled,omitempty"`
	Mobile            string   `json:"mobile,omitempty"`
	Home              *Home    `json:"home,omitempty"`
	Password          string   `json:"password,omitempty"`
}

// Channel is a way beside mail by which people are told. Its secret is written and never read.
type Channel struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	URL    string `json:"url"`
	Secret string `json:"secret,omitempty"`
	To     string `json:"to,omitempty"`
}

// NotificationRule says who else is told of which emergency calls.
type NotificationRule struct {
	ID      string   `json:"id"`
	Sites   []string `json:"sites,omitempty"`
	Numbers []string `json:"numbers,omitempty"`
	Tiers   []Tier   `json:"tiers"`
}

// Template is the mail that emergency contacts receive; empty fields stand for the default text.
type Template struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
	HTML    string `json:"html,omitempty"`
}

// Translation is the template in another language.
type Translation struct {
	Language string `json:"language"`
	Subject  string `json:"subject,omitempty"`
	Body     string `json:"body,omitempty"`
	HTML     string `json:"html,omitempty"`
}

// Civic is an address with floor and room (RFC 5139 §3).
type Civic struct {
	Name         string `json:"name,omitempty"`
	Building     string `json:"building,omitempty"`
	Floor        string `json:"floor,omitempty"`
	Room         string `json:"room,omitempty"`
	Unit         string `json:"unit,omitempty"`
	HouseNumber  string `json:"house_number,omitempty"`
	HouseSuffix  string `json:"house_suffix,omitempty"`
	Street       string `json:"street,omitempty"`
	City         string `json:"city,omitempty"`
	District     string `json:"district,omitempty"`
	County       string `json:"county,omitempty"`
	Region       string `json:"region,omitempty"`
	PostalCode   string `json:"postal_code,omitempty"`
	AdditionInfo string `json:"additional,omitempty"`
}

// TrunkTLS is how a trunk over TLS and we know each other; texts are PEM.
type TrunkTLS struct {
	Verify      string `json:"verify,omitempty"`
	Authority   string `json:"authority,omitempty"`
	ServerName  string `json:"server_name,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
}

// Home is where a rep works who does not work at a site today.
type Home struct {
	Country string `json:"country"`
	Civic   Civic  `json:"civic"`
}

// Tier is who is told at one time, so many seconds after dialling.
type Tier struct {
	AfterS            int      `json:"after_s,omitempty"`
	EmergencyContacts string   `json:"emergency_contacts,omitempty"`
	Channels          []string `json:"channels,omitempty"`
}

// Items is a page of one list of the center.
type Items[Item any] struct {
	Items   []Item `json:"items" nullable:"false"`
	Total   int    `json:"total"`   // of those that match
	Version int64  `json:"version"` // of the center; a change may name it in If-Match
}

// Part is a part of the center that is no list.
type Part[Of any] struct {
	Part    Of    `json:"part"`
	Version int64 `json:"version"`
}

// BulkEdit changes several items of one list at once: every field that Set names, and no other.
type BulkEdit struct {
	IDs []string       `json:"ids"`
	Set map[string]any `json:"set"`
}

// Audit is what was changed of the center, the newest first.
type Audit struct {
	Rows []AuditRow `json:"rows" nullable:"false"`
}

// AuditRow is one change of the center. Nothing of an emergency call and nothing secret is in it.
type AuditRow struct {
	Version int64        `json:"version"` // of the center that the change made
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Kind    string       `json:"kind"` // "added", "changed", "removed"
	What    string       `json:"what"` // "rep", "voice route", …
	ID      string       `json:"id,omitempty"`
	Values  []AuditValue `json:"values" nullable:"false"`
}

// AuditValue is a field as it was and as it is, in JSON; what is secret reads "(secret)".
type AuditValue struct {
	Field  string `json:"field"` // empty: the whole item
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Invalid is one thing that is wrong with a change of the center.
type Invalid struct {
	Field  string `json:"field"` // of the item that is changed, "emergency_contacts"; else its place in the center, "numbers[0].site"
	Reason string `json:"reason"`
}
