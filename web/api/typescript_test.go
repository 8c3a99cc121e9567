package api_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite web/ui/lib/api.gen.ts")

const generated = "../ui/lib/api.gen.ts"

func TestTypeScriptTypesAreMadeFromThisPackage(t *testing.T) {
	want := typeScript(t)
	if *update {
		if err := os.MkdirAll(filepath.Dir(generated), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(generated, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(generated)
	if err != nil {
		t.Fatalf("without the screens' types: %v; run: go test ./web/api -update", err)
	}
	if string(got) != want {
		t.Error("after a change of web/api the screens' types are stale; run: go test ./web/api -update")
	}
}

// printer writes the declarations of package api as TypeScript, in the order of the sources.
type printer struct {
	out   strings.Builder
	enums map[string][]enumValue // by type name
}

type enumValue struct {
	literal string // with its quotes
	comment string
}

func typeScript(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	p := &printer{enums: map[string][]enumValue{}}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		p.collectEnums(file)
	}
	p.out.WriteString("// Code generated from the Go package web/api by `go test ./web/api -update`. DO NOT EDIT.\n")
	for _, file := range files {
		for _, decl := range file.Decls {
			if err := p.declaration(decl); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p.out.String()
}

// collectEnums notes every typed string constant under its type.
func (p *printer) collectEnums(file *ast.File) {
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			name, typed := value.Type.(*ast.Ident)
			if !typed || len(value.Values) != 1 {
				continue
			}
			if literal, ok := value.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				p.enums[name.Name] = append(p.enums[name.Name], enumValue{literal.Value, comment(value.Doc, value.Comment)})
			}
		}
	}
}

func (p *printer) declaration(decl ast.Decl) error {
	group, ok := decl.(*ast.GenDecl)
	if !ok || group.Tok != token.TYPE {
		return nil
	}
	for _, spec := range group.Specs {
		declared := spec.(*ast.TypeSpec)
		doc := comment(declared.Doc, nil)
		if doc == "" {
			doc = comment(group.Doc, nil)
		}
		p.out.WriteString("\n")
		p.doc("", doc)
		name := declared.Name.Name + parameters(declared.TypeParams)
		switch shape := declared.Type.(type) {
		case *ast.StructType:
			if err := p.structure(name, shape); err != nil {
				return fmt.Errorf("type %s: %w", name, err)
			}
		case *ast.Ident:
			if err := p.enum(name, shape.Name); err != nil {
				return err
			}
		default:
			return fmt.Errorf("type %s: a shape that the screens' types do not know: %T", name, shape)
		}
	}
	return nil
}

// parameters writes the parameters of a type: Items<Item>.
func parameters(of *ast.FieldList) string {
	if of == nil {
		return ""
	}
	var names []string
	for _, field := range of.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return "<" + strings.Join(names, ", ") + ">"
}

func (p *printer) enum(name, underlying string) error {
	values := p.enums[name]
	if underlying != "string" || len(values) == 0 {
		return fmt.Errorf("type %s: only string types with constants are known", name)
	}
	fmt.Fprintf(&p.out, "export type %s =", name)
	for _, v := range values {
		p.out.WriteString("\n")
		p.doc("  ", v.comment)
		fmt.Fprintf(&p.out, "  | %s", v.literal)
	}
	p.out.WriteString(";\n")
	return nil
}

func (p *printer) structure(name string, shape *ast.StructType) error {
	fmt.Fprintf(&p.out, "export interface %s {\n", name)
	for _, field := range shape.Fields.List {
		if len(field.Names) != 1 || field.Tag == nil {
			return fmt.Errorf("a field needs one name and a json tag")
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			return err
		}
		key, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if key == "-" {
			continue
		}
		if key == "" {
			return fmt.Errorf("field %s has no json name", field.Names[0].Name)
		}
		shape := field.Type
		pointer, optional := shape.(*ast.StarExpr)
		if optional {
			shape = pointer.X
		}
		written, err := typeName(shape)
		if err != nil {
			return fmt.Errorf("field %s: %w", field.Names[0].Name, err)
		}
		mark := ""
		if optional || slices.Contains(strings.Split(options, ","), "omitempty") {
			mark = "?"
		}
		p.doc("  ", comment(field.Doc, field.Comment))
		fmt.Fprintf(&p.out, "  %s%s: %s;\n", key, mark, written)
	}
	p.out.WriteString("}\n")
	return nil
}

func typeName(shape ast.Expr) (string, error) {
	switch shape := shape.(type) {
	case *ast.Ident:
		switch shape.Name {
		case "string":
			return "string", nil
		case "bool":
			return "boolean", nil
		case "int", "int32", "int64", "float64":
			return "number", nil
		case "any":
			return "unknown", nil
		}
		if ast.IsExported(shape.Name) {
			return shape.Name, nil
		}
	case *ast.ArrayType:
		element, err := typeName(shape.Elt)
		return element + "[]", err
	case *ast.MapType:
		value, err := typeName(shape.Value)
		return "Record<string, " + value + ">", err
	case *ast.SelectorExpr:
		if shape.Sel.Name == "Time" {
			return "string", nil // RFC 3339, as encoding/json writes it
		}
	}
	return "", fmt.Errorf("a shape that the screens' types do not know: %T", shape)
}

func comment(groups ...*ast.CommentGroup) string {
	var texts []string
	for _, group := range groups {
		if text := strings.TrimSpace(group.Text()); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n")
}

func (p *printer) doc(indent, text string) {
	if text == "" {
		return
	}
	lines := strings.Split(strings.ReplaceAll(text, "*/", "* /"), "\n")
	if len(lines) == 1 {
		fmt.Fprintf(&p.out, "%s/** %s */\n", indent, lines[0])
		return
	}
	fmt.Fprintf(&p.out, "%s/**\n", indent)
	for _, line := range lines {
		fmt.Fprintln(&p.out, strings.TrimRight(indent+" * "+line, " "))
	}
	fmt.Fprintf(&p.out, "%s */\n", indent)
}
