package emergency

// Template is the Emergency Call Notification Template: the mail that emergency contacts receive.
// Empty fields stand for the default text.
type Template struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
}
