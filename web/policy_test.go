package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mayday/web"
	"mayday/web/api"
)

// everything is a node that has all that a node can have.
type everything struct{}

func (everything) Part(string, web.Query) ([]json.RawMessage, int, int64, error) {
	return []json.RawMessage{json.RawMessage("{}")}, 1, 1, nil
}

func (everything) Edit(context.Context, string, web.Edit) (api.CenterChange, error) {
	return api.CenterChange{}, nil
}

func (everything) Audit(context.Context, int64, int) ([]api.AuditRow, error) { return nil, nil }

func (everything) Trace(context.Context, string, string) (api.Trace, error) { return api.Trace{}, nil }

func (everything) Conditions() []api.TrunkCondition { return nil }

func (everything) Preview(api.TemplateDraft) api.TemplatePreview { return api.TemplatePreview{} }

func (everything) SendTest(context.Context, string, api.TemplateDraft) (string, error) {
	return "", nil
}

func (everything) Readiness(context.Context, web.ReadinessQuery) (api.ReadinessMatrix, error) {
	return api.ReadinessMatrix{Rows: []api.RepReadiness{{}}, Total: 1}, nil
}

func (everything) Findings() []api.Finding { return nil }

func (everything) Choices(string) (api.PlaceChoices, error) { return api.PlaceChoices{}, nil }

func (everything) Addresses(context.Context) ([]byte, error) { return nil, nil }

func (everything) ImportAddresses(context.Context, string, []byte, int64, bool) (api.CenterChange, error) {
	return api.CenterChange{}, nil
}

// startWhole starts a server with every part that can be left out, so that its description leaves out nothing.
func startWhole(t *testing.T) *setup {
	t.Helper()
	return start(t, func(c *web.Config, _ *web.Timing) {
		c.Parts, c.Explainer, c.Overview, c.AddressBook = everything{}, everything{}, everything{}, everything{}
		for of, value := range reflect.ValueOf(*c).Fields() {
			if of.Type.Kind() == reflect.Interface && value.IsNil() {
				t.Fatalf("the server has no %s: what it adds to the API would not be walked", of.Name)
			}
		}
	})
}

// beside are the paths that are not described in OpenAPI.
var beside = []string{"/api/v1/openapi.json", "/api/v1/feed", "/api/v1/nothing", "/api/", "/readyz", "/healthz", "/metrics", "/"}

// TestNoAnswerOfTheAPIIsKeptByABrowser walks every request that the description of a node with everything names, signed in and not, with and
// without a body, and what the description does not name.
func TestNoAnswerOfTheAPIIsKeptByABrowser(t *testing.T) {
	s := startWhole(t)
	administrator := s.signedIn("ada")
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(administrator.send(http.MethodGet, "/api/v1/openapi.json", "").body), &document); err != nil {
		t.Fatal(err)
	}
	kept := func(who string, b *browser, method, path, body string) {
		t.Helper()
		r := b.send(method, path, body)
		if got := r.header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%s %s, %s: status %d, Cache-Control %q", method, path, who, r.status, got)
		}
		if method == http.MethodGet && b == administrator && strings.HasPrefix(path, "/api/v1/") && r.status == http.StatusNotFound && path != "/api/v1/nothing" {
			t.Errorf("%s %s: %s: only a refusal was looked at", method, path, r.body)
		}
	}
	walked := 0
	for path, methods := range document.Paths {
		path = strings.NewReplacer("{id}", "alice", "{rep}", "alice").Replace(path)
		if strings.Contains(path, "{") {
			t.Errorf("%s: the walk does not know what to put in", path)
		}
		for method := range methods {
			for _, body := range []string{"", "{}"} {
				kept("signed out", s.browser(), strings.ToUpper(method), path, body)
				if !strings.HasSuffix(path, "/session") { // signing out would end the walk
					kept("signed in", administrator, strings.ToUpper(method), path+"?rep=alice&dialled=911", body)
				}
				walked++
			}
		}
	}
	for _, path := range append(beside, "/api/v1/session") {
		kept("signed in", administrator, http.MethodGet, path, "")
	}
	t.Logf("%d requests of %d paths", walked, len(document.Paths))
}

// TestEveryRouteIsDescribedOrWalked: whatever this package mounts beside the description is walked by the test above.
func TestEveryRouteIsDescribedOrWalked(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	mounts := regexp.MustCompile(`mux\.Handle(?:Func)?\("(?:[A-Z]+ )?([^"]+)"`)
	found := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, mount := range mounts.FindAllStringSubmatch(string(text), -1) {
			found++
			if !slices.Contains(beside, mount[1]) {
				t.Errorf("%s mounts %s, which no walk looks at: add it to beside", source, mount[1])
			}
		}
	}
	if found < len(beside)-2 {
		t.Errorf("%d routes are found in the sources: the search is blind", found)
	}
}
