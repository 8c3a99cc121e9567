package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a file.
type Problem struct {
	File   string
	Line   int    // counted from 1; 0: the file as a whole
	Path   string // "sip.listen[0]"; empty: the file as a whole
	Reason string // what, and what to do about it
}

// String returns the problem as a line: `mayday.yaml:12: sip.listen[0]: the port is missing`.
func (p Problem) String() string {
	line := p.File
	if p.Line > 0 {
		line = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Path != "" {
		line += ": " + p.Path
	}
	return line + ": " + p.Reason
}

// Problems refuses a file: everything that is wrong with it, in the order of its lines.
type Problems []Problem

// Code returns the refusal's name for programs.
func (p Problems) Code() string { return "INVALID_FILE" }

// Error returns the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// orNil returns the problems in the order of their lines as an error; nil if there is none.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return p
}
