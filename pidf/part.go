package pidf

// Elements returns the place alone, as it stands in a document, for protocols that have a frame of their own around it; and the
// declarations of namespaces that belong into the start tag of that frame, each with a blank before it. RFC 5222 §12
func (p Place) Elements() (declarations, elements string, err error) {
	t := Tuple{ID: "a", Place: p}
	if err := t.Check(); err != nil {
		return "", "", err
	}
	var around, inside writer
	around.namespaces([]Tuple{t})
	inside.place(p)
	return string(around.out), string(inside.out), nil
}
