package lookup

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mayday/pidf"
)

const (
	nsHELD   = "urn:ietf:params:xml:ns:geopriv:held"
	nsDevice = "urn:ietf:params:xml:ns:geopriv:held:id"
	heldType = "application/held+xml" // RFC 5985 §8
	pidfType = "application/pidf+xml"
)

// Kind is a form in which a location server tells a place (RFC 5985 §6.2).
type Kind string

// The forms.
const (
	Civic     Kind = "civic"
	Geodetic  Kind = "geodetic"
	Reference Kind = "locationURI"
)

// Request is what a location server is asked.
type Request struct {
	Kinds        []Kind        // empty: whatever it has
	Exact        bool          // these, or nothing
	ResponseTime time.Duration // what it may take to find a better answer; 0: what is right for sending help
	Device       netip.Addr    // whose place; the zero value: that of whoever asks (RFC 6155 §3.1)
}

// Found is a location server's answer: a place by value, references to it, or both.
type Found struct {
	Document   *pidf.Document // nil: none by value
	References []string       // https or http, at which it is asked for with Dereference
	Until      time.Time      // of the references; zero: there are none
}

// Locate asks a location server where a device is. Errors are Unreached or Refused.
func (c *Client) Locate(ctx context.Context, server string, r Request, now time.Time) (Found, error) {
	body, err := c.post(ctx, server, heldType, r.write())
	if err != nil {
		return Found{}, err
	}
	return readHELD(body, now)
}

// Dereference asks for the place that a reference stands for (RFC 6753 §4).
func (c *Client) Dereference(ctx context.Context, reference string) (pidf.Document, error) {
	if !dereferenceable(reference) {
		return pidf.Document{}, Refused{Insecure}
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, reference, nil)
	if err != nil {
		return pidf.Document{}, Refused{Insecure}
	}
	body, err := c.send(request, pidfType+", "+heldType)
	if err != nil {
		return pidf.Document{}, err
	}
	document, err := pidf.Within(body)
	if err != nil {
		if _, refused := readHELD(body, time.Time{}); refused != nil {
			return pidf.Document{}, refused
		}
		return pidf.Document{}, Refused{Unreadable}
	}
	return document, nil
}

func dereferenceable(reference string) bool {
	u, err := url.Parse(reference)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(reference) <= longestReference
}

const (
	longestReference = 2048
	mostReferences   = 8
)

// write returns the request as XML (RFC 5985 §5.1).
func (r Request) write() []byte {
	var b bytes.Buffer
	within := "emergencyDispatch"
	if r.ResponseTime > 0 {
		within = strconv.FormatInt(r.ResponseTime.Milliseconds(), 10)
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<locationRequest xmlns="%s" responseTime="%s">`, nsHELD, within)
	if len(r.Kinds) > 0 {
		words := make([]string, len(r.Kinds))
		for i, kind := range r.Kinds {
			words[i] = string(kind)
		}
		fmt.Fprintf(&b, `<locationType exact="%t">%s</locationType>`, r.Exact, strings.Join(words, " "))
	}
	if at := r.Device.Unmap(); at.IsValid() {
		version := 6
		if at.Is4() {
			version = 4
		}
		fmt.Fprintf(&b, `<device xmlns="%s"><ip v="%d">%s</ip></device>`, nsDevice, version, at.WithZone(""))
	}
	b.WriteString("</locationRequest>\n")
	return b.Bytes()
}

// heldErrors are the codes with which a server refuses (RFC 5985 §6.3, RFC 6155 §3.2); others are not repeated.
var heldErrors = []string{
	"requestError", "xmlError", "generalLisError", "locationUnknown", "unsupportedMessage", "timeout", "cannotProvideLiType", "notLocatable", "badIdentifier",
}

// readHELD reads what a location server answers (RFC 5985 §5.2, §5.3).
func readHELD(body []byte, now time.Time) (Found, error) {
	var read struct {
		XMLName xml.Name
		Code    string `xml:"code,attr"`
		Set     *struct {
			Expires string   `xml:"expires,attr"`
			URIs    []string `xml:"urn:ietf:params:xml:ns:geopriv:held locationURI"`
		} `xml:"urn:ietf:params:xml:ns:geopriv:held locationUriSet"`
		Presence *struct{} `xml:"urn:ietf:params:xml:ns:pidf presence"`
	}
	if err := xml.Unmarshal(body, &read); err != nil || read.XMLName.Space != nsHELD {
		return Found{}, Refused{Unreadable}
	}
	switch read.XMLName.Local {
	case "error":
		if slices.Contains(heldErrors, read.Code) {
			return Found{}, Refused{read.Code}
		}
		return Found{}, Refused{"error"}
	case "locationResponse":
	default:
		return Found{}, Refused{Unreadable}
	}
	var found Found
	if read.Presence != nil {
		document, err := pidf.Within(body)
		if err != nil {
			return Found{}, Refused{Unreadable}
		}
		found.Document = &document
	}
	if read.Set != nil {
		until, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(read.Set.Expires))
		if err != nil {
			return Found{}, Refused{Unreadable}
		}
		for _, uri := range read.Set.URIs {
			if uri = strings.TrimSpace(uri); dereferenceable(uri) && until.After(now) && len(found.References) < mostReferences {
				found.References, found.Until = append(found.References, uri), until.UTC()
			}
		}
	}
	if found.Document == nil && len(found.References) == 0 {
		return Found{}, Refused{Unusable}
	}
	return found, nil
}
