package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mayday/web/api"
)

// problem is a refusal or a fault in the language of HTTP (RFC 9457 §3). As an error it ends a request with itself.
type problem struct {
	api.Problem
	retryAfter time.Duration // zero: no advice
}

func (p *problem) Error() string             { return p.Detail }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders gives the whole seconds after which another attempt makes sense.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	return h
}

func refuse(status int, code, detail string) *problem {
	return &problem{Problem: api.Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}}
}

func notSignedIn() *problem {
	return refuse(http.StatusUnauthorized, "NOT_SIGNED_IN", "Sign in first.")
}

// asProblem turns any error into what the browser is told: a refusal in its own words, a fault in none.
func (s *Server) asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var refusal Refusal
	if errors.As(err, &refusal) {
		p = refuse(http.StatusUnprocessableEntity, refusal.Code(), refusal.Error())
		if lines := strings.Split(refusal.Error(), "\n"); len(lines) > 1 {
			p.Detail, p.Errors = fmt.Sprintf("There are %d mistakes.", len(lines)), lines
		}
		var fields Invalids
		if errors.As(err, &fields) {
			p.Invalid = fields.Invalid()
		}
		if errors.As(err, new(Stale)) {
			p.Status, p.Title = http.StatusPreconditionFailed, http.StatusText(http.StatusPreconditionFailed)
		}
		return p
	}
	s.log.Error("request ended in a fault", "error", err)
	return refuse(http.StatusInternalServerError, "FAULT", "The node could not do this now. Its log says why.")
}

// fromHuma rewrites what the API library says of a malformed request. It drops the offending values: one may be a password.
func fromHuma(_ huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := refuse(model.Status, "BAD_REQUEST", model.Detail)
	for _, e := range model.Errors {
		p.Errors = append(p.Errors, fmt.Sprintf("%s: %s", e.Location, e.Message))
	}
	return p, nil
}

// write answers with the problem outside of the API library.
func (p *problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p.Problem) //nolint:errcheck // the peer is gone; nobody is left to be told
}
