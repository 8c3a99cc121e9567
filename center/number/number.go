// Package number knows telephone numbers: the E.164 numbers that are ours, and which dialled strings are emergency numbers in
// which country.
//
// It cleans what a person typed and says whether it is a call for help. It does not route and it does not place the call.
package number

import (
	"mayday/center/location"
)

// E164 is a full international number with its leading plus, "+12175550101" (ITU-T E.164 §6).
type E164 string

// Valid reports whether the number is a plus and 7 to 15 digits of which the first is not zero.
func (n E164) Valid() bool {
	if len(n) < 8 || len(n) > 16 || n[0] != '+' || n[1] == '0' {
		return false
	}
	for _, digit := range n[1:] {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return true
}

// Kind says where one of our numbers comes from.
type Kind string

const (
	DirectOffer   Kind = "direct_offer"   // the platform provider's own number
	DirectRouting Kind = "direct_routing" // a third-party carrier's number
)

// Use says what one of our numbers is for.
type Use string

const (
	EmergencyCallback Use = "emergency_callback" // pool number: leased to a rep so that the emergency service can call back
	Shared            Use = "shared"             // callers reach a workstream; reps show it as caller id
	Personal          Use = "personal"           // belongs to one rep
)

// Number is a telephone number of ours.
type Number struct {
	E164       E164            `json:"e164"`
	Kind       Kind            `json:"kind"`
	Use        Use             `json:"use"`
	Site       location.SiteID `json:"site,omitempty"`
	Rep        string          `json:"rep,omitempty"`        // whose personal number it is
	Workstream string          `json:"workstream,omitempty"` // where its callers go
	Trunk      string          `json:"trunk,omitempty"`      // trunk it belongs to; empty: any
}
