package emergency

import (
	"slices"
	"strings"
	"time"

	"mayday/center/location"
	"mayday/center/number"
)

// ChannelID names a channel.
type ChannelID string

// ChannelKind says by what means a channel tells.
type ChannelKind string

const (
	Webhook ChannelKind = "webhook" // a signed HTTP request with an event (CloudEvents 1.0)
	SMS     ChannelKind = "sms"     // an HTTP request to a gateway that sends text messages
)

// Channel is a way beside mail by which people are told.
type Channel struct {
	ID     ChannelID   `json:"id"`
	Kind   ChannelKind `json:"kind"`
	URL    string      `json:"url"`
	Secret string      `json:"secret,omitempty"` // signs what is sent; exported only when secrets are asked for
	To     string      `json:"to,omitempty"`     // of sms: E.164 numbers, separated by semicolons
}

// RuleID names a notification rule.
type RuleID string

// Rule says who else is told of which emergency calls, beside the contacts of the rep, the site and the organisation, who are always
// told at once.
type Rule struct {
	ID      RuleID            `json:"id"`
	Sites   []location.SiteID `json:"sites,omitempty"`   // empty: every site
	Numbers []string          `json:"numbers,omitempty"` // dialled, "112"; empty: every emergency number and no test
	Tiers   []Tier            `json:"tiers"`
}

// Tier is who is told at one time. Once somebody has acknowledged the alert, no later tier is told.
type Tier struct {
	AfterS            int         `json:"after_s,omitempty"`            // seconds after dialling; 0: at once
	EmergencyContacts string      `json:"emergency_contacts,omitempty"` // mail addresses, separated by semicolons
	Channels          []ChannelID `json:"channels,omitempty"`
}

// After returns how long after dialling the tier is told.
func (t Tier) After() time.Duration { return time.Duration(t.AfterS) * time.Second }

// Concerns reports whether the rule is for a live emergency call from the site to the number.
func (r Rule) Concerns(site location.SiteID, live number.Live) bool {
	return r.at(site) && (len(r.Numbers) == 0 || slices.Contains(r.Numbers, live.String()))
}

// ConcernsTest reports whether the rule is for a test call: only one that names its number is.
func (r Rule) ConcernsTest(site location.SiteID, test number.Test) bool {
	return r.at(site) && slices.Contains(r.Numbers, test.String())
}

func (r Rule) at(site location.SiteID) bool {
	return len(r.Sites) == 0 || slices.Contains(r.Sites, site)
}

// TextNumbers returns the pieces of a list of telephone numbers, without blanks around them.
func TextNumbers(list string) []string {
	var numbers []string
	for piece := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ';' || c == ',' || c == '\n' }) {
		if piece = strings.TrimSpace(piece); piece != "" {
			numbers = append(numbers, piece)
		}
	}
	return numbers
}

// Telling is whom all rules together tell at one time.
type Telling struct {
	After      time.Duration // after dialling
	Recipients []string      // bare mail addresses
	Channels   []ChannelID
}

// At returns when the telling is told of a call that was dialled then.
func (t Telling) At(dialled time.Time) time.Time { return dialled.Add(t.After) }

// Tellings returns who is told, and when: the contacts at once, then the tiers by their time. Everybody is in the first telling alone that
// names them. The first is of those who are told at once, whoever they are; no later one is empty.
func Tellings(contacts []string, tiers []Tier) []Telling {
	tiers = slices.Clone(tiers)
	slices.SortStableFunc(tiers, func(a, b Tier) int { return a.AfterS - b.AfterS })
	tellings := []Telling{{Recipients: Recipients(contacts...)}}
	told, reached := slices.Clone(tellings[0].Recipients), map[ChannelID]bool{}
	for _, tier := range tiers {
		next := Telling{After: max(0, tier.After())}
		everybody := Recipients(append(slices.Clone(told), tier.EmergencyContacts)...)
		next.Recipients, told = everybody[len(told):], everybody
		for _, id := range tier.Channels {
			if !reached[id] {
				reached[id] = true
				next.Channels = append(next.Channels, id)
			}
		}
		if len(next.Recipients)+len(next.Channels) == 0 {
			continue
		}
		if last := &tellings[len(tellings)-1]; last.After == next.After {
			last.Recipients = append(slices.Clip(last.Recipients), next.Recipients...)
			last.Channels = append(last.Channels, next.Channels...)
			continue
		}
		tellings = append(tellings, next)
	}
	return tellings
}
