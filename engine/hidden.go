package engine

import (
	"fmt"
	"io"
)

// What carries the content of an emergency call, or the place that one would convey, prints as "[emergency]", whoever prints it and
// however: none ends in a log by accident.

const hidden = "[emergency]"

func hide(state fmt.State) { io.WriteString(state, hidden) } //nolint:errcheck // a print has nowhere to say that it failed

// Format implements fmt.Formatter.
func (Dial) Format(state fmt.State, _ rune)                { hide(state) }
func (ReportPosition) Format(state fmt.State, _ rune)      { hide(state) }
func (CallIn) Format(state fmt.State, _ rune)              { hide(state) }
func (EmergencyCallPlaced) Format(state fmt.State, _ rune) { hide(state) }
func (CallbackLeased) Format(state fmt.State, _ rune)      { hide(state) }
func (CallbackMissed) Format(state fmt.State, _ rune)      { hide(state) }
func (LeaseExpired) Format(state fmt.State, _ rune)        { hide(state) }
func (CallbackRang) Format(state fmt.State, _ rune)        { hide(state) }
func (PositionReported) Format(state fmt.State, _ rune)    { hide(state) }
func (AlertRaised) Format(state fmt.State, _ rune)         { hide(state) }
func (LeaseRestored) Format(state fmt.State, _ rune)       { hide(state) }
func (LeaseRedated) Format(state fmt.State, _ rune)        { hide(state) }
func (RestoreLeases) Format(state fmt.State, _ rune)       { hide(state) }
func (Restored) Format(state fmt.State, _ rune)            { hide(state) }
func (SendInvite) Format(state fmt.State, _ rune)          { hide(state) }
func (ToEmergency) Format(state fmt.State, _ rune)         { hide(state) }
func (TellContacts) Format(state fmt.State, _ rune)        { hide(state) }
func (TellChannel) Format(state fmt.State, _ rune)         { hide(state) }
func (TellingsAwaited) Format(state fmt.State, _ rune)     { hide(state) }
func (KeepLease) Format(state fmt.State, _ rune)           { hide(state) }
func (KeptAlert) Format(state fmt.State, _ rune)           { hide(state) }
func (KeepAlert) Format(state fmt.State, _ rune)           { hide(state) }
func (RestoreAlerts) Format(state fmt.State, _ rune)       { hide(state) }
func (WipeLease) Format(state fmt.State, _ rune)           { hide(state) }
func (View) Format(state fmt.State, _ rune)                { hide(state) }
func (Readiness) Format(state fmt.State, _ rune)           { hide(state) }
func (CallView) Format(state fmt.State, _ rune)            { hide(state) }
func (CallConnected) Format(state fmt.State, _ rune)       { hide(state) }
func (HelperAsked) Format(state fmt.State, _ rune)         { hide(state) }
func (AlertView) Format(state fmt.State, _ rune)           { hide(state) }
func (PlaceMoved) Format(state fmt.State, _ rune)          { hide(state) }
func (ConveyPlace) Format(state fmt.State, _ rune)         { hide(state) }
func (Trace) Format(state fmt.State, _ rune)               { hide(state) }
func (Traced) Format(state fmt.State, _ rune)              { hide(state) }
func (ToReferred) Format(state fmt.State, _ rune)          { hide(state) }
func (LegReferred) Format(state fmt.State, _ rune)         { hide(state) }
func (DeskCalled) Format(state fmt.State, _ rune)          { hide(state) }
func (ListenView) Format(state fmt.State, _ rune)          { hide(state) }
func (ReportTold) Format(state fmt.State, _ rune)          { hide(state) }
func (PlaceTold) Format(state fmt.State, _ rune)           { hide(state) }
func (Network) Format(state fmt.State, _ rune)             { hide(state) }
func (PlaceConfirmed) Format(state fmt.State, _ rune)      { hide(state) }
func (KeepPlace) Format(state fmt.State, _ rune)           { hide(state) }
func (PlaceRestored) Format(state fmt.State, _ rune)       { hide(state) }

// MarshalText implements encoding.TextMarshaler, which is what a log in JSON asks for.
func (DeskCalled) MarshalText() ([]byte, error)          { return []byte(hidden), nil }
func (ListenView) MarshalText() ([]byte, error)          { return []byte(hidden), nil }
func (ReportTold) MarshalText() ([]byte, error)          { return []byte(hidden), nil }
func (PlaceTold) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (Network) MarshalText() ([]byte, error)             { return []byte(hidden), nil }
func (PlaceConfirmed) MarshalText() ([]byte, error)      { return []byte(hidden), nil }
func (KeepPlace) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (PlaceRestored) MarshalText() ([]byte, error)       { return []byte(hidden), nil }
func (PlaceMoved) MarshalText() ([]byte, error)          { return []byte(hidden), nil }
func (ConveyPlace) MarshalText() ([]byte, error)         { return []byte(hidden), nil }
func (Trace) MarshalText() ([]byte, error)               { return []byte(hidden), nil }
func (Traced) MarshalText() ([]byte, error)              { return []byte(hidden), nil }
func (ToReferred) MarshalText() ([]byte, error)          { return []byte(hidden), nil }
func (LegReferred) MarshalText() ([]byte, error)         { return []byte(hidden), nil }
func (Dial) MarshalText() ([]byte, error)                { return []byte(hidden), nil }
func (ReportPosition) MarshalText() ([]byte, error)      { return []byte(hidden), nil }
func (CallIn) MarshalText() ([]byte, error)              { return []byte(hidden), nil }
func (EmergencyCallPlaced) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (CallbackLeased) MarshalText() ([]byte, error)      { return []byte(hidden), nil }
func (CallbackMissed) MarshalText() ([]byte, error)      { return []byte(hidden), nil }
func (LeaseExpired) MarshalText() ([]byte, error)        { return []byte(hidden), nil }
func (CallbackRang) MarshalText() ([]byte, error)        { return []byte(hidden), nil }
func (PositionReported) MarshalText() ([]byte, error)    { return []byte(hidden), nil }
func (AlertRaised) MarshalText() ([]byte, error)         { return []byte(hidden), nil }
func (LeaseRestored) MarshalText() ([]byte, error)       { return []byte(hidden), nil }
func (LeaseRedated) MarshalText() ([]byte, error)        { return []byte(hidden), nil }
func (RestoreLeases) MarshalText() ([]byte, error)       { return []byte(hidden), nil }
func (Restored) MarshalText() ([]byte, error)            { return []byte(hidden), nil }
func (SendInvite) MarshalText() ([]byte, error)          { return []byte(hidden), nil }
func (ToEmergency) MarshalText() ([]byte, error)         { return []byte(hidden), nil }
func (TellContacts) MarshalText() ([]byte, error)        { return []byte(hidden), nil }
func (TellChannel) MarshalText() ([]byte, error)         { return []byte(hidden), nil }
func (TellingsAwaited) MarshalText() ([]byte, error)     { return []byte(hidden), nil }
func (KeepLease) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (KeptAlert) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (KeepAlert) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (RestoreAlerts) MarshalText() ([]byte, error)       { return []byte(hidden), nil }
func (WipeLease) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (View) MarshalText() ([]byte, error)                { return []byte(hidden), nil }
func (Readiness) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
func (CallView) MarshalText() ([]byte, error)            { return []byte(hidden), nil }
func (CallConnected) MarshalText() ([]byte, error)       { return []byte(hidden), nil }
func (HelperAsked) MarshalText() ([]byte, error)         { return []byte(hidden), nil }
func (AlertView) MarshalText() ([]byte, error)           { return []byte(hidden), nil }
