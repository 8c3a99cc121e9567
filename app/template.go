package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/rep"
	"mayday/edge/notify"
	"mayday/web/api"
)

// Preview implements web.Explainer.
func (e *explainer) Preview(draft api.TemplateDraft) api.TemplatePreview {
	c := e.node.engine.Snapshot().Center
	sample := sampleNotice(e.node.now(), c.Organisation.Name, draft)
	mail, mistakes := notify.Compose(draftOf(draft), sample)
	standard := emergency.StandardTemplate(sample.Language)
	shown := api.TemplatePreview{
		Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML, Unsafe: notify.Unsafe(draft.HTML), Fields: emergency.Fields(),
		Standard: api.Template{Subject: standard.Subject, Body: standard.Body}, Languages: []string{""},
	}
	for _, m := range mistakes {
		shown.Mistakes = append(shown.Mistakes, api.TemplateMistake{Field: m.Field, Line: m.Line, Column: m.Column, Reason: m.Reason()})
	}
	for _, language := range emergency.Languages() {
		shown.Languages = append(shown.Languages, string(language))
	}
	for _, translation := range c.Translations {
		if !slices.Contains(shown.Languages, string(translation.Language)) {
			shown.Languages = append(shown.Languages, string(translation.Language))
		}
	}
	return shown
}

func draftOf(draft api.TemplateDraft) emergency.Template {
	return emergency.Template{Subject: draft.Subject, Body: draft.Body, HTML: draft.HTML}
}

// noAddress refuses to send somebody a mail who has no address.
type noAddress struct{}

func (noAddress) Code() string { return "NO_ADDRESS" }
func (noAddress) Error() string {
	return "There is no mail address of yours in the center: add one to your user first."
}

// SendTest implements web.Explainer.
func (e *explainer) SendTest(ctx context.Context, to string, draft api.TemplateDraft) (string, error) {
	snapshot := e.node.engine.Snapshot()
	person, _ := snapshot.Rep(rep.ID(to))
	if !emergency.ValidAddress(person.Email) {
		return "", noAddress{}
	}
	sample := sampleNotice(e.node.now(), snapshot.Center.Organisation.Name, draft)
	sample.Test, sample.Recipients = true, []string{person.Email}
	sample.OrganisationSender = snapshot.Center.Organisation.MailSender
	sample.Sender = emergency.Sender(person.Email, person.MailboxEnabled, sample.OrganisationSender)
	if err := e.node.notifier.Trial(ctx, sample, draftOf(draft)); err != nil {
		return "", err
	}
	return person.Email, nil
}

// sampleNotice is about nobody and no call.
func sampleNotice(now time.Time, organisation string, draft api.TemplateDraft) emergency.Notice {
	sample := emergency.Notice{
		At: now, Rep: "Jane Sample", RepEmail: "jane@example.com", Number: "112", Site: "Sample site", Zone: "Europe/Copenhagen",
		Organisation: cmp.Or(organisation, "Sample organisation"), CallbackNumber: "+4500000000", CallbackUntil: now.Add(emergency.Window),
		Language: emergency.Language(draft.Language),
		Place: location.Place{Country: location.DK, Civic: &location.Civic{
			Name: "Sample house", HouseNumber: "1", Street: "Sample Street", City: "Sampleby", PostalCode: "0000", Floor: "2", Room: "2.07",
		}},
	}
	if draft.Failed {
		sample.Outcome = emergency.Failed
	}
	return sample
}
