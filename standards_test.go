package mayday_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/conformance.md anew")

const (
	standardsFile   = "docs/standards.tsv"
	conformanceFile = "docs/conformance.md"
)

// statuses are what standards.tsv may say of a document.
var statuses = []string{
	"whole",      // all that concerns a server like ours
	"part",       // what the note names
	"background", // read, and followed where it applies; nothing is claimed
}

type standard struct {
	document, title, status, note string
}

// citation is a place in a document that a file says it follows.
type citation struct {
	document, section string
}

// TestEveryCitedStandardIsListed also checks that docs/conformance.md is up to date; -update writes it.
func TestEveryCitedStandardIsListed(t *testing.T) {
	content, err := os.ReadFile(standardsFile)
	if err != nil {
		t.Fatal(err)
	}
	standards, mistakes := readStandards(string(content))
	report(t, mistakes)
	cited, mistakes := collectCitations(t, ".")
	report(t, mistakes)
	report(t, unlisted(standards, cited))

	page := conformance(standards, cited)
	if *update {
		if err := os.WriteFile(conformanceFile, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old, err := os.ReadFile(conformanceFile); err != nil || string(old) != page {
		t.Errorf("%s is not what the citations say (%v): run make conformance", conformanceFile, err)
	}
}

func TestStandardsChecksBite(t *testing.T) {
	_, mistakes := readStandards("document\ttitle\tstatus\tnote\n" +
		"RFC 2\tB\tpart\tthe rest\nRFC 1\tA\twhole\t\nRFC 1\tA\tmostly\t\nRFC 3\tC\tpart\t\nRFC 4\tD\n")
	expect(t, "table", mistakes,
		"docs/standards.tsv:3: RFC 1 does not come after RFC 2",
		"docs/standards.tsv:4: RFC 1 does not come after RFC 1",
		`docs/standards.tsv:4: status "mostly" is none of whole, part, background`,
		"docs/standards.tsv:5: RFC 3 is followed in part, and the note does not say in which",
		"docs/standards.tsv:6: not four columns",
	)

	root := t.TempDir()
	write(t, root, "a.go", "package a\n\n// A is as said. RFC 3261 §17.1.1.2, §8.1 and §9. See RFC\n// 5031 too, 47 CFR §9.16(b)(2)\n"+
		"// and RFC 6881 ED-41.\n")
	write(t, root, "a_test.go", "package a\n// RFC 3261 §17.1.1.2\n")
	write(t, root, "b.ts", "/* W3C WebRTC §4.4; ITU-T G.711 §2.1\n RFC"+"3261 */\n")
	write(t, root, "testdata/c.go", "package c // RFC 9999 §1\n")
	cited, mistakes := collectCitations(t, root)
	expect(t, "form", mistakes, "b.ts: RFC"+"3261 is not written as RFC 3261")
	var got []string
	for c, files := range cited {
		got = append(got, fmt.Sprintf("%s|%s|%s", c.document, c.section, strings.Join(files, " ")))
	}
	expect(t, "citations", got,
		"RFC 3261|§17.1.1.2|a.go a_test.go", "RFC 3261|§8.1|a.go", "RFC 3261|§9|a.go", "RFC 5031||a.go",
		"47 CFR|§9.16(b)(2)|a.go", "RFC 6881|ED-41|a.go", "W3C WebRTC|§4.4|b.ts", "ITU-T G.711|§2.1|b.ts",
	)

	listed := []standard{{document: "RFC 3261", status: "whole"}, {document: "RFC 1", status: "part"}, {document: "RFC 2", status: "background"}}
	expect(t, "listing", unlisted(listed, cited),
		"RFC 5031 is cited in a.go and not listed in docs/standards.tsv",
		"47 CFR is cited in a.go and not listed in docs/standards.tsv",
		"RFC 6881 is cited in a.go and not listed in docs/standards.tsv",
		"W3C WebRTC is cited in b.ts and not listed in docs/standards.tsv",
		"ITU-T G.711 is cited in b.ts and not listed in docs/standards.tsv",
		"RFC 1 is listed as followed and cited in no source",
	)
}

// readStandards reads the table and says what is wrong with it.
func readStandards(content string) (list []standard, mistakes []string) {
	for i, line := range strings.Split(strings.TrimSuffix(content, "\n"), "\n") {
		wrong := func(format string, args ...any) {
			mistakes = append(mistakes, fmt.Sprintf("%s:%d: ", standardsFile, i+1)+fmt.Sprintf(format, args...))
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 4 {
			wrong("not four columns")
			continue
		}
		if i == 0 {
			continue
		}
		s := standard{cells[0], cells[1], cells[2], cells[3]}
		if n := len(list); n > 0 && compareDocuments(list[n-1].document, s.document) >= 0 {
			wrong("%s does not come after %s", s.document, list[n-1].document)
		}
		if !slices.Contains(statuses, s.status) {
			wrong("status %q is none of %s", s.status, strings.Join(statuses, ", "))
		}
		if s.status == "part" && s.note == "" {
			wrong("%s is followed in part, and the note does not say in which", s.document)
		}
		list = append(list, s)
	}
	return list, mistakes
}

const sections = `((?:(?:,| and|, and)? ?(?:§[0-9A-Z][0-9A-Za-z.()-]*|\b[A-Z]{2}-[0-9]+\b))*)`

var (
	cited   = regexp.MustCompile(`\b(RFC [0-9]+|[0-9]+ CFR|ITU-T [A-Z]\.[0-9]+|W3C [A-Za-z][A-Za-z0-9+-]*)` + sections)
	section = regexp.MustCompile(`§[0-9A-Z][0-9A-Za-z.()-]*|\b[A-Z]{2}-[0-9]+\b`)
	// comment is the end of a line inside a comment and the mark that begins the next one.
	comment = regexp.MustCompile(`\s*\n\s*(//|\*|--)?\s*`)
	// misspelt matches the form without a blank, but for the names of Go's own time formats.
	misspelt = regexp.MustCompile(`\bRFC[0-9]+`)
	formats  = []string{"RFC" + "3339", "RFC" + "1123", "RFC" + "822", "RFC" + "850"}
)

// collectCitations reads the sources of a tree: who cites what, and which citations are not in the one form.
func collectCitations(t *testing.T, root string) (found map[citation][]string, mistakes []string) {
	t.Helper()
	found = make(map[citation][]string)
	eachFile(t, root, func(name string, content []byte) {
		if !slices.Contains([]string{".go", ".ts", ".tsx", ".sql"}, filepath.Ext(name)) || name == "standards_test.go" {
			return
		}
		text := comment.ReplaceAllString(string(content), " ")
		for _, m := range misspelt.FindAllString(text, -1) {
			if !slices.Contains(formats, m) {
				mistakes = append(mistakes, fmt.Sprintf("%s: %s is not written as RFC %s", name, m, m[len("RFC"):]))
			}
		}
		for _, m := range cited.FindAllStringSubmatch(text, -1) {
			places := section.FindAllString(m[2], -1)
			if len(places) == 0 {
				places = []string{""}
			}
			for _, place := range places {
				c := citation{m[1], strings.TrimRight(place, ".-")}
				if opened := strings.Count(c.section, "("); opened < strings.Count(c.section, ")") {
					c.section = strings.TrimSuffix(c.section, ")")
				}
				if files := found[c]; !slices.Contains(files, name) {
					found[c] = append(files, name)
				}
			}
		}
	})
	return found, mistakes
}

// unlisted compares the citations with the table, both ways.
func unlisted(standards []standard, citations map[citation][]string) []string {
	var found []string
	known, inSource := make(map[string]bool), make(map[string]bool)
	for _, s := range standards {
		known[s.document] = true
	}
	for _, c := range slices.SortedFunc(maps.Keys(citations), compareCitations) {
		for _, file := range citations[c] {
			if !strings.HasSuffix(file, "_test.go") {
				inSource[c.document] = true
			}
		}
		if !known[c.document] {
			found = append(found, fmt.Sprintf("%s is cited in %s and not listed in %s",
				c.document, strings.Join(citations[c], ", "), standardsFile))
			known[c.document] = true
		}
	}
	for _, s := range standards {
		if s.status != "background" && !inSource[s.document] {
			found = append(found, s.document+" is listed as followed and cited in no source")
		}
	}
	return found
}

// conformance is the page that says which file follows which part of which document.
func conformance(standards []standard, citations map[citation][]string) string {
	var page strings.Builder
	page.WriteString("# What follows which standard\n\nMade by `make conformance` from the citations in the sources and from `standards.tsv`; not written by hand.\n")
	keys := slices.SortedFunc(maps.Keys(citations), compareCitations)
	for _, s := range standards {
		fmt.Fprintf(&page, "\n## %s: %s\n\nFollowed: %s.", s.document, s.title, s.status)
		if s.note != "" {
			fmt.Fprintf(&page, " %s.", strings.TrimSuffix(s.note, "."))
		}
		page.WriteString("\n")
		rows := 0
		for _, c := range keys {
			if c.document != s.document {
				continue
			}
			if rows++; rows == 1 {
				page.WriteString("\n| Section | Built in | Tested in |\n| --- | --- | --- |\n")
			}
			built, tested := splitTests(citations[c])
			fmt.Fprintf(&page, "| %s | %s | %s |\n", c.section, built, tested)
		}
	}
	return page.String()
}

func splitTests(files []string) (built, tested string) {
	var sources, tests []string
	for _, f := range slices.Sorted(slices.Values(files)) {
		if strings.HasSuffix(f, "_test.go") || strings.Contains(f, ".test.") {
			tests = append(tests, f)
		} else {
			sources = append(sources, f)
		}
	}
	return strings.Join(sources, ", "), strings.Join(tests, ", ")
}

func compareCitations(a, b citation) int {
	if d := compareDocuments(a.document, b.document); d != 0 {
		return d
	}
	return compareDocuments(a.section, b.section)
}

var number = regexp.MustCompile(`[0-9]+`)

// compareDocuments orders names so that RFC 822 comes before RFC 3261 and §9 before §17.
func compareDocuments(a, b string) int {
	pad := func(s string) string {
		return number.ReplaceAllStringFunc(s, func(digits string) string { return strings.Repeat("0", max(0, 8-len(digits))) + digits })
	}
	return strings.Compare(pad(a), pad(b))
}
