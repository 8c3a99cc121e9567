package emergency

// danish returns the built-in texts in Danish.
func danish() wording {
	return wording{
		subject:          "Nødopkald fra {{rep}} ({{site}})",
		failedSubject:    "Nødopkald IKKE forbundet: {{rep}} ({{site}})",
		escalatedSubject: "Ingen har kvitteret endnu: nødopkald fra {{rep}} ({{site}})",
		body: `{{rep}} har ringet til alarmnummeret {{number}}.

Hvornår: {{time}}
Arbejdssted: {{site}}
Udfald: {{outcome}}

Sted, som blev sendt med opkaldet:
{{place}}

Nummer til tilbagekald: {{callback_number}}
Det ringer hos {{rep}} indtil: {{callback_until}}

Du får denne besked som nødkontakt hos {{organisation}}.
Den blev sendt, da nummeret blev tastet; du får ikke at vide, hvordan opkaldet forløber.
Ring ikke til alarmcentralen blot for at spørge.
`,
		text:         "Nødopkald: {{rep}} ({{site}}) ringede {{number}} {{time}}. Tilbagekald: {{callback_number}}. Sted: {{place}}",
		failedText:   "Nødopkald IKKE forbundet: {{rep}} ({{site}}) ringede {{number}} {{time}}. Skaf hjælp nu. Sted: {{place}}",
		testMark:     "[Test] ",
		placed:       "Opkaldet er på vej til alarmcentralen.",
		failed:       "Opkaldet kom IKKE igennem: alle veje svigtede. Sørg nu for, at der bliver ringet efter hjælp fra en anden telefon.",
		tested:       "Dette er en test. Ingen er i nød, og der blev ikke ringet til nogen alarmcentral.",
		kindReal:     "Virkeligt",
		kindTest:     "Test",
		somebody:     "Nogen",
		noSite:       "ukendt arbejdssted",
		notKnown:     "ukendt",
		none:         "intet",
		organisation: "denne organisation",
		noPlace:      "Der blev ikke sendt noget sted med opkaldet.",

		positionOfSite:     "Arbejdsstedets position er {{latitude}}, {{longitude}}, inden for {{radius}} m.",
		positionMeasured:   "Browseren målte positionen {{latitude}}, {{longitude}}, inden for {{radius}} m.",
		positionMeasuredAt: "Browseren målte positionen {{latitude}}, {{longitude}}, inden for {{radius}} m, {{when}}.",
		positionOld:        "Browseren målte positionen {{latitude}}, {{longitude}}, inden for {{radius}} m, {{when}}. Det er længe siden, så den kan være forkert.",
		when:               "{{weekday}} den {{day}}. {{month}} {{year}} kl. {{clock}} {{zone}} (UTC{{offset}})",
		weekdays:           [7]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
		months: [12]string{
			"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december",
		},
	}
}
