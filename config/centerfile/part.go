package centerfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"mayday/center"
	"mayday/center/rep"
	"mayday/config"
)

// A part of a center file is one of its keys: "sites" and the other lists, whose items have an id, or "organisation" and "template".

// Parts returns the names of the parts, in the order of a center file.
func Parts() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[center.Center]()) {
		names = append(names, nameOf(field))
	}
	return names
}

// Edit is one change of a part.
type Edit struct {
	Part string
	IDs  []string // items that are changed; a bulk change has several. Empty for a part that is no list
	Set  []byte   // what a center file says of the item, in YAML or JSON; nothing removes the item
	Only bool     // what Set does not name stays as it is; else the item becomes what Set says and no more
}

// Refused says what is wrong with an edit, at once.
type Refused []center.Mistake

// Code returns the refusal's name for programs.
func (r Refused) Code() string { return "INVALID_CENTER" }

// Error returns the mistakes, one a line.
func (r Refused) Error() string { return center.Mistakes(r).Error() }

// Apply returns the center after the edit. The error is a Refused; the path of a mistake in an item that is edited is that of its field
// alone, as in "emergency_contacts", any other is that in the center. Secrets that are not named stay, as with ParseOver.
func (e Edit) Apply(current center.Center) (center.Center, error) {
	after := current
	part, err := partOf(&after, e.Part)
	if err != nil {
		return center.Center{}, err
	}
	touched, err := e.change(part)
	if err != nil {
		return center.Center{}, err
	}
	return finish(after, current, touched)
}

// change edits the part, and returns the paths of what is edited.
func (e Edit) change(part reflect.Value) (touched []string, err error) {
	switch {
	case part.Kind() != reflect.Slice && len(e.Set) == 0:
		return nil, Refused{{Path: e.Part, Reason: "cannot be removed: every center has one"}}
	case part.Kind() != reflect.Slice:
		return []string{e.Part + "."}, e.read(part)
	case len(e.IDs) == 0:
		return nil, Refused{{Path: "id", Reason: "missing: name the item"}}
	}
	part.Set(reflect.AppendSlice(reflect.MakeSlice(part.Type(), 0, part.Len()+1), part))
	for _, id := range e.IDs {
		at, err := e.item(part, id)
		if err != nil {
			return nil, err
		}
		if len(e.Set) > 0 {
			touched = append(touched, fmt.Sprintf("%s[%d].", e.Part, at))
		}
	}
	return touched, nil
}

// partOf returns the part of that name, to be changed.
func partOf(c *center.Center, name string) (reflect.Value, error) {
	whole := reflect.ValueOf(c).Elem()
	for _, field := range reflect.VisibleFields(whole.Type()) {
		if nameOf(field) == name {
			return whole.FieldByIndex(field.Index), nil
		}
	}
	return reflect.Value{}, Refused{{Path: "part", Reason: fmt.Sprintf("a center has no %q; there are %s", name, strings.Join(Parts(), ", "))}}
}

func nameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// item edits one item of a list, and returns its index.
func (e Edit) item(list reflect.Value, id string) (int, error) {
	at := indexOf(list, id)
	switch {
	case len(e.Set) == 0 && at < 0, e.Only && at < 0:
		return 0, Refused{{Path: "id", Reason: fmt.Sprintf("there is no %q in %s", id, e.Part)}}
	case len(e.Set) == 0:
		list.Set(reflect.AppendSlice(list.Slice(0, at), list.Slice(at+1, list.Len())))
		return at, nil
	case at < 0:
		at = list.Len()
		list.Set(reflect.Append(list, reflect.Zero(list.Type().Elem())))
	}
	item := reflect.New(list.Type().Elem()).Elem()
	if e.Only {
		item.Set(list.Index(at))
	}
	keyOf(item).SetString(id)
	if wrong := e.read(item); wrong != nil {
		return 0, wrong
	}
	if typed := keyOf(item).String(); typed != id {
		return 0, Refused{{Path: "id", Reason: fmt.Sprintf("%q is not the %q that is edited: an id stays what it is", typed, id)}}
	}
	list.Index(at).Set(item)
	return at, nil
}

// keyOf returns the field that names an item: its first.
func keyOf(item reflect.Value) reflect.Value { return item.Field(0) }

func indexOf(list reflect.Value, id string) int {
	for at := range list.Len() {
		if keyOf(list.Index(at)).String() == id {
			return at
		}
	}
	return -1
}

// read reads what the edit sets into a part or an item. A rep may come with a plain password.
func (e Edit) read(into reflect.Value) error {
	if e.Part != "reps" {
		return refused(config.Read("request", e.Set, into.Addr().Interface()))
	}
	who := person{Rep: into.Interface().(rep.Rep)}
	read := config.Read("request", e.Set, &who)
	checkPassword(read, "", who)
	if err := refused(read); err != nil {
		return err
	}
	if who.Password != "" {
		who.PasswordHash = hashed(center.Center{}, who)
	}
	into.Set(reflect.ValueOf(who.Rep))
	return nil
}

// refused turns what is wrong with a text into a Refused; nil if nothing is.
func refused(read *config.Document) error {
	problems, _ := read.Err().(config.Problems) //nolint:errorlint // it is one or nil
	if len(problems) == 0 {
		return nil
	}
	wrong := make(Refused, len(problems))
	for i, p := range problems {
		wrong[i] = center.Mistake{Path: p.Path, Reason: p.Reason}
	}
	return wrong
}

// finish checks the center after an edit.
func finish(c, before center.Center, touched []string) (center.Center, error) {
	var wrong Refused
	for _, m := range append(center.Check(c), zoneMistakes(c)...) {
		for _, prefix := range touched {
			if rest, inside := strings.CutPrefix(m.Path, prefix); inside {
				m.Path = rest
				break
			}
		}
		if !slices.Contains(wrong, m) {
			wrong = append(wrong, m)
		}
	}
	if len(wrong) > 0 {
		return center.Center{}, wrong
	}
	return center.KeepSecrets(c, before), nil
}
