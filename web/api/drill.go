package api

import "time"

// DrillOrder is the body of POST /api/v1/drills.
type DrillOrder struct {
	Trunk string `json:"trunk,omitempty" maxLength:"100" doc:"trunk whose test service is called; empty: the built-in one"`
}

// Drill is the evidence of a test call through the whole chain.
type Drill struct {
	Passed bool  `json:"passed"`
	Hops   []Hop `json:"hops"`
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
