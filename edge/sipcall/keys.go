package sipcall

import (
	"errors"

	"mayday/center/emergency"
	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/engine"
)

// keys is how a leg encrypts its sound.
type keys struct {
	ours     *relay.Crypto // what we offer or have answered with; nil: sound goes in the clear
	clear    bool          // the far end's last description was in the clear all the same
	required bool          // sound in the clear is no sound
}

var errInTheClear = errors.New("trunk answers without encryption")

// keysFor returns what an INVITE offers. An emergency call is spoken in the clear rather than not at all.
func keysFor(order engine.SendInvite) keys {
	if !order.Trunk.Seals() || conceded(order.Target).Has(emergency.WithoutSRTP) {
		return keys{}
	}
	ours := relay.NewCrypto()
	return keys{ours: &ours, required: order.Trunk.SRTP == trunk.SDESRequired && !order.Urgent}
}

// ourOffer is the description that we offer now.
func (l *leg) ourOffer(hold bool) []byte {
	switch {
	case l.keys.ours != nil && !l.keys.clear:
		return relay.OfferSealed(l.socket.Local(), l.session, *l.keys.ours, hold)
	case hold:
		return relay.HoldOffer(l.socket.Local(), l.session)
	}
	return relay.Offer(l.socket.Local(), l.session)
}

// answerTo answers what the far end offers: encrypted sound with a key of ours, which stays the same when it offers again.
func (l *leg) answerTo(remote relay.Remote) ([]byte, relay.Format, error) {
	if remote.Crypto == nil {
		if l.keys.required {
			return nil, relay.Format{}, errInTheClear
		}
		l.keys.clear = true
		l.socket.Unseal()
		return relay.Answer(l.socket.Local(), remote, l.session)
	}
	if l.keys.ours == nil || !l.keys.ours.Answers(*remote.Crypto) {
		ours := remote.Crypto.AnswerTo()
		l.keys.ours = &ours
	}
	l.keys.clear = false
	answer, format, err := relay.AnswerSealed(l.socket.Local(), remote, l.session, *l.keys.ours)
	if err != nil {
		return nil, relay.Format{}, err
	}
	return answer, format, l.socket.Seal(*l.keys.ours, *remote.Crypto)
}

// takeKey takes the key of an answer to what we offered. One without is taken at its word: sound goes in the clear where it may.
func (l *leg) takeKey(remote relay.Remote) error {
	switch {
	case l.keys.ours != nil && remote.Crypto != nil:
		l.keys.clear = false
		return l.socket.Seal(*l.keys.ours, *remote.Crypto)
	case l.keys.required:
		return errInTheClear
	}
	l.keys.clear = true
	l.socket.Unseal()
	return nil
}
