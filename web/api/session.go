package api

import "time"

// SignIn is the body of POST /api/v1/session.
type SignIn struct {
	Username string `json:"username" minLength:"1" maxLength:"200" doc:"name to sign in with"`
	Password string `json:"password" minLength:"1" maxLength:"1000" doc:"password"`
}

// Session is who is signed in.
type Session struct {
	Person    Person    `json:"person"`
	ExpiresAt time.Time `json:"expires_at"`
}

// HistoryRow is one ordinary conversation that has ended. There is no such row for an emergency call.
type HistoryRow struct {
	ID          string     `json:"id"`
	Number      string     `json:"number"`
	Incoming    bool       `json:"incoming"`
	StartedAt   time.Time  `json:"started_at"`
	ConnectedAt *time.Time `json:"connected_at,omitempty"`
	EndedAt     time.Time  `json:"ended_at"`
	Outcome     string     `json:"outcome"` // "answered", "busy", "no_answer", "failed", "cancelled"
}
