package sip

import (
	"strconv"
	"strings"
	"time"
)

// received takes one datagram.
func (s *Stack) received(raw []byte, from route) { s.receivedAfter(raw, from, 0) }

// receivedAfter takes one that has waited.
func (s *Stack) receivedAfter(raw []byte, from route, waited time.Duration) {
	m, flaw := scan(raw)
	if m == nil {
		return // not SIP: silence
	}
	s.dispatch(m, flaw, from, waited)
}

// dispatch takes one message in the goroutine of the socket that brought it, or of the lane in which it waited.
func (s *Stack) dispatch(m *Message, flaw *defect, from route, waited time.Duration) {
	s.guard(func() {
		if m.isRequest() {
			s.request(m, flaw, from, waited)
			return
		}
		if flaw != nil || len(m.list("Via")) != 1 { // RFC 3261 §8.1.3.3
			return
		}
		if st := s.strandOf(m.key.callID, false); st != nil {
			st.enter(func(now time.Time) { st.response(now, m) })
		}
	})
}

func (s *Stack) request(m *Message, flaw *defect, from route, waited time.Duration) {
	if flaw == nil && len(m.body) > s.maxBody {
		flaw = &defect{status: 413}
	}
	create := m.method != "ACK" && m.method != "CANCEL" && m.key.toTag == ""
	urgent := false
	if flaw == nil && create {
		urgent, flaw = s.begin(m, from, waited)
	}
	if flaw != nil {
		s.refuse(m, from, flaw)
		return
	}
	for { // a strand that died between finding and entering it is looked for once more
		st := s.strandFor(m.key.callID, create, urgent)
		if st == nil {
			switch {
			case create:
				s.gate.strands.Add(1)
				s.refuse(m, from, unavailable(5*time.Second))
			default:
				s.refuse(m, from, &defect{status: 481})
			}
			return
		}
		if st.enter(func(now time.Time) { st.request(now, m, from) }) {
			return
		}
	}
}

// refuse answers without a transaction. An ACK is never answered, nor is what names no Via. RFC 3261 §8.2.7.
func (s *Stack) refuse(m *Message, from route, flaw *defect) {
	if m.method == "ACK" || flaw.status == 0 || m.Header("Via") == "" {
		return
	}
	r := response{status: flaw.status, reason: flaw.reason, headers: flaw.extra}
	_ = replyRoute(m, from).send(s.response(m, from, r))
}

// request takes a request: transactions first, then dialogs, then what is new. RFC 3261 §8.2, §12.2.2.
func (st *strand) request(now time.Time, m *Message, from route) {
	if tx := st.serverOf(m, m.method); tx != nil {
		switch {
		case m.method != "ACK":
			st.serverEffects(now, tx, tx.machine.repeated())
			return
		case tx.machine.state != agreed:
			tx.machine.acknowledged(now)
			return
		}
	}
	if len(st.servers) >= maxServers && m.method != "ACK" && m.method != "CANCEL" && m.method != "BYE" {
		st.stack.refuse(m, from, unavailable(5*time.Second))
		return
	}
	switch {
	case m.method == "CANCEL":
		st.cancelled(now, m, from)
	case m.key.toTag != "" || m.method == "ACK":
		d := st.dialogOf(m.key.toTag, m.key.fromTag)
		switch {
		case d != nil:
			d.request(now, m, from)
		default:
			st.stack.refuse(m, from, &defect{status: 481})
		}
	default:
		st.newcomer(now, m, from)
	}
}

// dialogOf finds the dialog by its two tags; the Call-ID is the strand's.
func (st *strand) dialogOf(localTag, remoteTag string) *Dialog {
	for _, d := range st.dialogs {
		if d.leg.localTag == localTag && d.knows(remoteTag) {
			return d
		}
	}
	return nil
}

// newcomer takes a request outside of any dialog.
func (st *strand) newcomer(now time.Time, m *Message, from route) {
	if flaw := st.objection(m); flaw != nil {
		st.stack.refuse(m, from, flaw)
		return
	}
	if m.method == "INVITE" {
		d := newServerDialog(now, st, m, from)
		st.later = append(st.later, func() { st.stack.invited(d) })
		return
	}
	x := &Exchange{strand: st, tx: st.serve(now, m, from, false)}
	st.later = append(st.later, func() { st.stack.handler.Requested(x) })
}

// invited hands a call to the handler; one that panics has refused it.
func (s *Stack) invited(d *Dialog) {
	returned := false
	defer func() {
		if !returned {
			_ = d.Reject(500, "", nil)
		}
	}()
	s.handler.Invited(d)
	returned = true
}

// objection is why a new request is refused before anybody sees it, in the order of RFC 3261 §8.2.
func (st *strand) objection(m *Message) *defect {
	switch m.method {
	case "BYE", "PRACK", "UPDATE":
		return &defect{status: 481} // makes sense inside a dialog only
	}
	switch schemeOf(m.uri) {
	case "sip", "sips", "tel", "urn":
	case "":
		return bad("Malformed Request-URI")
	default:
		return &defect{status: 416}
	}
	if u, err := parseURI(m.uri); err != nil || u.headers {
		return bad("Malformed Request-URI")
	}
	for _, tx := range st.servers { // RFC 3261 §8.2.2.2
		other := tx.request.key
		if other.fromTag == m.key.fromTag && other.cseq == m.key.cseq && other.cseqMethod == m.key.cseqMethod {
			return &defect{status: 482}
		}
	}
	if flaw := m.maxForwards(); flaw != nil {
		return flaw
	}
	if unsupported := m.unsupported(); len(unsupported) > 0 { // RFC 3261 §8.2.2.3
		return &defect{status: 420, extra: []Header{{"Unsupported", strings.Join(unsupported, ", ")}}}
	}
	switch m.method {
	case "INVITE":
		return m.inviteObjection()
	case "REGISTER":
		return m.registerObjection()
	}
	return m.contactObjection()
}

// maxForwards checks the number only: at the request's last station it may be zero. RFC 3261 §20.22.
func (m *Message) maxForwards() *defect {
	value := m.Header("Max-Forwards")
	if value == "" {
		return nil
	}
	if _, err := strconv.ParseUint(value, 10, 31); err != nil {
		return bad("Malformed Max-Forwards")
	}
	return nil
}

func (m *Message) unsupported() []string {
	var tags []string
	for _, tag := range m.list("Require") {
		if tag != "" && !strings.EqualFold(tag, "timer") {
			tags = append(tags, tag)
		}
	}
	return tags
}

// inviteObjection refuses bodies and answers that nobody here could deal with. RFC 3261 §8.2.3, §21.4.7.
func (m *Message) inviteObjection() *defect {
	if flaw := m.contactObjection(); flaw != nil {
		return flaw
	}
	if len(m.body) > 0 {
		kind := mediaType(m.ContentType())
		if kind != "application/sdp" && !strings.HasPrefix(kind, "multipart/") {
			return &defect{status: 415, extra: []Header{{"Accept", "application/sdp, multipart/mixed"}}}
		}
	}
	if accepts := m.list("Accept"); len(accepts) > 0 {
		for _, accept := range accepts {
			switch mediaType(accept) {
			case "application/sdp", "application/*", "*/*":
				return m.sessionObjection()
			}
		}
		return &defect{status: 406}
	}
	return m.sessionObjection()
}

// minSessionExpires is the shortest session interval that we take part in. RFC 4028 §5.
const minSessionExpires = 90 * time.Second

func (m *Message) sessionObjection() *defect {
	interval, _, given, err := sessionExpires(m)
	switch {
	case err != nil:
		return bad("Malformed Session-Expires")
	case given && interval < minSessionExpires: // RFC 4028 §6
		return &defect{status: 422, extra: []Header{{"Min-SE", "90"}}}
	}
	return nil
}

// registerObjection wants an address of record that is a SIP URI. RFC 3261 §10.2.
func (m *Message) registerObjection() *defect {
	to, _ := parseNameAddr(m.Header("To"))
	if scheme := schemeOf(to.uri); scheme != "sip" && scheme != "sips" && scheme != "tel" {
		return bad("To Is Not A SIP URI")
	}
	return m.contactObjection()
}

func (m *Message) contactObjection() *defect {
	for _, contact := range m.list("Contact") {
		if contact == "*" && m.method == "REGISTER" {
			continue
		}
		if _, err := parseNameAddr(contact); err != nil {
			return bad("Malformed Contact")
		}
	}
	for _, name := range [...]string{"Route", "Record-Route"} {
		for _, element := range m.list(name) {
			if _, err := parseNameAddr(element); err != nil {
				return bad("Malformed " + name)
			}
		}
	}
	return nil
}

// mediaType is the type without parameters, in lower case.
func mediaType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}
