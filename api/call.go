package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/refusal"
)

// call is what the transport knows about one request.
type call struct {
	requestID   string
	actor       access.Actor
	key         string // the Idempotency-Key of a write
	ifNoneMatch string
	address     netip.Addr // of the other end of the connection
}

// principal owns the idempotency keys of the call; whoever needs no token
// shares one with all who need none.
func (c *call) principal() string {
	if c.actor == (access.Actor{}) {
		return "public"
	}
	return c.actor.Principal()
}

type callKey struct{}

const requestHeader = "X-Request-ID"

// callOf is the call that a context belongs to.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// requestIDs numbers the requests of this process; the first part is its own.
func requestIDs() func() string {
	process := hex.EncodeToString(id.Secret(6)) + "-"
	var n atomic.Uint64
	return func() string { return process + strconv.FormatUint(n.Add(1), 36) }
}

// headers are sent with every answer. Pages set a policy of their own.
var headers = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
}

// outermost gives every request a number and an end, and keeps a panic of one
// from ending the process.
func (s *server) outermost() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{requestID: s.requestID(), ifNoneMatch: r.Header.Get("If-None-Match")}
		if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			c.address = at.Addr().Unmap()
		}
		ctx, cancel := context.WithTimeout(
			context.WithValue(r.Context(), callKey{}, c), s.AnswerIn)
		defer cancel()
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		w.Header().Set(requestHeader, c.requestID)
		defer func() {
			if p := recover(); p != nil {
				s.survive(w, r, p)
			}
		}()
		s.serve(w, r.WithContext(ctx))
	})
}

// serve answers a request, when there is a place for it. The health of the process
// is told whatever it is busy with.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		default:
			s.writeProblem(w, r, ErrBusy)
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// survive answers a request whose handler has panicked.
func (s *server) survive(w http.ResponseWriter, r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint,err113 // a value that net/http compares so
		panic(p)
	}
	s.Log.Error("panic", "request", w.Header().Get(requestHeader), "method", r.Method,
		"what", fmt.Sprint(p), "stack", string(debug.Stack()))
	s.writeProblem(w, r, ErrFault)
}

// problem turns the error of an operation into the client's answer, and notes
// what is no refusal.
func (s *server) problem(ctx context.Context, operation string, err error) error {
	c := callOf(ctx)
	p := problemOf(c, err)
	if p.Status >= http.StatusInternalServerError {
		s.Log.Error(p.Code, "request", c.requestID, "operation", operation, "fault", faultOf(err))
	}
	return p
}

// faultOf describes an error for the log. A driver's text may quote a row, so
// of those only the kind is told.
func faultOf(err error) string {
	if e, ofDriver := errors.AsType[*db.Error](err); ofDriver {
		return fmt.Sprintf("database: %T, constraint %q, %s", e.Unwrap()[len(e.Unwrap())-1],
			e.Constraint, refusal.Code(err))
	}
	return err.Error()
}

// refuse ends a request inside a middleware.
func (s *server) refuse(ctx huma.Context, err error) {
	p := problemOf(callOf(ctx.Context()), err)
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	ctx.SetHeader("Content-Type", problemMedia)
	ctx.SetStatus(p.Status)
	if body, err := encode(p); err == nil {
		_, _ = ctx.BodyWriter().Write(body) // a client that went away
	}
}

// writeProblem ends a request outside of huma.
func (s *server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	c := callOf(r.Context())
	if c.requestID == "" {
		c.requestID = w.Header().Get(requestHeader)
	}
	p := problemOf(c, err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", problemMedia)
	w.WriteHeader(p.Status)
	if body, err := encode(p); err == nil {
		_, _ = w.Write(body) // a client that went away
	}
}

// requireKey takes the Idempotency-Key of a write.
func (s *server) requireKey(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header(keyHeader)
	if !validKey(key) {
		s.refuse(ctx, ErrNoKey)
		return
	}
	callOf(ctx.Context()).key = key
	next(ctx)
}

func validKey(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return len(key) >= 1 && len(key) <= mostOfKey
}

var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// noSuchPath answers what no operation answers: 405 when the path has other
// methods, else 404.
func (s *server) noSuchPath(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range methods {
		asked := *r
		asked.Method = method
		if _, pattern := s.mux.Handler(&asked); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		s.writeProblem(w, r, ErrNoSuchPath)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.writeProblem(w, r, ErrMethod)
}
