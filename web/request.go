package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"

	"mayday/web/api"
)

// decodeRequest reads one frame of the feed. The error says in words of ours what is wrong with it, and never what it
// contains: a mistyped dial may hold digits.
func decodeRequest(frame []byte) (api.Request, error) {
	var r api.Request
	decoder := json.NewDecoder(bytes.NewReader(frame))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return api.Request{ID: idOf(frame)}, notARequest(frame, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return api.Request{ID: r.ID}, errors.New("a frame holds one request and no more")
	}
	if err := checkRequest(r); err != nil {
		return api.Request{ID: r.ID}, err
	}
	return r, nil
}

func notARequest(frame []byte, err error) error {
	if !json.Valid(frame) {
		return errors.New("not JSON")
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return errors.New("a field has a value of the wrong kind, or the frame is not an object")
	}
	return errors.New("an unknown field; docs/feed.md lists those there are")
}

// idOf finds the id of a request that cannot be read, so that the reply finds its asker; 0 when there is none.
func idOf(frame []byte) int64 {
	var asked struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal(frame, &asked) != nil {
		return 0
	}
	return asked.ID
}

// checkRequest tells whether the request has what its Do needs. Whether digits are a number is for the node to say.
func checkRequest(r api.Request) error {
	switch r.Do {
	case api.DoDial, api.DoEnd, api.DoAnswer, api.DoMute, api.DoUnmute, api.DoHold, api.DoResume, api.DoKeypad, api.DoAcknowledge, api.DoDismiss:
		return nil
	case api.DoNetworkChanged, api.DoListenIn, api.DoSpeak, api.DoStopSpeaking, api.DoLeave:
		return nil
	case api.DoConfirmPlace:
		if !saysWhere(r.Place) {
			return errors.New("confirm_place needs the field place, with home, a site or network")
		}
	case api.DoPresence:
		if r.Presence == "" {
			return errors.New("presence needs the field presence")
		}
	case api.DoMediaOffer:
		if r.SDP == "" {
			return errors.New("media_offer needs the field sdp")
		}
	case api.DoMicrophone:
		if r.Microphone != "ready" && r.Microphone != "denied" && r.Microphone != "missing" {
			return errors.New("microphone needs the field microphone: ready, denied or missing")
		}
	case api.DoLocation:
		if r.Location != "denied" && r.Location != "missing" {
			return errors.New("location needs the field location: denied or missing")
		}
	case api.DoPosition:
		return checkPosition(r.Position)
	default:
		return errors.New("an unknown do; docs/feed.md lists those there are")
	}
	return nil
}

func checkPosition(p *api.Position) error {
	if p == nil || math.Abs(p.Latitude) > 90 || math.Abs(p.Longitude) > 180 || p.RadiusM < 0 {
		return errors.New("position needs latitude, longitude and radius_m of a place on Earth")
	}
	return nil
}

// saysWhere reports whether a place is one and no more: home, a site or what the network has told.
func saysWhere(p *api.ConfirmedPlace) bool {
	said := 0
	for _, is := range []bool{p != nil && p.Home, p != nil && p.Site != "", p != nil && len(p.Network) > 0} {
		if is {
			said++
		}
	}
	return said == 1
}
