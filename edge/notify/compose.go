package notify

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"mayday/center/emergency"
)

// Compose writes the mail of a notice as it is sent: its HTML holds nothing that runs, and its plain text is always there. The HTML is made safe
// before values stand in it, so that none can become markup wherever the template has put it, and once more with them: they may be addresses.
func Compose(t emergency.Template, n emergency.Notice) (emergency.Mail, []emergency.TemplateMistake) {
	mistakes := emergency.CheckTemplate(t)
	t.HTML = safeTemplate(t.HTML)
	written, _ := emergency.Render(t, n, zoneOf(n))
	written.HTML = safe().Sanitize(written.HTML)
	if written.Text == "" {
		written.Text = plain(written.HTML)
	}
	return written, mistakes
}

// safeTemplate makes a template's HTML safe. A word stands for each of its fields meanwhile, since braces have no place in an address; it begins
// with a digit, as no name of an element does.
func safeTemplate(text string) string {
	word := "0field"
	for strings.Contains(text, word) {
		word += "0"
	}
	var names []string
	text = safe().Sanitize(emergency.ReplaceFields(text, func(name string) string {
		names = append(names, name)
		return fmt.Sprintf("%s-%d-", word, len(names)-1)
	}))
	return regexp.MustCompile(word+`-\d+-`).ReplaceAllStringFunc(text, func(found string) string {
		if at, err := strconv.Atoi(strings.Trim(found[len(word):], "-")); err == nil && at < len(names) {
			return "{{" + names[at] + "}}"
		}
		return found // it came together when something harmful was taken out
	})
}

// zoneOf returns the time zone of the call's site; of one that does not exist UTC.
func zoneOf(n emergency.Notice) *time.Location {
	zone, err := time.LoadLocation(n.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// safe returns what of a mail's HTML is kept: text, links, pictures, tables and how they look, and nothing that runs or asks. It is made
// when it is first asked for: making it takes longer than all else at the start of the program.
var safe = sync.OnceValue(newPolicy)

func newPolicy() *bluemonday.Policy {
	policy := bluemonday.UGCPolicy()
	policy.AllowURLSchemes("https", "http", "mailto", "tel")
	policy.RequireNoFollowOnLinks(false)
	policy.AllowAttrs("width", "bgcolor", "cellpadding", "cellspacing", "border").OnElements("table", "td", "th", "tr", "img")
	policy.AllowElements("center")
	policy.AllowStyles("color", "background-color", "font-family", "font-size", "font-style", "font-weight", "line-height", "text-align",
		"text-decoration", "margin", "padding", "border", "width").Globally()
	return policy
}

// Unsafe says in words what of a template's HTML is left out of the mail because it could do harm; nothing where all is kept.
func Unsafe(template string) []string {
	before, after := pieces(template), pieces(safe().Sanitize(template))
	var gone []string
	for _, piece := range slices.Sorted(maps.Keys(before)) {
		if after[piece] < before[piece] {
			gone = append(gone, piece)
		}
	}
	return gone
}

// frame are the elements around a document, which a mail does well without.
var frame = []string{"html", "head", "body", "meta"}

// pieces counts the elements and attributes of a text in HTML.
func pieces(text string) map[string]int {
	counted := make(map[string]int)
	tokens := html.NewTokenizer(strings.NewReader(text))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken || slices.Contains(frame, token.Data) {
			continue
		}
		counted[fmt.Sprintf("the element <%s>", token.Data)]++
		for _, attribute := range token.Attr {
			counted[fmt.Sprintf("the attribute %s of <%s>", attribute.Key, token.Data)]++
		}
	}
	return counted
}

// breaks are the elements after which a new line begins.
var breaks = []atom.Atom{atom.Br, atom.P, atom.Div, atom.Tr, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Hr, atom.Center}

// plain makes plain text of HTML for readers that show no other.
func plain(text string) string {
	var lines []string
	var line strings.Builder
	end := func() {
		words := strings.Join(strings.Fields(line.String()), " ")
		if last := len(lines) - 1; words != "" || last >= 0 && lines[last] != "" {
			lines = append(lines, words)
		}
		line.Reset()
	}
	tokens := html.NewTokenizer(strings.NewReader(text))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		switch {
		case token.Type == html.TextToken:
			line.WriteString(token.Data)
		case token.DataAtom == atom.Td || token.DataAtom == atom.Th:
			line.WriteByte(' ')
		case slices.Contains(breaks, token.DataAtom) && (token.Type != html.StartTagToken || line.Len() > 0 || token.DataAtom == atom.Br):
			end()
		}
	}
	end()
	return cmp.Or(strings.TrimSpace(strings.Join(lines, "\n")), "-") + "\n"
}
