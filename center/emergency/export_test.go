package emergency

import "reflect"

// Wordings returns the built-in texts of each language.
func Wordings() map[Language]reflect.Value {
	all := make(map[Language]reflect.Value)
	for language, words := range wordings {
		all[language] = reflect.ValueOf(words)
	}
	return all
}
