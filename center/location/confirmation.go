package location

import "time"

// Confirmation is where somebody has said to be. The zero value is nowhere: nobody has said anything.
type Confirmation struct {
	Site  SiteID    `json:"site,omitempty"` // empty: at home, or as Network says
	Floor string    `json:"floor,omitempty"`
	Room  string    `json:"room,omitempty"`
	At    time.Time `json:"at"`

	// At an address that the network has told, which is neither a site nor home; it may change there, and this does not.
	Network bool    `json:"network,omitempty"`
	Country Country `json:"country,omitempty"`
	Civic   Civic   `json:"civic,omitzero"`
}

// Given reports whether anything was said.
func (c Confirmation) Given() bool { return !c.At.IsZero() }

// Home reports whether somebody has said to be at home.
func (c Confirmation) Home() bool { return c.Given() && c.Site == "" && !c.Network }

// ConfirmEvery is the age beyond which somebody is asked again; the place is kept as it was said.
const ConfirmEvery = 24 * time.Hour

// Old reports whether the confirmation was given too long ago, or never.
func (c Confirmation) Old(now time.Time) bool { return !c.Given() || now.Sub(c.At) > ConfirmEvery }

// Inside returns the address with the floor and the room that were said; when neither was, with those that it has.
func (c Confirmation) Inside(address Civic) Civic {
	if c.Floor != "" || c.Room != "" {
		address.Floor, address.Room = c.Floor, c.Room
	}
	return address
}
