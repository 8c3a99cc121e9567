package api

import "time"

// DrillOrder is the body of POST /api/v1/drills.
type DrillOrder struct {
	Trunk string `json:"trunk,omitempty" maxLength:"100" doc:"trunk whose test service is called; empty: the built-in one"`
	Site  string `json:"site,omitempty" maxLength:"100" doc:"site at one of whose numbers it is called back; empty: at any number"`
}

// Drill is the evidence of a test call through the whole chain.
type Drill struct {
	Passed bool       `json:"passed"`
	At     *time.Time `json:"at,omitempty"` // when it began; none: it was ended for an emergency call
	Hops   []Hop      `json:"hops"`
}

// DrillSchedule is which drills begin by themselves, and how the last ones went.
type DrillSchedule struct {
	EveryDays int        `json:"every_days"` // about so often; 0: none begins by itself
	Ways      []DrillWay `json:"ways"`
}

// DrillWay is a trunk and a site that are drilled together.
type DrillWay struct {
	Trunk string     `json:"trunk,omitempty"` // none: the built-in test service
	Site  string     `json:"site,omitempty"`
	Next  *time.Time `json:"next,omitempty"` // none: not by itself
	Last  *Drill     `json:"last,omitempty"` // none: there was no drill yet
}

// DrillTargets is what a drill can go through.
type DrillTargets struct {
	Trunks []string `json:"trunks"` // trunks that have a test service; the built-in one is always there
}

// Hop is one line of a drill's evidence.
type Hop struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Failed bool      `json:"failed,omitempty"`
}
