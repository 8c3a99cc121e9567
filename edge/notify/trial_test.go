package notify_test

import (
	"errors"
	"strings"
	"testing"

	"mayday/center/emergency"
	"mayday/edge/notify"
	"mayday/psap/mailbox"
)

// TestTrialIsHandedOverAsEveryMail: a real mail server takes it from the sender and with the text of a notice, and nothing of it is kept.
func TestTrialIsHandedOverAsEveryMail(t *testing.T) {
	server := outside(t, mailbox.Config{})
	h := build(t, notify.Config{SMTP: url(server)})
	n := notice()
	n.Test, n.Recipients = true, []string{"ada@acme.example"}
	if err := h.notifier.Trial(t.Context(), n, emergency.Template{Subject: "{{rep}}", HTML: "<p>{{kind}}<script>x</script></p>"}); err != nil {
		t.Fatal(err)
	}
	got := came(t, server, 1)[0]
	if got.Header("Subject") != "[Test] Alice Döe" || got.To[0] != "ada@acme.example" || len(got.To) != 1 || !strings.Contains(got.HTML(), "<p>Test</p>") {
		t.Errorf("a trial: %q to %v: %s", got.Header("Subject"), got.To, got.HTML())
	}
	if kept := h.outbox.Mails(); len(kept) != 0 {
		t.Errorf("a trial was handed over: %d mails are kept", len(kept))
	}
}

// TestTrialThatIsRefusedSaysWhy: in words, with what the server answered.
func TestTrialThatIsRefusedSaysWhy(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{RefuseRecipient: "boss@acme.example"})
	n := notice()
	n.Recipients = []string{"boss@acme.example"}
	h := build(t, notify.Config{SMTP: url(server)})
	for circumstance, row := range map[string]struct {
		notifier *notify.Notifier
		stage    string
	}{
		"the recipient is refused": {h.notifier, "recipients"},
		"there is no mail server":  {build(t, notify.Config{}).notifier, "off"},
		"nobody listens there":     {build(t, notify.Config{SMTP: "smtp://127.0.0.1:1"}).notifier, "connect"},
	} {
		var why notify.Undelivered
		if err := row.notifier.Trial(t.Context(), n, emergency.Template{}); !errors.As(err, &why) || why.Stage != row.stage || why.Code() == "" {
			t.Errorf("%s: %v", circumstance, err)
		}
	}
}
