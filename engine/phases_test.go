package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"mayday/engine"
)

// TestNoPhaseIsForgotten: what goes by the list of phases, such as the test that calls back in each, sees every one there is.
func TestNoPhaseIsForgotten(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "view.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Phase" {
				declared += len(spec.Names)
			}
		}
		return true
	})
	if listed := len(engine.Phases()); declared == 0 || listed != declared {
		t.Errorf("%d phases are declared, Phases lists %d", declared, listed)
	}
}
