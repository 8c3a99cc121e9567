package mayday_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryLinkInThePagesLeadsSomewhere(t *testing.T) {
	report(t, deadLinks(t, "."))
}

func TestEveryDecisionIsListedAndEveryCitedOneExists(t *testing.T) {
	report(t, decisionViolations(t, "."))
}

func TestDocsChecksBite(t *testing.T) {
	root := t.TempDir()
	write(t, root, "README.md", "[a](docs/a.md#part) [b](docs/b.md) ![p](p.png)\n[c](https://example.com/c) [d](#here)\n`[e](e.md)`\n")
	write(t, root, "docs/a.md", "[up](../README.md)\n[gone](../GONE.md)\n")
	expect(t, "links", deadLinks(t, root),
		"README.md:1: docs/b.md is not there", "README.md:1: p.png is not there", "docs/a.md:2: ../GONE.md is not there")

	write(t, root, "docs/adr/README.md", "[x](0001-x.md)\n")
	write(t, root, "docs/adr/0001-x.md", "# ADR 1: X\n")
	write(t, root, "docs/adr/0003-y.md", "# ADR 4: Y\n")
	write(t, root, "a.go", "package a // ADR 1, and ADR 2\n")
	expect(t, "decisions", decisionViolations(t, root),
		"docs/adr/0003-y.md does not begin with # ADR 3:",
		"docs/adr/0003-y.md is not listed in docs/adr/README.md",
		"a.go cites ADR 2, which is not there",
	)
}

var (
	link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	code = regexp.MustCompile("`[^`]*`")
)

func deadLinks(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	eachFile(t, root, func(name string, content []byte) {
		if filepath.Ext(name) != ".md" {
			return
		}
		for i, line := range strings.Split(string(content), "\n") {
			for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
					continue
				}
				if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
					found = append(found, fmt.Sprintf("%s:%d: %s is not there", name, i+1, m[1]))
				}
			}
		}
	})
	return found
}

var (
	decisionName  = regexp.MustCompile(`^docs/adr/(0*([0-9]+)-[a-z0-9-]+\.md)$`)
	citedDecision = regexp.MustCompile(`\bADR ([0-9]+)\b`)
)

func decisionViolations(t *testing.T, root string) []string {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(root, "docs/adr/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	pages := make(map[string]bool)
	citations := make(map[string][]string)
	eachFile(t, root, func(name string, content []byte) {
		if m := decisionName.FindStringSubmatch(name); m != nil {
			pages[m[2]] = true
			if heading := "# ADR " + m[2] + ":"; !strings.HasPrefix(string(content), heading) {
				found = append(found, name+" does not begin with "+heading)
			}
			if !strings.Contains(string(list), "("+m[1]+")") {
				found = append(found, name+" is not listed in docs/adr/README.md")
			}
			return
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".ts" && ext != ".tsx" && ext != ".sql" || name == "docs_test.go" {
			return
		}
		for _, m := range citedDecision.FindAllStringSubmatch(string(content), -1) {
			citations[m[1]] = append(citations[m[1]], name)
		}
	})
	for number, names := range citations {
		if !pages[number] {
			found = append(found, strings.Join(names, ", ")+" cites ADR "+number+", which is not there")
		}
	}
	return found
}
