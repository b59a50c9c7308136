package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"openlend/closing"
	"openlend/refusal"
)

// A SQLite file has one writer. So commands that write ask the process that has
// it, over a socket in the data directory that only this account can open.

// controlFile is the socket.
func (c Config) controlFile() string { return filepath.Join(c.Data, "openlend.sock") }

const closeDayPath = "/close-day"

// controlLine is one line of an answer: progress while the work goes on, then
// what came of it.
type controlLine struct {
	Progress *closing.Progress `json:"progress,omitempty"`
	Runs     []closing.Run     `json:"runs,omitempty"`
	Code     string            `json:"code,omitempty"` // of a refusal
	Message  string            `json:"message,omitempty"`
}

// control is the service that answers the socket. On PostgreSQL commands do
// their work themselves and there is none.
func (a *App) control(ctx context.Context) {
	path := a.controlFile()
	_ = os.Remove(path) // of a process that was killed: this one has the file's lock
	var c net.ListenConfig
	listener, err := c.Listen(ctx, "unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		a.report("control")(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+closeDayPath, a.serveCloseDay)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { _ = server.Serve(listener) }() // it ends with Close, below
	<-ctx.Done()
	_ = server.Close() // a closing that is cut off goes on when it is asked for again
}

func (a *App) serveCloseDay(w http.ResponseWriter, r *http.Request) {
	var what DayToClose
	lines := json.NewEncoder(w)
	flush := http.NewResponseController(w)
	if err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&what); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	runs, err := a.CloseDay(r.Context(), what, func(p closing.Progress) {
		if lines.Encode(controlLine{Progress: &p}) == nil {
			_ = flush.Flush() // who asked may have gone away: the work goes on
		}
	})
	last := controlLine{Runs: runs}
	if err != nil {
		last.Code, last.Message = refusal.Code(err), err.Error()
	}
	if err := lines.Encode(last); err != nil {
		a.report("control")(err)
	}
}

// AskCloseDay has the process that serves a data directory close business dates.
// Refusals: ErrNotServing, those of App.CloseDay.
func AskCloseDay(
	ctx context.Context, c Config, what DayToClose, progress func(closing.Progress),
) ([]closing.Run, error) {
	path := c.withDefaults().controlFile()
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}}}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(
		ctx, http.MethodPost, "http://openlend"+closeDayPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, ErrNotServing.With("%v", err)
	}
	defer func() { _ = answer.Body.Close() }() // what was read is read
	return readControl(answer.Body, progress)
}

func readControl(body io.Reader, progress func(closing.Progress)) ([]closing.Run, error) {
	lines := json.NewDecoder(body)
	for {
		var line controlLine
		if err := lines.Decode(&line); err != nil {
			return nil, fmt.Errorf("the server stopped answering: %w", err)
		}
		switch {
		case line.Progress != nil:
			if progress != nil {
				progress(*line.Progress)
			}
		case line.Code != "":
			return line.Runs, &refusal.Error{Code: line.Code, Message: line.Message}
		case line.Message != "":
			return line.Runs, errors.New(line.Message)
		default:
			return line.Runs, nil
		}
	}
}
