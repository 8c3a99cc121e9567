package api

import "time"

// Trace says where a call of a rep would go now, and why. Nothing is dialled for it.
type Trace struct {
	Kind     string       `json:"kind"`    // "emergency", "test", "ordinary"
	Sent     string       `json:"sent"`    // the string that would be sent
	Country  string       `json:"country"` // that the rep is taken to be in
	Place    []string     `json:"place" nullable:"false"`
	Position *Position    `json:"position,omitempty"`
	CallerID string       `json:"caller_id"`               // empty: there is none
	Grant    string       `json:"grant,omitempty"`         // of an emergency call's number: "kept", "fresh", "shared", "static", "none"
	Rules    []TraceRule  `json:"rules" nullable:"false"`  // every rule that was looked at, in order
	Trunks   []TraceTrunk `json:"trunks" nullable:"false"` // as they would be tried
	Inside   bool         `json:"inside,omitempty"`        // the built-in test service answers where no trunk does
}

// TraceRule is one rule that was looked at.
type TraceRule struct {
	Kind    string   `json:"kind"`              // "voice_route", "direct_offer", "of_country", "serving", "any"
	Route   string   `json:"route,omitempty"`   // of a voice route
	Pattern string   `json:"pattern,omitempty"` // of a voice route
	Counts  bool     `json:"counts"`
	Reason  string   `json:"reason"` // "names_number", "marked", "matches", "always", "too_wide", "no_match", "not_needed"
	Trunks  []string `json:"trunks" nullable:"false"`
	Random  bool     `json:"random,omitempty"` // they are tried in an order that is drawn for each call
}

// TraceTrunk is a trunk that would be tried.
type TraceTrunk struct {
	Trunk   string `json:"trunk"`
	Turn    int    `json:"turn"`    // 1: may be tried first; trunks of one turn are tried in an order that is drawn for each call
	Health  string `json:"health"`  // as in TrunkCondition
	Conveys string `json:"conveys"` // how it is told the place: "by_value", "by_reference", "none"
}

// TrunkCondition is how a trunk does now.
type TrunkCondition struct {
	Trunk  string     `json:"trunk"`
	Health string     `json:"health"` // "up", "unanswered", "down", "recovering"; empty: nobody has asked it yet
	Since  *time.Time `json:"since,omitempty"`
	Reason string     `json:"reason,omitempty"` // why it is not up, in words for an operator
}

// TrunkConditions is how every trunk does now, in the order of the center.
type TrunkConditions struct {
	Conditions []TrunkCondition `json:"conditions" nullable:"false"`
}

// TemplateDraft is a template that is being written.
type TemplateDraft struct {
	Subject string `json:"subject,omitempty" maxLength:"10000"`
	Body    string `json:"body,omitempty" maxLength:"200000"`
	HTML    string `json:"html,omitempty" maxLength:"500000"`
	// Language is that of the site: what the draft leaves empty is said in it.
	Language string `json:"language,omitempty" maxLength:"40"`
	Failed   bool   `json:"failed,omitempty"` // show the mail of a call that did not get through
}

// TemplatePreview is the mail that a draft makes of sample data, and what is wrong with the draft.
type TemplatePreview struct {
	Subject  string            `json:"subject"`
	Text     string            `json:"text"`
	HTML     string            `json:"html,omitempty"`            // as it is sent, with nothing in it that could do harm; none: the mail is plain text
	Unsafe   []string          `json:"left_out" nullable:"false"` // what of the draft's HTML is left out for that, in words
	Mistakes []TemplateMistake `json:"mistakes" nullable:"false"`
	Fields   []string          `json:"fields" nullable:"false"` // insert fields that there are
	Standard Template          `json:"standard"`                // the default text in the language
	// Languages are those that have default texts and those that have a template, the organisation's own ("") first.
	Languages []string `json:"languages" nullable:"false"`
}

// TemplateSent is a mail that was sent as a trial.
type TemplateSent struct {
	To string `json:"to"`
}

// TemplateMistake is an insert field that cannot be filled in.
type TemplateMistake struct {
	Field  string `json:"field"` // "subject", "body" or "html"
	Line   int    `json:"line"`
	Column int    `json:"column"` // in characters
	Reason string `json:"reason"`
}
