package config

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"
)

var nodeShape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`) })

// check adds every value that is impossible, alone or beside the others.
func check(d *Document, s Settings) {
	if !nodeShape().MatchString(s.Node) {
		d.Problem("node", "%q is no name of a node: small letters, digits and dashes, 63 at most", s.Node)
	}
	if s.Data == "" {
		d.Problem("data", "is empty: name a directory, such as ./data")
	}
	if s.Database != "" {
		problem(d, "database", databaseFault(s.Database))
	}
	checkHTTP(d, s.HTTP)
	checkSIP(d, s.SIP)
	checkMedia(d, s)
	if s.Mail.SMTP != "" {
		problem(d, "mail.smtp", smtpFault(s.Mail.SMTP))
	}
	checkEmergency(d, s.Emergency)
	checkLimits(d, s.Limits)
}

func problem(d *Document, path, fault string) {
	if fault != "" {
		d.Problem(path, "%s", fault)
	}
}

func checkHTTP(d *Document, h HTTP) {
	if _, _, err := splitHostPort(h.Listen); err != nil {
		d.Problem("http.listen", "%v", err)
	}
	if (h.Certificate == "") != (h.Key == "") {
		d.Problem("http", "certificate and key go together: give both, or neither for plain HTTP")
	}
	for i, origin := range h.EmbedOrigins {
		problem(d, fmt.Sprintf("http.embed_origins[%d]", i), originFault(origin))
	}
	problem(d, "http.location_reference", referenceFault(h.LocationReference))
}

func checkSIP(d *Document, s SIP) {
	if len(s.Listen) == 0 {
		d.Problem("sip.listen", "is empty: no call could be placed; name at least one, such as udp://127.0.0.1:5060")
	}
	if (s.Certificate == "") != (s.Key == "") {
		d.Problem("sip", "certificate and key go together: give both, or neither where nobody is listened for over TLS")
	}
	for i, l := range s.Listen {
		if l.Network == "tls" && s.Certificate == "" {
			d.Problem(fmt.Sprintf("sip.listen[%d]", i), "needs sip.certificate and sip.key, PEM files to show to those who connect over TLS")
		}
		if l.Port != 0 && slices.Contains(s.Listen[:i], l) {
			d.Problem(fmt.Sprintf("sip.listen[%d]", i), "%s is in the list twice", l)
		}
	}
}

func checkMedia(d *Document, s Settings) {
	m := s.Media
	if !m.Address.IsValid() || m.Address.IsUnspecified() || m.Address.IsMulticast() {
		d.Problem("media.address", "must be an address at which the far end reaches this node; %s is none", m.Address)
	}
	if m.BrowserPort < 0 || m.BrowserPort > 65535 {
		d.Problem("media.browser_port", "%d is not between 0 and 65535", m.BrowserPort)
	}
	if m.Ports.Holds(m.BrowserPort) {
		d.Problem("media.browser_port", "%d lies in media.ports, which are for trunks: choose one outside %s", m.BrowserPort, m.Ports)
	}
	for i, l := range s.SIP.Listen {
		if l.Network == "udp" && m.Ports.Holds(l.Port) {
			d.Problem(fmt.Sprintf("sip.listen[%d]", i), "the port lies in media.ports, which are for sound: choose one outside %s", m.Ports)
		}
		if l.Network == "udp" && l.Port != 0 && l.Port == m.BrowserPort {
			d.Problem(fmt.Sprintf("sip.listen[%d]", i), "the port is media.browser_port too: choose another")
		}
	}
}

func checkEmergency(d *Document, e Emergency) {
	if e.Lease <= 0 {
		d.Problem("emergency.lease", "%s is impossible: emergency services must be able to call back; 60m is the rule", e.Lease)
	}
	if e.Lease > 24*time.Hour {
		d.Problem("emergency.lease", "%s holds numbers for more than a day: 60m is the rule", e.Lease)
	}
	if e.Drain < 0 {
		d.Problem("emergency.drain", "%s is impossible: give 0 or more", e.Drain)
	}
}

// leastBacklog is the shortest wait that says anything: a garbage collection or another program takes as long.
const leastBacklog = 10 * time.Millisecond

func checkLimits(d *Document, l Limits) {
	if l.Concurrent < 0 {
		d.Problem("limits.concurrent", "%d is impossible: give how many ordinary calls may go on at once, or 0 for no limit", l.Concurrent)
	}
	if l.PerSecond < 0 {
		d.Problem("limits.per_second", "%d is impossible: give how many ordinary calls may begin in a second, or 0 for no limit", l.PerSecond)
	}
	if l.Backlog < 0 || l.Backlog > 0 && l.Backlog < leastBacklog {
		d.Problem("limits.backlog", "%s is impossible: give %s or more, or 0 for no limit", l.Backlog, leastBacklog)
	}
	if l.MediaReserve < 0 {
		d.Problem("limits.media_reserve", "%d is impossible: give how many pairs of ports ordinary calls leave free, or 0", l.MediaReserve)
	}
}
