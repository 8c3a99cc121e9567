package app_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mayday/web/api"
)

func TestAdministratorSeesWhatTheNodeWouldDo(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")

	var traced api.Trace
	ada.get("/api/v1/trace?rep=bob&dialled=112", &traced)
	if traced.Kind != "emergency" || traced.Sent != "112" || traced.Country != "DK" || traced.CallerID != "+4589550101" || traced.Grant != "fresh" ||
		!slices.Contains(traced.Place, "Søndergade 12") || traced.Position == nil {
		t.Errorf("where 112 would go for Bob in Aarhus: %+v", traced)
	}
	var first api.TraceRule
	if len(traced.Rules) > 1 && len(traced.Trunks) == 2 {
		first = traced.Rules[0]
	}
	if first.Kind != "voice_route" || first.Route != "national" || first.Counts || first.Reason != "no_match" || first.Pattern == "" ||
		traced.Trunks[0].Trunk != "provider" || traced.Trunks[0].Conveys != "by_value" {
		t.Errorf("why 112 goes there for Bob: %+v", traced)
	}
	ada.asks(http.MethodPut, "/api/v1/voice_routes/either", `{"id":"either","order":1,"pattern":"^112$","trunks":["carrier","provider"],"choose":"random"}`, http.StatusOK, nil)
	ada.get("/api/v1/trace?rep=bob&dialled=112", &traced)
	if rule := traced.Rules[0]; rule.Route != "either" || !rule.Counts || !rule.Random || traced.Trunks[0].Turn != 1 || traced.Trunks[1].Turn != 1 {
		t.Errorf("either trunk may be the first: %+v", traced)
	}
	if table := ada.send(http.MethodGet, "/api/v1/readiness?format=csv&q=bob", ""); !strings.Contains(table, ",carrier or provider,") {
		t.Errorf("either trunk may be the first, as CSV: %s", table)
	}
	var p api.Problem
	ada.asks(http.MethodGet, "/api/v1/trace?rep=nobody&dialled=112", "", http.StatusUnprocessableEntity, &p)
	if p.Code != "NO_SUCH_REP" {
		t.Errorf("a trace for nobody: %+v", p)
	}
	ada.asks(http.MethodGet, "/api/v1/trace?rep=bob&dialled=hello", "", http.StatusUnprocessableEntity, &p)
	if p.Code != "NOT_A_NUMBER" {
		t.Errorf("a trace of what is no number: %+v", p)
	}

	var conditions api.TrunkConditions
	ada.get("/api/v1/trunk_conditions", &conditions)
	if len(conditions.Conditions) != 2 || conditions.Conditions[0].Trunk != "provider" {
		t.Errorf("how the trunks do: %+v", conditions)
	}

	var preview api.TemplatePreview
	ada.asks(http.MethodPost, "/api/v1/template/preview", `{"subject":"{{rep}} calls","body":"one\n {{organization}}"}`, http.StatusOK, &preview)
	if preview.Subject != "Jane Sample calls" || len(preview.Mistakes) != 1 || preview.Mistakes[0].Line != 2 || preview.Mistakes[0].Column != 2 ||
		!strings.Contains(preview.Mistakes[0].Reason, "{{organisation}}") || !strings.Contains(preview.Standard.Body, "{{place}}") {
		t.Errorf("a preview: %+v", preview)
	}

	alice := signIn(t, s.node.HTTP(), "alice")
	for _, path := range []string{"/api/v1/trace?rep=bob&dialled=112", "/api/v1/trunk_conditions"} {
		alice.asks(http.MethodGet, path, "", http.StatusForbidden, nil)
	}
	alice.asks(http.MethodPost, "/api/v1/template/preview", `{}`, http.StatusForbidden, nil)
}

// TestItemThatIsPutWholeKeepsItsSecret holds what the pages rely on: they send the whole item, in which what was emptied is missing.
func TestItemThatIsPutWholeKeepsItsSecret(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	ada.asks(http.MethodPut, "/api/v1/sites/aarhus", `{"id":"aarhus","name":"Aarhus","country":"DK","civic":{"floor":"2"}}`, http.StatusOK, nil)
	var site api.Part[api.Site]
	ada.get("/api/v1/sites/aarhus", &site)
	if site.Part.Civic != (api.Civic{Floor: "2"}) || site.Part.Position != nil || site.Part.StaticNumber != "" {
		t.Errorf("a site put without its position: %+v", site.Part)
	}
	ada.asks(http.MethodPut, "/api/v1/reps/bob", `{"id":"bob","name":"Bob Berg","roles":["rep"],"site":"aarhus","home":{"country":"DK","civic":{}}}`, http.StatusOK, nil)
	signIn(t, s.node.HTTP(), "bob")
}

// TestDrawnMailRunsAndLoadsNothing: the page that shows a mail as its readers see it has styles and nothing else, for frames of our own.
func TestDrawnMailRunsAndLoadsNothing(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	draw := func(c *client, form string) (*http.Response, string) {
		response, err := c.http.Post(c.url+"/api/v1/template/preview.html", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(body)
	}
	const draft = `{"html":"<p style=\"color: red\">{{rep}}</p><script>alert(1)</script>"}`
	ada := signIn(t, s.node.HTTP(), "ada")
	drawn, page := draw(ada, url.Values{"draft": {draft}}.Encode())
	if drawn.StatusCode != http.StatusOK || !strings.Contains(page, "color") || !strings.Contains(page, "Jane Sample") || strings.Contains(page, "script") {
		t.Errorf("a mail with a style and a script: %d\n%s", drawn.StatusCode, page)
	}
	policy := drawn.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none';", " sandbox;", "form-action 'none';", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy of a mail lacks %q: %s", part, policy)
		}
	}
	if strings.Contains(policy, "script") || drawn.Header.Get("X-Frame-Options") != "SAMEORIGIN" || drawn.Header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(drawn.Header.Get("Content-Type"), "text/html") {
		t.Errorf("the headers of a mail: %v", drawn.Header)
	}
	if answer, body := draw(ada, "draft=no+JSON"); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a form that holds no draft: %d: %s", answer.StatusCode, body)
	}
	if answer, body := draw(signIn(t, s.node.HTTP(), "alice"), url.Values{"draft": {draft}}.Encode()); answer.StatusCode != http.StatusForbidden {
		t.Errorf("somebody who is no administrator: %d: %s", answer.StatusCode, body)
	}
}
