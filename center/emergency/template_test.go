package emergency_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/center/location"
)

var copenhagen = time.FixedZone("CEST", 2*60*60)

func notice() emergency.Notice {
	at := time.Date(2026, 7, 3, 12, 42, 7, 0, time.UTC)
	return emergency.Notice{
		Call: "c1", At: at, Rep: "Alice Doe", RepEmail: "alice@acme.example", MailboxEnabled: true, Number: "112", Site: "Headquarters",
		Zone: "Europe/Copenhagen", Organisation: "Acme", CallbackNumber: "+4533112233", CallbackUntil: at.Add(time.Hour),
		Place: location.Place{
			Country: location.DK, Measured: true, Civic: &location.Civic{Floor: "4", Room: "412", Street: "Bredgade", HouseNumber: "1", City: "København"},
			Position: &location.Position{Latitude: 55.68, Longitude: 12.59, RadiusM: 30, At: at.Add(-time.Minute)},
		},
		Recipients: []string{"boss@acme.example"}, Sender: "alice@acme.example",
	}
}

func TestEmptyTemplateStandsForTheDefaultText(t *testing.T) {
	mail, mistakes := emergency.Render(emergency.Template{Subject: " ", Body: "\n"}, notice(), copenhagen)
	want := emergency.Mail{
		Subject: "Emergency call by Alice Doe (Headquarters)",
		Text: `Alice Doe has dialled the emergency number 112.

When: Friday, 3 July 2026, 14:42:07 CEST (UTC+02:00)
Site: Headquarters
Outcome: The call is on its way to the emergency service.

Place sent with the call:
Room 412, Floor 4
Bredgade 1
København
Denmark
The browser measured the position 55.68000, 12.59000, within 30 m, on Friday, 3 July 2026, 14:41:07 CEST (UTC+02:00).

Number for a call back: +4533112233
It rings Alice Doe until: Friday, 3 July 2026, 15:42:07 CEST (UTC+02:00)

You receive this message as an emergency contact at Acme.
It was sent when the number was dialled; you are not told how the call goes on.
Please do not call the emergency service only to ask about it.
`}
	if diff := cmp.Diff(want, mail); diff != "" || mistakes != nil {
		t.Errorf("an empty template: mistakes %v, mail (-want +got):\n%s", mistakes, diff)
	}
}

func TestEveryFieldHasWordsWhenNothingIsKnown(t *testing.T) {
	for _, outcome := range []emergency.Outcome{emergency.Placed, emergency.Failed} {
		for _, name := range emergency.Fields() {
			mail, mistakes := emergency.Render(emergency.Template{Subject: "s", Body: "{{" + name + "}}"}, emergency.Notice{Outcome: outcome}, nil)
			if strings.TrimSpace(mail.Text) == "" || strings.Contains(mail.Text, "{{") || mistakes != nil {
				t.Errorf("nothing is known, field %s: %q, mistakes %v", name, mail.Text, mistakes)
			}
		}
	}
}

func TestFailedCallIsSaidPlainly(t *testing.T) {
	n := notice()
	n.Outcome = emergency.Failed
	mail, _ := emergency.Render(emergency.Template{}, n, copenhagen)
	if !strings.Contains(mail.Text, "did NOT get through") || mail.Subject != "Emergency call NOT connected: Alice Doe (Headquarters)" {
		t.Errorf("every route failed: the mail does not say so: %s\n%s", mail.Subject, mail.Text)
	}
}

func TestPlaceIsWrittenAsConveyed(t *testing.T) {
	position := location.Position{Latitude: -1.5, Longitude: 2.25, RadiusM: 12000, At: time.Date(2026, 7, 3, 1, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		circumstance string
		place        location.Place
		want         string
	}{
		{"nothing conveyed", location.Place{}, "No place was sent with the call."},
		{"country alone", location.Place{Country: "US"}, "United States"},
		{"the site's own position", location.Place{Country: "US", Position: &position}, "United States\nThe position of the site is -1.50000, 2.25000, within 12000 m."},
		{"an old measurement", location.Place{Position: &position, Measured: true, Stale: true},
			"The browser measured the position -1.50000, 2.25000, within 12000 m, on Friday, 3 July 2026, 01:00:00 UTC (UTC+00:00). This is old, and may be out of date."},
	} {
		mail, _ := emergency.Render(emergency.Template{Body: "{{place}}"}, emergency.Notice{Place: c.place}, time.UTC)
		if mail.Text != c.want {
			t.Errorf("%s: %q, want %q", c.circumstance, mail.Text, c.want)
		}
	}
}

func TestMisspeltFieldStaysVisibleAndIsNamed(t *testing.T) {
	for _, c := range []struct {
		body, text, reason string
		line, column       int
	}{
		{"{{reb}}", "{{reb}}", `line 1, column 1: no insert field {{reb}}; did you mean {{rep}}?`, 1, 1},
		{"Hi\r\nÆØ {{ Calback Number }}!", "Hi\nÆØ {{ Calback Number }}!", `line 2, column 4: no insert field {{ Calback Number }}; did you mean {{callback_number}}?`, 2, 4},
		{"{{organization}}", "{{organization}}", `line 1, column 1: no insert field {{organization}}; did you mean {{organisation}}?`, 1, 1},
		{"{{zzzzzz}}", "{{zzzzzz}}", `line 1, column 1: no insert field {{zzzzzz}}; there are {{rep}}, {{site}}, {{number}}, {{time}}, {{callback_number}}, ` +
			`{{callback_until}}, {{place}}, {{outcome}}, {{kind}}, {{organisation}}`, 1, 1},
		{"a {{rep\nb", "a {{rep\nb", `line 1, column 3: "{{rep" is never closed: write }} behind the name`, 1, 3},
		{"{{ {{REP}}", "{{ Alice Doe", `line 1, column 1: "{{ " is never closed: write }} behind the name`, 1, 1},
	} {
		template := emergency.Template{Body: c.body}
		mail, mistakes := emergency.Render(template, notice(), time.UTC)
		if len(mistakes) != 1 {
			t.Errorf("body %q: mistakes %v, want one", c.body, mistakes)
			continue
		}
		m := mistakes[0]
		if mail.Text != c.text || m.Reason() != c.reason || m.Line != c.line || m.Column != c.column || m.Field != "body" {
			t.Errorf("body %q: text %q, mistake %q at %d:%d in the %s", c.body, mail.Text, m.Reason(), m.Line, m.Column, m.Field)
		}
		if diff := cmp.Diff(mistakes, emergency.CheckTemplate(template)); diff != "" {
			t.Errorf("body %q: checked before and rendered (-rendered +checked):\n%s", c.body, diff)
		}
	}
	if mistakes := emergency.CheckTemplate(emergency.DefaultTemplate()); mistakes != nil {
		t.Errorf("the default text: %v", mistakes)
	}
	if mistakes := emergency.CheckTemplate(emergency.Template{Subject: strings.Repeat("{{x}}", 100_000)}); len(mistakes) != 50 {
		t.Errorf("a hundred thousand mistakes: %d are reported, want 50", len(mistakes))
	}
}

func TestNoValueAddsAHeaderLine(t *testing.T) {
	n := notice()
	n.Rep = "Alice\r\nBcc: x@y.example\r\n\r\nbody\u2028{{number}}\x00\u202Egnp"
	mail, mistakes := emergency.Render(emergency.Template{Subject: "Call\nby {{rep}}" + strings.Repeat("é", 300), Body: "{{rep}}"}, n, time.UTC)
	if !strings.HasPrefix(mail.Subject, "Call by Alice Bcc: x@y.example body {{number}} gnpé") || utf8.RuneCountInString(mail.Subject) != 200 || mistakes != nil {
		t.Errorf("a name full of line ends: subject %q, mistakes %v", mail.Subject, mistakes)
	}
	if mail.Text != "Alice\nBcc: x@y.example\n\nbody\n{{number}}gnp" {
		t.Errorf("a name full of line ends: text %q", mail.Text)
	}
}

func TestNoticeIsNeverPrinted(t *testing.T) {
	n := notice()
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("told", "notice", n, "pointer", &n, "inside", []any{n})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("told", "notice", n, "pointer", &n, "inside", []any{n})
	text, err := json.Marshal(map[string]any{"notice": n})
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %d %x", n, n, &n, n, n, n) + fmt.Sprint(n)
	for _, secret := range []string{"Alice", "alice@", "112\"", "Headquarters", "4533112233", "Bredgade", "boss@"} {
		if strings.Contains(printed, secret) {
			t.Errorf("a notice that is printed shows %q:\n%s", secret, printed)
		}
	}
}

// FuzzRender: whatever an administrator and a rep's name contain, the subject is one line without control characters, the text has none
// but line ends and tabs, and what is reported as a mistake stays visible.
func FuzzRender(f *testing.F) {
	standard := emergency.DefaultTemplate()
	for _, seed := range [][3]string{
		{standard.Subject, standard.Body, "Alice Doe"}, {"{{rep", "}}{{rep}}{{{{", "{{rep}}"}, {"\r\nBcc: a@b", "{{ Repp }}\r{{}}", "a\r\nb"},
		{"\xff{{\xfe}}", "{{\u2028}}", "\u202e\x00"}, {"{{rep}}{{site}}", "{{RÉP}}", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, subject, body, name string) {
		n := notice()
		n.Rep = name
		mail, mistakes := emergency.Render(emergency.Template{Subject: subject, Body: body}, n, time.UTC)
		if strings.ContainsFunc(mail.Subject, unicode.IsControl) || !utf8.ValidString(mail.Subject) || utf8.RuneCountInString(mail.Subject) > 200 {
			t.Errorf("subject %q, name %q: %q", subject, name, mail.Subject)
		}
		if strings.ContainsFunc(mail.Text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }) || !utf8.ValidString(mail.Text) {
			t.Errorf("body %q, name %q: %q", body, name, mail.Text)
		}
		for _, m := range mistakes {
			typed := map[string]string{"subject": subject, "body": body}[m.Field]
			lines := strings.Split(typed, "\n")
			if m.Line < 1 || m.Line > len(lines) || !strings.Contains(lines[m.Line-1], m.Typed) || m.Reason() == "" {
				t.Errorf("subject %q, body %q: mistake %+v does not stand there", subject, body, m)
			}
			if printable := !strings.ContainsFunc(m.Typed, func(c rune) bool { return !unicode.IsPrint(c) }); m.Field == "body" && printable && utf8.ValidString(m.Typed) && !strings.Contains(mail.Text, m.Typed) {
				t.Errorf("body %q: %q is not visible in %q", body, m.Typed, mail.Text)
			}
		}
	})
}
