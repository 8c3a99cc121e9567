package web

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mayday/web/api"
)

// routes builds everything that answers a request, the outermost guard last.
func (s *Server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	s.rest(mux)
	mux.HandleFunc("GET /api/v1/feed", s.serveFeed)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(http.StatusNotFound, "NOT_FOUND", "There is nothing of this name and method here.").write(w)
	})
	mux.Handle("/metrics", promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("alive\n")) //nolint:errcheck // the peer is gone; nobody is left to be told
	})
	mux.HandleFunc("/readyz", s.serveReadiness)
	for path, extra := range s.config.Extra {
		path = strings.TrimRight(path, "/")
		mux.Handle(path, extra)
		mux.Handle(path+"/", extra)
	}
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)

	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		crossOrigin().write(w)
	}))
	return s.observed(mux, s.guarded(csrf.Handler(s.visiting(mux)))), nil
}

func crossOrigin() *problem {
	return refuse(http.StatusForbidden, "CROSS_ORIGIN", "This request comes from another site's page.")
}

func (s *Server) serveReadiness(w http.ResponseWriter, _ *http.Request) {
	ok, missing := s.config.Node.Ready()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(api.Readiness{Ready: ok, Missing: orEmpty(missing)}) //nolint:errcheck // the peer is gone
}

// observed counts and, at debug, logs each request by the route that answered: never its query or body. It outlives a panic.
func (s *Server) observed(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		_, route := mux.Handler(r)
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			bug := recover()
			if bug == http.ErrAbortHandler { //nolint:errorlint // the very value, as net/http asks for
				panic(bug)
			}
			if bug != nil {
				s.bug("request", bug)
				if seen.status == 0 {
					refuse(http.StatusInternalServerError, "BUG", "The node made a mistake. Its log says where.").write(seen)
				}
			}
			s.metrics.requests.WithLabelValues(route, strconv.Itoa(seen.status)).Inc()
			s.log.Debug("request answered", "method", r.Method, "route", route, "status", seen.status, "duration", time.Since(start))
		}()
		next.ServeHTTP(seen, r)
	})
}

// bug notes a recovered panic: where it was, and of what kind, but not its words, which may name somebody.
func (s *Server) bug(during string, value any) {
	s.metrics.bugs.Inc()
	s.log.Error("recovered from a bug", "during", during, "kind", kindOf(value), "stack", string(debug.Stack()))
}

// statusWriter notes the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
