package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"time"

	"mayday/web/api"
)

// drillCommand places a test call through the whole chain of a running node.
type drillCommand struct {
	HTTP     string `help:"Where the node serves its screens." default:"http://127.0.0.1:8080"`
	User     string `help:"Administrator who orders the drill." default:"ada"`
	Password string `help:"The administrator's password; better in the environment than on the command line." env:"MAYDAY_PASSWORD" required:""`
	Trunk    string `help:"Trunk whose test service is called; empty: the built-in one." placeholder:"ID"`
}

// errDrill ends a drill that failed, whose evidence has been printed.
var errDrill = errors.New("the drill failed")

// drillTakes is more than a drill takes with every time-out in it.
const drillTakes = 2 * time.Minute

// Run implements the command.
func (c drillCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drillTakes)
	defer cancel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar}
	if err := c.post(ctx, client, "/api/v1/session", api.SignIn{Username: c.User, Password: c.Password}, nil); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	var evidence api.Drill
	if err := c.post(ctx, client, "/api/v1/drills", api.DrillOrder{Trunk: c.Trunk}, &evidence); err != nil {
		return fmt.Errorf("drill: %w", err)
	}
	printEvidence(os.Stdout, evidence)
	if !evidence.Passed {
		return errDrill
	}
	return nil
}

func (c drillCommand) post(ctx context.Context, client *http.Client, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.HTTP, "/")+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it has been read
	text, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		var problem api.Problem
		if json.Unmarshal(text, &problem) == nil && problem.Detail != "" {
			return errors.New(problem.Detail)
		}
		return errors.New(response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// printEvidence writes each hop with its time since the first.
func printEvidence(to io.Writer, evidence api.Drill) {
	for _, hop := range evidence.Hops {
		mark := "ok    "
		if hop.Failed {
			mark = "FAILED"
		}
		fmt.Fprintf(to, "%9s  %s  %s\n", hop.At.Sub(evidence.Hops[0].At).Round(100*time.Microsecond), mark, hop.What)
	}
	verdict := "passed"
	if !evidence.Passed {
		verdict = "failed"
	}
	fmt.Fprintln(to, "the drill", verdict)
}
