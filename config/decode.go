package config

import (
	"encoding"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mayday/center"
)

func (d *Document) decode(root *yaml.Node, into any) {
	d.value(root, "", reflect.ValueOf(into).Elem())
}

// value reads a node into a Go value of any kind that the settings and the center have.
func (d *Document) value(node *yaml.Node, path string, into reflect.Value) {
	if path != "" {
		d.lines[path] = node.Line
	}
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		d.at(node.Line, path, "anchors and aliases are not read here: write the value out")
	case isNull(node):
		// A key without a value says nothing.
	case into.Kind() == reflect.Pointer:
		value := reflect.New(into.Type().Elem())
		d.value(node, path, value.Elem())
		into.Set(value)
	case isText(into):
		d.unmarshal(node, path, into.Addr().Interface().(encoding.TextUnmarshaler))
	case into.Kind() == reflect.Struct:
		d.mapping(node, path, into)
	case into.Kind() == reflect.Slice:
		d.sequence(node, path, into)
	default:
		d.scalar(node, path, into)
	}
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

func isText(v reflect.Value) bool {
	return v.CanAddr() && v.Addr().Type().Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (d *Document) unmarshal(node *yaml.Node, path string, into encoding.TextUnmarshaler) {
	if node.Kind != yaml.ScalarNode {
		d.at(node.Line, path, "must be a text, not %s", kindOf(node))
		return
	}
	err := into.UnmarshalText([]byte(node.Value))
	switch into.(type) {
	case *netip.Addr:
		if err != nil {
			err = fmt.Errorf("%q is no IP address, such as 127.0.0.1", node.Value)
		}
	case *slog.Level:
		if err != nil {
			err = fmt.Errorf("unknown level %q%s", node.Value, suggestion(node.Value, []string{"debug", "info", "warn", "error"}))
		}
	}
	if err != nil {
		d.at(node.Line, path, "%v", err)
	}
}

func (d *Document) sequence(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.SequenceNode {
		d.at(node.Line, path, "must be a list, not %s", kindOf(node))
		return
	}
	into.SetZero() // an empty list takes the place of a default one, too
	if len(node.Content) == 0 {
		return
	}
	list := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		if at := fmt.Sprintf("%s[%d]", path, i); isNull(item) {
			d.at(item.Line, at, "is empty: remove it or give it a value")
		} else {
			d.value(item, at, list.Index(i))
		}
	}
	into.Set(list)
}

func (d *Document) mapping(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.at(node.Line, path, "must have keys and values, not be %s", kindOf(node))
		return
	}
	fields := fieldsOf(into.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		name := key.Value
		at := strings.TrimPrefix(path+"."+name, ".")
		field, known := fields.byName[name]
		switch first, twice := seen[name]; {
		case key.Kind != yaml.ScalarNode || key.Anchor != "":
			d.at(key.Line, path, "has a key that is no plain word")
		case twice:
			d.at(key.Line, at, "is given twice, first on line %d", first)
		case !known:
			d.at(key.Line, path, "unknown key %q%s", name, suggestion(name, fields.names))
		default:
			d.value(value, at, into.FieldByIndex(field))
			d.lines[at] = key.Line
		}
		if _, twice := seen[name]; !twice {
			seen[name] = key.Line
		}
	}
}

func suggestion(typed string, known []string) string {
	if near := center.Nearest(typed, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; there are " + strings.Join(known, ", ")
}

// fields are the keys that a struct may have in a file, in the order of its declaration.
type fields struct {
	names  []string
	byName map[string][]int
}

// fieldsOf goes by the rules of encoding/json: an embedded struct's fields are the outer one's, and the outer ones hide them.
// Times are not set in files, and fields without a name are in none.
func fieldsOf(t reflect.Type) fields {
	all := fields{byName: map[string][]int{}}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "" || name == "-" || field.Type == reflect.TypeFor[time.Time]() {
			continue
		}
		all.names = append(all.names, name)
		all.byName[name] = field.Index
	}
	return all
}

func (d *Document) scalar(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.ScalarNode {
		d.at(node.Line, path, "must be %s, not %s", wanted(into), kindOf(node))
		return
	}
	var fine bool
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		fine = setDuration(node, into)
	case into.Kind() == reflect.String:
		fine = setText(node, into)
	case into.Kind() == reflect.Bool:
		fine = setBool(node, into)
	case into.CanInt():
		fine = setInt(node, into)
	case into.CanFloat():
		fine = setFloat(node, into)
	default:
		panic("config: BUG: a file cannot hold " + into.Type().String())
	}
	if !fine {
		d.at(node.Line, path, "must be %s, not %s", wanted(into), kindOf(node))
	}
}

func setDuration(node *yaml.Node, into reflect.Value) bool {
	duration, err := time.ParseDuration(node.Value)
	if err == nil {
		into.SetInt(int64(duration))
	}
	return err == nil
}

// setText takes a number as the text that stands in the file, so that a house number or a telephone number needs no quotes.
func setText(node *yaml.Node, into reflect.Value) bool {
	switch node.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp":
		into.SetString(node.Value)
		return true
	}
	return false
}

func setBool(node *yaml.Node, into reflect.Value) bool {
	value, err := strconv.ParseBool(node.Value)
	if err != nil || node.ShortTag() != "!!bool" {
		return false
	}
	into.SetBool(value)
	return true
}

func setInt(node *yaml.Node, into reflect.Value) bool {
	value, err := strconv.ParseInt(node.Value, 10, 64)
	if err != nil || node.ShortTag() != "!!int" || into.OverflowInt(value) {
		return false
	}
	into.SetInt(value)
	return true
}

func setFloat(node *yaml.Node, into reflect.Value) bool {
	value, err := strconv.ParseFloat(node.Value, 64)
	tag := node.ShortTag()
	if err != nil || tag != "!!int" && tag != "!!float" || math.IsNaN(value) || math.IsInf(value, 0) {
		return false
	}
	into.SetFloat(value)
	return true
}

// wanted says in words what a field takes.
func wanted(into reflect.Value) string {
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		return "a duration such as 60m"
	case into.Kind() == reflect.Bool:
		return "true or false"
	case into.CanInt():
		return "a whole number"
	case into.CanFloat():
		return "a number"
	}
	return "a text"
}

// kindOf says in words what stands in the file. It is asked about passwords too: a text is no mistake there, so none is quoted.
func kindOf(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Kind == yaml.MappingNode:
		return "keys and values"
	case node.ShortTag() == "!!bool", node.ShortTag() == "!!int", node.ShortTag() == "!!float":
		return node.Value
	case node.ShortTag() == "!!str" && len(node.Value) <= 40:
		return strconv.Quote(node.Value)
	}
	return "what stands here"
}
