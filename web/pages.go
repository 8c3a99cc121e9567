package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:ui/dist
var dist embed.FS

const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Mayday</title>
<h1>The workspace has not been built into this program</h1>
<p>run: <code>make ui</code>, then build the program again. Everything but the pages works.</p>
</html>
`

// pages serves the built browser pages.
type pages struct {
	files map[string]page // by path below the root: "index.html", "assets/…"
}

type page struct {
	content     []byte
	contentType string
	tag         string
}

func newPages() (*pages, error) {
	built, err := fs.Sub(dist, "ui/dist")
	if err != nil {
		return nil, fmt.Errorf("open built pages: %w", err)
	}
	return readPages(built)
}

func readPages(built fs.FS) (*pages, error) {
	p := &pages{files: map[string]page{}}
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		content, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		p.files[name] = page{content, contentType(name), `"` + hex.EncodeToString(sum[:16]) + `"`}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read built pages: %w", err)
	}
	return p, nil
}

// contentType does not ask the machine, whose tables differ, for the types that pages are made of.
func contentType(name string) string {
	known := map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml", ".json": "application/json", ".webmanifest": "application/manifest+json",
		".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".wasm": "application/wasm",
		".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".txt": "text/plain; charset=utf-8",
	}
	extension := path.Ext(name)
	if kind, ok := known[extension]; ok {
		return kind
	}
	if kind := mime.TypeByExtension(extension); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// ServeHTTP answers with a built file: the workspace's page for /, the admin center's for /admin and what is below, which looks at the path itself.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Pages can only be read.").write(w)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch {
	case name == "":
		name = "index.html"
	case name == "admin", strings.HasPrefix(name, "admin/"):
		name = "admin.html"
	}
	p.serve(w, r, name)
}

func (p *pages) serve(w http.ResponseWriter, r *http.Request, name string) {
	file, ok := p.files[name]
	h := w.Header()
	switch {
	case !ok && strings.HasSuffix(name, ".html") && len(p.files) == 0:
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(notBuilt)) //nolint:errcheck // the peer is gone; nobody is left to be told
		return
	case !ok:
		h.Set("Cache-Control", "no-store")
		http.Error(w, "There is no such page.", http.StatusNotFound)
		return
	case strings.HasPrefix(name, "assets/"): // their names carry a hash of what is in them
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case strings.HasSuffix(name, ".html"):
		h.Set("Cache-Control", "no-store")
	default:
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Content-Type", file.contentType)
	h.Set("ETag", file.tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(file.content))
}
