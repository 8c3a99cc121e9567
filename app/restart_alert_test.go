package app_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mayday/web/api"
)

// TestAlertThatNobodyAcknowledgedOutlivesAKill: a node is killed while nobody has acknowledged. Whoever looks after the site is shown the alert
// again, the next tier is told when its time comes, once, however often the node is killed; and once somebody has acknowledged, nothing of the
// alert is on the disk and nobody further is told.
func TestAlertThatNobodyAcknowledgedOutlivesAKill(t *testing.T) {
	t.Parallel()
	const rule = `{"id":"night","tiers":[{"after_s":15,"emergency_contacts":"leader@acme.example"},{"after_s":3600,"emergency_contacts":"director@acme.example"}]}`
	v, data := newVictim(t, "", "alice", "bob", "sam", "ada")
	v.runs()
	f := v.feeds()
	ada := v.people[3]
	ada.asks(http.MethodPatch, "/api/v1/reps/bob", `{"site":"hq","roles":["rep","desk"]}`, http.StatusOK, nil)
	ada.asks(http.MethodPut, "/api/v1/notification_rules/night", rule, http.StatusOK, nil)
	if code := f[0].ask(api.Request{Do: api.DoDial, Digits: "911"}); code != "" {
		t.Fatalf("911: refused with %s", code)
	}
	call := v.alerts("alice has dialled", f[1:])
	var alert find
	eventually(t, "alice has dialled: the alert is on the disk", func() bool { alert = alertIn(unseal(t, data)); return len(alert.texts) == 2 })
	if times := v.told("leader@acme.example"); times != 0 {
		t.Fatalf("the machine is too slow for this test: the second tier was told %d times before the node was killed", times)
	}

	v.kill()
	v.runs()
	f = v.feeds()
	if again := v.alerts("killed and started anew", f[1:]); again != call {
		t.Errorf("killed and started anew: the alert of %s is shown, and was of %s", again, call)
	}
	eventually(t, "the time of the second tier has come: it is told", func() bool { return v.told("leader@acme.example") == 1 })
	eventually(t, "the second tier was told: it is no longer on the disk", func() bool {
		alert = alertIn(unseal(t, data))
		return len(alert.texts) == 2 && !strings.Contains(alert.texts[1], "leader@") && strings.Contains(alert.texts[1], "director@")
	})

	v.kill()
	v.runs()
	f = v.feeds()
	v.alerts("killed once more", f[1:])
	if code := f[1].ask(api.Request{Do: api.DoAcknowledge, Call: call}); code != "" {
		t.Fatalf("the desk acknowledges: refused with %s", code)
	}
	v.quiet("the desk has acknowledged", f[1:])
	eventually(t, "acknowledged: nobody who is told is on the disk", func() bool {
		return !strings.Contains(strings.Join(unseal(t, data).texts, "\n"), "@acme.example")
	})
	for _, name := range []string{"slots", "outbox"} {
		octets, err := os.ReadFile(filepath.Join(data, "blackbox", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range alert.keys {
			if bytes.Contains(octets, key) {
				t.Errorf("acknowledged: %s holds a key that opens the alert", name)
			}
		}
	}
	v.kill()
	v.runs()
	v.quiet("killed after it was acknowledged", v.feeds()[1:])
	if leader, director := v.told("leader@acme.example"), v.told("director@acme.example"); leader != 1 || director != 0 {
		t.Errorf("in the end: the second tier was told %d times, the third %d", leader, director)
	}
}

// alertIn is what of it stands in a black box: the slot and the body of one alert.
func alertIn(all find) (alert find) {
	for i, text := range all.texts {
		if strings.Contains(text, "alert.") && i+1 < len(all.texts) {
			alert.texts, alert.keys = append(alert.texts, text, all.texts[i+1]), append(alert.keys, all.keys[i], all.keys[i+1])
		}
	}
	return alert
}

// alerts waits until everybody is shown one alert, and returns its call.
func (v *victim) alerts(circumstance string, watchers []*feed) (call string) {
	v.t.Helper()
	for _, f := range watchers {
		f.shows(circumstance+": the alert is shown", func(w api.Workspace) bool { return len(w.Alerts) == 1 })
		shown := f.shown().Alerts[0]
		if call = shown.Call; shown.Rep != "Alice Doe" || shown.Number != "911" || len(shown.Place) == 0 {
			v.t.Errorf("%s: %s is shown %+v", circumstance, f.shown().Rep.ID, shown)
		}
	}
	return call
}

// quiet waits until nobody is shown an alert.
func (v *victim) quiet(circumstance string, watchers []*feed) {
	v.t.Helper()
	for _, f := range watchers {
		f.shows(circumstance+": no alert is shown", func(w api.Workspace) bool { return len(w.Alerts) == 0 })
	}
}

// told is how many mails have come to somebody.
func (v *victim) told(address string) (times int) {
	for _, m := range v.mailbox.Messages() {
		if slices.Contains(m.To, address) {
			times++
		}
	}
	return times
}
