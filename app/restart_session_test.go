package app_test

import (
	"testing"

	"mayday/web/api"
)

// TestPeopleStaySignedInAcrossARestart: a page that comes back the moment the node is ready need not wait for luck with the database,
// which is opened beside the start.
func TestPeopleStaySignedInAcrossARestart(t *testing.T) {
	t.Parallel()
	s := lay(t, t.TempDir(), nil)
	s.start()
	c := signIn(t, s.node.HTTP(), "alice")
	for range 8 {
		s.stop()
		s.start()
		c.url = s.node.HTTP()
		c.feed().shows("the node was started anew", func(w api.Workspace) bool { return w.Rep.ID == "alice" })
	}
}
