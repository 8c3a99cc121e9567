package api

// History is the body of GET /api/v1/history: the rep's own ordinary conversations, the newest first.
type History struct {
	Rows []HistoryRow `json:"rows" nullable:"false"`
}

// CenterChange is the answer to PUT /api/v1/center.
type CenterChange struct {
	Changes []string `json:"changes" nullable:"false" doc:"What changes, a line each; empty when the center already is as the file says."`
	Applied bool     `json:"applied" doc:"False after a dry run."`
	Version int64    `json:"version,omitempty" doc:"Of the center that holds now."`
}

// Readiness is the body of GET /readyz: whether an emergency call could be placed now.
type Readiness struct {
	Ready   bool     `json:"ready"`
	Missing []string `json:"missing" nullable:"false"` // what stands in the way, in words
}

// Problem says why a request over HTTP was not done (RFC 9457 §3).
type Problem struct {
	Type   string   `json:"type,omitempty" doc:"A URI that names the kind of problem; absent means about:blank."`
	Title  string   `json:"title" doc:"The status in words."`
	Status int      `json:"status" doc:"HTTP status code."`
	Code   string   `json:"code" doc:"The refusal's code: SIGN_IN_REFUSED, NOT_SIGNED_IN, EMERGENCY_LOCKED, and so on."`
	Detail string   `json:"detail,omitempty" doc:"What happened, in words."`
	Errors []string `json:"errors,omitempty" doc:"Every mistake that was found, each with where it is."`

	Invalid []Invalid `json:"invalid,omitempty" doc:"The same for a change of the center, by field."`
}
