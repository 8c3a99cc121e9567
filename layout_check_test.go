package mayday_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	maxFileLines     = 600
	maxFunctionLines = 80
)

// pkg is what the go command knows of a package.
type pkg struct {
	ImportPath string
	Dir        string
	Standard   bool
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// ours is the package's path inside the module, and whether it is one of the module's.
func (p pkg) ours() (string, bool) { return insideModule(p.ImportPath) }

func insideModule(path string) (string, bool) { return strings.CutPrefix(path, module+"/") }

// listPackages asks the go command for the packages of the module at root and all that they depend on.
func listPackages(t *testing.T, root string) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Dir,Standard,GoFiles,Imports,Deps", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list in %s: %v", root, err)
	}
	packages := make(map[string]pkg)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read the answer of go list: %v", err)
		}
		packages[p.ImportPath] = p
	}
	if len(packages) == 0 {
		t.Fatalf("go list in %s: no package", root)
	}
	return packages
}

// layerViolations compares what each package imports with the table.
func layerViolations(packages map[string]pkg) []string {
	var found []string
	for _, p := range packages {
		name, ok := p.ours()
		if !ok || len(p.GoFiles) == 0 {
			continue
		}
		allowed, known := layout[name]
		if !known {
			found = append(found, name+": not in the table of layout_test.go")
			continue
		}
		for _, imported := range p.Imports {
			inside, ourOwn := insideModule(imported)
			switch {
			case ourOwn && !slices.Contains(allowed, inside):
				found = append(found, name+" imports "+imported)
			case !ourOwn && isCenter(name) && !packages[imported].Standard:
				found = append(found, name+" imports "+imported+", which is not of the standard library")
			}
		}
	}
	return found
}

// unmatched lists the packages of the table that do not exist.
func unmatched(packages map[string]pkg) []string {
	var names []string
	for name := range layout {
		if _, ok := packages[module+"/"+name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func isCenter(name string) bool { return name == "center" || strings.HasPrefix(name, "center/") }

// impure lists imports that bring a clock, chance, the machine or another goroutine into the center.
var impure = map[string]bool{
	"context": true, "crypto/rand": true, "database/sql": true, "embed": true, "expvar": true, "log": true,
	"net": true, "os": true, "plugin": true, "runtime": true, "sync": true, "syscall": true, "unsafe": true,
}

// impureBelow lists imports that are impure with everything under them.
var impureBelow = []string{"log/", "math/rand", "net/", "os/", "runtime/", "sync/"}

// pureAfterAll lists exceptions: parsers without a network.
var pureAfterAll = map[string]bool{"net/netip": true, "net/url": true}

// clockUse lists the functions of package time that look at the clock.
var clockUse = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true,
	"Tick": true, "NewTicker": true, "NewTimer": true,
}

// purityViolations looks through the center's files for a clock, chance, the machine and goroutines.
func purityViolations(t *testing.T, packages map[string]pkg) []string {
	t.Helper()
	var found []string
	for _, p := range packages {
		name, ok := p.ours()
		if !ok || !isCenter(name) {
			continue
		}
		for _, file := range p.GoFiles {
			fset, tree := parse(t, filepath.Join(p.Dir, file))
			at := func(n ast.Node) string {
				return fmt.Sprintf("%s/%s:%d", name, file, fset.Position(n.Pos()).Line)
			}
			found = append(found, impureImports(tree, at)...)
			found = append(found, impureCode(tree, at)...)
		}
	}
	return found
}

func impureImports(tree *ast.File, at func(ast.Node) string) []string {
	var found []string
	for _, spec := range tree.Imports {
		path := importPath(spec)
		below := slices.ContainsFunc(impureBelow, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
		if (impure[path] || below) && !pureAfterAll[path] {
			found = append(found, at(spec)+": imports "+path)
		}
	}
	return found
}

func impureCode(tree *ast.File, at func(ast.Node) string) []string {
	clock := importName(tree, "time")
	var found []string
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, at(n)+": go statement")
		case *ast.SelectorExpr:
			if isSelector(n, clock) && clockUse[n.Sel.Name] {
				found = append(found, at(n)+": time."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// databaseViolations follows the emergency path's imports to their ends.
func databaseViolations(packages map[string]pkg) []string {
	var found []string
	for _, name := range emergencyPath {
		for _, dep := range packages[module+"/"+name].Deps {
			if dep == "database/sql" || dep == module+"/engine/store" {
				found = append(found, name+" reaches "+dep)
			}
		}
	}
	return found
}

// lengthViolations measures files and functions; generated files are left out.
func lengthViolations(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	eachFile(t, root, func(name string, content []byte) {
		ext := filepath.Ext(name)
		if ext != ".go" && ext != ".ts" && ext != ".tsx" || generated.Match(content) {
			return
		}
		if lines := bytes.Count(content, []byte("\n")); lines > maxFileLines {
			found = append(found, fmt.Sprintf("%s: %d lines, the limit is %d", name, lines, maxFileLines))
		}
		if ext == ".go" {
			found = append(found, longFunctions(t, root, name)...)
		}
	})
	return found
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// longFunctions measures each function. In a test the rows of a table are not lines of the function.
func longFunctions(t *testing.T, root, name string) []string {
	t.Helper()
	var found []string
	fset, tree := parse(t, filepath.Join(root, name))
	height := func(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line }
	for _, decl := range tree.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := height(f) + 1
		if strings.HasSuffix(name, "_test.go") {
			ast.Inspect(f, func(n ast.Node) bool {
				table, ok := n.(*ast.CompositeLit)
				if ok {
					lines -= height(table)
				}
				return !ok
			})
		}
		if lines > maxFunctionLines {
			found = append(found, fmt.Sprintf("%s:%d: %s has %d lines, the limit is %d",
				name, fset.Position(f.Pos()).Line, f.Name.Name, lines, maxFunctionLines))
		}
	}
	return found
}

// sleepViolations finds each time.Sleep of a test that does not stand inside a function literal given to synctest.Test, nor in
// a function that also calls synctest.Wait, which panics outside of a bubble.
func sleepViolations(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	eachFile(t, root, func(name string, _ []byte) {
		if !strings.HasSuffix(name, "_test.go") {
			return
		}
		fset, tree := parse(t, filepath.Join(root, name))
		clock, bubble := importName(tree, "time"), importName(tree, "testing/synctest")
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if callsBubble(n, bubble, "Test") {
					return false
				}
			case *ast.FuncDecl:
				if waitsInBubble(n.Body, bubble) {
					return false
				}
			}
			if sel, ok := n.(*ast.SelectorExpr); ok && isSelector(sel, clock) && sel.Sel.Name == "Sleep" {
				found = append(found, fmt.Sprintf("%s:%d: time.Sleep outside a synctest bubble", name, fset.Position(n.Pos()).Line))
			}
			return true
		})
	})
	return found
}

func callsBubble(call *ast.CallExpr, bubble, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && isSelector(sel, bubble) && sel.Sel.Name == name
}

// waitsInBubble reports whether a function calls synctest.Wait whatever happens in it.
func waitsInBubble(body *ast.BlockStmt, bubble string) bool {
	if body == nil {
		return false
	}
	return slices.ContainsFunc(body.List, func(s ast.Stmt) bool {
		expr, ok := s.(*ast.ExprStmt)
		if !ok {
			return false
		}
		call, ok := expr.X.(*ast.CallExpr)
		return ok && callsBubble(call, bubble, "Wait")
	})
}

// registryOrMachine matches what would tie the project to one network or one machine. It is put together from
// halves so that it does not match itself.
var registryOrMachine = regexp.MustCompile(
	`(proxy|sum)\.golang` + `\.org|registry\.npm` + `js|deb\.debian` + `\.org|pypi` + `\.org|/wo` + `rk/|/fa` + `rm/|/tm` + `p/[a-z]`)

func hostViolations(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	eachFile(t, root, func(name string, content []byte) {
		if filepath.Ext(name) == ".sum" || bytes.IndexByte(content, 0) >= 0 {
			return
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if registryOrMachine.Match(line) {
				found = append(found, fmt.Sprintf("%s:%d: names a package registry or a path of one machine", name, i+1))
			}
		}
	})
	return found
}

// openTask matches the word that marks an open task, with or without the number of an issue.
var openTask = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b(\(#\d+\))?`)

func openTaskViolations(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	eachFile(t, root, func(name string, content []byte) {
		switch filepath.Ext(name) {
		case ".go":
			fset, tree := parse(t, filepath.Join(root, name))
			for _, group := range tree.Comments {
				for _, c := range group.List {
					found = append(found, unnumbered(name, fset.Position(c.Pos()).Line, c.Text)...)
				}
			}
		case ".ts", ".tsx", ".css", ".sql", ".sh":
			found = append(found, unnumbered(name, 1, string(content))...)
		}
	})
	return found
}

func unnumbered(name string, first int, text string) []string {
	var found []string
	for i, line := range strings.Split(text, "\n") {
		for _, m := range openTask.FindAllStringSubmatch(line, -1) {
			if m[2] == "" {
				found = append(found, fmt.Sprintf("%s:%d: open task without a number", name, first+i))
			}
		}
	}
	return found
}

// eachFile visits the files of a source tree: not those of git, of npm, of the built pages, nor test data of others.
func eachFile(t *testing.T, root string, visit func(name string, content []byte)) {
	t.Helper()
	skipped := []string{".git", "node_modules", "dist", "bin", "testdata"}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && slices.Contains(skipped, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || d.Name() == ".git" { // a file of that name stands in a linked work tree
			return nil
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a file that went while we walked
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(name), content)
		return nil
	})
	if err != nil {
		t.Fatalf("walk %s: %v", root, err)
	}
}

func parse(t *testing.T, path string) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return fset, tree
}

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return path
}

// importName is the name under which a file knows the package at path, or "" where it does not import it.
func importName(tree *ast.File, path string) string {
	for _, spec := range tree.Imports {
		if importPath(spec) != path {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path[strings.LastIndexByte(path, '/')+1:]
	}
	return ""
}

func isSelector(sel *ast.SelectorExpr, packageName string) bool {
	x, ok := sel.X.(*ast.Ident)
	return ok && packageName != "" && x.Name == packageName
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
