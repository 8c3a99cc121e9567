// Package trunk describes the carriers that we peer with and the voice routes that choose one for a dialled number.
//
// It decides which trunks a call tries and in which order. It sends nothing and knows nothing of a trunk's health.
package trunk

// ID names a trunk.
type ID string

// Kind says who provides the trunk.
type Kind string

const (
	DirectOffer   Kind = "direct_offer"   // the platform provider's own trunk; its provider runs an emergency service
	DirectRouting Kind = "direct_routing" // a third-party carrier's session border controller
)

// Conveyance says how a trunk wants to be told the caller's location (RFC 6442 §3).
type Conveyance string

const (
	ByValue Conveyance = "by_value" // PIDF-LO in the body of the INVITE
	NoPlace Conveyance = "none"     // the trunk finds the place by the caller id
)

// Trunk is a SIP peer that carries calls.
type Trunk struct {
	ID         ID         `json:"id"`
	Kind       Kind       `json:"kind"`
	URI        string     `json:"uri"`                // next hop, "sip:sbc.example;transport=tcp"
	Channels   int        `json:"channels,omitempty"` // ordinary calls at once; 0: no limit
	Location   Conveyance `json:"location,omitempty"` // empty: by_value for direct offer, none for direct routing
	Country    string     `json:"country,omitempty"`  // country it serves; empty: all
	TestNumber string     `json:"test_number,omitempty"`
	Username   string     `json:"username,omitempty"` // digest credentials towards the trunk
	Password   string     `json:"password,omitempty"` // a secret: exported only when asked for
}

// Conveys returns how this trunk is told the location, the default of its kind filled in.
func (t Trunk) Conveys() Conveyance {
	switch {
	case t.Location != "":
		return t.Location
	case t.Kind == DirectOffer:
		return ByValue
	}
	return NoPlace
}

// RouteID names a voice route.
type RouteID string

// VoiceRoute is an ordered rule: numbers that match the pattern leave by one of the trunks.
type VoiceRoute struct {
	ID        RouteID `json:"id"`
	Order     int     `json:"order"`               // lower ones are tried first
	Pattern   string  `json:"pattern"`             // Go regular expression on the dialled number
	Emergency bool    `json:"emergency,omitempty"` // may carry emergency calls even if its pattern does not name the number
	Trunks    []ID    `json:"trunks"`              // tried in this order
}
