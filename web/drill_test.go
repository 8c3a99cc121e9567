package web_test

import (
	"testing"
)

// TestDrillsAreForAdministrators: nobody else places one or sees where one can go.
func TestDrillsAreForAdministrators(t *testing.T) {
	s := start(t)
	for _, row := range []struct {
		circumstance string
		who          *browser
		status       int
	}{
		{"signed out", s.browser(), 401},
		{"a rep", s.signedIn("alice"), 403},
		{"an administrator", s.signedIn("ada"), 200},
	} {
		if got := row.who.send("GET", "/api/v1/drills", ""); got.status != row.status {
			t.Errorf("%s asks where a drill can go: %d, want %d", row.circumstance, got.status, row.status)
		}
		if got := row.who.send("GET", "/api/v1/drills/schedule", ""); got.status != row.status {
			t.Errorf("%s asks which drills are due: %d, want %d", row.circumstance, got.status, row.status)
		}
		if got := row.who.send("POST", "/api/v1/drills", `{"trunk":"provider"}`); got.status != row.status {
			t.Errorf("%s places a drill: %d, want %d", row.circumstance, got.status, row.status)
		}
	}
}
