package web

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Places keeps the documents that calls refer to instead of carrying them (RFC 6442 §3.2). They are in memory alone, are overwritten when
// their window is over, and are given to whoever knows their address, which nobody can guess.
type Places struct {
	base string // "https://mayday.example"; empty: none are kept

	mu    sync.Mutex // held for the documents of one person: a call waits for it
	kept  map[string]kept
	owned map[string][]string // the documents of each person, the oldest first
}

// kept is a document and whose place it tells.
type kept struct {
	owner    string
	document []byte
	until    time.Time
}

// PlacesPath is where documents are asked for.
const PlacesPath = "/location"

// placeLasts bounds the time in which a document can be asked for, whatever its call does.
const placeLasts = 24 * time.Hour

// maxPlaces is how many documents one person may have: a call has a few, and a few more each time the place changes.
const maxPlaces = 64

// NewPlaces keeps places under the scheme and host at which others reach this node; empty: it keeps none.
func NewPlaces(base string) *Places {
	return &Places{base: strings.TrimRight(base, "/"), kept: make(map[string]kept), owned: make(map[string][]string)}
}

// Keep keeps a document, which it owns from now on, and returns the URI at which it is asked for, and what forgets it; an empty URI: none are
// kept. It waits for nothing.
func (p *Places) Keep(owner string, document []byte) (uri string, forget func()) {
	if p.base == "" {
		return "", nil
	}
	token := rand.Text() // 130 bits
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for own := p.owned[owner]; len(own) > 0 && (len(own) >= maxPlaces || !now.Before(p.kept[own[0]].until)); own = p.owned[owner] {
		p.remove(own[0])
	}
	p.kept[token] = kept{owner: owner, document: document, until: now.Add(placeLasts)}
	p.owned[owner] = append(p.owned[owner], token)
	return p.base + PlacesPath + "/" + token, func() { p.forget(token) }
}

// Wipe forgets every document of a person.
func (p *Places) Wipe(owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.owned[owner]) > 0 {
		p.remove(p.owned[owner][0])
	}
}

func (p *Places) forget(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(token)
}

// remove overwrites a document; one that is gone already is no mistake. mu is held.
func (p *Places) remove(token string) {
	k, known := p.kept[token]
	if !known {
		return
	}
	clear(k.document)
	delete(p.kept, token)
	left := slices.DeleteFunc(p.owned[k.owner], func(other string) bool { return other == token })
	if p.owned[k.owner] = left; len(left) == 0 {
		delete(p.owned, k.owner)
	}
}

// find returns a copy of a document, so that one that is wiped meanwhile is not sent half.
func (p *Places) find(token string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, found := p.kept[token]
	if !found || !time.Now().Before(k.until) {
		return nil
	}
	return bytes.Clone(k.document)
}

const heldType = "application/held+xml"

// maxHeld bounds a request; it says at most which kinds of place are wanted.
const maxHeld = 16 << 10

// ServeHTTP answers GET with the document, and the POST of a HELD request with the document in a HELD response (RFC 6753 §3). Every other
// address is nobody's, and looks the same.
func (p *Places) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	document := p.find(strings.TrimPrefix(r.URL.Path, PlacesPath+"/"))
	defer clear(document)
	switch {
	case document == nil:
		refuse(http.StatusNotFound, "NOT_FOUND", "There is nothing of this name.").write(w)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		w.Header().Set("Content-Type", "application/pidf+xml")
		w.Write(document) //nolint:errcheck // the peer is gone; nobody is left to be told
	case r.Method == http.MethodPost:
		p.answerHELD(w, r, document)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		refuse(http.StatusMethodNotAllowed, "METHOD", "Ask for this with GET, or with a HELD request.").write(w)
	}
}

func (p *Places) answerHELD(w http.ResponseWriter, r *http.Request, document []byte) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHeld))
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if err != nil || !strings.EqualFold(strings.TrimSpace(kind), heldType) || !bytes.Contains(body, []byte("locationRequest")) {
		refuse(http.StatusBadRequest, "NOT_HELD", "This is not a HELD request for a location.").write(w)
		return
	}
	if begins := bytes.Index(document, []byte("<presence")); begins > 0 {
		document = document[begins:]
	}
	w.Header().Set("Content-Type", heldType)
	io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held">`) //nolint:errcheck // as above
	w.Write(document)                                                                                                                 //nolint:errcheck // as above
	io.WriteString(w, "</locationResponse>\n")                                                                                        //nolint:errcheck // as above
}
