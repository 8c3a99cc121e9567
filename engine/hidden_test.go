package engine_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mayday/center/emergency"
	"mayday/engine"
)

// secretive are a value of each type that carries what an emergency call is about.
var secretive = []any{
	engine.Dial{}, engine.ReportPosition{}, engine.CallIn{}, engine.EmergencyCallPlaced{}, engine.CallbackLeased{}, engine.CallbackMissed{},
	engine.LeaseExpired{}, engine.CallbackRang{}, engine.PositionReported{}, engine.AlertRaised{}, engine.LeaseRestored{}, engine.LeaseRedated{},
	engine.RestoreLeases{}, engine.Restored{}, engine.SendInvite{}, engine.ToEmergency{}, engine.TellContacts{}, engine.KeepLease{},
	engine.WipeLease{}, engine.View{}, engine.CallView{}, engine.AlertView{}, engine.CallConnected{}, engine.HelperAsked{},
	engine.PlaceMoved{}, engine.ConveyPlace{}, engine.ToReferred{}, engine.LegReferred{}, engine.TellChannel{}, engine.TellingsAwaited{},
	engine.DeskCalled{}, engine.ListenView{}, engine.ReportTold{}, engine.PlaceTold{}, engine.Network{}, engine.PlaceConfirmed{}, engine.KeepPlace{},
	engine.PlaceRestored{},
	engine.Trace{}, engine.Traced{}, engine.Readiness{}, engine.KeptAlert{}, engine.KeepAlert{}, engine.RestoreAlerts{},
	emergency.Notice{}, emergency.Lease{}, emergency.PoolNumber{}, emergency.Ask{},
}

// open are types with such fields that have nothing to do with an emergency: a drill is none.
var open = []string{"ToOrdinary", "OrdinaryCallPlaced", "ToTest", "DrillStarted", "DrillCallsBack", "TemplateMistake",
	"Telling"} // whom the configuration names, not who was in an emergency

// telling are the types of fields by which somebody could tell who was in an emergency, where, or which number was used, and the names of
// fields that hold such a thing as a plain text.
var telling = []string{
	"number.Live", "number.E164", "location.Place", "location.Position", "emergency.Lease", "emergency.Notice", "Lease", "Target",
	"location.Told", "location.Civic", "location.Confirmation", "[]Restored", "Typed", "Called", "Number", "Recipients",
}

// TestEveryTypeThatTellsOfAnEmergencyIsSecretive: a type that is added with a place or a number in it fails here until it prints as
// nothing, or until somebody has said that it has nothing to do with an emergency.
func TestEveryTypeThatTellsOfAnEmergencyIsSecretive(t *testing.T) {
	for _, folder := range []string{".", filepath.Join("..", "center", "emergency")} {
		for name, fields := range structs(t, folder) {
			if slices.Contains(open, name) || slices.ContainsFunc(secretive, func(v any) bool { return reflect.TypeOf(v).Name() == name }) {
				continue
			}
			for _, field := range fields {
				if slices.Contains(telling, field) {
					t.Errorf("%s in %s has %s: let it print as [emergency] and list it in secretive, or list it in open", name, folder, field)
				}
			}
		}
	}
}

// structs returns the exported structs of a package's own files and the types and names of their exported fields.
func structs(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found, like := map[string][]string{}, map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				return true
			}
			switch of := spec.Type.(type) {
			case *ast.StructType:
				found[spec.Name.Name] = fieldsOf(of, source)
			case *ast.Ident: // it has the fields of another type, and none of its methods
				like[spec.Name.Name] = of.Name
			}
			return false
		})
	}
	for name, of := range like {
		if fields, ok := found[of]; ok {
			found[name] = fields
		}
	}
	if len(found) == 0 {
		t.Fatalf("no struct in %s: the search is blind", folder)
	}
	return found
}

func fieldsOf(body *ast.StructType, source []byte) []string {
	var found []string
	for _, field := range body.Fields.List {
		for _, name := range field.Names {
			if name.IsExported() {
				found = append(found, name.Name, strings.TrimLeft(string(source[field.Type.Pos()-1:field.Type.End()-1]), "*"))
			}
		}
	}
	return found
}

const secret = "zebulon"

func TestWhatTellsOfAnEmergencyPrintsAsNothing(t *testing.T) {
	for _, empty := range secretive {
		value := reflect.New(reflect.TypeOf(empty)).Elem()
		stuff(value, 0)
		full := value.Interface()
		if !holds(value) {
			t.Errorf("%T holds no word: the test proves nothing", full)
		}
		for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			for _, printed := range []any{full, value.Addr().Interface(), []any{full}, struct{ Inner any }{full}} {
				if text := fmt.Sprintf(form, printed); strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
					t.Errorf("%T printed with %s in a %T: %s", full, form, printed, text)
				}
			}
		}
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "it", full, "those", []any{full})
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "it", full, "those", []any{full}, "inner", struct{ Inner any }{full})
		if text := out.String(); strings.Contains(text, secret) || !strings.Contains(text, "[emergency]") {
			t.Errorf("%T in a log: %s", full, text)
		}
	}
}

// stuff puts a word wherever one fits.
func stuff(v reflect.Value, depth int) {
	switch {
	case depth > 6 || !v.CanSet() || v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.String:
		v.SetString(secret)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			stuff(v.Field(i), depth+1)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		stuff(v.Index(0), depth+1)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		stuff(v.Elem(), depth+1)
	}
}

func holds(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return v.String() == secret
	case reflect.Struct:
		for i := range v.NumField() {
			if holds(v.Field(i)) {
				return true
			}
		}
	case reflect.Slice:
		return v.Len() > 0 && holds(v.Index(0))
	case reflect.Pointer:
		return !v.IsNil() && holds(v.Elem())
	}
	return false
}
