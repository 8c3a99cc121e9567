package emergency

// Recipients returns every address of the lists once, whatever its case, in the order of the lists: the rep's contacts, the site's and
// the organisation's are all told. What is no address is left out; Check of the center has named it.
func Recipients(lists ...string) []string {
	var all []string
	for _, list := range lists {
		addresses, _ := ParseContacts(list)
		all = append(all, addresses...)
	}
	return once(all)
}

// Sender returns who a notice comes from: the rep where the rep's own mailbox may send, else the organisation; empty when neither has
// an address that a mail server takes.
func Sender(repEmail string, mailboxEnabled bool, organisationSender string) string {
	if mailboxEnabled && ValidAddress(repEmail) {
		return repEmail
	}
	if ValidAddress(organisationSender) {
		return organisationSender
	}
	return ""
}
