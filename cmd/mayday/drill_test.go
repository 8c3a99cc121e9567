package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestDrillIsOrderedOnce: a drill is a call, and a request whose answer is lost may have placed it. However a connection that has been used
// before breaks, nothing between the command and the node sends the order again.
func TestDrillIsOrderedOnce(t *testing.T) {
	for circumstance, breaks := range map[string]func(http.ResponseWriter){
		"the node is gone before it answers": func(w http.ResponseWriter) { hangUp(t, w, "") },
		"the node is gone in its answer":     func(w http.ResponseWriter) { hangUp(t, w, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{") },
		"the node has no time":               func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		"somebody between them has no time":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusGatewayTimeout) },
	} {
		t.Run(circumstance, func(t *testing.T) {
			var connections, orders atomic.Int32
			mux := http.NewServeMux()
			mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			mux.HandleFunc("POST /api/v1/drills", func(w http.ResponseWriter, _ *http.Request) {
				orders.Add(1)
				breaks(w)
			})
			node := httptest.NewUnstartedServer(mux)
			node.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			node.Start()
			defer node.Close()
			ctx, cancel := context.WithTimeout(t.Context(), drillTakes)
			defer cancel()
			err := drillCommand{HTTP: node.URL, User: "ada", Password: "mayday"}.Run(ctx)
			if err == nil || !strings.HasPrefix(err.Error(), "drill: ") {
				t.Errorf("%s: the command ends with %v", circumstance, err)
			}
			if orders.Load() != 1 {
				t.Errorf("%s: the drill was ordered %d times", circumstance, orders.Load())
			}
			if connections.Load() != 1 {
				t.Errorf("%s: %d connections were made: the order did not go over one that had been used", circumstance, connections.Load())
			}
		})
	}
}

// hangUp says something and closes the connection.
func hangUp(t *testing.T, w http.ResponseWriter, last string) {
	t.Helper()
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = connection.Write([]byte(last)) // whoever ordered may be gone
	_ = connection.Close()
}
