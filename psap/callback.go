package psap

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"mayday/sip"
)

// callTaker is the number that a call back shows: one that is set aside for fiction.
const callTaker = "+12175550119"

// phoneNumber is what can be called: digits, with a plus for an international one.
var phoneNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\+?[0-9]{2,15}$`) })

var errNobody = errors.New("nobody to call: no call-back peer is set and no call has come in yet")

// Callback is a call to place: to a leased number through the server's trunk side, like a real emergency
// service calls through the public telephone network. Any other number of the server makes an ordinary
// inbound call.
type Callback struct {
	To       string `json:"to"`
	From     string `json:"from"`     // number to show; empty: a call taker's
	Withheld bool   `json:"withheld"` // show no number
}

func (b Callback) check() error {
	var wrong []error
	if !phoneNumber().MatchString(b.To) {
		wrong = append(wrong, fmt.Errorf("to: %.40q is not a telephone number", b.To))
	}
	if b.From != "" && !phoneNumber().MatchString(b.From) {
		wrong = append(wrong, fmt.Errorf("from: %.40q is not a telephone number", b.From))
	}
	if b.From != "" && b.Withheld {
		wrong = append(wrong, errors.New("from and withheld: choose one"))
	}
	return errors.Join(wrong...)
}

func (s *Service) placeCallback(w http.ResponseWriter, r *http.Request) {
	var given Callback
	if err := readJSON(r.Body, &given); err != nil {
		badRequest(w, err)
		return
	}
	if err := given.check(); err != nil {
		badRequest(w, err)
		return
	}
	c, err := s.callBack(given)
	if err != nil {
		problem(w, http.StatusConflict, err.Error())
		return
	}
	respond(w, http.StatusAccepted, c.view(time.Now()))
}

// callBack places the call; it does not wait for an answer.
func (s *Service) callBack(given Callback) (*call, error) {
	s.mu.Lock()
	stack, peer, behaviour := s.stack, cmp.Or(s.settings.callbackPeer, s.lastPeer), s.behaviour
	var local string
	if len(s.addresses) > 0 {
		local = s.addresses[0].String()
	}
	s.mu.Unlock()
	if stack == nil {
		return nil, errors.New("the pretend emergency service is silent or not started")
	}
	if peer == "" {
		return nil, errNobody
	}
	host, err := hostOf(peer)
	if err != nil {
		return nil, fmt.Errorf("call-back peer: %w", err)
	}
	c := s.newCall(nil, Brought{}, CallBack, Outgoing, Placing)
	c.behaviour = behaviour
	if err := c.openSound(s.settings); err != nil {
		return nil, err
	}
	invite, err := c.invite(given, peer, host, local)
	if err == nil {
		c.dialog, err = stack.Invite(invite)
	}
	if err != nil {
		c.sound.close()
		return nil, fmt.Errorf("place call back: %w", err)
	}
	c.brought = readBrought(c.dialog.Request())
	c.source = c.dialog.Source().String()
	c.note(c.received, "INVITE sent")
	if !s.begin(c, func(time.Time) {}) {
		c.sound.close()
		return nil, errors.New("the service stops")
	}
	return c, nil
}

// invite writes the call back. Where the number is withheld, the network keeps it to itself: no asserted
// identity goes out, and From names nobody (RFC 3323 §4.1.1.3, RFC 3325 §9.3).
func (c *call) invite(given Callback, peer, host, local string) (sip.Invite, error) {
	body, err := c.ourOffer()
	if err != nil {
		return sip.Invite{}, err
	}
	to := fmt.Sprintf("sip:%s@%s;user=phone", given.To, host)
	invite := sip.Invite{
		Peer: peer, RequestURI: to, To: sip.Address{URI: to}, ContentType: sdpType, Body: body,
		From:    sip.Address{Display: "Anonymous", URI: "sip:anonymous@anonymous.invalid"},
		Headers: []sip.Header{{Name: "Privacy", Value: "id"}},
	}
	if !given.Withheld {
		uri := fmt.Sprintf("sip:%s@%s;user=phone", cmp.Or(given.From, callTaker), local)
		invite.From = sip.Address{URI: uri}
		invite.Headers = []sip.Header{{Name: "P-Asserted-Identity", Value: "<" + uri + ">"}}
	}
	return invite, nil
}
