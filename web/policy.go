package web

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
)

// guarded sets what a browser must keep to on every page. Handlers may tighten it further.
func (s *Server) guarded(next http.Handler) http.Handler {
	ancestors := "'none'"
	if len(s.config.EmbedOrigins) > 0 {
		ancestors = "'self' " + strings.Join(s.config.EmbedOrigins, " ")
	}
	feed := "ws://"
	if s.config.Secure {
		feed = "wss://"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connect := "'self'"
		if plainHost(r.Host) {
			connect += " " + feed + r.Host // browsers exist whose 'self' leaves WebSockets out
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; connect-src "+connect+
			"; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "+ancestors)
		h.Set("Permissions-Policy", "microphone=(self), geolocation=(self), speaker-selection=(self), autoplay=(self), "+
			"fullscreen=(self), camera=(), display-capture=(), payment=(), usb=(), serial=(), hid=(), bluetooth=()")
		h.Set("Cache-Control", "no-store") // but for pages that say otherwise
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if len(s.config.EmbedOrigins) == 0 {
			h.Set("X-Frame-Options", "DENY")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
		}
		next.ServeHTTP(w, r)
	})
}

// plainHost tells whether host is a name or address, with or without a port, that can stand in a header as it is.
func plainHost(host string) bool {
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") == ""
}

// kindOf names the kind of a panic's value. The runtime's own say what happened and hold nobody's data.
func kindOf(value any) string {
	if e, ok := value.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", value)
}
