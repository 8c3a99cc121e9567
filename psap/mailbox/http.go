package mailbox

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// maxRequestBody is far above what any request needs.
const maxRequestBody = 64 << 10

// Handler serves the page at /mail and the interface under it:
//
//	GET    /mail/messages       what came, newest first, as [Message]; ?brief=true leaves out texts and headers
//	DELETE /mail/messages       forget it
//	GET    /mail/messages/{id}  one mail
//	GET    /mail/behaviour      how mail is treated, as [Behaviour]
//	POST   /mail/behaviour      set it, whole
//
// What is wrong with a request is answered as application/problem+json. Only requests that name this machine as their host are
// answered, so that no page from elsewhere can read the mail.
func (m *Mailbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mail", servePage("page/index.html"))
	mux.HandleFunc("GET /mail/{$}", servePage("page/index.html"))
	mux.HandleFunc("GET /mail/page/mail.js", servePage("page/mail.js"))
	mux.HandleFunc("GET /mail/page/style.css", servePage("page/style.css"))
	mux.HandleFunc("GET /mail/messages", m.listMessages)
	mux.HandleFunc("DELETE /mail/messages", m.forgetMessages)
	mux.HandleFunc("GET /mail/messages/{id}", m.showMessage)
	mux.HandleFunc("GET /mail/behaviour", m.showBehaviour)
	mux.HandleFunc("POST /mail/behaviour", m.setBehaviour)
	mux.HandleFunc("/mail/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, fmt.Sprintf("there is no %s %s", r.Method, r.URL.Path))
	})
	return localOnly(mux)
}

// localOnly refuses requests that were not made to this machine by name, or that a page of another origin makes.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
			"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if !isLoopback(r.Host) {
			problem(w, http.StatusForbidden, "the mailbox answers on this machine only: open it as localhost or 127.0.0.1")
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
			problem(w, http.StatusForbidden, "a page of another origin may not use the mailbox")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxRequestBody)
		next.ServeHTTP(w, r)
	})
}

// isLoopback says whether a Host header names this machine, whatever the port.
func isLoopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.IsLoopback()
}

func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}

func servePage(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, pageFiles, name) }
}

func (m *Mailbox) listMessages(w http.ResponseWriter, r *http.Request) {
	brief := false
	if given := r.URL.Query().Get("brief"); given != "" {
		var err error
		if brief, err = strconv.ParseBool(given); err != nil {
			problem(w, http.StatusBadRequest, "brief: neither true nor false")
			return
		}
	}
	list := append([]Message{}, m.Messages()...) // never null
	if brief {
		for i := range list {
			list[i] = list[i].brief()
		}
	}
	respond(w, list)
}

func (m *Mailbox) forgetMessages(w http.ResponseWriter, _ *http.Request) {
	m.Forget()
	w.WriteHeader(http.StatusNoContent)
}

func (m *Mailbox) showMessage(w http.ResponseWriter, r *http.Request) {
	for _, message := range m.Messages() {
		if message.ID == r.PathValue("id") {
			respond(w, message)
			return
		}
	}
	problem(w, http.StatusNotFound, fmt.Sprintf("there is no mail %.40q", r.PathValue("id")))
}

func (m *Mailbox) showBehaviour(w http.ResponseWriter, _ *http.Request) { respond(w, m.Behaviour()) }

func (m *Mailbox) setBehaviour(w http.ResponseWriter, r *http.Request) {
	var b Behaviour
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&b)
	if err == nil && decoder.Decode(new(any)) != io.EOF {
		err = errors.New("something follows the behaviour")
	}
	if err == nil {
		err = m.Behave(b)
	}
	if err != nil {
		problem(w, http.StatusBadRequest, strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	respond(w, m.Behaviour())
}

// problem answers with a problem in words (RFC 9457 §3).
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	write(w, status, map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}

func respond(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	write(w, http.StatusOK, body)
}

func write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic("mailbox: BUG: our own answer is no JSON: " + err.Error())
	}
	w.WriteHeader(status)
	io.WriteString(w, string(text)+"\n") //nolint:errcheck // a client that has left needs no answer
}
