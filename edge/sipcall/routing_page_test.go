package sipcall_test

import (
	"bytes"
	"fmt"
	"strings"
)

// writtenTable is docs/routing-table.md: what the rules say, for a person to read.
func writtenTable() []byte {
	var b bytes.Buffer
	b.WriteString(`# Which way a call goes

Made by ` + "`go test ./edge/sipcall -run TestRoutingTable -update`" + ` from the rules in ` + "`edge/sipcall/routing_rules_test.go`" + `, which call nothing of what places
calls. The test places every call of these tables, and tens of thousands in all, through the engine and composes each INVITE; it fails
when one goes otherwise, and when this page is not what the rules say.

The example hosts are the trunks' own names. "This node" is the built-in test service. A call tries the trunks of a row from left to
right, each once when those before it have refused, and the whole row once more after two seconds if it is an emergency call.

## What a typed string is

The right column is for somebody who may be in the other country as well: seen near its border, or with a site there.

`)
	for _, country := range countries {
		stringTable(&b, country.code, country.other)
	}
	b.WriteString(`## Where it goes, what it shows and what it tells

Numbers: **pool** is a leased call-back number of the rep's site (of the country where the rep has no site), **static** the site's own
number where the pool is empty, **lent** the number of the rep's outbound profile. A test shows the lent number; where none is lent, what
an emergency call would show. The place that is first is the one by which a service routes the call.

The trunks of each row:

| Name | Trunks | Voice route |
| --- | --- | --- |
`)
	for _, w := range worlds {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", w.name, trunksIn(w), routeIn(w))
	}
	b.WriteString("\n")
	for i, country := range countries {
		for j, s := range sources {
			wayTable(&b, country.code, country.other, s, i+j)
		}
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

func trunksIn(w world) string {
	var all []string
	for _, p := range w.trunks {
		said := []string{"direct routing"}
		if p.offer {
			said[0] = "direct offer"
		}
		if p.ng {
			said = append(said, "NG")
		}
		switch p.serves {
		case "HERE":
			said = append(said, "of this country alone")
		case "ELSE":
			said = append(said, "of another country alone")
		}
		if p.conveys == "none" {
			said = append(said, "takes no place")
		} else {
			said = append(said, "takes the place by "+p.conveys)
		}
		if p.hasTests != "" {
			said = append(said, "tests at "+p.hasTests)
		}
		all = append(all, p.name+" ("+strings.Join(said, ", ")+")")
	}
	return strings.Join(all, "; ")
}

func routeIn(w world) string {
	switch {
	case w.route == "":
		return "none"
	case w.marked:
		return code(w.route) + ", marked emergency, to " + strings.Join(w.leads, ", ")
	}
	return code(w.route) + " to " + strings.Join(w.leads, ", ")
}

// code writes a word for a cell of a table.
func code(word string) string { return "`" + strings.ReplaceAll(word, "|", `\|`) + "`" }

func stringTable(b *bytes.Buffer, here, other string) {
	fmt.Fprintf(b, "### Typed in %s\n\n| Typed | In %s alone | May be in %s too |\n| --- | --- | --- |\n", here, here, other)
	for _, s := range typedStrings {
		fmt.Fprintf(b, "| %s | %s | %s |\n", code(s.typed), meant(s, here), meant(s, here, other))
	}
	b.WriteString("\n")
}

func meant(s typedString, may ...string) string {
	switch m := meaningOf(s.cleaned, may); m.kind {
	case help:
		return "**emergency**, sent as " + code(m.sent)
	case aTest:
		return "test call"
	default:
		return "ordinary"
	}
}

// holdingsShown is how many of the holdings stand on the page, from the first one.
const holdingsShown = 5

// wayTable lists every world, with the country's own number, a mask of it and a test. Which number stands for the rep changes from world
// to world; the test places all of them.
func wayTable(b *bytes.Buffer, here, other string, s source, shift int) {
	fmt.Fprintf(b, "### %s, %s\n\n", here, s.name)
	if s.abroad {
		fmt.Fprintf(b, "The rep's site is in %s.\n\n", other)
	}
	b.WriteString("| Trunks | Number | Typed | First asked for | Shown | Told | Tried |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	own := typedString{ownStrings[here][0], ownStrings[here][0]}
	for i, w := range worlds {
		h := holdings[(i+shift)%holdingsShown]
		for _, dialled := range []typedString{own, {"000", "000"}, {"933", "933"}} {
			made := circumstance{here, other, s, w, h, dialled}.expected()
			if made.Refused != "" {
				fmt.Fprintf(b, "| %s | %s | %s | refused: %s | | | |\n", w.name, h.name, code(dialled.typed), code(made.Refused))
				continue
			}
			var tried []string
			for _, one := range made.Tries {
				tried = append(tried, strings.ReplaceAll(one.Trunk, "this-node", "this node"))
			}
			first := made.Tries[0]
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", w.name, h.name, code(dialled.typed), code(first.Asked), made.Caller, first.Body,
				strings.Join(tried, " → "))
		}
	}
	b.WriteString("\n")
}
