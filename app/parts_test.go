package app_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/web/api"
)

func TestAdministratorChangesTheCenterInParts(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")

	var sites api.Items[api.Site]
	ada.get("/api/v1/sites?q=søndergade", &sites)
	if sites.Total != 1 || sites.Items[0].ID != "aarhus" || sites.Items[0].Civic.Room != "2.07" {
		t.Errorf("sites with søndergade in them: %+v", sites)
	}
	var change api.CenterChange
	ada.asks(http.MethodPatch, "/api/v1/sites/aarhus?dry_run=true", `{"emergency_desk":"+4589550199"}`, http.StatusOK, &change)
	if change.Applied || !slices.Equal(change.Changes, []string{"changed site aarhus: emergency_desk"}) {
		t.Errorf("a dry run: %+v", change)
	}
	ada.asks(http.MethodPatch, "/api/v1/sites/aarhus", `{"emergency_desk":"+4589550199"}`, http.StatusOK, &change)
	var site api.Part[api.Site]
	ada.get("/api/v1/sites/aarhus", &site)
	if site.Part.EmergencyDesk != "+4589550199" || site.Version != change.Version || site.Part.Civic.Room != "2.07" {
		t.Errorf("a desk for Aarhus: %+v after %+v", site, change)
	}
	ada.asks(http.MethodPut, "/api/v1/sites/oslo", `{"name":"Oslo","country":"NO"}`, http.StatusOK, &change)
	ada.asks(http.MethodPatch, "/api/v1/reps", `{"ids":["alice","bob"],"set":{"emergency_contacts":"guard@acme.example"}}`, http.StatusOK, &change)
	if !slices.Equal(change.Changes, []string{"changed rep alice: emergency_contacts", "changed rep bob: emergency_contacts"}) {
		t.Errorf("two reps at once: %+v", change)
	}
	ada.asks(http.MethodDelete, "/api/v1/sites/oslo", "", http.StatusOK, &change)
	ada.asks(http.MethodGet, "/api/v1/sites/oslo", "", http.StatusNotFound, nil)
	ada.asks(http.MethodPatch, "/api/v1/organisation", `{"name":"Acme Ltd"}`, http.StatusOK, &change)

	var audit api.Audit
	ada.get("/api/v1/audit?limit=2", &audit)
	want := []api.AuditRow{
		{Version: change.Version, By: "ada", Kind: "changed", What: "organisation", Values: []api.AuditValue{{Field: "name", Before: `"Acme"`, After: `"Acme Ltd"`}}},
		{Version: change.Version - 1, By: "ada", Kind: "removed", What: "site", ID: "oslo", Values: []api.AuditValue{{Before: `{"civic":{},"country":"NO","id":"oslo","name":"Oslo"}`}}},
	}
	for i := range audit.Rows {
		audit.Rows[i].At = want[0].At
	}
	if diff := cmp.Diff(want, audit.Rows); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
}

func TestWrongChangeIsRefusedByField(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	var p api.Problem
	ada.asks(http.MethodPatch, "/api/v1/reps/alice", `{"emergency_contacts":"boss@; guard","mobile":"0217"}`, http.StatusUnprocessableEntity, &p)
	var fields []string
	for _, i := range p.Invalid {
		fields = append(fields, i.Field)
	}
	if !slices.Equal(fields, []string{"emergency_contacts", "emergency_contacts", "mobile"}) || p.Code != "INVALID_CENTER" {
		t.Errorf("three mistakes: %+v", p)
	}
	ada.asks(http.MethodDelete, "/api/v1/sites/hq", "", http.StatusUnprocessableEntity, &p)
	if len(p.Invalid) == 0 || !strings.Contains(p.Invalid[0].Field, "site") {
		t.Errorf("a site that is in use removed: %+v", p)
	}
	ada.asks(http.MethodPut, "/api/v1/sites/hq", "", http.StatusBadRequest, nil)
	ada.header = http.Header{"If-Match": {`"1"`}}
	ada.asks(http.MethodPatch, "/api/v1/sites/hq", `{"name":"HQ"}`, http.StatusOK, nil)
	ada.asks(http.MethodPatch, "/api/v1/sites/hq", `{"name":"Head office"}`, http.StatusPreconditionFailed, &p)
	if p.Code != "STALE" {
		t.Errorf("a change over somebody else's: %+v", p)
	}
	ada.header = nil
	alice := signIn(t, s.node.HTTP(), "alice")
	for _, path := range []string{"/api/v1/reps", "/api/v1/reps/alice", "/api/v1/organisation", "/api/v1/audit"} {
		alice.asks(http.MethodGet, path, "", http.StatusForbidden, nil)
	}
	alice.asks(http.MethodPatch, "/api/v1/reps/alice", `{"roles":["administrator"]}`, http.StatusForbidden, nil)
	alice.asks(http.MethodDelete, "/api/v1/reps/bob", "", http.StatusForbidden, nil)
}

func TestNoSecretIsRead(t *testing.T) {
	const wordpass = "wordpass-of-the-carrier"
	s := lay(t, t.TempDir(), func(center string) string {
		return strings.Replace(center, `uri: "sip:`+"", `username: acme, password: `+wordpass+`, uri: "sip:`, 1)
	})
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	ada.asks(http.MethodPut, "/api/v1/channels/pager", `{"kind":"webhook","url":"https://pager.example/","secret":"`+wordpass+`"}`, http.StatusOK, nil)
	ada.asks(http.MethodPatch, "/api/v1/reps/bob", `{"password":"`+wordpass+`"}`, http.StatusOK, nil)
	for _, path := range []string{"/api/v1/trunks", "/api/v1/channels", "/api/v1/reps", "/api/v1/reps?q=argon", "/api/v1/audit?limit=1000", "/api/v1/trunks?q=" + wordpass} {
		if body := ada.send(http.MethodGet, path, ""); strings.Contains(body, wordpass) || strings.Contains(body, "argon2id") || strings.Contains(path, "q=") && !strings.Contains(body, `"total":0`) {
			t.Errorf("%s: tells a secret: %s", path, body)
		}
	}
}

// TestEveryPartCrossesToTheBrowser holds the words of the API against those of the center: a new one cannot be forgotten.
func TestEveryPartCrossesToTheBrowser(t *testing.T) {
	for _, pair := range []struct{ ours, theirs any }{
		{center.Organisation{}, api.Organisation{}}, {center.Center{}.Template, api.Template{}},
	} {
		sameFields(t, reflect.TypeOf(pair.ours), reflect.TypeOf(pair.theirs))
	}
	lists := map[string]any{
		"sites": api.Site{}, "trunks": api.Trunk{}, "numbers": api.Number{}, "voice_routes": api.VoiceRoute{}, "presences": api.CustomPresence{},
		"capacity_profiles": api.CapacityProfile{}, "outbound_profiles": api.OutboundProfile{}, "queues": api.Queue{}, "workstreams": api.Workstream{},
		"reps": api.Rep{}, "channels": api.Channel{}, "notification_rules": api.NotificationRule{}, "translations": api.Translation{},
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[center.Center]()) {
		if field.Type.Kind() != reflect.Slice {
			continue
		}
		name := strings.Split(field.Tag.Get("json"), ",")[0]
		theirs, known := lists[name]
		if !known {
			t.Errorf("the API has no list %s", name)
			continue
		}
		sameFields(t, field.Type.Elem(), reflect.TypeOf(theirs))
	}
}

func sameFields(t *testing.T, ours, theirs reflect.Type) {
	t.Helper()
	if diff := cmp.Diff(names(ours), names(theirs)); diff != "" {
		t.Errorf("%s (-center +API):\n%s", theirs.Name(), diff)
	}
	for _, field := range reflect.VisibleFields(ours) {
		inner := elementOf(field.Type)
		if other, found := theirs.FieldByName(field.Name); found && inner.Kind() == reflect.Struct && !field.Anonymous {
			sameFields(t, inner, elementOf(other.Type))
		}
	}
}

func elementOf(shape reflect.Type) reflect.Type {
	for shape.Kind() == reflect.Pointer || shape.Kind() == reflect.Slice {
		shape = shape.Elem()
	}
	return shape
}

// names returns the JSON names of the fields of a struct that cross. A password comes in the clear and is kept as its hash; the time of a measured
// position has no place in a center.
func names(shape reflect.Type) []string {
	var all []string
	for _, field := range reflect.VisibleFields(shape) {
		name := strings.TrimSuffix(strings.Split(field.Tag.Get("json"), ",")[0], "_hash")
		if name != "" && name != "-" && name != "at" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (c *client) get(path string, into any) {
	c.t.Helper()
	c.asks(http.MethodGet, path, "", http.StatusOK, into)
}

// asks sends a request that is answered with the status, and reads the answer.
func (c *client) asks(method, path, body string, status int, into any) {
	c.t.Helper()
	got, answer := c.exchange(method, path, body)
	if got != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got, status, answer)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer), into); err != nil {
		c.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
}
