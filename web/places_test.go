package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mayday/web"
)

const document = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@example.com">somewhere</presence>` + "\n"

// served keeps places at a server of their own.
func served(t *testing.T) *web.Places {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	places := web.NewPlaces(server.URL + "/")
	mux.Handle(web.PlacesPath+"/", places)
	return places
}

func asked(t *testing.T, method, uri, contentType, body string) (status int, kind, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, uri, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(all)
}

func TestPlaceIsGivenToWhoKnowsItsAddress(t *testing.T) {
	uri, _ := served(t).Keep("alice", []byte(document))
	if status, kind, answer := asked(t, "GET", uri, "", ""); status != 200 || kind != "application/pidf+xml" || answer != document {
		t.Errorf("GET: %d %s %q", status, kind, answer)
	}
	token := uri[strings.LastIndexByte(uri, '/')+1:]
	if len(token) < 26 { // of base 32: 130 bits
		t.Errorf("the address ends in %d characters, which can be guessed", len(token))
	}
	for _, other := range []string{uri[:len(uri)-1], uri + "A", strings.TrimSuffix(uri, token)} {
		if status, _, answer := asked(t, "GET", other, "", ""); status != 404 || strings.Contains(answer, "somewhere") {
			t.Errorf("another address: %d %q", status, answer)
		}
	}
}

func TestHELDRequestIsAnsweredInHELD(t *testing.T) {
	uri, _ := served(t).Keep("alice", []byte(document))
	const ask = `<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held"/>`
	status, kind, answer := asked(t, "POST", uri, "application/held+xml;charset=utf-8", ask)
	if status != 200 || kind != "application/held+xml" || !strings.Contains(answer, "<locationResponse") || strings.Count(answer, "<?xml") != 1 ||
		!strings.Contains(answer, "somewhere</presence>") {
		t.Errorf("a HELD request: %d %s %q", status, kind, answer)
	}
	for name, body := range map[string][2]string{
		"nothing": {"application/held+xml", ""}, "a form": {"application/x-www-form-urlencoded", "locationRequest=1"},
		"a long request": {"application/held+xml", ask + strings.Repeat(" ", 20<<10)},
	} {
		if status, _, answer := asked(t, "POST", uri, body[0], body[1]); status != 400 || strings.Contains(answer, "somewhere") {
			t.Errorf("%s: %d %q", name, status, answer)
		}
	}
	if status, _, _ := asked(t, "PUT", uri, "", ""); status != 405 {
		t.Errorf("PUT: %d", status)
	}
}

func TestPlaceIsOverwrittenWhenItsWindowEnds(t *testing.T) {
	places := served(t)
	ended, kept := []byte(document), []byte(document)
	first, _ := places.Keep("alice", ended)
	second, forget := places.Keep("bob", kept)
	places.Wipe("alice")
	if status, _, _ := asked(t, "GET", first, "", ""); status != 404 || strings.Trim(string(ended), "\x00") != "" {
		t.Errorf("after the end of alice's window: %d, kept %q", status, ended)
	}
	if status, _, _ := asked(t, "GET", second, "", ""); status != 200 {
		t.Errorf("bob's, whose window goes on: %d", status)
	}
	forget()
	if status, _, _ := asked(t, "GET", second, "", ""); status != 404 || strings.Trim(string(kept), "\x00") != "" {
		t.Errorf("forgotten: %d, kept %q", status, kept)
	}
}

// TestPlaceIsGivenForADayAtMost: whatever its call does, its address is good for nothing afterwards.
func TestPlaceIsGivenForADayAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := web.NewPlaces("https://mayday.example")
		uri, _ := places.Keep("alice", []byte(document))
		given := func() int {
			answer := httptest.NewRecorder()
			places.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", uri, nil))
			return answer.Code
		}
		time.Sleep(24*time.Hour - time.Second)
		if status := given(); status != 200 {
			t.Errorf("a second before the day is over: %d", status)
		}
		time.Sleep(time.Second)
		if status := given(); status != 404 {
			t.Errorf("after a day: %d", status)
		}
	})
}

func TestOnePersonKeepsABoundedNumberOfPlaces(t *testing.T) {
	places := served(t)
	other, _ := places.Keep("bob", []byte(document))
	var first, last string
	for i := range 100 {
		uri, _ := places.Keep("alice", fmt.Appendf(nil, "<presence>%d</presence>", i))
		if last = uri; first == "" {
			first = uri
		}
	}
	for uri, want := range map[string]int{first: 404, last: 200, other: 200} {
		if status, _, _ := asked(t, "GET", uri, "", ""); status != want {
			t.Errorf("after a hundred places: %d, want %d", status, want)
		}
	}
}

func TestNodeWithoutAnAddressKeepsNoPlace(t *testing.T) {
	if uri, _ := web.NewPlaces("").Keep("alice", []byte(document)); uri != "" {
		t.Errorf("kept at %q", uri)
	}
}

// TestAddressOfAPlaceIsWrittenNowhere asks a whole server, which logs each request, for a place that is there and for one that is not.
func TestAddressOfAPlaceIsWrittenNowhere(t *testing.T) {
	places := web.NewPlaces("https://mayday.example")
	s := start(t, func(c *web.Config, _ *web.Timing) { c.Extra = map[string]http.Handler{web.PlacesPath: places} })
	uri, _ := places.Keep("alice", []byte(document))
	path := strings.TrimPrefix(uri, "https://mayday.example")
	for at, want := range map[string]int{path: 200, path + "x": 404} {
		if status, _, _ := asked(t, "GET", s.http.URL+at, "", ""); status != want {
			t.Errorf("asked for a place: %d, want %d", status, want)
		}
	}
	s.stop()
	token := path[strings.LastIndexByte(path, '/')+1:]
	if log := s.log.String(); strings.Contains(log, token) || strings.Contains(log, "somewhere") || !strings.Contains(log, web.PlacesPath) {
		t.Errorf("asked for a place, the log says:\n%s", log)
	}
}
