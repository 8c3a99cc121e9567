package api

// PlaceChoices is the body of GET /api/v1/places: where whoever is signed in can say to be.
type PlaceChoices struct {
	Sites []SiteChoice `json:"sites" nullable:"false"`
	Home  *HomeChoice  `json:"home,omitempty"` // one's own; absent: none is known
}

// SiteChoice is a site at which somebody can say to be.
type SiteChoice struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Address []string `json:"address" nullable:"false"` // line by line, without floor and room
	Floor   string   `json:"floor,omitempty"`          // that its address has
	Room    string   `json:"room,omitempty"`
}

// HomeChoice is one's own home.
type HomeChoice struct {
	Address []string `json:"address" nullable:"false"`
	Floor   string   `json:"floor,omitempty"`
	Room    string   `json:"room,omitempty"`
}
