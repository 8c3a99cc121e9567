package psap

import "time"

// Call is a call as the HTTP interface tells it.
type Call struct {
	ID        string      `json:"id"`
	Direction Direction   `json:"direction"`
	Kind      Kind        `json:"kind"`
	State     State       `json:"state"`
	Status    int         `json:"status,omitempty"`   // final SIP status of a call that never came about
	EndedBy   string      `json:"ended_by,omitempty"` // local, remote or timeout
	EndReason string      `json:"end_reason,omitempty"`
	Source    string      `json:"source"` // far end's address
	Times     Times       `json:"times"`
	Codec     string      `json:"codec"` // PCMU or PCMA; empty: nothing agreed yet
	Events    []Happening `json:"events"`
	Brought
	Hearing
}

// Times says when a call got how far; what has not happened is null.
type Times struct {
	Received time.Time  `json:"received"` // the INVITE came, or went
	Ringing  *time.Time `json:"ringing"`
	Answered *time.Time `json:"answered"`
	Ended    *time.Time `json:"ended"`
}

// view is the call as it is now.
func (c *call) view(now time.Time) Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := Call{
		ID: c.id, Direction: c.direction, Kind: c.kind, State: c.state, Status: c.status,
		EndedBy: c.endedBy, EndReason: c.reason, Source: c.source, Codec: c.codec.String(),
		Times:  Times{Received: c.received, Ringing: whenSet(c.rang), Answered: whenSet(c.answered), Ended: whenSet(c.ended)},
		Events: append([]Happening{}, c.happenings...), Brought: c.brought, Hearing: c.last,
	}
	if c.moved != nil {
		v.Places, v.PIDF, v.References = c.moved.Places, c.moved.PIDF, c.moved.References
		v.Faults = append(append([]string{}, v.Faults...), c.moved.Faults...)
	}
	v.Faults = append(append([]string{}, v.Faults...), c.faults...)
	if c.sound != nil {
		v.Hearing = c.sound.hearing(now)
	}
	return v
}

// brief leaves out what an INVITE brought in full: for lists that are asked for often.
func (v Call) brief() Call {
	v.Headers, v.Body, v.Parts, v.SDP, v.PIDF, v.Places, v.Events, v.CallData, v.References = nil, "", nil, "", "", nil, nil, nil, nil
	return v
}
