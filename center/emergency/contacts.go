package emergency

import (
	"strings"
)

// ParseContacts reads a list of emergency contacts as people type it: mail addresses separated by semicolons, and also by commas,
// line ends or blanks, each one bare or as "Name <address>". It returns every address once, in the order in which they stand, and
// every piece that is no mail address, as it was typed.
func ParseContacts(list string) (addresses, bad []string) {
	for _, piece := range pieces(list) {
		found, wrong := parsePiece(piece)
		addresses, bad = append(addresses, found...), append(bad, wrong...)
	}
	return once(addresses), bad
}

// once returns every address once, whatever its case, as it was written first.
func once(addresses []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, address := range addresses {
		if key := strings.ToLower(address); !seen[key] {
			seen[key] = true
			kept = append(kept, address)
		}
	}
	return kept
}

// pieces cuts the list at separators that stand neither in quotes nor in angle brackets. A quote or a bracket that is never closed
// protects nothing, so that one slip cannot swallow the contacts behind it.
func pieces(list string) []string {
	var cut []string
	start := 0
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case '"':
			i += closing(list[i:], '"')
		case '<':
			i += closing(list[i:], '>')
		case ';', ',', '\n', '\r':
			cut = append(cut, list[start:i])
			start = i + 1
		}
	}
	return append(cut, list[start:])
}

// closing returns how far behind the opening mark its end stands on the same line; 0 if it has none.
func closing(rest string, end byte) int {
	line := rest
	if stop := strings.IndexAny(rest, "\r\n"); stop >= 0 {
		line = rest[:stop]
	}
	if at := strings.IndexByte(line[1:], end); at >= 0 {
		return at + 1
	}
	return 0
}

// parsePiece reads one piece: "Name <address>", or addresses with blanks between them. An address in the unquoted name is one more
// contact whose separator was forgotten, and not a name.
func parsePiece(piece string) (addresses, bad []string) {
	piece = strings.TrimSpace(piece)
	name, rest, bracketed := cutBracket(piece)
	if !bracketed {
		return sortOut(strings.Fields(piece))
	}
	var words []string
	for _, word := range strings.Fields(unquoted(name)) {
		if strings.Contains(word, "@") {
			words = append(words, word)
		}
	}
	inner, behind, closed := strings.Cut(rest, ">")
	if !closed || strings.ContainsAny(inner, "<") {
		return nil, []string{piece}
	}
	addresses, bad = sortOut(words)
	if address := bare(inner); ValidAddress(address) {
		addresses = append(addresses, address)
	} else {
		bad = append(bad, piece)
	}
	if behind = strings.TrimSpace(behind); behind != "" {
		more, wrong := parsePiece(behind)
		addresses, bad = append(addresses, more...), append(bad, wrong...)
	}
	return addresses, bad
}

// cutBracket cuts the piece at the first angle bracket that does not stand in a quoted name.
func cutBracket(piece string) (name, rest string, found bool) {
	for i := 0; i < len(piece); i++ {
		switch piece[i] {
		case '"':
			i += closing(piece[i:], '"')
		case '<':
			return piece[:i], piece[i+1:], true
		}
	}
	return piece, "", false
}

// unquoted returns the name without its quoted parts.
func unquoted(name string) string {
	var kept strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '"' {
			if length := closing(name[i:], '"'); length > 0 {
				i += length
				continue
			}
		}
		kept.WriteByte(name[i])
	}
	return kept.String()
}

func sortOut(words []string) (addresses, bad []string) {
	for _, word := range words {
		if address := bare(word); ValidAddress(address) {
			addresses = append(addresses, address)
		} else {
			bad = append(bad, word)
		}
	}
	return addresses, bad
}

// bare drops what a link copied from a page puts before an address.
func bare(word string) string {
	word = strings.TrimSpace(word)
	const link = "mailto:"
	if len(word) > len(link) && strings.EqualFold(word[:len(link)], link) {
		return word[len(link):]
	}
	return word
}

// ValidAddress reports whether the text is one bare mail address that a mail server takes: a dot-atom, an at sign and a host name
// (RFC 5321 §4.1.2). Quoted local parts and address literals are not taken; nobody's mailbox has one.
func ValidAddress(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at > 64 || len(address) > 254 {
		return false
	}
	for _, atom := range strings.Split(address[:at], ".") {
		if atom == "" || !each(atom, isAtomCharacter) {
			return false
		}
	}
	for _, label := range strings.Split(address[at+1:], ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !each(label, isLabelCharacter) {
			return false
		}
	}
	return true
}

func each(text string, holds func(byte) bool) bool {
	for i := 0; i < len(text); i++ {
		if !holds(text[i]) {
			return false
		}
	}
	return true
}

func isLabelCharacter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

func isAtomCharacter(c byte) bool {
	return isLabelCharacter(c) || strings.IndexByte("!#$%&'*+/=?^_`{|}~", c) >= 0
}
