package psap

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mayday/sip"
)

// HeaderLine is one header of a message.
type HeaderLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// BodyPart is one part of a body.
type BodyPart struct {
	ContentType string       `json:"content_type"`
	Headers     []HeaderLine `json:"headers,omitempty"`
	Text        string       `json:"text"`
}

// CallerID is what a call says of who calls.
type CallerID struct {
	Number   string `json:"number"`             // the asserted one, else the one in From; empty: withheld
	Display  string `json:"display,omitempty"`  // name in From
	From     string `json:"from"`               // URI in From
	Asserted string `json:"asserted,omitempty"` // first URI in P-Asserted-Identity
	Withheld bool   `json:"withheld"`           // the caller asked for privacy, or names nobody
}

// Brought is what an INVITE brought: everything in it, and what we could read out of it.
type Brought struct {
	StartLine   string       `json:"start_line"`
	Headers     []HeaderLine `json:"headers"`
	ContentType string       `json:"content_type,omitempty"`
	Body        string       `json:"body,omitempty"`
	Parts       []BodyPart   `json:"parts,omitempty"`
	SDP         string       `json:"sdp,omitempty"`
	PIDF        string       `json:"pidf,omitempty"`
	Places      []Place      `json:"places,omitempty"`
	References  []string     `json:"references,omitempty"` // where places can be asked for, of a call that refers to them
	CallData    []CallData   `json:"call_data,omitempty"`  // what it says beside the place
	CallerID    CallerID     `json:"caller_id"`
	Dialled     string       `json:"number_dialled"`
	Faults      []string     `json:"faults,omitempty"` // what we could not read, in words

	offered bool // whether there is a session description, even an unreadable one
}

// readBrought reads an INVITE. It never fails: what cannot be read is named in Faults.
func readBrought(request *sip.Message) Brought {
	b := Brought{
		StartLine:   request.StartLine(),
		ContentType: request.ContentType(),
		Body:        string(request.Body()),
		CallerID:    readCallerID(request),
		Dialled:     dialledIn(request.URI()),
		Headers:     headerLines(request.All()),
	}
	b.References = referencesIn(request.Header("Geolocation"))
	if len(request.Body()) == 0 {
		return b
	}
	parts, err := sip.Parts(request.ContentType(), request.Body())
	if err != nil {
		b.Faults = append(b.Faults, fmt.Sprintf("body: %v", err))
	}
	for _, part := range parts {
		b.readPart(part)
	}
	return b
}

func (b *Brought) readPart(part sip.Part) {
	text := string(part.Body)
	b.Parts = append(b.Parts, BodyPart{ContentType: part.ContentType, Headers: headerLines(part.Headers), Text: text})
	switch mediaType(part.ContentType) {
	case "application/sdp":
		if !b.offered {
			b.SDP, b.offered = text, true
		}
	case "application/pidf+xml":
		b.PIDF = text
		places, err := readPlaces(text)
		b.Places = append(b.Places, places...)
		if err != nil {
			b.Faults = append(b.Faults, strings.Split(err.Error(), "\n")...)
		}
	default:
		b.readCallData(part)
	}
}

func headerLines(headers []sip.Header) []HeaderLine {
	lines := make([]HeaderLine, len(headers))
	for i, h := range headers {
		lines[i] = HeaderLine{Name: h.Name, Value: h.Value}
	}
	return lines
}

// mediaType is a content type without its parameters, in lower case.
func mediaType(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// readCallerID finds who calls: the asserted identity counts more than From (RFC 3325 §9.1).
func readCallerID(request *sip.Message) CallerID {
	var id CallerID
	id.Display, id.From = readNameAddress(request.Header("From"))
	_, id.Asserted = readNameAddress(request.Header("P-Asserted-Identity"))
	id.Number = dialledIn(id.Asserted)
	if id.Number == "" {
		id.Number = dialledIn(id.From)
	}
	privacy := strings.Split(strings.ToLower(request.Header("Privacy")), ";")
	private := slices.ContainsFunc(privacy, func(word string) bool { return strings.TrimSpace(word) == "id" })
	if strings.EqualFold(id.Number, "anonymous") {
		id.Number = ""
	}
	id.Withheld = private || id.Number == ""
	return id
}

// readNameAddress splits the first name-addr of a header into display name and URI.
func readNameAddress(value string) (display, uri string) {
	value = strings.TrimSpace(value)
	rest := value
	if strings.HasPrefix(value, `"`) {
		end := closingQuote(value)
		display, rest = unquote(value[1:end]), value[min(end+1, len(value)):]
	}
	before, after, ok := strings.Cut(rest, "<")
	if !ok {
		uri, _, _ = strings.Cut(strings.TrimSpace(rest), ";")
		return display, uri
	}
	if display == "" {
		display = strings.TrimSpace(before)
	}
	uri, _, _ = strings.Cut(after, ">")
	return display, uri
}

// closingQuote is where the quoted string at the start of value ends, its length when it does not.
func closingQuote(value string) int {
	for i := 1; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(value)
}

func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// dialledIn is the number inside a URI: the user of a sip URI, the number of a tel URI, the whole of a urn
// in lower case.
func dialledIn(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "urn":
		return strings.ToLower(uri)
	case "tel":
		number, _, _ := strings.Cut(rest, ";")
		return number
	case "sip", "sips":
		user, _, ok := strings.Cut(rest, "@")
		if !ok {
			return ""
		}
		user, _, _ = strings.Cut(user, ";")
		if plain, err := url.PathUnescape(user); err == nil {
			return plain
		}
		return user
	}
	return ""
}

// Kind says which of our far ends a call is with.
type Kind string

const (
	// Emergency is a call to the emergency service: it answers with its tone, or a person does.
	Emergency Kind = "emergency"
	// TestCall is a call to the test service: it plays the tone of a test line.
	TestCall Kind = "test"
	// Ordinary is a call to any other number: a soft tone says that somebody is there.
	Ordinary Kind = "ordinary"
	// CallBack is a call of ours to the server under test.
	CallBack Kind = "call_back"
)

// testNumber is the number of the test service of North American carriers.
const testNumber = "933"

// kindOf finds the far end behind what was dialled. The emergency service has the service URNs that are
// sos or under it, the test service the one that tests it (RFC 5031 §4.2, RFC 6881 §15).
func kindOf(dialled string, emergencyNumbers []string) Kind {
	switch {
	case dialled == testNumber, dialled == "urn:service:test.sos", strings.HasPrefix(dialled, "urn:service:test.sos."):
		return TestCall
	case slices.Contains(emergencyNumbers, dialled), dialled == "urn:service:sos", strings.HasPrefix(dialled, "urn:service:sos."):
		return Emergency
	}
	return Ordinary
}
