package centerfile

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mayday/center"
)

// Write returns the center as a file that Parse reads as the same center. The order is that of the center itself, so that the same
// center always gives the same text. Passwords and their hashes are written only if secrets are asked for. A text that is no UTF-8
// cannot be written; a checked center has none.
func Write(c center.Center, secrets bool) ([]byte, error) {
	if !secrets {
		c = center.WithoutSecrets(c)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(mapping(reflect.ValueOf(c))); err != nil {
		return nil, fmt.Errorf("write center file: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write center file: %w", err)
	}
	return out.Bytes(), nil
}

// mapping writes a struct's fields by their names in the json tags. Structs with nothing in them are left out, and so are times.
func mapping(v reflect.Value) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, field := range reflect.VisibleFields(v.Type()) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		value := v.FieldByIndex(field.Index)
		if name == "" || name == "-" || field.Type == reflect.TypeFor[time.Time]() {
			continue
		}
		leftOut := options != "" || value.Kind() == reflect.Struct
		if leftOut && (value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0) {
			continue
		}
		node.Content = append(node.Content, text(name), write(value))
	}
	return node
}

func write(v reflect.Value) *yaml.Node {
	switch {
	case v.Kind() == reflect.Pointer:
		return write(v.Elem())
	case v.Kind() == reflect.Struct:
		return mapping(v)
	case v.Kind() == reflect.Slice:
		return list(v)
	case v.Kind() == reflect.String:
		return text(v.String())
	case v.Kind() == reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v.Bool())}
	case v.CanInt():
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(v.Int(), 10)}
	case v.CanFloat():
		// No tag: 30 is a number of metres as good as 30.0.
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(v.Float(), 'f', -1, 64)}
	}
	panic("centerfile: BUG: a file cannot hold " + v.Type().String())
}

// list writes items below each other, and a list of names on one line.
func list(v reflect.Value) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if v.Type().Elem().Kind() == reflect.String {
		node.Style = yaml.FlowStyle
	}
	for i := range v.Len() {
		node.Content = append(node.Content, write(v.Index(i)))
	}
	return node
}

// text writes a string so that it reads as the same string: what a block would change is quoted.
func text(s string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsAny(s, "\r\t\u0085\u2028\u2029\ufeff") || strings.HasPrefix(s, "\n") || strings.HasPrefix(s, " ") || strings.Contains(s, " \n") {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}
