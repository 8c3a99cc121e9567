package sipcall

import (
	"mime"
	"strconv"
	"strings"

	"mayday/engine"
	"mayday/sip"
)

// info takes an INFO, which no package of ours is for. Trunks that do not agree to telephone-event send keys in it, in the way of before
// packages (RFC 6086 §3).
func (l *leg) info(x *sip.Exchange) {
	l.respond(x, 200, nil)
	if key, is := keyIn(x.Request().ContentType(), x.Request().Body()); is {
		l.report(engine.LegKeyed{Leg: l.id, Key: key})
	}
}

const keys16 = "0123456789*#ABCD" // as RFC 4733 §3.2 numbers them

// keyIn reads the key of an INFO: application/dtmf-relay has a line Signal=6, application/dtmf the key alone. Some write * and # as 10
// and 11.
func keyIn(contentType string, body []byte) (key byte, is bool) {
	kind, _, _ := mime.ParseMediaType(contentType)
	said := ""
	switch kind {
	case "application/dtmf":
		said = string(body)
	case "application/dtmf-relay":
		for line := range strings.Lines(string(body)) {
			if name, value, found := strings.Cut(line, "="); found && strings.EqualFold(strings.TrimSpace(name), "signal") {
				said = value
			}
		}
	}
	said = strings.ToUpper(strings.TrimSpace(said))
	if code, err := strconv.ParseUint(said, 10, 8); err == nil && code < uint64(len(keys16)) {
		return keys16[code], true
	}
	if len(said) != 1 || !strings.Contains(keys16, said) {
		return 0, false
	}
	return said[0], true
}
