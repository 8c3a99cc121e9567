package emergency

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Template is the Emergency Call Notification Template: the mail that emergency contacts receive.
// Empty fields stand for the default text. Both fields take insert fields such as {{rep}}, which Fields lists.
type Template struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"` // plain text
	HTML    string `json:"html,omitempty"` // the same for readers of HTML; empty: plain text alone
}

// Language is an IETF language tag, "da" (RFC 5646 §2.1).
type Language string

// Translation is the template in another language, for the sites that speak it.
type Translation struct {
	Language Language `json:"language"`
	Template
}

// InLanguage returns the translation for a site: into its language, "da-DK", else into that language wherever it is spoken, "da"; else
// the template itself.
func (t Template) InLanguage(language Language, translations []Translation) Template {
	wanted := string(language)
	for wanted != "" {
		for _, translation := range translations {
			if strings.EqualFold(string(translation.Language), wanted) {
				return translation.Template
			}
		}
		wanted = wanted[:max(0, strings.LastIndexByte(wanted, '-'))]
	}
	return t
}

// DefaultTemplate returns the text that an empty template stands for.
func DefaultTemplate() Template {
	return StandardTemplate("")
}

// StandardTemplate returns the text that an empty template stands for at a site of that language.
func StandardTemplate(language Language) Template {
	standard := wordsIn(language)
	return Template{Subject: standard.subject, Body: standard.body}
}

// Fields returns the names of the insert fields, in the order in which an editor offers them.
func Fields() []string {
	return []string{"rep", "site", "number", "time", "callback_number", "callback_until", "place", "outcome", "kind", "organisation"}
}

// TemplateMistake is an insert field that cannot be filled in. The mail shows it as it was typed.
type TemplateMistake struct {
	Field        string // "subject", "body" or "html"
	Line, Column int    // where the braces open, from 1; columns in characters
	Typed        string // with its braces
	Meant        string // the name that is nearest; empty: none comes near
}

// Reason says in words for an operator what is wrong.
func (m TemplateMistake) Reason() string {
	where := fmt.Sprintf("line %d, column %d: ", m.Line, m.Column)
	switch {
	case !strings.HasSuffix(m.Typed, closeMark):
		return where + fmt.Sprintf("%q is never closed: write }} behind the name", m.Typed)
	case m.Meant != "":
		return where + fmt.Sprintf("no insert field %s; did you mean {{%s}}?", m.Typed, m.Meant)
	}
	return where + fmt.Sprintf("no insert field %s; there are {{%s}}", m.Typed, strings.Join(Fields(), "}}, {{"))
}

// CheckTemplate returns everything that is wrong with the template; nothing for an empty one.
func CheckTemplate(t Template) []TemplateMistake {
	var mistakes []TemplateMistake
	known := func(name string) (string, bool) { return "", slices.Contains(Fields(), name) }
	for _, part := range []struct{ field, text string }{{"subject", t.Subject}, {"body", t.Body}, {"html", t.HTML}} {
		_, wrong := fill(part.field, part.text, known)
		mistakes = append(mistakes, wrong...)
	}
	return mistakes
}

// ReplaceFields puts something else in the place of each insert field of a text, as Render puts its value there.
func ReplaceFields(text string, with func(name string) string) string {
	replaced, _ := fill("", text, func(name string) (string, bool) {
		if !slices.Contains(Fields(), name) {
			return "", false
		}
		return with(name), true
	})
	return replaced
}

const openMark, closeMark = "{{", "}}"

// mostMistakes is how many mistakes of one text are reported: nobody reads more, and each is looked up.
const mostMistakes = 50

// fill puts values into the insert fields of a text. A name is known in any case and with blanks around it; what is not known stays
// as it was typed. A value is not searched for fields again.
func fill(field, text string, value func(name string) (string, bool)) (string, []TemplateMistake) {
	var filled strings.Builder
	var mistakes []TemplateMistake
	number := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		number++
		for at := 0; at < len(line); {
			before, typed := nextField(line[at:])
			filled.WriteString(line[at : at+before])
			at += before
			if typed == "" {
				continue
			}
			name, closed := strings.CutSuffix(typed[len(openMark):], closeMark)
			name = strings.ToLower(strings.TrimSpace(name))
			inserted, known := value(name)
			switch {
			case closed && known:
				filled.WriteString(inserted)
			case len(mistakes) < mostMistakes:
				column := utf8.RuneCountInString(line[:at]) + 1
				mistakes = append(mistakes, TemplateMistake{Field: field, Line: number, Column: column, Typed: typed, Meant: nearestField(name)})
				fallthrough
			default:
				filled.WriteString(typed)
			}
			at += len(typed)
		}
	}
	return filled.String(), mistakes
}

// nextField returns how much of a line stands before its next insert field, and the field with its braces: up to those that close it,
// else up to the next that open, or to the end of the line. It is empty when there is no more.
func nextField(line string) (before int, typed string) {
	before = strings.Index(line, openMark)
	if before < 0 {
		return len(line), ""
	}
	inner := line[before+len(openMark):]
	if next := strings.Index(inner, openMark); next >= 0 {
		inner = inner[:next]
	}
	inner = strings.TrimRight(inner, "\r\n")
	if end := strings.Index(inner, closeMark); end >= 0 {
		inner = inner[:end+len(closeMark)]
	}
	return before, line[before : before+len(openMark)+len(inner)]
}

// nearestField returns the field that somebody who typed this name most likely meant: blanks and dashes stand for underscores, and a
// third of the letters may be wrong.
func nearestField(typed string) string {
	if len(typed) > 40 {
		return ""
	}
	typed = strings.NewReplacer(" ", "_", "-", "_").Replace(typed)
	best, fewest := "", max(1, len(typed)/3)+1
	for _, name := range Fields() {
		if d := letterMistakes(typed, name); d < fewest {
			best, fewest = name, d
		}
	}
	return best
}

// letterMistakes counts the letters left out, added or mistaken between two words.
func letterMistakes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
