package api

import "time"

// Colour says how bad it is what is missing for an emergency call.
type Colour string

const (
	ColourGreen Colour = "green" // nothing is missing
	ColourAmber Colour = "amber" // something is, and none of it is serious
	ColourRed   Colour = "red"   // something serious is
)

// Ready is how ready a rep is for an emergency call.
type Ready struct {
	Colour Colour   `json:"colour"`
	Causes []string `json:"causes" nullable:"false"` // what is missing: "no_trunk", "place_old", …; docs/operating lists them
}

// RepReadiness is how an emergency call of a rep would be placed now, by what places it, and what is missing.
type RepReadiness struct {
	Rep         string     `json:"rep"`
	Name        string     `json:"name"`
	Email       string     `json:"email,omitempty"`
	Site        string     `json:"site"` // id; empty: none
	Colour      Colour     `json:"colour"`
	Causes      []string   `json:"causes" nullable:"false"`
	Country     string     `json:"country"`                // that the rep is taken to be in
	Number      string     `json:"number"`                 // that would be sent
	Turns       [][]string `json:"turns" nullable:"false"` // trunks as they would be tried; those of one turn in an order that is drawn for each call
	CallerID    string     `json:"caller_id"`              // empty: there is none
	Place       []string   `json:"place" nullable:"false"` // that would be conveyed, line by line
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"` // when the rep has confirmed it; absent: never
	Told        []string   `json:"told" nullable:"false"`  // mail addresses
	Sender      string     `json:"sender"`                 // of the mails; empty: nobody

	Drill   *LastDrill     `json:"drill,omitempty"`   // the last one of the rep's way; absent: there was none
	Service *MappedService `json:"service,omitempty"` // what is known of the emergency service for the place; absent: nobody is asked
	Network *NetworkPlace  `json:"network,omitempty"` // where the rep's network is; absent: no location server is asked
}

// NetworkPlace is where the network of a rep says that the rep is, as a location server has told it beforehand.
type NetworkPlace struct {
	Standing   string     `json:"standing"`             // "unknown", "valid", "expired"
	Used       bool       `json:"used"`                 // it stands for the place, since the rep has not said where they are
	Place      []string   `json:"place,omitempty"`      // the address, line by line; absent: none was told
	Positioned bool       `json:"positioned,omitempty"` // a position was told
	Method     string     `json:"method,omitempty"`     // how the network knows: "Wiremap"
	ToldAt     *time.Time `json:"told_at,omitempty"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	Refused    string     `json:"refused,omitempty"`    // why it did not answer the last question: "locationUnknown", …
	AwaySince  *time.Time `json:"away_since,omitempty"` // since when the server is not reached
	Away       string     `json:"away,omitempty"`       // why, in words
}

// LastDrill is how the last drill went by the trunk and to the site by which a rep's call goes and comes back.
type LastDrill struct {
	Trunk  string    `json:"trunk,omitempty"` // empty: the built-in test service
	At     time.Time `json:"at"`              // when it began
	Passed bool      `json:"passed"`
}

// MappedService is the emergency service that looks after a place, as a LoST server has told it beforehand.
type MappedService struct {
	Standing  string     `json:"standing"`             // "unknown", "valid", "expired"
	URI       string     `json:"uri,omitempty"`        // that a trunk which may be tried first is told; empty: it finds the service itself
	Number    string     `json:"number,omitempty"`     // that people dial there
	Name      string     `json:"name,omitempty"`       // of the service
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // absent: never, or nothing is known
	Invalid   []string   `json:"invalid,omitempty"`    // elements of the address that the server does not know: "HNO", "PC"
	Unchecked []string   `json:"unchecked,omitempty"`  // elements that it has not looked at
	Refused   string     `json:"refused,omitempty"`    // why it did not answer the last question: "notFound", …
	AwaySince *time.Time `json:"away_since,omitempty"` // since when it is not reached
	Away      string     `json:"away,omitempty"`       // why, in words
}

// CauseCount is how many people lack something.
type CauseCount struct {
	Cause  string `json:"cause"`
	Colour Colour `json:"colour"`
	Reps   int    `json:"reps"`
}

// SiteReadiness is how many of a site's people are how ready.
type SiteReadiness struct {
	Site  string `json:"site"` // id; empty: of none
	Name  string `json:"name"`
	Red   int    `json:"red"`
	Amber int    `json:"amber"`
	Green int    `json:"green"`
}

// ReadinessMatrix is how ready people are: a page of them, the worst first, and counts of all.
type ReadinessMatrix struct {
	Rows   []RepReadiness  `json:"rows" nullable:"false"`
	Total  int             `json:"total"`                   // of those that match
	Causes []CauseCount    `json:"causes" nullable:"false"` // every cause there is, counted where site and text match
	Sites  []SiteReadiness `json:"sites" nullable:"false"`  // every site whose people one may see
}

// Finding is what the dial-plan check has to say of the center in force.
type Finding struct {
	Level  string `json:"level"`        // "clash", "warning", "note"
	Path   string `json:"path"`         // in the center: "voice_routes[0]"
	Part   string `json:"part"`         // where it is cured: a list of the center, "voice_routes", or "organisation"
	ID     string `json:"id,omitempty"` // of the item; empty: the list as a whole
	Reason string `json:"reason"`
}

// Findings is everything that could come between a dialled string and an emergency service, the worst first.
type Findings struct {
	Findings []Finding `json:"findings" nullable:"false"`
}
