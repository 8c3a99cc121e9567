package emergency

import (
	"cmp"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mayday/center/location"
)

// Mail is a notice in words.
type Mail struct {
	Subject string // one line
	Text    string // lines end with "\n"; no other control character but the tab; empty: to be made of the HTML
	HTML    string // as the template has it, not yet made safe; empty: there is none
}

// How many characters are kept of a subject, of which phones show fewer, and of a text message, which is cut into two or three.
const longestSubject, longestText = 200, 300

// Render writes the mail of a notice, with times in the zone. An insert field that does not exist stays visible and is reported: a
// slip in a template keeps nobody from being told. What is filled in is text and nothing else; no value can add a header line or markup.
func Render(t Template, n Notice, zone *time.Location) (Mail, []TemplateMistake) {
	words, values := wordsIn(n.Language), n.values(zone)
	standard := words.mailFor(n)
	subject, mistakes := fill("subject", orDefault(t.Subject, standard.Subject), valueOf(values))
	mail := Mail{Subject: oneLine(words.mark(n)+subject, longestSubject)}
	if blank(t.HTML) || !blank(t.Body) {
		body, more := fill("body", orDefault(t.Body, standard.Body), valueOf(values))
		mail.Text, mistakes = plainText(body), append(mistakes, more...)
	}
	if !blank(t.HTML) {
		for name, value := range values {
			values[name] = strings.ReplaceAll(html.EscapeString(plainText(value)), "\n", "<br>\n")
		}
		filled, more := fill("html", t.HTML, valueOf(values))
		mail.HTML, mistakes = plainText(filled), append(mistakes, more...)
	}
	return mail, mistakes
}

// RenderText writes the text message of a notice: one line that fits where little does.
func RenderText(n Notice, zone *time.Location) string {
	words := wordsIn(n.Language)
	text := words.text
	if n.Outcome == Failed {
		text = words.failedText
	}
	values := n.values(zone)
	values["place"] = strings.ReplaceAll(values["place"], "\n", ", ")
	filled, _ := fill("text", text, valueOf(values))
	return oneLine(words.mark(n)+filled, longestText)
}

func valueOf(values map[string]string) func(name string) (string, bool) {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

func orDefault(text, standard string) string {
	if blank(text) {
		return standard
	}
	return text
}

// values returns what each insert field stands for. Nothing is ever left blank: a reader in a hurry must not wonder.
func (n Notice) values(zone *time.Location) map[string]string {
	words := wordsIn(n.Language)
	return map[string]string{
		"rep":             cmp.Or(n.Rep, n.RepEmail, words.somebody),
		"site":            cmp.Or(n.Site, n.Organisation, words.noSite),
		"number":          cmp.Or(n.Number, words.notKnown),
		"time":            words.clockTime(n.At, zone),
		"callback_number": cmp.Or(n.CallbackNumber, words.none),
		"callback_until":  words.clockTime(n.CallbackUntil, zone),
		"place":           strings.Join(n.PlaceLines(zone), "\n"),
		"outcome":         words.outcome(n),
		"kind":            words.kind(n),
		"organisation":    cmp.Or(n.Organisation, words.organisation),
	}
}

// PlaceLines returns the place as it is read out: its address, and its position with where it comes from.
func (n Notice) PlaceLines(zone *time.Location) []string {
	words := wordsIn(n.Language)
	if lines := words.placeLines(n.Place, zone); len(lines) > 0 {
		return lines
	}
	return []string{words.noPlace}
}

// clockTime writes a time with its day, zone and distance from UTC: whoever reads it may be elsewhere.
func (w wording) clockTime(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return "-"
	}
	if zone == nil {
		zone = time.UTC
	}
	at = at.In(zone)
	return w.sentence(w.when, map[string]string{
		"weekday": w.weekdays[at.Weekday()], "day": strconv.Itoa(at.Day()), "month": w.months[at.Month()-1], "year": strconv.Itoa(at.Year()),
		"clock": at.Format("15:04:05"), "zone": at.Format("MST"), "offset": at.Format("-07:00"),
	})
}

// placeLines returns the place as it was conveyed: the address to read out, and the position with where it comes from.
func (w wording) placeLines(p location.Place, zone *time.Location) []string {
	lines := p.Lines()
	if p.Position == nil {
		return lines
	}
	sentence := w.positionOfSite
	switch {
	case p.Measured && p.Position.At.IsZero():
		sentence = w.positionMeasured
	case p.Measured && p.Stale:
		sentence = w.positionOld
	case p.Measured:
		sentence = w.positionMeasuredAt
	}
	return append(lines, w.sentence(sentence, map[string]string{
		"latitude": fmt.Sprintf("%.5f", p.Position.Latitude), "longitude": fmt.Sprintf("%.5f", p.Position.Longitude),
		"radius": fmt.Sprintf("%.0f", p.Position.RadiusM), "when": w.clockTime(p.Position.At, zone),
	}))
}

// sentence fills in a sentence of ours.
func (w wording) sentence(text string, values map[string]string) string {
	filled, _ := fill("", text, valueOf(values))
	return filled
}

// oneLine makes one line of any text, no longer than that: no line end and no other control character is left of it (RFC 5322 §2.2).
func oneLine(text string, longest int) string {
	line := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || turnsText(c)
	}), " ")
	if runes := []rune(line); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
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
