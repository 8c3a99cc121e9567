package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/client_golang/prometheus"

	"mayday/web"
)

func TestPagesAreCachedAsTheirNamesAllow(t *testing.T) {
	pages, err := web.Pages(fstest.MapFS{
		".gitkeep":          {},
		"index.html":        {Data: []byte("<!doctype html>workspace")},
		"admin.html":        {Data: []byte("<!doctype html>admin center")},
		"psap.html":         {Data: []byte("<!doctype html>psap")},
		"assets/app-1a2.js": {Data: []byte("export {}")},
		"icon.svg":          {Data: []byte("<svg/>")},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	for _, c := range []struct {
		method, path       string
		status             int
		cache, kind, words string
	}{
		{"GET", "/", 200, "no-store", "text/html; charset=utf-8", "workspace"},
		{"HEAD", "/", 200, "no-store", "text/html; charset=utf-8", ""},
		{"GET", "/admin", 200, "no-store", "text/html; charset=utf-8", "admin center"},
		{"GET", "/admin/users/alice", 200, "no-store", "text/html; charset=utf-8", "admin center"},
		{"GET", "/psap.html", 200, "no-store", "text/html; charset=utf-8", "psap"},
		{"GET", "/assets/app-1a2.js", 200, "public, max-age=31536000, immutable", "text/javascript; charset=utf-8", "export"},
		{"GET", "/icon.svg", 200, "no-cache", "image/svg+xml", "<svg/>"},
		{"GET", "/assets/app-old.js", 404, "no-store", "text/plain; charset=utf-8", "no such page"},
		{"GET", "/.gitkeep", 404, "no-store", "text/plain; charset=utf-8", "no such page"},
		{"GET", "/administrator", 404, "no-store", "text/plain; charset=utf-8", "no such page"},
		{"POST", "/", 405, "no-store", "application/problem+json", "METHOD_NOT_ALLOWED"},
	} {
		r, err := http.NewRequest(c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(got.Body)
		got.Body.Close()
		if got.StatusCode != c.status || got.Header.Get("Cache-Control") != c.cache || got.Header.Get("Content-Type") != c.kind ||
			!strings.Contains(string(body), c.words) {
			t.Errorf("%s %s: status %d, cache %q, type %q, body %.60s", c.method, c.path, got.StatusCode,
				got.Header.Get("Cache-Control"), got.Header.Get("Content-Type"), body)
		}
	}
}

func TestWithoutABuildThePageSaysHow(t *testing.T) {
	pages, err := web.Pages(fstest.MapFS{".gitkeep": {}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "run: <code>make ui</code>") {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
}

func TestEveryAnswerTellsTheBrowserItsLimits(t *testing.T) {
	for _, c := range []struct {
		name      string
		option    option
		host      string
		connect   string
		ancestors string
		frame     string
	}{
		{"plain", func(*web.Config, *web.Timing) {}, "mayday.example:8080", "'self' ws://mayday.example:8080;", "frame-ancestors 'none'", "DENY"},
		{"TLS", func(c *web.Config, _ *web.Timing) { c.Secure = true }, "[::1]:8443", "'self' wss://[::1]:8443;", "frame-ancestors 'none'", "DENY"},
		{"embedded", func(c *web.Config, _ *web.Timing) {
			c.EmbedOrigins = []string{"https://crm.example", "https://b.example:444"}
		},
			"h", "'self' ws://h;", "frame-ancestors 'self' https://crm.example https://b.example:444", ""},
	} {
		s := start(t, c.option)
		for _, path := range []string{"/", "/api/v1/session", "/readyz", "/no/such/page"} {
			h := s.browser().send("GET", path, "", "Host", c.host).header
			policy := h.Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'self'; connect-src "+c.connect) || !strings.HasSuffix(policy, c.ancestors) ||
				strings.Contains(policy, "unsafe") {
				t.Errorf("%s %s: policy %s", c.name, path, policy)
			}
			if h.Get("X-Frame-Options") != c.frame || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Referrer-Policy") != "same-origin" || !strings.HasPrefix(h.Get("Permissions-Policy"), "microphone=(self), geolocation=(self)") {
				t.Errorf("%s %s: headers %v", c.name, path, h)
			}
		}
	}
}

func TestAHostThatIsNoHostStaysOutOfThePolicy(t *testing.T) {
	s := start(t)
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "evil.example; script-src *"
	w := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(w, r)
	if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "evil") {
		t.Errorf("policy %s", policy)
	}
}

func TestProbesTellWhatIsMissing(t *testing.T) {
	s := start(t)
	b := s.browser()
	if r := b.send("GET", "/healthz", ""); r.status != http.StatusOK {
		t.Errorf("healthz: status %d", r.status)
	}
	if r := b.send("GET", "/readyz", ""); r.status != http.StatusOK || r.body != `{"ready":true,"missing":[]}`+"\n" {
		t.Errorf("readyz: status %d, body %s", r.status, r.body)
	}
	s.node.mu.Lock()
	s.node.missing = []string{"no trunk answers"}
	s.node.mu.Unlock()
	if r := b.send("GET", "/readyz", ""); r.status != http.StatusServiceUnavailable || r.body != `{"ready":false,"missing":["no trunk answers"]}`+"\n" {
		t.Errorf("readyz without a trunk: status %d, body %s", r.status, r.body)
	}
	s.signedIn("alice").feed()
	for _, line := range []string{"mayday_feeds 1", `mayday_sign_in_total{outcome="done"} 1`, `mayday_http_requests_total{route="/readyz",status="503"} 1`} {
		eventually(t, "metrics have "+line, func() bool { return strings.Contains(b.send("GET", "/metrics", "").body, line) })
	}
}

func TestExtrasGetTheirPathWhole(t *testing.T) {
	s := start(t, func(c *web.Config, _ *web.Timing) {
		c.Extra = map[string]http.Handler{
			"/psap":  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, " ", r.URL.Path) }),
			"/mail/": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret of alice") }),
		}
	})
	b := s.browser()
	for _, path := range []string{"/psap", "/psap/", "/psap/calls/7/hangup"} {
		if r := b.send("POST", path, ""); r.body != "POST "+path {
			t.Errorf("POST %s reached %q", path, r.body)
		}
	}
	if r := b.send("POST", "/psap/callback", "", "Sec-Fetch-Site", "cross-site"); r.status != http.StatusForbidden {
		t.Errorf("from another site: status %d", r.status)
	}
	if r := b.send("GET", "/mail", ""); r.status != http.StatusInternalServerError || r.problem(t).Code != "BUG" {
		t.Errorf("a handler that panics: status %d, body %s", r.status, r.body)
	}
	if book := s.log.String(); !strings.Contains(book, "recovered from a bug") || strings.Contains(book, "secret of alice") {
		t.Errorf("log of the panic:\n%s", book)
	}
}

func TestConfigIsRefusedWithAllItsMistakes(t *testing.T) {
	n := newNode()
	_, err := web.New(web.Config{Node: n, Verify: n.Verify, DummyHash: "x", Registry: prometheus.NewRegistry(),
		EmbedOrigins: []string{"https://good.example", "https://path.example/x", "ftp://x", "*", "https://a b", "https://a;b"}})
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, words := range []string{"no Sessions", "no History", "no Center", "path.example/x", `"ftp://x"`, `"*"`, `"https://a b"`, `"https://a;b"`} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the error lacks %s:\n%v", words, err)
		}
	}
	if strings.Contains(err.Error(), "good.example") {
		t.Errorf("the error names what is right:\n%v", err)
	}
}

func TestLogHoldsNoQueryAndNoBody(t *testing.T) {
	s := start(t)
	s.signedIn("alice").send("GET", "/api/v1/history?limit=7&number=5550199", "")
	eventually(t, "the request is logged", func() bool { return strings.Contains(s.log.String(), "/api/v1/history") })
	for _, word := range []string{"5550199", "alice", "mayday_session"} {
		if strings.Contains(s.log.String(), word) {
			t.Errorf("the log holds %q:\n%s", word, s.log)
		}
	}
}
