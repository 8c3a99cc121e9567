package notify_test

import (
	"slices"
	"strings"
	"testing"

	"mayday/center/emergency"
	"mayday/edge/notify"
	"mayday/psap/mailbox"
)

// TestHTMLIsSentBesidePlainText: a real mail server sees both, the plain one first.
func TestHTMLIsSentBesidePlainText(t *testing.T) {
	server := outside(t, mailbox.Config{})
	h := build(t, notify.Config{SMTP: url(server)})
	n := notice()
	n.Rep = `Alice <b onclick="x()">Döe</b>`
	h.notifier.Tell(n, emergency.Template{HTML: `<h1>{{rep}}</h1><p onclick="bad()">dialled {{number}}<script>bad()</script></p><p>{{place}}</p>`})
	got := came(t, server, 1)[0]
	if kind := got.Header("Content-Type"); !strings.HasPrefix(kind, "multipart/alternative") || got.Fault != "" {
		t.Fatalf("the mail is %s, fault %q", kind, got.Fault)
	}
	page := got.HTML()
	for _, wanted := range []string{"<h1>Alice &lt;b", "dialled 112", "København"} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the HTML lacks %q: %s", wanted, page)
		}
	}
	for _, evil := range []string{"script", "bad()", "<b "} {
		if strings.Contains(page, evil) {
			t.Errorf("the HTML holds %q: %s", evil, page)
		}
	}
	if !strings.Contains(got.Text, "dialled 112\n") || strings.Contains(got.Text, "<p>") {
		t.Errorf("the plain text: %s", got.Text)
	}
}

func TestPlainTextIsTheTemplatesOwnWhereItHasOne(t *testing.T) {
	mail, _ := notify.Compose(emergency.Template{Body: "call {{callback_number}}", HTML: "<p>x</p>"}, notice())
	if mail.Text != "call +4533112233" || mail.HTML != "<p>x</p>" {
		t.Errorf("text %q, HTML %q", mail.Text, mail.HTML)
	}
	mail, _ = notify.Compose(emergency.Template{HTML: "<table><tr><td>Rep</td><td>{{number}}</td></tr><tr><td>Fish &amp; chips</td></tr></table>"}, notice())
	if mail.Text != "Rep 112\nFish & chips\n" {
		t.Errorf("text made of a table: %q", mail.Text)
	}
	mail, _ = notify.Compose(emergency.Template{HTML: "<script>x</script>"}, notice())
	if mail.HTML != "" || !strings.Contains(mail.Text, "has dialled the emergency number 112") {
		t.Errorf("HTML of which nothing is left: text %q, HTML %q", mail.Text, mail.HTML)
	}
}

// TestFieldsStandWherePeoplePutThem: in text, in addresses, in titles; as words and never as markup.
func TestFieldsStandWherePeoplePutThem(t *testing.T) {
	n := notice()
	n.Rep = `b title="x"`
	template := `<{{rep}}><a href="tel:{{ Callback_Number }}">{{number}}</a><a href="https://wiki.example/{{number}}?who={{number}}">{{reb}}</a><p title="of {{number}}">`
	want := `&lt;b title=&#34;x&#34;&gt;<a href="tel:+4533112233">112</a><a href="https://wiki.example/112?who=112">{{reb}}</a><p title="of 112">`
	mail, mistakes := notify.Compose(emergency.Template{HTML: template}, n)
	if mail.HTML != want || len(mistakes) != 1 || mistakes[0].Typed != "{{reb}}" {
		t.Errorf("mistakes %v, HTML\n%s, want\n%s", mistakes, mail.HTML, want)
	}
}

func TestUnsafeHTMLIsNamed(t *testing.T) {
	for text, want := range map[string][]string{
		`<p style="color: red">{{rep}}<br>a &amp; b</p><a href="tel:{{callback_number}}">call</a>`: nil,
		`<html><body><table width="100%"><tr><td>x</td></tr></table></body></html>`:                nil,
		`<p onclick="x()">a</p><script>x</script>`:                                                 {"the attribute onclick of <p>", "the element <script>"},
		`<a href="javascript:x()">a</a>`:                                                           {"the attribute href of <a>", "the element <a>"},
		`<iframe src="https://x.example"></iframe>`:                                                {"the attribute src of <iframe>", "the element <iframe>"},
	} {
		if got := notify.Unsafe(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
