package sip

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"net/netip"
	"strconv"
	"strings"
)

// methods is what we say in Allow.
const methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, MESSAGE"

// extensions is what we say in Supported.
const extensions = "timer"

var errHeader = errors.New("sip: header with a line break or an impossible name")

// response is what a response says beside what it copies from its request.
type response struct {
	status      int
	reason      string // empty: the standard phrase
	toTag       string // for a To without a tag
	contact     string // empty: none
	headers     []Header
	contentType string
	body        []byte
}

// response builds the response to a request. RFC 3261 §8.2.6.
func (s *Stack) response(request *Message, from route, r response) *Message {
	m := &Message{status: r.status, reason: r.reason, body: r.body, key: request.key}
	if m.reason == "" {
		m.reason = phrase(r.status)
	}
	m.headers = make([]Header, 0, 12+len(r.headers))
	m.copyVias(request, from.to)
	m.add("From", request.Header("From"))
	to := request.Header("To")
	if m.key.toTag == "" && r.status > 100 && to != "" {
		m.key.toTag = r.toTag
		if m.key.toTag == "" {
			m.key.toTag = statelessTag(request)
		}
		to += ";tag=" + m.key.toTag
	}
	m.add("To", to)
	m.add("Call-ID", request.Header("Call-ID"))
	m.add("CSeq", request.Header("CSeq"))
	if r.contact != "" {
		for _, line := range request.Headers("Record-Route") { // RFC 3261 §12.1.1
			m.add("Record-Route", line)
		}
		m.add("Contact", r.contact)
	}
	if s.userAgent != "" && r.status > 100 {
		m.add("Server", s.userAgent)
	}
	m.headers = append(m.headers, r.headers...)
	if r.contentType != "" {
		m.add("Content-Type", r.contentType)
	}
	return m.encode()
}

func (m *Message) add(name, value string) {
	if value != "" {
		m.headers = append(m.headers, Header{name, value})
	}
}

// copyVias copies the Via headers; the topmost says where the request really came from.
// RFC 3261 §18.2.1, RFC 3581 §4.
func (m *Message) copyVias(request *Message, source netip.AddrPort) {
	first := true
	for _, h := range request.headers {
		if !strings.EqualFold(h.Name, "Via") {
			continue
		}
		line := h.Value
		if first {
			top, below, more, _ := cutOutside(line, ',')
			line = amendVia(request.key.via, strings.TrimSpace(top), source)
			if more {
				line += ", " + strings.TrimSpace(below)
			}
			first = false
		}
		m.add("Via", line)
	}
}

// amendVia adds received and fills rport.
func amendVia(v via, text string, source netip.AddrPort) string {
	wantsPort := hasParam(v.params, "rport")
	if v.host == "" || (!wantsPort && v.host == source.Addr().String()) {
		return text
	}
	head, rest, more, ok := cutOutside(text, ';')
	amended := append(make([]byte, 0, len(text)+len(";received=;rport=")+50), strings.TrimSpace(head)...)
	for more {
		var piece string
		piece, rest, more, ok = cutOutside(rest, ';')
		name, _, _ := strings.Cut(piece, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "received", "rport", "":
			continue
		}
		amended = append(append(amended, ';'), strings.TrimSpace(piece)...)
	}
	if !ok {
		return text
	}
	amended = source.Addr().WithZone("").AppendTo(append(amended, ";received="...))
	if wantsPort {
		amended = strconv.AppendUint(append(amended, ";rport="...), uint64(source.Port()), 10)
	}
	return string(amended)
}

// replyRoute is where responses to a request go. RFC 3261 §18.2.2, RFC 3581 §4.
func replyRoute(request *Message, from route) route {
	if from.reliable() || hasParam(request.key.via.params, "rport") || request.key.via.host == "" {
		return from
	}
	return route{from.flow, sentBy(request, from.to.Addr(), false)}
}

// sentBy is the source address with the port that Via names, or that of the transport.
func sentBy(request *Message, source netip.Addr, secured bool) netip.AddrPort {
	port := request.key.via.port
	switch {
	case port != 0:
	case secured:
		port = 5061
	default:
		port = 5060
	}
	return netip.AddrPortFrom(source, uint16(port))
}

// ackOf is the ACK of a final response that is not 2xx. RFC 3261 §17.1.1.3.
func ackOf(invite, final *Message) *Message {
	m := &Message{method: "ACK", uri: invite.uri}
	m.add("Via", invite.Header("Via"))
	for _, line := range invite.Headers("Route") {
		m.add("Route", line)
	}
	m.add("Max-Forwards", "70")
	m.add("From", invite.Header("From"))
	m.add("To", final.Header("To"))
	m.add("Call-ID", invite.Header("Call-ID"))
	m.add("CSeq", strconv.Itoa(int(invite.key.cseq))+" ACK")
	return m.encode()
}

// cancelOf is the CANCEL of an INVITE. RFC 3261 §9.1.
func cancelOf(invite *Message, headers []Header) *Message {
	m := &Message{method: "CANCEL", uri: invite.uri, key: invite.key}
	m.key.cseqMethod = "CANCEL"
	m.add("Via", invite.Header("Via"))
	for _, line := range invite.Headers("Route") {
		m.add("Route", line)
	}
	m.add("Max-Forwards", "70")
	m.add("From", invite.Header("From"))
	m.add("To", invite.Header("To"))
	m.add("Call-ID", invite.Header("Call-ID"))
	m.add("CSeq", strconv.Itoa(int(invite.key.cseq))+" CANCEL")
	m.headers = append(m.headers, headers...)
	return m.encode()
}

// viaFor makes our Via for a new request on a route, with a fresh branch. Over TLS the far end is invited to send its own
// requests over the same connection. RFC 3581 §3, RFC 5923 §5.
func viaFor(to route) (line, branch string) {
	branch = magic + random(10)
	line = "SIP/2.0/" + to.flow.network() + " " + to.flow.local(to.to).String() + ";branch=" + branch + ";rport"
	if to.security().used() {
		line += ";alias"
	}
	return line, branch
}

// contactFor makes our Contact for a route, named after the user part of another URI so that a far end
// that shows it shows something known.
func contactFor(to route, user string) string {
	contact := "<sip:"
	if user != "" {
		contact += user + "@"
	}
	contact += to.flow.local(to.to).String()
	if to.reliable() {
		contact += ";transport=" + strings.ToLower(to.flow.network())
	}
	return contact + ">"
}

// random gives n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// statelessTag is the same for every repeat of a request. RFC 3261 §8.2.7.
func statelessTag(request *Message) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(request.key.via.branch + request.key.callID + request.key.fromTag))
	return strconv.FormatUint(h.Sum64(), 16)
}

// format writes the address as From and To carry it. RFC 3261 §20.10.
func (a Address) format() string {
	if a.Display == "" {
		return "<" + a.URI + ">"
	}
	return quote(a.Display) + " <" + a.URI + ">"
}

// validHeaders refuses what would break a message apart.
func validHeaders(headers []Header, contentType string) error {
	if strings.ContainsAny(contentType, "\r\n") {
		return errHeader
	}
	for _, h := range headers {
		if !isToken(h.Name) || strings.ContainsAny(h.Value, "\r\n") {
			return errHeader
		}
	}
	return nil
}

// phrases lists statuses with their reason phrases. RFC 3261 §21.
const phrases = `
100 Trying
180 Ringing
181 Call Is Being Forwarded
182 Queued
183 Session Progress
200 OK
202 Accepted
400 Bad Request
401 Unauthorized
403 Forbidden
404 Not Found
405 Method Not Allowed
406 Not Acceptable
408 Request Timeout
413 Request Entity Too Large
415 Unsupported Media Type
416 Unsupported URI Scheme
420 Bad Extension
422 Session Interval Too Small
480 Temporarily Unavailable
481 Call/Transaction Does Not Exist
482 Loop Detected
483 Too Many Hops
486 Busy Here
487 Request Terminated
488 Not Acceptable Here
491 Request Pending
500 Server Internal Error
501 Not Implemented
503 Service Unavailable
504 Server Time-out
603 Decline
`

// phrase is the reason phrase of a status.
func phrase(status int) string {
	if _, rest, found := strings.Cut(phrases, "\n"+strconv.Itoa(status)+" "); found {
		text, _, _ := strings.Cut(rest, "\n")
		return text
	}
	switch status / 100 {
	case 1:
		return "Session Progress"
	case 2:
		return "OK"
	case 3:
		return "Redirected"
	}
	return "Refused"
}
