package pidf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth is how deeply elements may stand inside each other; a location document needs ten.
const maxDepth = 64

// node is an element of a document that is being read.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string // the element's own words, white space collapsed
	line     int
	children []*node
}

// fault is an error at the node's line. It names the element and what is wrong, and nothing of the content.
func (n *node) fault(wrong string) error {
	return fmt.Errorf("line %d: %s: %s", n.line, n.name.Local, wrong)
}

func (n *node) is(space, local string) bool { return n.name.Space == space && n.name.Local == local }

// find returns the first element of that name, this one or one inside of it; nil where there is none.
func (n *node) find(space, local string) *node {
	if n.is(space, local) {
		return n
	}
	for _, c := range n.children {
		if found := c.find(space, local); found != nil {
			return found
		}
	}
	return nil
}

// all returns the children of that name.
func (n *node) all(space, local string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.is(space, local) {
			found = append(found, c)
		}
	}
	return found
}

// optional returns the only child of that name, or nil where there is none.
func (n *node) optional(space, local string) (*node, error) {
	found := n.all(space, local)
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, found[1].fault("it stands twice in the same " + n.name.Local)
}

// needed returns the only child of that name.
func (n *node) needed(space, local string) (*node, error) {
	c, err := n.optional(space, local)
	if err == nil && c == nil {
		err = n.fault("there is no " + local + " in it")
	}
	return c, err
}

// words returns the text of the only child of that name, or "".
func (n *node) words(space, local string) (string, error) {
	c, err := n.optional(space, local)
	if err != nil || c == nil {
		return "", err
	}
	return c.text, nil
}

func (n *node) attr(space, local string) string {
	for _, a := range n.attrs {
		if a.Name.Space == space && a.Name.Local == local {
			return collapse(a.Value)
		}
	}
	return ""
}

// readTree reads the document's elements. Comments and processing instructions are skipped; a document type, which could
// define entities, is refused.
func readTree(data []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	var root *node
	var open []*node
	texts := []*strings.Builder{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil && len(open) == 0 {
			return root, nil
		}
		line, _ := d.InputPos()
		if err != nil {
			return nil, fmt.Errorf("line %d: this is not well-formed XML", line)
		}
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name, attrs: token.Copy().Attr, line: line}
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, n)
			case root != nil:
				return nil, fmt.Errorf("line %d: there is a second document", line)
			default:
				root = n
			}
			if open = append(open, n); len(open) > maxDepth {
				return nil, fmt.Errorf("line %d: elements stand inside each other more than %d deep", line, maxDepth)
			}
			texts = append(texts, &strings.Builder{})
		case xml.EndElement:
			last := len(open) - 1
			open[last].text = collapse(texts[last].String())
			open, texts = open[:last], texts[:last]
		case xml.CharData:
			if len(texts) > 0 {
				texts[len(texts)-1].Write(token)
			}
		case xml.Directive:
			return nil, fmt.Errorf("line %d: a document type is not allowed", line)
		}
	}
}

// collapse removes white space at both ends and makes one blank of what remains of it in the middle, and of whatever else
// the writer would write as a blank.
func collapse(s string) string {
	return strings.Join(strings.FieldsFunc(s, isBlank), " ")
}
