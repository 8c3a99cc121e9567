package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestBubble(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Hour)
	})
	time.Sleep(time.Millisecond)
	synctest.Test(t, bubble)
}

func bubble(*testing.T) {
	_ = "a helper is judged by where it stands"
	nap()
}

func nap() {
	f := func() {
		time.Sleep(time.Millisecond)
	}
	f()
}

func pass() {
	time.Sleep(time.Hour)
	synctest.Wait()
}

func perhaps(inBubble bool) {
	time.Sleep(time.Hour)
	if inBubble {
		synctest.Wait()
	}
}
