package lookup_test

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/edge/lookup"
	"mayday/pidf"
)

// presence is a document as RFC 5985 §10 has it, with its prefixes declared around it where declared says so.
const (
	prefixes = ` xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"`
	inside   = `<tuple id="a"><status><gp:geopriv><gp:location-info><ca:civicAddress><ca:country>US</ca:country><ca:A3>Springfield</ca:A3><ca:FLR>4</ca:FLR></ca:civicAddress>` +
		`</gp:location-info><gp:usage-rules/><gp:method>Wiremap</gp:method></gp:geopriv></status></tuple></presence>`
	uris = `<locationUriSet expires="2026-03-02T10:00:00Z"><locationURI>https://ls.example/357yc6s64ceyoiuy5ax3o</locationURI><locationURI>sip:9769+357yc6s64ceyoiuy5ax3o@ls.example</locationURI></locationUriSet>`
)

func located(around, more string) string {
	return head + `<locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held"` + around + `>` + more + `</locationResponse>`
}

func TestLocationsAreRead(t *testing.T) {
	own := `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@ls.example"` + prefixes + `>` + inside
	outer := `<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" entity="pres:a@ls.example">` + strings.NewReplacer("<tuple", "<p:tuple", "</tuple", "</p:tuple", "<status", "<p:status", "</status", "</p:status", "</presence", "</p:presence").Replace(inside)
	for _, row := range []struct {
		circumstance string
		answer       string
		place        bool
		references   []string
	}{
		{"by value", located("", own), true, nil},
		{"with prefixes declared outside", located(prefixes, outer), true, nil},
		{"by reference", located("", uris), false, []string{"https://ls.example/357yc6s64ceyoiuy5ax3o"}},
		{"both, and what we do not know", located("", uris+own+`<more xmlns="urn:x"/>`), true, []string{"https://ls.example/357yc6s64ceyoiuy5ax3o"}},
		{"references that have expired beside a value", located("", strings.Replace(uris, "T10", "T08", 1)+own), true, nil},
	} {
		url, asked := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, row.answer) })
		found, err := lookup.NewClient(nil).Locate(t.Context(), url, lookup.Request{}, nine)
		if err != nil {
			t.Errorf("%s: %v", row.circumstance, err)
			continue
		}
		if diff := cmp.Diff(row.references, found.References); diff != "" {
			t.Errorf("%s: references (-want +got):\n%s", row.circumstance, diff)
		}
		if len(row.references) > 0 && !found.Until.Equal(nine.Add(time.Hour)) {
			t.Errorf("%s: references until %s", row.circumstance, found.Until)
		}
		want := &pidf.Civic{Country: "US", A3: "Springfield", FLR: "4"}
		if (found.Document != nil) != row.place || row.place && !cmp.Equal(found.Document.Tuples[0].Place.Civic, want) {
			t.Errorf("%s: %+v", row.circumstance, found.Document)
		}
		if r := asked.Load(); r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/held+xml" {
			t.Errorf("%s: asked by %s with %s", row.circumstance, r.Method, r.Header.Get("Content-Type"))
		}
	}
}

func TestLocationsThatAreRefused(t *testing.T) {
	refused := map[string]string{
		"<": lookup.Unreadable, "<html/>": lookup.Unreadable, located("", ""): lookup.Unusable, located("", "<presence xmlns='urn:ietf:params:xml:ns:pidf'/>"): lookup.Unreadable,
		located("", strings.Replace(uris, "T10", "T08", 1)): lookup.Unusable, located("", `<locationUriSet expires="soon"/>`): lookup.Unreadable,
		head + `<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="somethingElse"/>`: "error",
	}
	for _, code := range []string{
		"requestError", "xmlError", "generalLisError", "locationUnknown", "unsupportedMessage", "timeout", "cannotProvideLiType", "notLocatable", "badIdentifier",
	} {
		refused[head+`<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="`+code+`"><message xml:lang="en">1 Main St</message></error>`] = code
	}
	for text, want := range refused {
		url, _ := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, text) })
		_, err := lookup.NewClient(nil).Locate(t.Context(), url, lookup.Request{}, nine)
		var said lookup.Refused
		if !errors.As(err, &said) || said.Word != want {
			t.Errorf("%s: %v, want a refusal with %s", text, err, want)
		}
	}
}

func TestRequestSaysWhatIsWanted(t *testing.T) {
	const begin = head + `<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held" responseTime="`
	for _, row := range []struct {
		request lookup.Request
		want    string
	}{
		{lookup.Request{}, begin + `emergencyDispatch"></locationRequest>` + "\n"},
		{lookup.Request{Kinds: []lookup.Kind{lookup.Civic, lookup.Geodetic}, Exact: true, ResponseTime: 8 * time.Second},
			begin + `8000"><locationType exact="true">civic geodetic</locationType></locationRequest>` + "\n"},
		{lookup.Request{Kinds: []lookup.Kind{lookup.Reference}, Device: netip.MustParseAddr("::ffff:192.0.2.5")},
			begin + `emergencyDispatch"><locationType exact="false">locationURI</locationType><device xmlns="urn:ietf:params:xml:ns:geopriv:held:id"><ip v="4">192.0.2.5</ip></device></locationRequest>` + "\n"},
		{lookup.Request{Device: netip.MustParseAddr("fe80::1%eth0")},
			begin + `emergencyDispatch"><device xmlns="urn:ietf:params:xml:ns:geopriv:held:id"><ip v="6">fe80::1</ip></device></locationRequest>` + "\n"},
	} {
		url, _ := server(t, func(w http.ResponseWriter, asked string) {
			if diff := cmp.Diff(row.want, asked); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", row.request, diff)
			}
			_, _ = io.WriteString(w, located("", uris))
		})
		if _, err := lookup.NewClient(nil).Locate(t.Context(), url, row.request, nine); err != nil {
			t.Error(err)
		}
	}
}

func TestReferenceLeadsToThePlace(t *testing.T) {
	document := head + `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@ls.example"` + prefixes + `>` + inside
	own := strings.TrimPrefix(document, head)
	for circumstance, text := range map[string]string{"a document": document, "a HELD response": located("", own)} {
		url, asked := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, text) })
		found, err := lookup.NewClient(nil).Dereference(t.Context(), url)
		if err != nil || found.Tuples[0].Place.Civic.FLR != "4" || asked.Load().Method != http.MethodGet {
			t.Errorf("%s: %+v, %v", circumstance, found, err)
		}
	}
	gone, _ := server(t, func(w http.ResponseWriter, _ string) { w.WriteHeader(404) })
	refuses, _ := server(t, func(w http.ResponseWriter, _ string) {
		_, _ = io.WriteString(w, `<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="locationUnknown"/>`)
	})
	for reference, want := range map[string]error{
		gone: lookup.Unreached{Reason: "it answers 404"}, refuses: lookup.Refused{Word: "locationUnknown"},
		"sip:a@ls.example": lookup.Refused{Word: lookup.Insecure}, "https://me:secret@ls.example/": lookup.Refused{Word: lookup.Insecure}, "file:///etc/passwd": lookup.Refused{Word: lookup.Insecure},
	} {
		if _, err := lookup.NewClient(nil).Dereference(t.Context(), reference); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", reference, err, want)
		}
	}
}

// FuzzLocation claims that no answer makes the client panic, and that a reference it takes is one of the web, and a place one that can be used.
func FuzzLocation(f *testing.F) {
	f.Add([]byte(located("", uris)))
	f.Add([]byte(located("", `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@ls.example"`+prefixes+`>`+inside)))
	f.Add([]byte(located(prefixes, `<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" entity="pres:a@b"/>`)))
	f.Add([]byte(`<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="timeout"/>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := lookup.ReadLocation(body, nine)
		if err != nil {
			return
		}
		for _, reference := range found.References {
			if !strings.HasPrefix(strings.ToLower(reference), "http") {
				t.Errorf("a reference that is none of the web: %q", reference)
			}
		}
		if found.Document == nil {
			return
		}
		told, err := lookup.ToldIn(*found.Document, nine)
		if err == nil && (!told.Given() || told.Expired(nine) || told.Position != nil && !told.Position.Valid() || told.Country != "" && !told.Country.Valid()) {
			t.Errorf("a place that cannot be used: %+v", told)
		}
	})
}
