package lookup

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/pidf"
)

const (
	nsLoST   = "urn:ietf:params:xml:ns:lost1"
	lostType = "application/lost+xml" // RFC 5222 §14

	mostRedirects = 3
	mostURIs      = 8
	mostElements  = 32 // of an address
	longestName   = 80
)

// Find asks a LoST server which service looks after a place, and what it thinks of the address. It follows redirects of the protocol.
// Errors are Unreached or Refused.
func (c *Client) Find(ctx context.Context, server string, q mapping.Question, now time.Time) (mapping.Mapping, error) {
	body, err := c.ask(ctx, server, q)
	if err != nil {
		return mapping.Mapping{}, err
	}
	return readMapping(body, q.Service, now)
}

// ask posts the request, and again where the answer is a redirect (RFC 5222 §13.3).
func (c *Client) ask(ctx context.Context, server string, q mapping.Question) (answer, error) {
	document, err := findService(q)
	if err != nil {
		return answer{}, Refused{"locationInvalid"} // the server would say the same
	}
	seen := []string{server}
	for range mostRedirects + 1 {
		body, err := c.post(ctx, server, lostType, document)
		if err != nil {
			return answer{}, err
		}
		read, err := readAnswer(body)
		if err != nil || !read.is("redirect") {
			return read, err
		}
		if server, err = redirected(server, read.Target); err != nil {
			return answer{}, err
		}
		if slices.Contains(seen, server) {
			return answer{}, Refused{"loop"}
		}
		seen = append(seen, server)
	}
	return answer{}, Refused{TooMany}
}

// redirected returns the server that a redirect names: by its URL, or by its name, at which it is then asked in the way of the one before.
// U-NAPTR records are not looked for.
func redirected(from, target string) (string, error) {
	before, err := url.Parse(from)
	if err != nil {
		return "", Refused{Insecure}
	}
	to := *before
	if strings.Contains(target, "://") {
		parsed, err := url.Parse(target)
		if err != nil {
			return "", Refused{Insecure}
		}
		to = *parsed
	} else {
		to.Host = target
	}
	web := to.Scheme == "https" || to.Scheme == "http" && before.Scheme == "http"
	if !web || to.Host == "" || to.User != nil || strings.ContainsAny(to.Host, "/?#@ \r\n") {
		return "", Refused{Insecure}
	}
	return to.String(), nil
}

// findService returns the request as XML. The server may ask others on our behalf, and is asked what it thinks of an address
// (RFC 5222 §8.3).
func findService(q mapping.Question) ([]byte, error) {
	declarations, elements, err := placeOf(q).Elements()
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	profile, validate := "civic", ` validateLocation="true"`
	if q.Geodetic() {
		profile, validate = "geodetic-2d", ""
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<findService xmlns="%s"%s serviceBoundary="reference" recursive="true">`, nsLoST, validate)
	fmt.Fprintf(&b, `<location id="place" profile="%s"%s>%s</location><service>`, profile, declarations, elements)
	_ = xml.EscapeText(&b, []byte(q.Service)) // a buffer takes everything
	b.WriteString("</service></findService>\n")
	return b.Bytes(), nil
}

func placeOf(q mapping.Question) pidf.Place {
	if !q.Geodetic() {
		return pidf.Place{Civic: civicOf(q.Civic, q.Country)}
	}
	center := pidf.Position{Latitude: q.Point.Latitude, Longitude: q.Point.Longitude}
	if q.Point.RadiusM == 0 {
		return pidf.Place{Shape: pidf.Point{Position: center}}
	}
	return pidf.Place{Shape: pidf.Circle{Center: center, RadiusM: q.Point.RadiusM}}
}

func civicOf(c location.Civic, country location.Country) *pidf.Civic {
	return &pidf.Civic{
		Country: string(country), A1: c.Region, A2: c.County, A3: c.City, A4: c.District, RD: c.Street, HNO: c.HouseNumber, HNS: c.HouseSuffix,
		LOC: c.AdditionInfo, NAM: c.Name, PC: c.PostalCode, BLD: c.Building, UNIT: c.Unit, FLR: c.Floor, ROOM: c.Room,
	}
}

// answer is the document with which a server answers, whichever it is. What else stands in it is passed over.
type answer struct {
	XMLName    xml.Name
	Mappings   []mappingElement `xml:"urn:ietf:params:xml:ns:lost1 mapping"`
	Validation struct {
		Valid     string `xml:"urn:ietf:params:xml:ns:lost1 valid"`
		Invalid   string `xml:"urn:ietf:params:xml:ns:lost1 invalid"`
		Unchecked string `xml:"urn:ietf:params:xml:ns:lost1 unchecked"`
	} `xml:"urn:ietf:params:xml:ns:lost1 locationValidation"`
	Warnings []struct {
		Each []word `xml:",any"`
	} `xml:"urn:ietf:params:xml:ns:lost1 warnings"`
	Target string `xml:"target,attr"`
	Words  []word `xml:",any"`
}

type word struct{ XMLName xml.Name }

type mappingElement struct {
	Expires string   `xml:"expires,attr"`
	Names   []string `xml:"urn:ietf:params:xml:ns:lost1 displayName"`
	Service string   `xml:"urn:ietf:params:xml:ns:lost1 service"`
	URIs    []string `xml:"urn:ietf:params:xml:ns:lost1 uri"`
	Number  string   `xml:"urn:ietf:params:xml:ns:lost1 serviceNumber"`
}

func (a answer) is(name string) bool { return a.XMLName.Space == nsLoST && a.XMLName.Local == name }

// readAnswer reads a document of the protocol. Errors of the server become ours (RFC 5222 §13.1).
func readAnswer(body []byte) (answer, error) {
	var read answer
	if err := xml.Unmarshal(body, &read); err != nil || read.XMLName.Space != nsLoST {
		return answer{}, Refused{Unreadable}
	}
	if !read.is("errors") {
		return read, nil
	}
	for _, w := range read.Words {
		if known := knownWord(w, errorWords); known != "" {
			return answer{}, Refused{known}
		}
	}
	return answer{}, Refused{"error"}
}

// The words that a server may use; others are not repeated.
var (
	errorWords = []string{
		"badRequest", "forbidden", "internalError", "locationProfileUnrecognized", "locationInvalid", "SRSInvalid", "loop", "notFound",
		"serverError", "serverTimeout", "serviceNotImplemented",
	}
	warningWords = []string{"locationValidationUnavailable", mapping.ServiceSubstitution, mapping.DefaultMapping}
)

func knownWord(w word, words []string) string {
	if w.XMLName.Space == nsLoST && slices.Contains(words, w.XMLName.Local) {
		return w.XMLName.Local
	}
	return ""
}

// readMapping takes the first mapping that is about the service and that a call could use.
func readMapping(read answer, service mapping.Service, now time.Time) (mapping.Mapping, error) {
	if !read.is("findServiceResponse") {
		return mapping.Mapping{}, Refused{Unreadable}
	}
	why := Refused{Unreadable}
	for _, element := range read.Mappings {
		if !service.Covers(mapping.Service(strings.TrimSpace(element.Service))) {
			why = Refused{OtherOne}
			continue
		}
		m, err := element.read(now)
		if err != nil {
			why = Refused{Unreadable}
			continue
		}
		if m.Route(true) == "" {
			why = Refused{Unusable}
			continue
		}
		m.Validation = mapping.Validation{
			Valid: elementsOf(read.Validation.Valid), Invalid: elementsOf(read.Validation.Invalid), Unchecked: elementsOf(read.Validation.Unchecked),
		}
		for _, list := range read.Warnings {
			for _, w := range list.Each {
				if known := knownWord(w, warningWords); known != "" && !slices.Contains(m.Warnings, known) {
					m.Warnings = append(m.Warnings, known)
				}
			}
		}
		return m, nil
	}
	return mapping.Mapping{}, why
}

func (e mappingElement) read(now time.Time) (m mapping.Mapping, err error) {
	if m.Expires, err = readExpiry(e.Expires, now); err != nil {
		return m, err
	}
	for _, uri := range e.URIs {
		if uri = strings.TrimSpace(uri); mapping.Usable(uri) && len(m.URIs) < mostURIs {
			m.URIs = append(m.URIs, uri)
		}
	}
	if number := strings.TrimSpace(e.Number); len(number) <= 15 && strings.Trim(number, "0123456789*#") == "" {
		m.Number = number
	}
	if len(e.Names) > 0 {
		m.Name = plain(e.Names[0])
	}
	return m, nil
}

// longestLife is how long an answer is believed at most, whatever it says: clocks and files are wrong sometimes.
const longestLife = 400 * 24 * time.Hour

func readExpiry(text string, now time.Time) (mapping.Expiry, error) {
	switch text = strings.TrimSpace(text); text {
	case "NO-CACHE":
		return mapping.Expiry{NotKept: true}, nil
	case "NO-EXPIRATION":
		return mapping.Expiry{Never: true}, nil
	}
	until, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return mapping.Expiry{}, fmt.Errorf("read the expiry: %w", err)
	}
	if last := now.Add(longestLife); until.After(last) {
		until = last
	}
	return mapping.Expiry{Until: until.UTC()}, nil
}

// plain makes one short line of a server's words.
func plain(text string) string {
	line := []rune(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f && r < 0xa0 }), " "))
	return string(line[:min(len(line), longestName)])
}

// elementsOf reads names such as "ca:A3 ca:HNO" without their prefixes.
func elementsOf(list string) []string {
	var names []string
	for _, name := range strings.Fields(list) {
		if _, local, found := strings.Cut(name, ":"); found {
			name = local
		}
		if isElement(name) && !slices.Contains(names, name) && len(names) < mostElements {
			names = append(names, name)
		}
	}
	return names
}

func isElement(name string) bool {
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
	return name != "" && len(name) <= 16 && !strings.ContainsFunc(name, func(r rune) bool { return !letter(r) })
}
