package center

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Value is a field of a change as it was and as it is, in JSON; empty where there was none. What is secret reads "(secret)".
type Value struct {
	Field  string `json:"field"` // empty: the whole part, which was added or removed
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// secretFields are what nobody may read again, wherever it stands.
func secretFields() []string { return []string{"password", "password_hash", "secret", "key"} }

const hiddenValue = "(secret)"

// shown returns a value as JSON with nothing secret in it; empty for one that is not there.
func shown(name string, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("center: BUG: a value that is no JSON: %v", err))
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		panic(fmt.Sprintf("center: BUG: JSON that cannot be read: %v", err))
	}
	if plain == nil || reflect.ValueOf(v).IsZero() {
		return ""
	}
	text, err = json.Marshal(withoutSecrets(name, plain))
	if err != nil {
		panic(fmt.Sprintf("center: BUG: a value that is no JSON: %v", err))
	}
	return string(text)
}

func withoutSecrets(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = withoutSecrets(key, inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = withoutSecrets(name, inner)
		}
	case string:
		if v != "" && SecretField(name) {
			return hiddenValue
		}
	}
	return v
}
