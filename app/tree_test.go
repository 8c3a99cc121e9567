package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp/kb"
)

// element is what a screen reader is told of one thing on the page.
type element struct {
	role, name, value string
	focused, pressed  bool
}

func (e element) is(role, name string) bool { return e.role == role && e.name == name }

// tree is the page as a screen reader has it, in order.
type tree []element

// tree reads the accessibility tree.
func (x *tab) tree() tree {
	x.t.Helper()
	var read tree
	for _, node := range call(x, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if node.Ignored {
			continue
		}
		e := element{role: text(node.Role), name: text(node.Name), value: text(node.Value)}
		for _, property := range node.Properties {
			switch property.Name {
			case accessibility.PropertyNameFocused:
				e.focused = text(property.Value) == "true"
			case accessibility.PropertyNamePressed:
				e.pressed = text(property.Value) == "true"
			}
		}
		read = append(read, e)
	}
	return read
}

func text(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var value any
	if err := json.Unmarshal(v.Value, &value); err != nil {
		panic(fmt.Sprintf("the browser's value %s is no JSON: %v", v.Value, err))
	}
	return fmt.Sprint(value)
}

// String shows the tree for failure messages.
func (tr tree) String() string {
	var lines strings.Builder
	for _, e := range tr {
		if e.role != "InlineTextBox" && e.role != "generic" && e.role != "none" {
			fmt.Fprintf(&lines, "  %s %q %s\n", e.role, e.name, e.value)
		}
	}
	return lines.String()
}

// find returns the first element of the role and the name.
func (tr tree) find(role, name string) (element, bool) {
	at := slices.IndexFunc(tr, func(e element) bool { return e.is(role, name) })
	if at < 0 {
		return element{}, false
	}
	return tr[at], true
}

func (tr tree) has(role, name string) bool {
	_, ok := tr.find(role, name)
	return ok
}

// focused returns the innermost element that has the focus.
func (tr tree) focused() element {
	var found element
	for _, e := range tr {
		if e.focused && e.role != "RootWebArea" {
			found = e
		}
	}
	return found
}

// says tells whether a sentence stands on the page.
func (tr tree) says(sentence string) bool {
	return slices.ContainsFunc(tr, func(e element) bool { return e.role == "StaticText" && strings.Contains(e.name, sentence) })
}

// operable are the roles of everything that a person can operate.
var operable = []string{
	"button", "textbox", "searchbox", "combobox", "listbox", "link", "menu", "menubar", "menuitem", "checkbox", "radio", "switch", "slider",
	"spinbutton", "tab", "treeitem", "option", "ComboBoxMenuButton", "MenuListPopup", "DisclosureTriangle", "PopUpButton",
}

// controls names everything that can be operated.
func (tr tree) controls() []string {
	var found []string
	for _, e := range tr {
		if slices.Contains(operable, e.role) {
			found = append(found, e.role+" "+e.name)
		}
	}
	slices.Sort(found)
	return found
}

// eventually waits until the page is as wanted, and shows it when it never is.
func (x *tab) eventually(circumstance string, holds func(tree) bool) {
	x.t.Helper()
	var last tree
	if !within(patience, func() bool { last = x.tree(); return holds(last) }) {
		x.t.Fatalf("%s: not so after %v; the page is\n%s", circumstance, patience, last)
	}
}

// shows waits until something of the role and the name is on the page.
func (x *tab) shows(role, name string) {
	x.t.Helper()
	x.eventually(fmt.Sprintf("%s %q is on the page", role, name), func(tr tree) bool { return tr.has(role, name) })
}

// lacks waits until nothing of the role and the name is on the page.
func (x *tab) lacks(role, name string) {
	x.t.Helper()
	x.eventually(fmt.Sprintf("%s %q is not on the page", role, name), func(tr tree) bool { return !tr.has(role, name) })
}

func (x *tab) says(sentence string) {
	x.t.Helper()
	x.eventually(fmt.Sprintf("the page says %q", sentence), func(tr tree) bool { return tr.says(sentence) })
}

func (x *tab) isFocused(role, name string) {
	x.t.Helper()
	x.eventually(fmt.Sprintf("%s %q has the focus", role, name), func(tr tree) bool { return tr.focused().is(role, name) })
}

// presence is what the menu shows.
func (x *tab) presence(name string) {
	x.t.Helper()
	x.eventually("presence is "+name, func(tr tree) bool {
		menu, ok := tr.find("combobox", "Presence")
		return ok && menu.value == name
	})
}

// choose chooses a presence by typing the start of its name.
func (x *tab) choose(presence, typed string) {
	x.t.Helper()
	x.focus("combobox", "Presence")
	x.keys(typed)
	x.presence(presence)
}

// onlyOperable checks in the accessibility tree that nothing but the named controls is on the page.
func (x *tab) onlyOperable(t *testing.T, circumstance string, controls ...string) {
	t.Helper()
	tr := x.tree()
	if found := tr.controls(); !slices.Equal(found, controls) {
		t.Errorf("%s: the controls are %q, want %q; the page is\n%s", circumstance, found, controls, tr)
	}
}

// dial types a number into the box, which has the focus, and presses Enter.
func (x *tab) dial(number string) {
	x.t.Helper()
	x.focus("textbox", "Number")
	x.keys(number + kb.Enter)
}
