package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestNoAnswerOfTheAPIIsKeptByABrowser walks every request that the description names, signed in and not, and what it does not name.
func TestNoAnswerOfTheAPIIsKeptByABrowser(t *testing.T) {
	s := start(t)
	administrator := s.signedIn("ada")
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(administrator.send(http.MethodGet, "/api/v1/openapi.json", "").body), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Paths) < 3 {
		t.Fatalf("the description names %d paths", len(document.Paths))
	}
	kept := func(who string, b *browser, method, path string) {
		t.Helper()
		r := b.send(method, path, "")
		if got := r.header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%s %s, %s: status %d, Cache-Control %q", method, path, who, r.status, got)
		}
	}
	for path, methods := range document.Paths {
		path = strings.NewReplacer("{id}", "alice", "{list}", "reps").Replace(path)
		for method := range methods {
			kept("signed out", s.browser(), strings.ToUpper(method), path)
			if !strings.HasSuffix(path, "/session") { // signing out would end the walk
				kept("signed in", administrator, strings.ToUpper(method), path)
			}
		}
	}
	for _, path := range []string{"/api/v1/session", "/api/v1/openapi.json", "/api/v1/feed", "/api/v1/nothing", "/readyz", "/metrics", "/"} {
		kept("signed in", administrator, http.MethodGet, path)
	}
}
