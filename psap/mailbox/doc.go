// Package mailbox is the mailbox of the demonstration and of tests: a mail server that takes every mail, delivers none, and shows what
// came on a page, so that a newcomer sees what emergency contacts receive.
//
// It can be told to behave badly, as mail servers do: to hang, to refuse, to ask for patience, to break off. It listens on this machine
// only, writes nothing to disk, and keeps the last 200 mails in memory. It reads mail with code of its own, so that a mistake of the
// product's cannot hide behind the same mistake here.
package mailbox
