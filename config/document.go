package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Document is a YAML file that has been read into a Go value, with the line on which each of its parts stands.
// It collects what is wrong with the file, whoever finds it.
type Document struct {
	file     string
	lines    map[string]int
	problems Problems
	unread   bool
}

// Read reads a file's text into the struct that into points to; the keys are the names in the struct's json tags. What the file does
// not name stays as it is. An unknown key, a key given twice, an anchor, and a value of the wrong type are problems of the document;
// those before and after them are read all the same.
func Read(file string, data []byte, into any) *Document {
	d := &Document{file: file, lines: map[string]int{}}
	if root := d.parse(data); root != nil {
		d.decode(root, into)
	}
	return d
}

// Problem adds something that is wrong with the part of that path.
func (d *Document) Problem(path, reason string, arguments ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: d.line(path), Path: path, Reason: fmt.Sprintf(reason, arguments...)})
}

// Broken reports whether anything is wrong so far.
func (d *Document) Broken() bool { return len(d.problems) > 0 }

// Unread reports whether the file is no YAML, so that nothing can be said about what it holds.
func (d *Document) Unread() bool { return d.unread }

// Wrong reports whether a problem is known of the part of that path or of something inside it.
func (d *Document) Wrong(path string) bool {
	for _, p := range d.problems {
		if rest, found := strings.CutPrefix(p.Path, path); found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// Err returns everything that is wrong as Problems; nil if nothing is.
func (d *Document) Err() error { return d.problems.orNil() }

// line returns the line of the part, or of the nearest part around it that the file names.
func (d *Document) line(path string) int {
	for path != "" {
		if line, named := d.lines[path]; named {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}

func (d *Document) at(line int, path, reason string, arguments ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Path: path, Reason: fmt.Sprintf(reason, arguments...)})
}

// parse returns the file's only document; nil if it is empty or no YAML.
func (d *Document) parse(data []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	if err := decoder.Decode(&second); err == nil {
		d.at(second.Line, "", "a second document begins here; the file holds one")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	if len(first.Content) == 0 || isNull(first.Content[0]) {
		return nil
	}
	return first.Content[0]
}

var atLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`) })

// syntax adds what the YAML reader says, without its own prefix.
func (d *Document) syntax(err error) {
	d.unread = true
	parts := atLine().FindStringSubmatch(err.Error())
	if parts == nil {
		d.at(0, "", "is no YAML: %v", err)
		return
	}
	line, _ := strconv.Atoi(parts[1]) // no line: 0, the file as a whole
	d.at(line, "", "is no YAML: %s", parts[2])
}
