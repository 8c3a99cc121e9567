package sip

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// sdp is the description of our side that the far end has last, for session refreshes.
type sdp struct {
	contentType string
	body        []byte
}

// remember keeps the SDP of a body, alone or in a multipart.
func (s *sdp) remember(contentType string, body []byte) {
	if len(body) == 0 {
		return
	}
	parts, err := Parts(contentType, body)
	if err != nil {
		return
	}
	for _, part := range parts {
		if mediaType(part.ContentType) == "application/sdp" {
			s.contentType, s.body = part.ContentType, bytes.Clone(part.Body)
			return
		}
	}
}

// session is the session timer, which runs when the far end asked for it. RFC 4028.
type session struct {
	interval   time.Duration // 0: no timer
	weRefresh  bool
	update     bool // the far end takes UPDATE
	refreshing bool
	refreshAt  time.Time
	expireAt   time.Time
}

var errSessionExpires = errors.New("malformed Session-Expires")

// sessionExpires reads the header. RFC 4028 §4.
func sessionExpires(m *Message) (interval time.Duration, refresher string, given bool, err error) {
	value := m.Header("Session-Expires")
	if value == "" {
		return 0, "", false, nil
	}
	head, params, err := cutParams(value)
	if err != nil {
		return 0, "", true, errSessionExpires
	}
	seconds, err := strconv.ParseUint(head, 10, 31)
	if err != nil {
		return 0, "", true, errSessionExpires
	}
	return time.Duration(seconds) * time.Second, strings.ToLower(paramOf(params, "refresher")), true, nil
}

// sessionFromRequest starts the timer that a request asks for and gives the headers of our 2xx. The refresher
// is who the request says; when it leaves that open it is its sender, if that one can. RFC 4028 §9.
func (d *Dialog) sessionFromRequest(now time.Time, m *Message) []Header {
	d.session.update = d.session.update || m.has("Allow", "UPDATE")
	interval, refresher, given, err := sessionExpires(m)
	if err != nil || !given {
		d.session.stop()
		return nil
	}
	if refresher != "uac" && refresher != "uas" {
		refresher = "uas"
		if m.has("Supported", "timer") {
			refresher = "uac"
		}
	}
	d.session.run(now, interval, refresher == "uas")
	headers := []Header{{"Session-Expires", strconv.Itoa(int(interval/time.Second)) + ";refresher=" + refresher}}
	if refresher == "uac" {
		headers = append(headers, Header{"Require", "timer"})
	}
	return headers
}

// sessionFromResponse starts the timer that a 2xx to our request asks for. RFC 4028 §7.2.
func (d *Dialog) sessionFromResponse(now time.Time, m *Message) {
	d.session.update = m.has("Allow", "UPDATE") || (d.session.update && m.Header("Allow") == "")
	d.session.refreshing = false
	interval, refresher, given, err := sessionExpires(m)
	if err != nil || !given || interval < minSessionExpires {
		d.session.stop()
		return
	}
	d.session.run(now, interval, refresher != "uas")
}

func (s *session) stop() { s.interval, s.refreshAt, s.expireAt = 0, time.Time{}, time.Time{} }

// run sets the deadlines: the refresher refreshes at half time, the other side hangs up shortly before the
// end. RFC 4028 §10.
func (s *session) run(now time.Time, interval time.Duration, weRefresh bool) {
	s.interval, s.weRefresh = interval, weRefresh
	s.refreshAt = time.Time{}
	s.expireAt = now.Add(interval - min(32*time.Second, interval/3))
	if weRefresh {
		s.refreshAt = now.Add(interval / 2)
		s.expireAt = now.Add(interval)
	}
}

// ask is what a refresh of ours says about the timer.
func (s *session) ask() []Header {
	if s.interval == 0 {
		return nil
	}
	refresher := "uas"
	if s.weRefresh {
		refresher = "uac"
	}
	return []Header{{"Session-Expires", strconv.Itoa(int(s.interval/time.Second)) + ";refresher=" + refresher}}
}

// sessionAdvance refreshes or expires the session.
func (d *Dialog) sessionAdvance(now time.Time) {
	if d.state != established {
		if d.state == ended {
			d.session.stop()
		}
		return
	}
	switch {
	case due(d.session.expireAt, now):
		d.bye(now, d.leg)
		d.finish(Ended{By: Timeout, Reason: "session expired", Err: errNoAnswer})
	case due(d.session.refreshAt, now):
		d.session.refreshAt = now.Add(max(d.session.interval/6, t2))
		d.refresh(now)
	}
}

// refresh keeps the session alive: by UPDATE where the far end takes it, else by a re-INVITE with the SDP
// that it has already. RFC 4028 §7.4.
func (d *Dialog) refresh(now time.Time) {
	if d.offers.ours || d.offers.theirsPending() || d.session.refreshing {
		return // that one refreshes as well, or the next turn does
	}
	d.session.refreshing = true
	if !d.session.update {
		if d.offers.wanted == nil {
			d.offers.wanted = &offer{contentType: d.media.contentType, body: d.media.body, refresh: true}
		}
		d.offerNext(now)
		return
	}
	d.transact(now, &d.leg, func(cseq uint32, to route) *Message {
		m := d.leg.request("UPDATE", cseq, d.strand.callID, to)
		local, _ := parseNameAddr(d.leg.local)
		m.add("Contact", contactFor(to, userOf(local.uri)))
		m.add("Supported", extensions)
		m.headers = append(m.headers, d.session.ask()...)
		return m
	}, func(now time.Time, _ *clientTx, m *Message, err error) {
		switch {
		case d.state == ended || m != nil && m.status < 200:
		case err != nil:
			d.refreshFailed()
		case m.status < 300:
			d.leg.retarget(m)
			d.sessionFromResponse(now, m)
		case m.status == 481:
			d.finish(Ended{By: Remote, Reason: "481"})
		default:
			d.refreshFailed()
		}
	})
}

// refreshFailed lets the next turn try again until the session expires.
func (d *Dialog) refreshFailed() { d.session.refreshing = false }
