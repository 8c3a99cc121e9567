package mayday_test

import (
	"slices"
	"strings"
	"testing"
)

const module = "mayday"

// words are the packages of the center in their order: each may import those before it.
var words = []string{
	"center/location", "center/number", "center/trunk", "center/rep",
	"center/queue", "center/conversation", "center/rank", "center/emergency", "center/mapping",
}

// layout names every package and what it may import of ours. A package that is missing here fails the test:
// a new one is a decision, with a line in docs/adr/.
var layout = map[string][]string{
	// The program opens the store itself for apply and export on a node that does not run.
	"cmd/mayday": {"app", "bench", "config", "config/centerfile", "config/password", "center", "center/trunk", "engine/store", "psap", "web/api"},
	"app": concat(words, "config", "config/centerfile", "config/password", "center", "engine", "engine/store", "engine/blackbox", "sip", "pidf",
		"edge/atlas", "edge/lookup", "edge/notify", "edge/relay", "edge/sipcall", "edge/webcall", "web", "web/api", "psap", "psap/mailbox"),

	"config":            {"center"},
	"config/centerfile": concat(words, "center", "config", "config/password"),
	"config/password":   {},

	"center":              words,
	"center/location":     words[:0],
	"center/number":       words[:1],
	"center/trunk":        words[:2],
	"center/rep":          words[:3],
	"center/queue":        words[:4],
	"center/conversation": words[:5],
	"center/rank":         words[:0],
	"center/emergency":    words[:7],
	"center/mapping":      words[:3],

	"engine":       concat(words, "center"),
	"engine/store": concat(words, "center", "engine"),
	// Real PostgreSQL servers for tests; no program imports it.
	"engine/store/pgtest": {},
	// What a node keeps on its own disk; the engine uses it and not the other way round.
	"engine/blackbox": concat(words, "center"),

	"sip":      {},
	"pidf":     {},
	"calldata": {},
	"silence":  {},

	"edge/relay":   {},
	"edge/atlas":   {"center/location"},
	"edge/sipcall": concat(words, "center", "engine", "sip", "pidf", "calldata", "silence", "edge/relay"),
	"edge/webcall": concat(words, "center", "engine", "edge/relay"),
	"edge/notify":  {"center/location", "center/emergency"},
	"edge/lookup":  {"center/location", "center/mapping", "pidf", "silence"},

	"web":     concat(words, "center", "engine", "config/password", "web/api"),
	"web/api": {},

	// It measures a node from outside: the wire is all that they share.
	"bench": {"sip", "pidf", "web/api"},

	"psap":         {"sip", "pidf", "calldata"},
	"psap/mailbox": {},
}

// emergencyPath lists the packages that an emergency call passes through, or that tell of it: none may reach a database.
var emergencyPath = []string{"engine", "engine/blackbox", "edge/sipcall", "edge/webcall", "edge/relay", "edge/notify", "sip", "pidf", "calldata", "silence"}

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	packages := listPackages(t, ".")
	report(t, layerViolations(packages))
	for _, name := range unmatched(packages) {
		t.Logf("%s: in the table, not built yet", name)
	}
}

func TestCenterIsPure(t *testing.T) {
	report(t, purityViolations(t, listPackages(t, ".")))
}

func TestEmergencyPathReachesNoDatabase(t *testing.T) {
	report(t, databaseViolations(listPackages(t, ".")))
}

func TestFilesAndFunctionsStayShort(t *testing.T) {
	report(t, lengthViolations(t, "."))
}

func TestTestsSleepOnlyInASynctestBubble(t *testing.T) {
	report(t, sleepViolations(t, "."))
}

func TestNoFileNamesARegistryOrAMachine(t *testing.T) {
	report(t, hostViolations(t, "."))
}

func TestEveryOpenTaskHasANumber(t *testing.T) {
	report(t, openTaskViolations(t, "."))
}

// TestLayoutChecksBite runs every check on a small module that breaks each rule on purpose.
func TestLayoutChecksBite(t *testing.T) {
	const root = "testdata/layout"
	packages := listPackages(t, root)
	expect(t, "layers", layerViolations(packages),
		"pump: not in the table of layout_test.go",
		"center/location imports mayday/center/emergency",
		"center/location imports example.com/outside/text, which is not of the standard library",
		"edge/sipcall imports mayday/engine/store",
		"edge/webcall imports mayday/edge/sipcall",
		"sip imports mayday/center/location",
		"web/api imports mayday/center/location",
		"psap imports mayday/engine",
	)
	expect(t, "purity", purityViolations(t, packages),
		"center/emergency/emergency.go:6: imports context",
		"center/emergency/emergency.go:7: imports math/rand/v2",
		"center/emergency/emergency.go:8: imports os",
		"center/emergency/emergency.go:15: go statement",
		"center/emergency/emergency.go:16: time.Now",
		"center/emergency/emergency.go:17: time.Since",
	)
	expect(t, "database", databaseViolations(packages),
		"edge/sipcall reaches mayday/engine/store",
		"edge/sipcall reaches database/sql",
		"edge/webcall reaches mayday/engine/store",
		"edge/webcall reaches database/sql",
	)
	expect(t, "sleep", sleepViolations(t, root),
		"engine/engine_test.go:13: time.Sleep outside a synctest bubble",
		"engine/engine_test.go:24: time.Sleep outside a synctest bubble",
		"engine/engine_test.go:35: time.Sleep outside a synctest bubble",
	)
	expect(t, "tasks", openTaskViolations(t, root),
		"engine/engine.go:7: open task without a number",
		"web/ui/page.ts:2: open task without a number",
	)
}

// TestLengthAndHostChecksBite writes the files that a tree of ours must not hold.
func TestLengthAndHostChecksBite(t *testing.T) {
	root := t.TempDir()
	write(t, root, "long.go", "package long\n"+strings.Repeat("\n", 600))
	write(t, root, "enough.go", "package long\n"+strings.Repeat("\n", 599))
	write(t, root, "page.tsx", strings.Repeat("\n", 601))
	write(t, root, "made.go", "// Code generated by a test. DO NOT EDIT.\npackage long\n"+strings.Repeat("\n", 700))
	write(t, root, "func.go", "package long\nfunc f() {\n"+strings.Repeat("\n", 79)+"}\nfunc g() {\n"+strings.Repeat("\n", 78)+"}\n")
	table := "package long\nfunc h() {\n\t_ = []int{\n" + strings.Repeat("\t\t1,\n", 90) + "\t}\n}\n"
	write(t, root, "table.go", table)
	write(t, root, "table_test.go", table)
	write(t, root, "node_modules/x/x.ts", strings.Repeat("\n", 601))
	expect(t, "length", lengthViolations(t, root),
		"long.go: 601 lines, the limit is 600",
		"page.tsx: 601 lines, the limit is 600",
		"func.go:2: f has 81 lines, the limit is 80",
		"table.go:2: h has 94 lines, the limit is 80",
	)

	root = t.TempDir()
	write(t, root, "package-lock.json", `"resolved": "https://registry`+`.npmjs.org/x.tgz"`)
	write(t, root, "a.md", "fine\nsee "+"/wo"+"rk/main\n")
	write(t, root, "go.sum", "proxy"+".golang.org\n")
	expect(t, "hosts", hostViolations(t, root),
		"package-lock.json:1: names a package registry or a path of one machine",
		"a.md:2: names a package registry or a path of one machine",
	)
}

func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

func expect(t *testing.T, check string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("check %s on the tree that breaks the rules:\ngot:\n  %s\nwant:\n  %s",
			check, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func concat(list []string, more ...string) []string {
	return slices.Concat(list, more)
}
