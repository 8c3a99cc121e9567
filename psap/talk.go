package psap

import (
	"context"
	"encoding/binary"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// wireFrame is one frame on the WebSocket: 20 ms of mono at 8000 Hz, 16 bits a sample, little-endian.
const wireFrame = 2 * frameSamples

// talk lets a person talk with the caller from a browser tab: binary messages of one frame each, both
// ways, until the call ends, the tab closes or another tab takes over.
func (s *Service) talk(w http.ResponseWriter, r *http.Request) {
	c := s.called(w, r.PathValue("id"))
	if c == nil {
		return
	}
	sound, err := c.liveSound()
	if err != nil {
		problem(w, http.StatusConflict, err.Error())
		return
	}
	connection, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	connection.SetReadLimit(wireFrame)
	ctx, cancel := context.WithCancel(r.Context())
	t := sound.attach(ctx)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer cancel()
		takeSaid(ctx, connection, sound, t)
	})
	giveHeard(ctx, connection, t)
	cancel()
	connection.CloseNow()
	reading.Wait()
}

// takeSaid takes what the person says until the connection ends.
func takeSaid(ctx context.Context, connection *websocket.Conn, s *sound, t *talker) {
	for {
		kind, message, err := connection.Read(ctx)
		if err != nil {
			return
		}
		if kind != websocket.MessageBinary || len(message) != wireFrame {
			connection.Close(websocket.StatusUnsupportedData, "a message is one frame of 320 bytes")
			return
		}
		frame := make([]int16, frameSamples)
		for i := range frame {
			frame[i] = int16(binary.LittleEndian.Uint16(message[2*i:]))
		}
		s.say(t, frame)
	}
}

// giveHeard gives the person what the caller says.
func giveHeard(ctx context.Context, connection *websocket.Conn, t *talker) {
	for {
		select {
		case <-t.gone:
			connection.Close(websocket.StatusNormalClosure, "the call is over, or another tab has taken it")
			return
		case <-ctx.Done():
			return
		case samples := <-t.heard:
			message := make([]byte, 0, 2*len(samples))
			for _, sample := range samples {
				message = binary.LittleEndian.AppendUint16(message, uint16(sample))
			}
			if connection.Write(ctx, websocket.MessageBinary, message) != nil {
				return
			}
		}
	}
}
