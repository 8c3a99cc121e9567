package psap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Locator is a pretend LoST server (RFC 5222) and location server (HELD, RFC 5985), for tests and demonstrations. It knows every place,
// unless it is told to behave otherwise.
type Locator struct {
	mu        sync.Mutex
	behaviour LocatorBehaviour
	asked     Asked
}

// Asked is how often somebody has asked.
type Asked struct {
	LoST int `json:"lost"`
	HELD int `json:"held"`

	Device string `json:"device,omitempty"` // the address about which the last HELD request was; empty: whoever asked
}

// LocatorBehaviour is how it answers from now on. Every POST sets it whole.
type LocatorBehaviour struct {
	Mode     string `json:"mode"`             // one of LocatorModes; empty: right
	URI      string `json:"uri"`              // where the emergency service is; empty: sip:psap@emergency.example
	Number   string `json:"number,omitempty"` // that people dial for it; empty: that of the country, or 112
	ExpiresS int    `json:"expires_s"`        // for how long an answer holds; 0: an hour
	DelayMS  int    `json:"delay_ms"`         // before an answer; slow: a minute

	Place *HeldPlace `json:"place,omitempty"` // where everybody is; absent: at 1 Main St, Springfield
}

// LocatorModes lists the ways in which it can answer.
func LocatorModes() []string {
	return []string{
		"right", "expired", "no_cache", "no_expiration", "slow", "wrong_xml", "redirect", "not_found", "forbidden", "loop", "unrecognized", "warnings", "invalid", "down", "huge", "by_reference",
	}
}

// NewLocator returns one that answers rightly.
func NewLocator() *Locator {
	l := &Locator{}
	_ = l.Behave(LocatorBehaviour{}) // nothing is wrong with that
	return l
}

// Behave sets how it answers.
func (l *Locator) Behave(b LocatorBehaviour) error {
	if b.Mode == "" {
		b.Mode = "right"
	}
	if b.URI == "" {
		b.URI = "sip:psap@emergency.example"
	}
	if b.ExpiresS == 0 {
		b.ExpiresS = 3600
	}
	if b.Mode == "slow" && b.DelayMS == 0 {
		b.DelayMS = 60_000
	}
	var wrong []error
	if !slices.Contains(LocatorModes(), b.Mode) {
		wrong = append(wrong, fmt.Errorf("mode: %q is none of %s", b.Mode, strings.Join(LocatorModes(), ", ")))
	}
	if b.ExpiresS < 0 || b.DelayMS < 0 || b.DelayMS > longestMS {
		wrong = append(wrong, errors.New("expires_s and delay_ms: not negative, and a delay of an hour at most"))
	}
	wrong = append(wrong, b.at().check())
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behaviour = b
	return nil
}

// Asked tells how often somebody has asked until now.
func (l *Locator) Asked() Asked {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// Handler serves both protocols and the interface that steers them:
//
//	POST /lost           a LoST request
//	POST /held           a HELD request
//	GET  /psap/locator   how it answers, as [LocatorBehaviour], and how often it was asked
//	POST /psap/locator   set it, whole
//
// Only requests that name this machine as their host are answered.
func (l *Locator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /lost", l.lost)
	mux.HandleFunc("POST /lost/authority", l.lost) // where a redirect leads
	mux.HandleFunc("POST /held", l.held)
	mux.HandleFunc("GET /held/{reference}", l.dereference)
	mux.HandleFunc("POST /held/{reference}", l.dereference)
	mux.HandleFunc("GET /psap/locator", l.show)
	mux.HandleFunc("POST /psap/locator", l.set)
	return localOnly(mux)
}

func (l *Locator) show(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	view := struct {
		LocatorBehaviour
		Asked Asked `json:"asked"`
	}{l.behaviour, l.asked}
	l.mu.Unlock()
	respond(w, http.StatusOK, view)
}

func (l *Locator) set(w http.ResponseWriter, r *http.Request) {
	var b LocatorBehaviour
	err := readJSON(r.Body, &b)
	if err == nil {
		err = l.Behave(b)
	}
	if err != nil {
		badRequest(w, err)
		return
	}
	l.show(w, r)
}

// begin counts a request, waits as told, and returns how it is answered; false: it has been answered, or nobody waits any more.
func (l *Locator) begin(w http.ResponseWriter, r *http.Request, count func(*Asked)) (b LocatorBehaviour, going bool) {
	l.mu.Lock()
	count(&l.asked)
	b = l.behaviour
	l.mu.Unlock()
	select {
	case <-time.After(time.Duration(b.DelayMS) * time.Millisecond):
	case <-r.Context().Done():
		return b, false
	}
	switch b.Mode {
	case "down":
		w.WriteHeader(http.StatusServiceUnavailable)
		return b, false
	case "huge":
		_, _ = io.WriteString(w, "<answer>"+strings.Repeat("<!-- and so on -->", 64<<10)) // over a megabyte
		return b, false
	case "wrong_xml":
		_, _ = io.WriteString(w, "<html><body>Sign in to this network</body></html>") // a portal in the way
		return b, false
	}
	return b, true
}

const lostSpace = "urn:ietf:params:xml:ns:lost1"

// lost answers a findService request (RFC 5222 §8).
func (l *Locator) lost(w http.ResponseWriter, r *http.Request) {
	b, going := l.begin(w, r, func(a *Asked) { a.LoST++ })
	if !going {
		return
	}
	w.Header().Set("Content-Type", "application/lost+xml")
	var asked element
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = xml.Unmarshal(body, &asked)
	}
	service := asked.find("service")
	where := asked.find("location")
	if err != nil || !asked.is(lostSpace, "findService") || service == nil || where == nil {
		lostError(w, "badRequest")
		return
	}
	if words := map[string]string{"not_found": "notFound", "forbidden": "forbidden", "loop": "loop", "unrecognized": "locationProfileUnrecognized"}; words[b.Mode] != "" {
		lostError(w, words[b.Mode])
		return
	}
	if b.Mode == "redirect" && !strings.HasSuffix(r.URL.Path, "/authority") {
		target := url.URL{Scheme: "http", Host: r.Host, Path: "/lost/authority"}
		fmt.Fprintf(w, `<redirect xmlns="%s" target="%s" source="locator.example" message="Ask the authority." xml:lang="en"/>`+"\n", lostSpace, escaped(target.String()))
		return
	}
	_, _ = io.WriteString(w, b.mapping(strings.TrimSpace(service.Text), where)) // a client that has left needs no answer
}

func lostError(w io.Writer, word string) {
	fmt.Fprintf(w, `<errors xmlns="%s" source="locator.example"><%s message="As it was told to." xml:lang="en"/></errors>`+"\n", lostSpace, word)
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

// mapping is the answer of a server that knows the place.
func (b LocatorBehaviour) mapping(service string, where *element) string {
	now := time.Now().UTC()
	expires := now.Add(time.Duration(b.ExpiresS) * time.Second).Format(time.RFC3339)
	switch b.Mode {
	case "expired":
		expires = now.Add(-time.Hour).Format(time.RFC3339)
	case "no_cache":
		expires = "NO-CACHE"
	case "no_expiration":
		expires = "NO-EXPIRATION"
	}
	country := where.find("country")
	number := b.Number
	if number == "" {
		number = "112"
		if country != nil && slices.Contains([]string{"US", "CA", "PR"}, country.Text) {
			number = "911"
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<findServiceResponse xmlns="%s"><mapping expires="%s" lastUpdated="%s" source="locator.example" sourceId="1">`+
		`<displayName xml:lang="en">Pretend emergency service</displayName><service>%s</service><uri>%s</uri><serviceNumber>%s</serviceNumber></mapping>`,
		lostSpace, expires, now.Format(time.RFC3339), escaped(service), escaped(b.URI), escaped(number))
	if address := where.find("civicAddress"); address != nil {
		out.WriteString(b.validation(address))
	}
	if b.Mode == "warnings" {
		out.WriteString(`<warnings source="locator.example"><defaultMappingReturned message="As it was told to." xml:lang="en"/></warnings>`)
	}
	out.WriteString(`<path><via source="locator.example"/></path><locationUsed id="place"/></findServiceResponse>` + "\n")
	return out.String()
}

// validation calls every element of an address valid but the house number, which is not checked, or invalid where it is told so
// (RFC 5222 §8.4.2).
func (b LocatorBehaviour) validation(address *element) string {
	var valid []string
	doubtful := "unchecked"
	if b.Mode == "invalid" {
		doubtful = "invalid"
	}
	doubted := ""
	for _, child := range address.Children {
		if child.XMLName.Local == "HNO" {
			doubted = "<" + doubtful + ">ca:HNO</" + doubtful + ">"
			continue
		}
		valid = append(valid, "ca:"+child.XMLName.Local)
	}
	return `<locationValidation xmlns:ca="` + civicSpace + `"><valid>` + strings.Join(valid, " ") + `</valid>` + doubted + `</locationValidation>`
}
