package lookup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/edge/lookup"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func addressed() mapping.Question {
	return mapping.Question{Service: mapping.SOS, Country: "US", Civic: location.Civic{Street: "Main & Side", HouseNumber: "1", City: "Springfield", Region: "IL"}}
}

func pointed(radiusM float64) mapping.Question {
	return mapping.Question{Service: mapping.SOS, Point: mapping.Point{Latitude: 39.801, Longitude: -89.644, RadiusM: radiusM}}
}

// server answers every request with the text and returns its URL and what it was asked.
func server(t *testing.T, answer func(w http.ResponseWriter, asked string)) (url string, asked *atomic.Pointer[http.Request]) {
	t.Helper()
	asked = new(atomic.Pointer[http.Request])
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked.Store(r)
		answer(w, string(body))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/lost", asked
}

func find(t *testing.T, url string, q mapping.Question) (mapping.Mapping, error) {
	t.Helper()
	return lookup.NewClient(nil).Find(t.Context(), url, q, nine)
}

const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// response is an answer with one mapping, as the RFC has it, and what else is given.
func response(attributes, inside, more string) string {
	return head + `<findServiceResponse xmlns="urn:ietf:params:xml:ns:lost1"><mapping ` + attributes +
		` lastUpdated="2025-11-01T01:00:00Z" source="authoritative.example" sourceId="7e3f40b098c711dbb6060800200c9a66"><displayName xml:lang="en">Springfield
	Police</displayName><service>urn:service:sos</service>` + inside + `</mapping>` + more +
		`<path><via source="resolver.example"/><via source="authoritative.example"/></path><locationUsed id="place"/></findServiceResponse>`
}

const (
	hour   = `expires="2026-03-02T10:00:00Z"`
	police = `<uri>sip:police@springfield.example</uri><uri>xmpp:police@springfield.example</uri><serviceNumber>911</serviceNumber>`
)

func TestAnswersAreRead(t *testing.T) {
	good := mapping.Mapping{
		URIs: []string{"sip:police@springfield.example"}, Number: "911", Name: "Springfield Police", Expires: mapping.Expiry{Until: nine.Add(time.Hour)},
	}
	with := func(change func(*mapping.Mapping)) mapping.Mapping {
		m := good
		change(&m)
		return m
	}
	for _, row := range []struct {
		circumstance string
		answer       string
		want         mapping.Mapping
	}{
		{"right", response(hour, police, ""), good},
		{"in another zone", response(`expires="2026-03-02T11:00:00.0+01:00"`, police, ""), good},
		{"NO-CACHE", response(`expires="NO-CACHE"`, police, ""), with(func(m *mapping.Mapping) { m.Expires = mapping.Expiry{NotKept: true} })},
		{"NO-EXPIRATION", response(`expires="NO-EXPIRATION"`, police, ""), with(func(m *mapping.Mapping) { m.Expires = mapping.Expiry{Never: true} })},
		{"for a thousand years", response(`expires="3026-03-02T10:00:00Z"`, police, ""), with(func(m *mapping.Mapping) { m.Expires.Until = nine.Add(400 * 24 * time.Hour) })},
		{"validated", response(hour, police, `<locationValidation xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"><valid>ca:country ca:A1
			ca:A3</valid><invalid>ca:PC</invalid><unchecked>ca:HNO ca:HNO ca:&lt;b&gt;</unchecked></locationValidation>`), with(func(m *mapping.Mapping) {
			m.Validation = mapping.Validation{Valid: []string{"country", "A1", "A3"}, Invalid: []string{"PC"}, Unchecked: []string{"HNO"}}
		})},
		{"with warnings", response(hour, police, `<warnings source="a.example"><defaultMappingReturned message="1 Main St is nowhere" xml:lang="en"/><someOther/></warnings>
			<warnings source="b.example"><locationValidationUnavailable/></warnings>`), with(func(m *mapping.Mapping) {
			m.Warnings = []string{mapping.DefaultMapping, "locationValidationUnavailable"}
		})},
		{"with a boundary by reference", response(hour, `<serviceBoundaryReference source="a.example" key="7214148E0433AFE2FA2D48003D31172E"/>`+police, ""), good},
		{"with what we do not know", response(hour, police+`<extra xmlns="urn:x"><deep/></extra>`, `<extra xmlns="urn:x"/>`), good},
		{"a number that is none", response(hour, `<uri>sip:police@springfield.example</uri><serviceNumber>call me</serviceNumber>`, ""), with(func(m *mapping.Mapping) { m.Number = "" })},
		{"a URI with another header in it", response(hour, "<uri>sip:police@springfield.example&gt;&#13;&#10;X: y</uri>"+police, ""), good},
	} {
		url, asked := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, row.answer) })
		m, err := find(t, url, addressed())
		if err != nil {
			t.Errorf("%s: %v", row.circumstance, err)
			continue
		}
		if diff := cmp.Diff(row.want, m); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.circumstance, diff)
		}
		if r := asked.Load(); r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/lost+xml" {
			t.Errorf("%s: asked by %s with %s", row.circumstance, r.Method, r.Header.Get("Content-Type"))
		}
	}
}

func TestWhatIsNoAnswerIsToldApart(t *testing.T) {
	errorsOf := func(word string) string {
		return head + `<errors xmlns="urn:ietf:params:xml:ns:lost1" source="a.example"><` + word + ` message="1 Main St" xml:lang="en"/></errors>`
	}
	refused := map[string]string{
		"not XML":             "<",
		"another document":    `<html><body>Sign in</body></html>`,
		"no mapping":          head + `<findServiceResponse xmlns="urn:ietf:params:xml:ns:lost1"/>`,
		"no expiry":           response("", police, ""),
		"an expiry in words":  response(`expires="tomorrow"`, police, ""),
		"a list of services":  head + `<listServicesResponse xmlns="urn:ietf:params:xml:ns:lost1"><serviceList>urn:service:sos</serviceList></listServicesResponse>`,
		"entities":            `<!DOCTYPE a [<!ENTITY b "c">]><findServiceResponse xmlns="urn:ietf:params:xml:ns:lost1">&b;</findServiceResponse>`,
		"another service":     strings.ReplaceAll(response(hour, police, ""), "urn:service:sos", "urn:service:test.sos"),
		"no URI for a call":   response(hour, "<uri>tel:911</uri>", ""),
		"a redirect to http":  head + `<redirect xmlns="urn:ietf:params:xml:ns:lost1" target="gopher://a.example/" source="b.example"/>`,
		"a redirect nowhere":  head + `<redirect xmlns="urn:ietf:params:xml:ns:lost1" target="" source="b.example"/>`,
		"a redirect with a @": head + `<redirect xmlns="urn:ietf:params:xml:ns:lost1" target="http://me:secret@a.example/" source="b.example"/>`,
	}
	words := map[string]string{
		"another service": lookup.OtherOne, "no URI for a call": lookup.Unusable, "a redirect to http": lookup.Insecure, "a redirect nowhere": lookup.Insecure, "a redirect with a @": lookup.Insecure,
	}
	for _, word := range []string{
		"badRequest", "forbidden", "internalError", "locationProfileUnrecognized", "locationInvalid", "SRSInvalid", "loop", "notFound", "serverError",
		"serverTimeout", "serviceNotImplemented",
	} {
		refused[word], words[word] = errorsOf(word), word
	}
	refused["an error that nobody knows"], words["an error that nobody knows"] = errorsOf("somethingElse"), "error"
	for circumstance, text := range refused {
		url, _ := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, text) })
		_, err := find(t, url, addressed())
		want := words[circumstance]
		if want == "" {
			want = lookup.Unreadable
		}
		var said lookup.Refused
		if !errors.As(err, &said) || said.Word != want {
			t.Errorf("%s: %v, want a refusal with %s", circumstance, err, want)
		}
	}
}

func TestServerThatIsAwayIsToldApart(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	long := response(hour, police, "<!--"+strings.Repeat("x", 300<<10)+"-->")
	for _, row := range []struct {
		circumstance string
		answer       func(w http.ResponseWriter, asked string)
		want         string
	}{
		{"an error of HTTP", func(w http.ResponseWriter, _ string) { w.WriteHeader(503) }, "it answers 503"},
		{"a redirect of HTTP", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(302)
		}, "it answers 302"},
		{"an answer without an end", func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, long) }, "its answer is longer than 262144 bytes"},
		{"a connection that breaks", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "<")
		}, "the connection fails"},
	} {
		url, _ := server(t, row.answer)
		_, err := find(t, url, addressed())
		var away lookup.Unreached
		if !errors.As(err, &away) || away.Reason != row.want {
			t.Errorf("%s: %v, want not reached: %s", row.circumstance, err, row.want)
		}
	}
	var away lookup.Unreached
	if _, err := find(t, gone.URL, addressed()); !errors.As(err, &away) || away.Reason != "it refuses connections" {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := find(t, "http://lost.invalid/", addressed()); !errors.As(err, &away) {
		t.Errorf("no such name: %v", err)
	}
	over := httptest.NewTLSServer(nil)
	over.Config.ErrorLog = nil
	defer over.Close()
	if _, err := find(t, over.URL, addressed()); !errors.As(err, &away) || !strings.Contains(away.Reason, "authority") {
		t.Errorf("a certificate of nobody: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lookup.NewClient(nil).Find(ctx, gone.URL, addressed(), nine); !errors.As(err, &away) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

func TestRedirectsOfTheProtocolAreFollowed(t *testing.T) {
	to := func(target string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, _ string) {
			fmt.Fprintf(w, `<redirect xmlns="urn:ietf:params:xml:ns:lost1" target="%s" source="a.example" message="elsewhere" xml:lang="en"/>`, target)
		}
	}
	last, _ := server(t, func(w http.ResponseWriter, asked string) {
		if !strings.Contains(asked, "Main &amp; Side") {
			t.Errorf("redirected without the question: %s", asked)
		}
		_, _ = io.WriteString(w, response(hour, police, ""))
	})
	byURL, _ := server(t, to(last))
	byName, _ := server(t, to(strings.TrimSuffix(strings.TrimPrefix(byURL, "http://"), "/lost")))
	if m, err := find(t, byName, addressed()); err != nil || m.Number != "911" {
		t.Errorf("redirected by name and by URL: %+v, %v", m, err)
	}
	var itself string
	itself, _ = server(t, func(w http.ResponseWriter, _ string) { to(itself)(w, "") })
	var said lookup.Refused
	if _, err := find(t, itself, addressed()); !errors.As(err, &said) || said.Word != "loop" {
		t.Errorf("redirected to itself: %v", err)
	}
	chain := last
	for range 5 {
		chain, _ = server(t, to(chain))
	}
	if _, err := find(t, chain, addressed()); !errors.As(err, &said) || said.Word != lookup.TooMany {
		t.Errorf("redirected five times: %v", err)
	}
}

// TestQuestionsAreOfTheProtocol: they match the grammar of RFC 5222 §15, as xmllint has it.
func TestQuestionsAreOfTheProtocol(t *testing.T) {
	for circumstance, q := range map[string]mapping.Question{
		"an address": addressed(), "a point": pointed(0), "a circle": pointed(30),
	} {
		url, _ := server(t, func(w http.ResponseWriter, asked string) {
			file := filepath.Join(t.TempDir(), "question.xml")
			if err := os.WriteFile(file, []byte(asked), 0o600); err != nil {
				t.Error(err)
			}
			if out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--relaxng", filepath.Join("testdata", "lost.rng"), file).CombinedOutput(); err != nil {
				t.Errorf("%s: xmllint: %v\n%s\n%s", circumstance, err, out, asked)
			}
			if strings.Contains(asked, "validateLocation") == q.Geodetic() {
				t.Errorf("%s: %s", circumstance, asked)
			}
			_, _ = io.WriteString(w, response(hour, police, ""))
		})
		if _, err := find(t, url, q); err != nil {
			t.Errorf("%s: %v", circumstance, err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--relaxng", filepath.Join("testdata", "lost.rng"), filepath.Join("testdata", "wrong.xml")).CombinedOutput(); err == nil {
		t.Errorf("a question without a service: xmllint accepts it\n%s", out)
	}
}

// FuzzAnswer claims that no answer makes the client panic, and that what it takes from one can stand in an INVITE.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{response(hour, police, ""), "<", head + `<errors xmlns="urn:ietf:params:xml:ns:lost1"><loop/></errors>`,
		response(`expires="NO-CACHE"`, police, `<warnings><defaultMappingReturned/></warnings><locationValidation><invalid>ca:A1</invalid></locationValidation>`)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := lookup.ReadAnswer(body, nine)
		if err != nil {
			return
		}
		uri := m.Route(false)
		if uri == "" || strings.ContainsAny(uri, "<>\" \r\n") {
			t.Errorf("a way that no call can take: %q", uri)
		}
		if strings.Trim(m.Number, "0123456789*#") != "" || len(m.URIs) > 8 {
			t.Errorf("number %q, %d URIs", m.Number, len(m.URIs))
		}
	})
}
