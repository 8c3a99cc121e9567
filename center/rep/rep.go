// Package rep is about people who answer and dial: who they are, what their presence says, and how much work they may hold.
//
// It decides nothing about calls; the engine asks it whether a presence is known and what a profile lends.
package rep

import (
	"mayday/center/location"
	"mayday/center/number"
)

// ID names a rep; it is also the name that the rep signs in with.
type ID string

// Role is what a person may do.
type Role string

const (
	Agent         Role = "rep"           // dials and answers
	Supervisor    Role = "supervisor"    // sees the people of the organisation
	Administrator Role = "administrator" // changes the center
	Desk          Role = "desk"          // sits at the security desk of a site: is alerted of its emergency calls, and joins them where the site says so
)

// Roles lists every role.
func Roles() []Role { return []Role{Agent, Supervisor, Administrator, Desk} }

// Rep is a customer service representative, a supervisor or an administrator.
type Rep struct {
	ID                ID              `json:"id"`
	Name              string          `json:"name"`
	Email             string          `json:"email,omitempty"`
	Site              location.SiteID `json:"site,omitempty"`
	Roles             []Role          `json:"roles"`
	CapacityProfiles  []ProfileID     `json:"capacity_profiles,omitempty"`
	EmergencyContacts string          `json:"emergency_contacts,omitempty"` // mail addresses, separated by semicolons
	MailboxEnabled    bool            `json:"mailbox_enabled,omitempty"`
	Mobile            number.E164     `json:"mobile,omitempty"`
	Home              *location.Home  `json:"home,omitempty"`
	PasswordHash      string          `json:"password_hash,omitempty"` // argon2id in PHC form; exported only when secrets are asked for
}

// Has reports whether the person has the role.
func (r Rep) Has(role Role) bool {
	for _, has := range r.Roles {
		if has == role {
			return true
		}
	}
	return false
}

// ProfileID names a capacity profile or an outbound profile.
type ProfileID string

// Reset says when a unit of capacity is free again.
type Reset string

const (
	ResetImmediate Reset = "immediate"
	ResetEndOfDay  Reset = "end_of_day"
)

// CapacityProfile says how much work of a kind a rep may hold at once. It never limits an emergency call.
type CapacityProfile struct {
	ID       ProfileID `json:"id"`
	Name     string    `json:"name"`
	Limit    int       `json:"limit"`
	Reset    Reset     `json:"reset,omitempty"`
	Blocking bool      `json:"blocking,omitempty"` // at the limit, other kinds of work are not assigned either
}

// Recording says what an outbound profile records of ordinary calls.
type Recording string

// RecordingNone is the only value so far: nothing is recorded.
const RecordingNone Recording = "none"

// OutboundProfile is the number that capacity profiles lend their reps for outgoing calls.
type OutboundProfile struct {
	ID               ProfileID   `json:"id"`
	Name             string      `json:"name"`
	Number           number.E164 `json:"number"`
	CapacityProfiles []ProfileID `json:"capacity_profiles"`
	Recording        Recording   `json:"recording,omitempty"`
}

// Presence is what a rep's status says.
type Presence string

const (
	Available    Presence = "available"      // may be given work
	Busy         Presence = "busy"           // works; may be given more if the capacity allows it
	DoNotDisturb Presence = "do_not_disturb" // is left alone; every emergency call sets it
	Away         Presence = "away"           // is not at the screen
	Offline      Presence = "offline"        // is not working
)

// Presences lists the base presences in the order of the menu.
func Presences() []Presence { return []Presence{Available, Busy, DoNotDisturb, Away, Offline} }

// Known reports whether p is a base presence.
func (p Presence) Known() bool {
	switch p {
	case Available, Busy, DoNotDisturb, Away, Offline:
		return true
	}
	return false
}

// CustomPresence is a presence of the organisation's own, on a base one: "Lunch" on away.
type CustomPresence struct {
	ID   Presence `json:"id"`
	Name string   `json:"name"`
	Base Presence `json:"base"`
}
