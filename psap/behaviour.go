package psap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// defaultAnswerAfterMS lets a demonstration show that it rings.
const defaultAnswerAfterMS = 1500

// longestMS bounds every delay of a behaviour: an hour.
const longestMS = 3_600_000

// Behaviour is how the far end treats the calls that arrive from now on. Every POST sets it whole: a field
// that is not given has its default again.
type Behaviour struct {
	AnswerAfterMS   int    `json:"answer_after_ms"`             // from the INVITE to the 200, or to the rejection; default 1500, 0 with a rejection
	Reject          int    `json:"reject,omitempty"`            // refuse with this status, 400 to 699; 0: do not
	Busy            bool   `json:"busy,omitempty"`              // refuse with 486
	Silent          bool   `json:"silent,omitempty"`            // answer nothing at all, not even 100
	Provisionals    []int  `json:"provisionals"`                // sent at once, in this order; default [180]
	EarlyMedia      bool   `json:"early_media,omitempty"`       // the 183 opens the sound; it is added where the list has none
	Codec           string `json:"codec,omitempty"`             // "PCMU" or "PCMA"; empty: the first that the caller names
	Manual          bool   `json:"manual,omitempty"`            // ring until a person answers on the console
	Echo            bool   `json:"echo,omitempty"`              // say back what is heard, in place of the tone
	HangUpAfterMS   *int   `json:"hangup_after_ms,omitempty"`   // from the 200 to our BYE; nil: never
	ReinviteAfterMS *int   `json:"reinvite_after_ms,omitempty"` // from the 200 to our re-INVITE; nil: never
}

// defaultBehaviour answers after a ring.
func defaultBehaviour() Behaviour {
	return Behaviour{AnswerAfterMS: defaultAnswerAfterMS, Provisionals: []int{180}}
}

// readBehaviour reads a behaviour from JSON. The error names everything that is wrong with it.
func readBehaviour(body io.Reader) (Behaviour, error) {
	var given struct {
		Behaviour
		AnswerAfterMS *int   `json:"answer_after_ms"`
		Provisionals  *[]int `json:"provisionals"`
	}
	if err := readJSON(body, &given); err != nil {
		return Behaviour{}, err
	}
	b := given.Behaviour
	b.AnswerAfterMS, b.Provisionals = defaultAnswerAfterMS, []int{180}
	if b.Reject != 0 || b.Busy {
		b.AnswerAfterMS = 0
	}
	if given.AnswerAfterMS != nil {
		b.AnswerAfterMS = *given.AnswerAfterMS
	}
	if given.Provisionals != nil && *given.Provisionals != nil {
		b.Provisionals = *given.Provisionals
	}
	if b.EarlyMedia && !slices.Contains(b.Provisionals, 183) {
		b.Provisionals = append(slices.Clone(b.Provisionals), 183)
	}
	return b, b.check()
}

// check finds everything that no far end could do.
func (b Behaviour) check() error {
	var wrong []error
	refuse := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if b.Reject != 0 && (b.Reject < 400 || b.Reject > 699) {
		refuse("reject: %d is not a status from 400 to 699", b.Reject)
	}
	if b.Reject != 0 && b.Busy {
		refuse("reject and busy: choose one")
	}
	if b.Silent && (b.Reject != 0 || b.Busy || b.Manual || b.EarlyMedia) {
		refuse("silent: allows neither reject, busy, manual nor early_media")
	}
	if b.Manual && (b.Reject != 0 || b.Busy) {
		refuse("manual: allows neither reject nor busy")
	}
	if b.Codec != "" && codecNamed(b.Codec) == noCodec {
		refuse(`codec: %.40q is neither "PCMU" nor "PCMA"`, b.Codec)
	}
	if len(b.Provisionals) > 20 {
		refuse("provisionals: %d of them, at most 20 are sent", len(b.Provisionals))
	}
	for _, status := range b.Provisionals {
		if status < 101 || status > 199 {
			refuse("provisionals: %d is not a status from 101 to 199", status)
		}
	}
	for _, delay := range []struct {
		name string
		ms   *int
	}{{"answer_after_ms", &b.AnswerAfterMS}, {"hangup_after_ms", b.HangUpAfterMS}, {"reinvite_after_ms", b.ReinviteAfterMS}} {
		if delay.ms != nil && (*delay.ms < 0 || *delay.ms > longestMS) {
			refuse("%s: %d is not a number of milliseconds from 0 to %d", delay.name, *delay.ms, longestMS)
		}
	}
	return errors.Join(wrong...)
}

// rejection is the status with which calls are refused, 0 when they are not.
func (b Behaviour) rejection() int {
	if b.Busy {
		return 486
	}
	return b.Reject
}

// later is the time that a behaviour's delay after at leads to; nil gives the zero time.
func later(at time.Time, ms *int) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return at.Add(time.Duration(*ms) * time.Millisecond)
}

// readJSON reads exactly one JSON object into a struct and refuses fields that it does not know.
func readJSON(body io.Reader, into any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return plainJSONError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the body goes on after the JSON object")
	}
	return nil
}

// plainJSONError says what is wrong with a body without naming Go types.
func plainJSONError(err error) error {
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the body is empty; a JSON object is expected")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the body ends inside the JSON object")
	case errors.As(err, new(*http.MaxBytesError)):
		return err
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Errorf("the body is a %s; a JSON object is expected", wrongType.Value)
	case errors.As(err, &wrongType):
		field := wrongType.Field[strings.LastIndexByte(wrongType.Field, '.')+1:]
		return fmt.Errorf("%s: a %s does not fit", field, wrongType.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}
