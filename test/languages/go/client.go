package main

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/gorilla/websocket"
)

type message struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data,omitempty"`
}

func main() {
	ws, _, err := websocket.DefaultDialer.Dial("ws://localhost:8080/ws?token=abc123", nil)
	if err != nil {
		log.Fatal(err)
	}
	ws.WriteJSON(message{"subscribe", json.RawMessage(`{"channels":["agent-updates"]}`)})
	for {
		var received message
		if err := ws.ReadJSON(&received); err != nil {
			log.Fatal(err)
		}
		switch received.Type {
		case "ping":
			ws.WriteJSON(message{Type: "pong"})
		case "event":
			fmt.Printf("Event: %s\n", received.Data)
		}
	}
}
