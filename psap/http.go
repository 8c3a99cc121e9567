package psap

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// maxRequestBody is far above what any request needs.
const maxRequestBody = 64 << 10

// Handler serves the console page at /psap and the interface under it:
//
//	GET    /psap/calls              the calls, newest first, as [Call]; ?limit=N, ?brief=true
//	DELETE /psap/calls              forget those that are over
//	GET    /psap/calls/{id}         one call
//	POST   /psap/calls/{id}/answer  answer a call that rings here
//	POST   /psap/calls/{id}/hangup  end it; a call that rings here is declined
//	GET    /psap/calls/{id}/audio   WebSocket: a person talks in place of the tone
//	POST   /psap/callback           place a call, as [Callback]
//	GET    /psap/behaviour          how calls are treated, as [Behaviour]
//	POST   /psap/behaviour          set it, whole
//	POST   /psap/dtmf               {"call": id, "digits": "12#"}: press keys
//
// What is wrong with a request is answered as application/problem+json. Only requests that name this machine
// as their host are answered, so that no page from elsewhere can steer the service.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /psap", servePage("page/index.html"))
	mux.HandleFunc("GET /psap/{$}", servePage("page/index.html"))
	mux.Handle("GET /psap/page/", http.StripPrefix("/psap/", pageAssets()))
	mux.HandleFunc("GET /psap/calls", s.listCalls)
	mux.HandleFunc("DELETE /psap/calls", s.forgetCalls)
	mux.HandleFunc("GET /psap/calls/{id}", s.showCall)
	mux.HandleFunc("POST /psap/calls/{id}/answer", s.answerCall)
	mux.HandleFunc("POST /psap/calls/{id}/hangup", s.hangUpCall)
	mux.HandleFunc("GET /psap/calls/{id}/audio", s.talk)
	mux.HandleFunc("POST /psap/callback", s.placeCallback)
	mux.HandleFunc("GET /psap/behaviour", s.showBehaviour)
	mux.HandleFunc("POST /psap/behaviour", s.setBehaviour)
	mux.HandleFunc("POST /psap/dtmf", s.pressKeys)
	mux.HandleFunc("/psap/", s.unknown)
	return localOnly(mux)
}

// localOnly refuses requests that were not made to this machine by name, or that a page of another origin
// makes.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "+
			"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if !isLoopback(r.Host) {
			problem(w, http.StatusForbidden, "the pretend emergency service answers on this machine only: open it as localhost or 127.0.0.1")
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
			problem(w, http.StatusForbidden, "a page of another origin may not use the pretend emergency service")
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

// pageAssets serves the page's files and nothing else: no listing of the folder.
func pageAssets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fs.ValidPath(r.URL.Path) || strings.HasSuffix(r.URL.Path, "/") {
			problem(w, http.StatusNotFound, "there is no such file")
			return
		}
		http.ServeFileFS(w, r, pageFiles, r.URL.Path)
	})
}

// listCalls gives the calls, newest first. ?limit=N gives the newest N only, ?brief=true leaves out what
// their INVITEs brought in full.
func (s *Service) listCalls(w http.ResponseWriter, r *http.Request) {
	limit, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("limit"), strconv.Itoa(keptCalls)))
	if err != nil || limit < 1 {
		problem(w, http.StatusBadRequest, "limit: not a number from 1 on")
		return
	}
	brief, err := strconv.ParseBool(cmp.Or(r.URL.Query().Get("brief"), "false"))
	if err != nil {
		problem(w, http.StatusBadRequest, "brief: neither true nor false")
		return
	}
	calls, now := s.book.all(), time.Now()
	views := make([]Call, 0, min(limit, len(calls)))
	for _, c := range calls[:min(limit, len(calls))] {
		view := c.view(now)
		if brief {
			view = view.brief()
		}
		views = append(views, view)
	}
	respond(w, http.StatusOK, views)
}

// forgetCalls drops the calls that are over.
func (s *Service) forgetCalls(w http.ResponseWriter, _ *http.Request) {
	s.book.forget()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Service) showCall(w http.ResponseWriter, r *http.Request) {
	if c := s.called(w, r.PathValue("id")); c != nil {
		respond(w, http.StatusOK, c.view(time.Now()))
	}
}

func (s *Service) answerCall(w http.ResponseWriter, r *http.Request) {
	c := s.called(w, r.PathValue("id"))
	if c == nil {
		return
	}
	if err := c.ask(r.Context(), func() error { return c.answer(time.Now()) }); err != nil {
		problem(w, http.StatusConflict, err.Error())
		return
	}
	respond(w, http.StatusOK, c.view(time.Now()))
}

func (s *Service) hangUpCall(w http.ResponseWriter, r *http.Request) {
	c := s.called(w, r.PathValue("id"))
	if c == nil {
		return
	}
	if err := c.ask(r.Context(), func() error { c.hangUp(time.Now()); return nil }); err != nil {
		problem(w, http.StatusConflict, err.Error())
		return
	}
	respond(w, http.StatusOK, c.view(time.Now()))
}

// called finds the call of the id, or says that there is none and gives nil.
func (s *Service) called(w http.ResponseWriter, id string) *call {
	c := s.book.find(id)
	if c == nil {
		problem(w, http.StatusNotFound, fmt.Sprintf("there is no call %.40q", id))
	}
	return c
}

func (s *Service) showBehaviour(w http.ResponseWriter, _ *http.Request) {
	respond(w, http.StatusOK, s.Behaviour())
}

func (s *Service) setBehaviour(w http.ResponseWriter, r *http.Request) {
	b, err := readBehaviour(r.Body)
	if err != nil {
		badRequest(w, err)
		return
	}
	if err := s.Behave(b); err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	respond(w, http.StatusOK, s.Behaviour())
}

// pressKeys sends keys to the far end of a call, as RFC 4733 §2 carries them.
func (s *Service) pressKeys(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Call   string `json:"call"`
		Digits string `json:"digits"`
	}
	if err := readJSON(r.Body, &given); err != nil {
		badRequest(w, err)
		return
	}
	digits := strings.ToUpper(given.Digits)
	if digits == "" || strings.Trim(digits, keypad) != "" {
		problem(w, http.StatusBadRequest, fmt.Sprintf("digits: %.40q are not keys; the keys are %s", given.Digits, keypad))
		return
	}
	c := s.called(w, given.Call)
	if c == nil {
		return
	}
	sound, err := c.liveSound()
	if err == nil {
		err = sound.press(digits)
	}
	if err != nil {
		problem(w, http.StatusConflict, err.Error())
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *Service) unknown(w http.ResponseWriter, r *http.Request) {
	problem(w, http.StatusNotFound, fmt.Sprintf("there is no %s %s", r.Method, r.URL.Path))
}

// badRequest says what is wrong with a body.
func badRequest(w http.ResponseWriter, err error) {
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes", tooLarge.Limit))
		return
	}
	problem(w, http.StatusBadRequest, strings.ReplaceAll(err.Error(), "\n", "; "))
}

// problem answers with a problem in words (RFC 9457 §3).
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	write(w, status, map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic("psap: BUG: our own answer is no JSON: " + err.Error())
	}
	w.WriteHeader(status)
	io.WriteString(w, string(text)+"\n") //nolint:errcheck // a client that has left needs no answer
}
