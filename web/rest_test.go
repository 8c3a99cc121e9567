package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mayday/web/api"
)

func TestHistoryIsOnesOwn(t *testing.T) {
	s := start(t)
	if r := s.browser().send("GET", "/api/v1/history", ""); r.status != http.StatusUnauthorized {
		t.Errorf("signed out: status %d", r.status)
	}
	alice := s.signedIn("alice")
	for query, rows := range map[string]int{"": 3, "?limit=2": 2} {
		r := alice.send("GET", "/api/v1/history"+query, "")
		var got api.History
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != http.StatusOK {
			t.Fatalf("history%s: status %d, body %s", query, r.status, r.body)
		}
		if len(got.Rows) != rows || got.Rows[0].ID != "alice-id" {
			t.Errorf("history%s: %+v, want %d rows of alice", query, got.Rows, rows)
		}
	}
	for _, query := range []string{"?limit=0", "?limit=501", "?limit=many"} {
		if r := alice.send("GET", "/api/v1/history"+query, ""); r.status != http.StatusUnprocessableEntity {
			t.Errorf("history%s: status %d", query, r.status)
		}
	}
}

// mistakes is how a center file is refused.
type mistakes []string

func (m mistakes) Error() string { return strings.Join(m, "\n") }
func (m mistakes) Code() string  { return "CENTER_MISTAKEN" }

func TestCenterIsForAdministrators(t *testing.T) {
	s := start(t)
	var applied []string
	s.node.applied = func(yaml string, dry bool) ([]string, error) {
		if yaml == "bad" {
			return nil, mistakes{"line 1: not a center", "line 1: no sites"}
		}
		if yaml == "fault" {
			return nil, errors.New("disk of secrets is full")
		}
		if !dry {
			applied = append(applied, yaml)
		}
		return []string{"site hq: new"}, nil
	}
	for _, method := range []string{"GET", "PUT"} {
		if r := s.browser().send(method, "/api/v1/center", "x"); r.status != http.StatusUnauthorized {
			t.Errorf("%s signed out: status %d", method, r.status)
		}
		if r := s.signedIn("alice").send(method, "/api/v1/center", "x"); r.status != http.StatusForbidden || r.problem(t).Code != "NOT_ALLOWED" {
			t.Errorf("%s as a rep: status %d", method, r.status)
		}
	}
	ada := s.signedIn("ada")
	if r := ada.send("GET", "/api/v1/center", ""); r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "text/yaml") ||
		r.body != "organisation: {name: Acme}\n" {
		t.Errorf("export: status %d, type %s, body %s", r.status, r.header.Get("Content-Type"), r.body)
	}
	yaml := []string{"Content-Type", "text/yaml"}
	var change api.CenterChange
	r := ada.send("PUT", "/api/v1/center?dry_run=true", "good", yaml...)
	if err := json.Unmarshal([]byte(r.body), &change); err != nil || change.Applied || len(change.Changes) != 1 || len(applied) != 0 {
		t.Errorf("dry run: status %d, body %s, applied %q", r.status, r.body, applied)
	}
	r = ada.send("PUT", "/api/v1/center", "good", yaml...)
	if err := json.Unmarshal([]byte(r.body), &change); err != nil || !change.Applied || !slices.Equal(applied, []string{"good"}) {
		t.Errorf("apply: status %d, body %s, applied %q", r.status, r.body, applied)
	}
	r = ada.send("PUT", "/api/v1/center", "bad", yaml...)
	if p := r.problem(t); r.status != http.StatusUnprocessableEntity || p.Code != "CENTER_MISTAKEN" || len(p.Errors) != 2 || p.Detail != "There are 2 mistakes." {
		t.Errorf("with mistakes: %+v", p)
	}
	r = ada.send("PUT", "/api/v1/center", "fault", yaml...)
	if p := r.problem(t); r.status != http.StatusInternalServerError || p.Code != "FAULT" || strings.Contains(r.body, "secrets") {
		t.Errorf("with a fault: %s", r.body)
	}
	if !strings.Contains(s.log.String(), "disk of secrets is full") {
		t.Error("the fault is not in the log")
	}
}

func TestCrossSiteRequestsChangeNothing(t *testing.T) {
	s := start(t)
	host := strings.TrimPrefix(s.http.URL, "http://")
	for _, c := range []struct {
		name   string
		method string
		header []string
		status int
	}{
		{"a program without either header", "POST", nil, http.StatusOK},
		{"our page", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://" + host}, http.StatusOK},
		{"typed by the person", "POST", []string{"Sec-Fetch-Site", "none"}, http.StatusOK},
		{"an old browser's, our page", "POST", []string{"Origin", "http://" + host}, http.StatusOK},
		{"another site's page", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, http.StatusForbidden},
		{"a sister host's page", "POST", []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		{"an old browser's, another site's page", "POST", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"a sandboxed frame", "POST", []string{"Origin", "null"}, http.StatusForbidden},
		{"signing out from another site", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"changing the center from another site", "PUT", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"reading from another site", "GET", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusUnauthorized},
	} {
		path, body := "/api/v1/session", `{"username":"alice","password":"mayday"}`
		if c.method != "POST" {
			body = ""
		}
		if c.method == "PUT" {
			path = "/api/v1/center"
		}
		r := s.browser().send(c.method, path, body, c.header...)
		if r.status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, r.status, c.status)
		}
		if r.status == http.StatusForbidden && r.problem(t).Code != "CROSS_ORIGIN" {
			t.Errorf("%s: %s", c.name, r.body)
		}
	}
}

func TestUnknownPathsOfTheAPIAreProblems(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/api/", "/api/v1", "/api/v1/nothing", "/api/v1/session/1"} {
		if r := s.browser().send("GET", path, ""); r.status != http.StatusNotFound || r.problem(t).Code != "NOT_FOUND" {
			t.Errorf("%s: status %d, body %s", path, r.status, r.body)
		}
	}
}

func TestOpenAPIDescribesEveryRequest(t *testing.T) {
	s := start(t)
	r := s.browser().send("GET", "/api/v1/openapi.json", "")
	var document struct {
		OpenAPI    string `json:"openapi"`
		Info       struct{ Title, Version string }
		Components struct {
			Schemas         map[string]map[string]any `json:"schemas"`
			SecuritySchemes map[string]any            `json:"securitySchemes"`
		} `json:"components"`
		Paths map[string]map[string]struct {
			OperationID string                     `json:"operationId"`
			Responses   map[string]json.RawMessage `json:"responses"`
			Security    []map[string][]string      `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(r.body), &document); err != nil {
		t.Fatalf("status %d: %v", r.status, err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1.") || document.Info.Version != "1.2.3" || document.Info.Title == "" {
		t.Errorf("head of the document: %s %+v", document.OpenAPI, document.Info)
	}
	var described []string
	ids := map[string]bool{}
	for path, methods := range document.Paths {
		for method, op := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operation id %q is empty or not the only one", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
			if len(op.Responses) != 2 || !strings.Contains(string(op.Responses["default"]), "schemas/Problem") {
				t.Errorf("%s %s: responses %s, want one and a Problem", method, path, op.Responses)
			}
			for _, need := range op.Security {
				for scheme := range need {
					if document.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s %s: unknown security scheme %s", method, path, scheme)
					}
				}
			}
		}
	}
	slices.Sort(described)
	want := []string{"DELETE /api/v1/session", "GET /api/v1/center", "GET /api/v1/drills", "GET /api/v1/drills/schedule", "GET /api/v1/history", "GET /api/v1/session",
		"POST /api/v1/drills", "POST /api/v1/session", "PUT /api/v1/center"}
	if !slices.Equal(described, want) {
		t.Errorf("described are %q, want %q", described, want)
	}
	for _, ref := range regexp.MustCompile(`"\$ref": *"([^"]*)"`).FindAllStringSubmatch(r.body, -1) {
		name, ok := strings.CutPrefix(ref[1], "#/components/schemas/")
		if !ok || document.Components.Schemas[name] == nil {
			t.Errorf("reference %s leads nowhere", ref[1])
		}
	}
	for _, name := range []string{"ErrorModel", "ErrorDetail"} {
		if document.Components.Schemas[name] != nil {
			t.Errorf("the schema %s describes no answer of ours", name)
		}
	}
}
