// Package api is the platform to programs: REST over HTTP, one file for each
// operation, described by the OpenAPI document that it is served with.
//
// Invariants: no handler decides anything about lending, it decodes, asks one
// operation of one room and encodes; a write takes a key and has one effect
// under it, stored with its answer; what cannot be understood in one way only
// is refused before an operation hears of it; an error that is not a refusal is
// told as a number to ask for, and nothing else.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"openlend/access"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/market"
)

// Config is what the operations work with.
type Config struct {
	DB     *db.DB
	IDs    *id.Source
	Vault  *crypt.Vault
	Desk   *market.Desk // made with AnswerBid
	Tokens *access.TokenKey
	Wall   clock.Clock // the process clock
	// CoolOff is how long nothing is paid to a bank account after it was verified.
	CoolOff time.Duration
	// Ready says whether requests should be sent here; nil is always.
	Ready func(context.Context) error
	// Written hears of every write that had an effect; nil is nobody.
	Written func()
	Log     *slog.Logger
	// AnswerIn bounds how long a request may take; 0 is 20 s.
	AnswerIn time.Duration
	// AtOnce is how many requests are answered at a time, 0 is 4,096: more are told
	// to come again, or their bodies would fill the memory.
	AtOnce int
}

// server is the API at work.
type server struct {
	Config

	api       huma.API
	mux       *http.ServeMux
	tokens    tokens
	requestID func() string
	places    chan struct{} // one for each request that is being answered
}

// New returns the whole API: the operations, their document at /openapi.json, a
// page that shows it at /docs, and the health of the process at /livez, /readyz.
func New(c Config) (http.Handler, error) { return newServer(c).handler() }

// NewHealth returns only the health of a process that answers nothing else.
func NewHealth(c Config) http.Handler {
	s := &server{Config: c, mux: http.NewServeMux()}
	s.serveHealth()
	return s.mux
}

func newServer(c Config) *server {
	if c.AnswerIn == 0 {
		c.AnswerIn = 20 * time.Second
	}
	if c.AtOnce == 0 {
		c.AtOnce = 4096
	}
	setUpHuma()
	s := &server{Config: c, mux: http.NewServeMux(), requestID: requestIDs(),
		places: make(chan struct{}, c.AtOnce)}
	s.tokens.key, s.tokens.wall = c.Tokens, c.Wall
	s.api = humago.New(s.mux, humaConfig())
	s.register()
	return s
}

// handler completes what is served with what is no operation.
func (s *server) handler() (http.Handler, error) {
	document, err := s.document()
	if err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /openapi.json", serveFile("application/openapi+json", document))
	serveDocs(s.mux)
	s.serveHealth()
	s.mux.HandleFunc("/", s.noSuchPath)
	return s.outermost(), nil
}
