package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Control calls the control endpoints of one simulator, /_sim/*.
type Control struct {
	// URL of the simulator, without a slash at the end.
	URL string
}

// WeChat controls the WeChat simulator.
func (s *Stack) WeChat() Control { return Control{"http://" + s.options.Addresses.WeChat} }

// C4C controls the C4C simulator.
func (s *Stack) C4C() Control { return Control{"http://" + s.options.Addresses.C4C} }

// Call sends body as JSON to a control endpoint, such as "/faults", and decodes the answer into the value that into
// points to. Both may be nil. Any status of 300 and more is an error with the simulator's message.
func (c Control) Call(ctx context.Context, method, path string, body, into any) error {
	var payload io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("stack: %s %s: %w", method, path, err)
		}
		payload = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+"/_sim"+path, payload)
	if err != nil {
		return fmt.Errorf("stack: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("stack: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("stack: %s %s: %w", method, path, err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("stack: %s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(answer))
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("stack: %s %s: %w", method, path, err)
	}
	return nil
}
