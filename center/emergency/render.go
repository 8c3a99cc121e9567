package emergency

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"

	"mayday/center/location"
)

// Mail is a notice in words.
type Mail struct {
	Subject string // one line
	Text    string // lines end with "\n"; no other control character but the tab
}

// longestSubject is how many characters of a subject are kept; phones show fewer.
const longestSubject = 200

// Render writes the mail of a notice, with times in the zone. An insert field that does not exist stays visible and is reported: a
// slip in a template keeps nobody from being told. What is filled in is text and nothing else; no value can add a header line.
func Render(t Template, n Notice, zone *time.Location) (Mail, []TemplateMistake) {
	standard := DefaultTemplate()
	if n.Outcome == Failed {
		standard.Subject = failedSubject
	}
	values := n.values(zone)
	value := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	subject, mistakes := fill("subject", orDefault(t.Subject, standard.Subject), value)
	body, more := fill("body", orDefault(t.Body, standard.Body), value)
	return Mail{Subject: oneLine(subject), Text: plainText(body)}, append(mistakes, more...)
}

func orDefault(text, standard string) string {
	if strings.TrimSpace(text) == "" {
		return standard
	}
	return text
}

// values returns what each insert field stands for. Nothing is ever left blank: a reader in a hurry must not wonder.
func (n Notice) values(zone *time.Location) map[string]string {
	return map[string]string{
		"rep":             cmp.Or(n.Rep, n.RepEmail, "Somebody"),
		"site":            cmp.Or(n.Site, n.Organisation, "site not known"),
		"number":          cmp.Or(n.Number, "not known"),
		"time":            clockTime(n.At, zone),
		"callback_number": cmp.Or(n.CallbackNumber, "none"),
		"callback_until":  clockTime(n.CallbackUntil, zone),
		"place":           strings.Join(placeLines(n.Place, zone), "\n"),
		"outcome":         n.Outcome.words(),
		"organisation":    cmp.Or(n.Organisation, "this organisation"),
	}
}

func (o Outcome) words() string {
	if o == Failed {
		return "The call did NOT get through: every route failed. Please make sure now that help is called, from another telephone."
	}
	return "The call is on its way to the emergency service."
}

// clockTime writes a time with its day, zone and distance from UTC: whoever reads it may be elsewhere.
func clockTime(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return "-"
	}
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("Monday, 2 January 2006, 15:04:05 MST (UTC-07:00)")
}

// placeLines returns the place as it was conveyed: the address to read out, and the position with where it comes from.
func placeLines(p location.Place, zone *time.Location) []string {
	lines := p.Lines()
	if p.Position != nil {
		lines = append(lines, fmt.Sprintf("Position: %.5f, %.5f, within %.0f m", p.Position.Latitude, p.Position.Longitude, p.Position.RadiusM))
		if p.Measured {
			lines = append(lines, measured(p, zone))
		}
	}
	if len(lines) == 0 {
		return []string{"No place was sent with the call."}
	}
	return lines
}

func measured(p location.Place, zone *time.Location) string {
	text := "Measured by the browser"
	if !p.Position.At.IsZero() {
		text += " on " + clockTime(p.Position.At, zone)
	}
	if p.Stale {
		text += "; this is old, it may be out of date"
	}
	return text
}

// oneLine makes a subject of any text: no line end and no other control character is left of it (RFC 5322 §2.2).
func oneLine(text string) string {
	line := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || turnsText(c)
	}), " ")
	if runes := []rune(line); len(runes) > longestSubject {
		return string(runes[:longestSubject-1]) + "…"
	}
	return line
}

// plainText leaves lines and tabs of a text, and drops what would make it read as something else than it says.
func plainText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(text, "?"))
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' || turnsText(c) {
			return -1
		}
		return c
	}, text)
}

// turnsText reports whether the character changes the direction of the text around it.
func turnsText(c rune) bool { return c >= '\u202A' && c <= '\u202E' || c >= '\u2066' && c <= '\u2069' }
