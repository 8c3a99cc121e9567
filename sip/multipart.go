package sip

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// Part is one part of a multipart body.
type Part struct {
	ContentType string
	Headers     []Header // beside Content-Type: Content-ID, Content-Disposition …
	Body        []byte
}

var errMultipart = errors.New("malformed multipart body")

// maxParts bounds the parts of one body.
const maxParts = 64

// boundaryBytes makes a boundary of 16 characters: some far ends keep room for few more.
const boundaryBytes = 8

// Multipart joins parts to one multipart/mixed body. The boundary has 16 characters and occurs in no part.
// RFC 2046 §5.1.
func Multipart(parts []Part) (contentType string, body []byte) {
	boundary := random(boundaryBytes)
	for occurs(parts, boundary) {
		boundary = random(boundaryBytes)
	}
	var b bytes.Buffer
	for _, part := range parts {
		b.WriteString("--" + boundary + "\r\n")
		if part.ContentType != "" {
			b.WriteString("Content-Type: " + part.ContentType + "\r\n")
		}
		for _, h := range part.Headers {
			b.WriteString(h.Name + ": " + h.Value + "\r\n")
		}
		b.WriteString("\r\n")
		b.Write(part.Body)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return "multipart/mixed;boundary=" + boundary, b.Bytes()
}

func occurs(parts []Part, boundary string) bool {
	for _, part := range parts {
		if bytes.Contains(part.Body, []byte(boundary)) {
			return true
		}
	}
	return false
}

// Parts splits a multipart body; a body of any other type is its only part, and no body has none.
// RFC 2046 §5.1.
func Parts(contentType string, body []byte) ([]Part, error) {
	if !strings.HasPrefix(mediaType(contentType), "multipart/") {
		if len(body) == 0 {
			return nil, nil
		}
		return []Part{{ContentType: contentType, Body: body}}, nil
	}
	_, params, err := cutParams(contentType)
	boundary := paramOf(params, "boundary")
	if err != nil || boundary == "" || len(boundary) > 70 {
		return nil, errMultipart
	}
	// every delimiter but the first follows a line break, which belongs to it
	rest := append([]byte("\r\n"), body...)
	delimiter := []byte("\r\n--" + boundary)
	at := bytes.Index(rest, delimiter)
	if at < 0 {
		return nil, errMultipart
	}
	rest = rest[at+len(delimiter):]
	var parts []Part
	for len(parts) < maxParts {
		if bytes.HasPrefix(rest, []byte("--")) {
			return parts, nil
		}
		end := bytes.Index(rest, delimiter)
		if end < 0 {
			return nil, errMultipart
		}
		part, err := parsePart(rest[:end])
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		rest = rest[end+len(delimiter):]
	}
	return nil, errMultipart
}

// parsePart reads what stands between two delimiters: the rest of the delimiter's line, headers, the body.
func parsePart(text []byte) (Part, error) {
	eol := bytes.Index(text, []byte("\r\n"))
	if eol < 0 || len(bytes.Trim(text[:eol], " \t")) != 0 {
		return Part{}, errMultipart
	}
	text = text[eol:]
	head, body, found := bytes.Cut(text, []byte("\r\n\r\n"))
	if !found {
		return Part{}, errMultipart
	}
	part := Part{Body: body}
	for line := range strings.SplitSeq(strings.TrimPrefix(string(head), "\r\n"), "\r\n") {
		switch {
		case line == "":
			continue
		case line[0] == ' ' || line[0] == '\t':
			if n := len(part.Headers); n > 0 {
				part.Headers[n-1].Value += " " + strings.TrimSpace(line)
				continue
			}
			return Part{}, errMultipart
		}
		name, value, found := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !found || !isToken(name) {
			return Part{}, errMultipart
		}
		part.Headers = append(part.Headers, Header{name, strings.TrimSpace(value)})
	}
	if i := slices.IndexFunc(part.Headers, func(h Header) bool { return strings.EqualFold(h.Name, "Content-Type") }); i >= 0 {
		part.ContentType = part.Headers[i].Value
		part.Headers = slices.Delete(part.Headers, i, i+1)
	}
	if len(part.Headers) == 0 {
		part.Headers = nil
	}
	return part, nil
}
