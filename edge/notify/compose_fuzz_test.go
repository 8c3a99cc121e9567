package notify_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"mayday/center/emergency"
	"mayday/edge/notify"
)

// What a mail may hold, written down apart from the policy that sees to it.
var (
	allowedElements = strings.Fields(`a abbr acronym area article aside b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn
		div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i img ins li map mark meter ol p pre progress q rp rt ruby s samp section small
		span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`)
	allowedAttributes = strings.Fields(`abbr align alt bgcolor border cellpadding cellspacing cite colspan coords datetime dir headers height high href
		id lang low max min name nowrap open optimum rel rowspan scope shape span src start style summary title type usemap valign value width`)
	allowedStyles = strings.Fields(`color background-color font-family font-size font-style font-weight line-height text-align text-decoration
		margin padding border width`)
	allowedSchemes = []string{"http", "https", "mailto", "tel"}

	schemeOf   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	knownField = regexp.MustCompile(`(?i)\{\{\s*(` + strings.Join(emergency.Fields(), "|") + `)\s*\}\}`)
)

// FuzzCompose: whatever stands in a template, and whatever the values of its fields are, the mail is made of the elements, attributes, styles and
// kinds of address alone that do no harm; each element of the mail stands in the template, so that no value can bring one in but the
// breaks between its lines; and there is always a plain text.
func FuzzCompose(f *testing.F) {
	for _, template := range []string{
		"<p>{{rep}}</p>", "<a href='{{place}}'><script>", `<{{rep}}>`, `</p><{{rep}} src=x>`, `<b{{rep}}>x`, `<p title="{{rep}}">`, `<p title={{rep}}>`,
		`<a href="{{ rep }}">x</a><img src='{{rep}}'>`, `<a href="https://x.example/{{rep}}?q={{site}}">x</a>`, `<p style="color: {{rep}}">`,
		`<!-- {{rep}} --><style>{{rep}}</style><title>{{rep}}</title><textarea>{{rep}}`, `<svg><style>{{rep}}</style></svg><math><mi>{{rep}}`,
		`<{{{{rep}}}} onclick=x>`, `{{re<b>p}}`, `<p {{rep}}>`, `<p {{rep}}="{{rep}}">`, `<a href="java{{rep}}">x`, `<noscript><p title="{{rep}}">`,
		`{{rep}} 0fi<script></script>eld-0- 0&#102;ield-7- 0fi<script></script>eld-99999999999999999999-`, `0field-0- {{rep}}`,
	} {
		for _, value := range []string{
			"Alice Döe", `<script>x</script>`, `b onclick="x()"`, `img src=https://x.example`, `"><img src=x onerror=x>`, `javascript:x()`, " java\tscript:x()",
			`red; background: url(javascript:x)`, `--><script>`, `</style></title></textarea><b>`, "a\nb", "{{site}}", `onclick`, `script:x()`, "r", "&lt;b&gt;",
		} {
			f.Add(template, value)
		}
	}
	f.Fuzz(func(t *testing.T, template, value string) {
		n := notice()
		n.Rep, n.Site, n.Organisation, n.CallbackNumber, n.Place.Civic.Street = value, value, value, value, value
		mail, _ := notify.Compose(emergency.Template{HTML: template}, n)
		if mail.Text == "" {
			t.Errorf("%q: there is no plain text", template)
		}
		for _, harm := range harmIn(t, mail.HTML) {
			t.Errorf("%q with the value %q becomes %q, with %s", template, value, mail.HTML, harm)
		}
		known := elementsIn(knownField.ReplaceAllString(template, "0"))
		for element, times := range elementsIn(mail.HTML) {
			if element != "br" && times > known[element] {
				t.Errorf("%q with the value %q becomes %q: the template has %d of <%s>", template, value, mail.HTML, known[element], element)
			}
		}
	})
}

// elementsIn counts the tags that open an element.
func elementsIn(text string) map[string]int {
	counted := make(map[string]int)
	tokens := html.NewTokenizer(strings.NewReader(text))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			name, _ := tokens.TagName()
			counted[string(name)]++
		}
	}
	return counted
}

// harmIn reads a mail as a reader of HTML does, and says what in it does not belong there.
func harmIn(t *testing.T, text string) (harm []string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for _, top := range nodes {
		harm = append(harm, harmOf(top)...)
		for node := range top.Descendants() {
			harm = append(harm, harmOf(node)...)
		}
	}
	return harm
}

func harmOf(node *html.Node) (harm []string) {
	switch {
	case node.Type == html.TextNode:
		return nil
	case node.Type != html.ElementNode || node.Namespace != "" || !slices.Contains(allowedElements, node.Data):
		return []string{"the node " + node.Data}
	}
	for _, a := range node.Attr {
		switch {
		case a.Namespace != "" || !slices.Contains(allowedAttributes, a.Key):
			harm = append(harm, "the attribute "+a.Key)
		case a.Key == "style":
			harm = append(harm, harmOfStyle(a.Val)...)
		case a.Key == "href" || a.Key == "src" || a.Key == "cite" && node.Data != "ins" && node.Data != "del":
			if scheme := schemeOf.FindString(asRead(a.Val)); scheme != "" && !slices.Contains(allowedSchemes, strings.ToLower(scheme[:len(scheme)-1])) {
				harm = append(harm, "the address "+a.Val)
			}
		}
	}
	return harm
}

func harmOfStyle(style string) (harm []string) {
	for rule := range strings.SplitSeq(style, ";") {
		name, value, _ := strings.Cut(rule, ":")
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(allowedStyles, name) {
			harm = append(harm, "the style "+name)
		}
		if value = strings.ToLower(value); strings.ContainsAny(value, `\<`) || strings.Contains(value, "url(") || strings.Contains(value, "expression(") {
			harm = append(harm, "the style "+rule)
		}
	}
	return harm
}

// asRead is an address without what a browser passes over in it.
func asRead(address string) string {
	address = strings.TrimLeftFunc(address, func(c rune) bool { return c <= ' ' })
	return strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address)
}
