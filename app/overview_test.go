package app_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mayday/web/api"
)

func TestAdministratorSeesHowReadyEverybodyIs(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")

	var all api.ReadinessMatrix
	ada.get("/api/v1/readiness", &all)
	people := len(all.Rows)
	if all.Total != people || people < 3 || len(all.Sites) < 2 {
		t.Fatalf("everybody: %+v", all)
	}
	var bob api.RepReadiness
	ada.get("/api/v1/readiness/bob", &bob)
	if bob.Number != "112" || bob.Country != "DK" || bob.CallerID != "+4589550101" || bob.Turns[0][0] != "provider" || bob.Site != "aarhus" ||
		!slices.Contains(bob.Place, "Søndergade 12") || !slices.Contains(bob.Causes, "no_workspace") || bob.Colour == "green" {
		t.Errorf("Bob in Aarhus: %+v", bob)
	}
	counted := map[string]int{}
	for _, c := range all.Causes {
		counted[c.Cause] = c.Reps
	}
	if counted["no_workspace"] != people || counted["no_trunk"] != 0 {
		t.Errorf("nobody has a workspace open: %v", counted)
	}
	for query, holds := range map[string]func(api.RepReadiness) bool{
		"site=aarhus":        func(r api.RepReadiness) bool { return r.Site == "aarhus" },
		"q=BOB":              func(r api.RepReadiness) bool { return r.Rep == "bob" },
		"cause=no_workspace": func(r api.RepReadiness) bool { return slices.Contains(r.Causes, "no_workspace") },
		"colour=amber":       func(r api.RepReadiness) bool { return r.Colour == "amber" },
		"colour=red":         func(r api.RepReadiness) bool { return r.Colour == "red" },
		"limit=1&offset=1":   func(r api.RepReadiness) bool { return r.Rep == all.Rows[1].Rep },
	} {
		var some api.ReadinessMatrix
		ada.get("/api/v1/readiness?"+query, &some)
		for _, r := range some.Rows {
			if !holds(r) {
				t.Errorf("%s: %+v", query, r)
			}
		}
		wanted := 0
		for _, r := range all.Rows {
			if holds(r) {
				wanted++
			}
		}
		if len(some.Rows) != wanted {
			t.Errorf("%s: %d people, want %d", query, len(some.Rows), wanted)
		}
	}
	ada.asks(http.MethodGet, "/api/v1/readiness?colour=blue", "", http.StatusUnprocessableEntity, nil)
	ada.asks(http.MethodGet, "/api/v1/readiness/nobody", "", http.StatusNotFound, nil)

	for _, asked := range []func() string{
		func() string { return ada.send(http.MethodGet, "/api/v1/readiness?format=csv&limit=1", "") },
		func() string {
			ada.header = http.Header{"Accept": {"text/csv"}}
			defer func() { ada.header = nil }()
			return ada.send(http.MethodGet, "/api/v1/readiness", "")
		},
	} {
		lines, err := csv.NewReader(strings.NewReader(asked())).ReadAll()
		if err != nil || len(lines) != people+1 || lines[0][0] != "rep" || len(lines[1]) != len(lines[0]) {
			t.Errorf("as CSV: %v, %v", lines, err)
		}
	}
	metrics := ada.send(http.MethodGet, "/metrics", "")
	for _, want := range []string{`mayday_readiness_cause_reps{cause="no_workspace"} `, `mayday_readiness_reps{colour="red"} `, `mayday_alarm_total{alarm="emergency_no_trunk"} 0`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics: no %s", want)
		}
	}
	if strings.Contains(metrics, "bob") || strings.Contains(metrics, "aarhus") {
		t.Error("metrics name somebody")
	}
}

func TestReadinessIsSeenByThoseWhoLookAfterPeople(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	ada.asks(http.MethodPatch, "/api/v1/reps/bob", `{"roles":["rep","desk"]}`, http.StatusOK, nil)
	var bobs api.Part[api.Rep]
	ada.get("/api/v1/reps/bob", &bobs)

	var seen api.ReadinessMatrix
	signIn(t, s.node.HTTP(), "sam").get("/api/v1/readiness", &seen)
	if len(seen.Sites) < 2 {
		t.Errorf("a supervisor sees %+v", seen.Sites)
	}
	bob := signIn(t, s.node.HTTP(), "bob")
	bob.get("/api/v1/readiness", &seen)
	for _, r := range seen.Rows {
		if r.Site != bobs.Part.Site {
			t.Errorf("the desk of %s sees %s of %s", bobs.Part.Site, r.Rep, r.Site)
		}
	}
	if len(seen.Rows) == 0 {
		t.Error("the desk of a site sees nobody")
	}
	bob.asks(http.MethodGet, "/api/v1/readiness/alice", "", http.StatusNotFound, nil)
	alice := signIn(t, s.node.HTTP(), "alice")
	alice.asks(http.MethodGet, "/api/v1/readiness", "", http.StatusForbidden, nil)
	alice.asks(http.MethodGet, "/api/v1/readiness/bob", "", http.StatusForbidden, nil)
	alice.asks(http.MethodGet, "/api/v1/lint", "", http.StatusForbidden, nil)
	var own api.RepReadiness
	alice.get("/api/v1/me/readiness", &own)
	if own.Rep != "alice" {
		t.Errorf("Alice's own line: %+v", own)
	}

	f := alice.feed()
	f.shows("a workspace that says nothing of itself", func(w api.Workspace) bool { return w.Ready != nil && slices.Contains(w.Ready.Causes, "no_workspace") })
	for _, step := range []struct {
		request api.Request
		want    string
	}{
		{api.Request{Do: api.DoMicrophone, Microphone: "denied"}, "microphone_denied"},
		{api.Request{Do: api.DoMicrophone, Microphone: "missing"}, "no_microphone"},
		{api.Request{Do: api.DoLocation, Location: "denied"}, "location_denied"},
		{api.Request{Do: api.DoLocation, Location: "missing"}, "no_position"},
	} {
		if refused := f.ask(step.request); refused != "" {
			t.Errorf("%+v: %s", step.request, refused)
		}
		f.shows(step.want, func(w api.Workspace) bool {
			return slices.Contains(w.Ready.Causes, step.want) && w.Ready.Colour == api.ColourRed
		})
	}
}

func TestDialPlanCheckLeadsToItsCure(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	ada.asks(http.MethodPut, "/api/v1/voice_routes/all", `{"id":"all","order":1,"pattern":".*","trunks":["carrier"]}`, http.StatusOK, nil)
	ada.asks(http.MethodPatch, "/api/v1/trunks/carrier", `{"kind":"direct_routing","location":"none","ng":true}`, http.StatusOK, nil)
	var got api.Findings
	ada.get("/api/v1/lint", &got)
	for _, want := range []api.Finding{{Level: "note", Part: "voice_routes", ID: "all"}, {Level: "warning", Part: "trunks", ID: "carrier"}} {
		if !slices.ContainsFunc(got.Findings, func(f api.Finding) bool {
			return f.Level == want.Level && f.Part == want.Part && f.ID == want.ID && f.Reason != "" && strings.HasPrefix(f.Path, want.Part+"[")
		}) {
			t.Errorf("no %+v in %+v", want, got)
		}
	}
	if !slices.IsSortedFunc(got.Findings, func(a, b api.Finding) int { return strings.Compare(b.Level, a.Level) }) { // warning, note
		t.Errorf("not the worst first: %+v", got)
	}
}
