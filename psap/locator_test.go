package psap_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mayday/pidf"
	"mayday/psap"
)

const question = `<findService xmlns="urn:ietf:params:xml:ns:lost1" recursive="true" validateLocation="true"><location id="place" profile="civic">` +
	`<civicAddress xmlns="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"><country>US</country><A3>Springfield</A3><HNO>1</HNO></civicAddress></location>` +
	`<service>urn:service:sos</service></findService>`

func post(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	response, err := http.Post(url, "application/xml", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestLocatorAnswersInTheProtocol: in every mode but those that break it on purpose, as xmllint has it.
func TestLocatorAnswersInTheProtocol(t *testing.T) {
	l := psap.NewLocator()
	server := httptest.NewServer(l.Handler())
	defer server.Close()
	says := map[string]string{
		"right": "<uri>sip:psap@emergency.example</uri><serviceNumber>911</serviceNumber>", "expired": "<mapping", "no_cache": `expires="NO-CACHE"`, "no_expiration": `expires="NO-EXPIRATION"`,
		"redirect": `target="http://127.0.0.1`, "not_found": "<notFound", "forbidden": "<forbidden", "loop": "<loop", "unrecognized": "<locationProfileUnrecognized",
		"warnings": "<defaultMappingReturned", "invalid": "<invalid>ca:HNO</invalid>",
	}
	for _, mode := range psap.LocatorModes() {
		if mode == "slow" || mode == "down" || mode == "wrong_xml" || mode == "huge" || mode == "by_reference" {
			continue
		}
		if err := l.Behave(psap.LocatorBehaviour{Mode: mode}); err != nil {
			t.Fatal(err)
		}
		status, answer := post(t, server.URL+"/lost", question)
		if status != http.StatusOK || !strings.Contains(answer, says[mode]) {
			t.Errorf("%s: %d %s", mode, status, answer)
		}
		lint := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--relaxng", filepath.Join("..", "edge", "lookup", "testdata", "lost.rng"), "-")
		lint.Stdin = strings.NewReader(answer)
		if out, err := lint.CombinedOutput(); err != nil {
			t.Errorf("%s: xmllint: %v\n%s\n%s", mode, err, out, answer)
		}
	}
	if asked := l.Asked().LoST; asked != len(says) {
		t.Errorf("asked %d times, it says %d", len(says), asked)
	}
}

func TestLocatorMisbehavesAsItIsTold(t *testing.T) {
	l := psap.NewLocator()
	server := httptest.NewServer(l.Handler())
	defer server.Close()
	status, answer := post(t, server.URL+"/psap/locator", `{"mode":"down"}`)
	if status != http.StatusOK || !strings.Contains(answer, `"mode":"down"`) {
		t.Errorf("told to be down: %d %s", status, answer)
	}
	if status, _ := post(t, server.URL+"/lost", question); status != http.StatusServiceUnavailable {
		t.Errorf("down: %d", status)
	}
	if status, answer := post(t, server.URL+"/psap/locator", `{"mode":"asleep"}`); status != http.StatusBadRequest || !strings.Contains(answer, "none of right") {
		t.Errorf("told to be asleep: %d %s", status, answer)
	}
	for body, want := range map[string]string{
		`{"place":{}}`: "neither an address nor a position", `{"place":{"civic":{"Country":"Denmark"}}}`: "place: ", `{"place":{"latitude":91,"radius_m":5}}`: "place: ",
	} {
		if status, answer := post(t, server.URL+"/psap/locator", body); status != http.StatusBadRequest || !strings.Contains(answer, want) {
			t.Errorf("told %s: %d %s", body, status, answer)
		}
	}
	if err := l.Behave(psap.LocatorBehaviour{Mode: "slow"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/lost", strings.NewReader(question))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Error("slow: answers somebody who waits no more")
	}
}

func TestLocatorTellsPlacesByValueAndByReference(t *testing.T) {
	l := psap.NewLocator()
	server := httptest.NewServer(l.Handler())
	defer server.Close()
	ask := func(kinds string) string {
		_, answer := post(t, server.URL+"/held", `<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held"><locationType exact="true">`+kinds+`</locationType></locationRequest>`)
		return answer
	}
	civic, err := pidf.Within([]byte(ask("civic")))
	if err != nil || civic.Tuples[0].Place.Civic == nil || civic.Tuples[0].Place.Shape != nil {
		t.Errorf("civic: %+v, %v", civic, err)
	}
	referred := ask("locationURI")
	_, rest, _ := strings.Cut(referred, "<locationURI>")
	reference, _, found := strings.Cut(rest, "</locationURI>")
	if !found || strings.Contains(referred, "presence") {
		t.Fatalf("a reference: %s", referred)
	}
	response, err := http.Get(reference)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if document, err := pidf.Parse(text); err != nil || document.Tuples[0].Place.Civic.RD != "Main St" {
		t.Errorf("dereferenced: %s, %v", text, err)
	}
	if err := l.Behave(psap.LocatorBehaviour{Place: &psap.HeldPlace{Latitude: 56.15, Longitude: 10.2, RadiusM: 40}}); err != nil {
		t.Fatal(err)
	}
	if position, err := pidf.Within([]byte(ask("civic"))); err != nil || position.Tuples[0].Place.Civic != nil || position.Tuples[0].Place.Shape == nil {
		t.Errorf("a position alone: %+v, %v", position, err)
	}
	post(t, server.URL+"/held", `<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held"><device xmlns="urn:ietf:params:xml:ns:geopriv:held:id"><ip v="4">192.0.2.5</ip></device></locationRequest>`)
	if asked := l.Asked(); asked.Device != "192.0.2.5" {
		t.Errorf("asked about a device: %+v", asked)
	}
	if err := l.Behave(psap.LocatorBehaviour{Mode: "not_found"}); err != nil {
		t.Fatal(err)
	}
	if answer := ask("civic"); !strings.Contains(answer, `code="locationUnknown"`) {
		t.Errorf("not found: %s", answer)
	}
}
