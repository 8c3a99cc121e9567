// Package queue describes how ordinary inbound work reaches a rep: workstreams and queues.
//
// Emergency calls and call backs never meet a queue.
package queue

import "mayday/center/rep"

// ID names a queue.
type ID string

// Assignment says which member of a queue is offered the next work.
type Assignment string

const (
	LongestIdle Assignment = "longest_idle"
	RoundRobin  Assignment = "round_robin"
)

// Queue is work that waits for one of its members.
type Queue struct {
	ID         ID         `json:"id"`
	Name       string     `json:"name"`
	Priority   int        `json:"priority,omitempty"` // lower ones are served first
	Members    []rep.ID   `json:"members,omitempty"`
	Assignment Assignment `json:"assignment,omitempty"`
}

// WorkstreamID names a workstream.
type WorkstreamID string

// Workstream is a kind of work and the way that it takes.
type Workstream struct {
	ID               WorkstreamID   `json:"id"`
	Name             string         `json:"name"`
	Queue            ID             `json:"queue"`
	CapacityProfile  rep.ProfileID  `json:"capacity_profile"`
	AllowedPresences []rep.Presence `json:"allowed_presences,omitempty"`
}
