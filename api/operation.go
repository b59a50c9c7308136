package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/idem"
)

// reply is every answer but a problem, as bytes: those of a write are stored
// and sent again.
type reply struct {
	Status      int
	ContentType string `header:"Content-Type" hidden:"true"`
	Cache       string `header:"Cache-Control" hidden:"true"`
	ETag        string `header:"Etag" hidden:"true"`
	Replayed    string `header:"Idempotency-Replayed" hidden:"true"`
	Body        []byte
}

const (
	jsonType       = "application/json"
	problemMedia   = "application/problem+json"
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
	noStore        = "no-store" // what belongs to somebody
	revalidate     = "no-cache" // what is public: keep it, and ask whether it is still so
	mostOfKey      = 255        // characters
)

// read registers an operation that changes nothing: do gets what the client
// sent and returns what he is shown, or a refusal.
func read[I, O any](
	s *server, op huma.Operation,
	do func(context.Context, *db.Tx, access.Actor, *I) (O, error),
) {
	readBy(s, op, db.Read[O], do)
}

// disclose is read for what leaves a record of who has seen it: do may write,
// but nothing that a client asked for, so it needs no key.
func disclose[I, O any](
	s *server, op huma.Operation,
	do func(context.Context, *db.Tx, access.Actor, *I) (O, error),
) {
	readBy(s, op, db.Write[O], do)
}

func readBy[I, O any](
	s *server, op huma.Operation,
	run func(context.Context, *db.DB, func(context.Context, *db.Tx) (O, error)) (O, error),
	do func(context.Context, *db.Tx, access.Actor, *I) (O, error),
) {
	op.Method = http.MethodGet
	op.Middlewares = huma.Middlewares{s.strictHeaders, s.authenticate, s.strictAddress}
	describe[O](s, &op)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*reply, error) {
		out, err := run(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (O, error) {
			return do(ctx, tx, callOf(ctx).actor, in)
		})
		if err != nil {
			return nil, s.problem(ctx, op.OperationID, err)
		}
		body, err := encode(out)
		if err != nil {
			return nil, s.problem(ctx, op.OperationID, err)
		}
		r := &reply{Status: op.DefaultStatus, ContentType: jsonType, Cache: noStore, Body: body}
		if isPublic(&op) {
			r.tag(callOf(ctx).ifNoneMatch)
		}
		return r, nil
	})
}

// tag gives a public answer its ETag, and leaves the body out when the client
// has it.
func (r *reply) tag(known string) {
	sum := sha256.Sum256(r.Body)
	r.ETag = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	r.Cache = revalidate
	if strings.TrimPrefix(known, "W/") == r.ETag {
		r.Status, r.Body, r.ContentType = http.StatusNotModified, nil, ""
	}
}

// resource is what a write makes or changes.
type resource interface{ resource() int64 }

// write registers an operation with an effect. do runs inside a transaction
// that also stores the answer under the client's key; an error undoes both.
// The answer carries ids and no personal data: it is kept.
func write[I any, O resource](
	s *server, op huma.Operation,
	do func(context.Context, *db.Tx, access.Actor, *I) (O, error),
) {
	writeThrough[I, O](s, op, func(
		ctx context.Context, r idem.Request, status int, in *I,
	) (idem.Result, error) {
		return db.Write(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (idem.Result, error) {
			effect := func(ctx context.Context) (idem.Answer, error) {
				out, err := do(ctx, tx, callOf(ctx).actor, in)
				if err != nil {
					return idem.Answer{}, err
				}
				return answerOf(status, out)
			}
			answer, again, err := idem.Once(ctx, tx, r, effect)
			return idem.Result{Answer: answer, Replayed: again}, err
		})
	})
}

// answerOf is the answer to store for what an operation returned.
func answerOf[O resource](status int, out O) (idem.Answer, error) {
	body, err := encode(out)
	return idem.Answer{Status: status, Body: string(body), ResourceID: out.resource()}, err
}

// writeThrough is write for an operation that stores its answers itself: it is
// given the request as idempotency knows it and the status of success.
func writeThrough[I any, O resource](
	s *server, op huma.Operation,
	do func(context.Context, idem.Request, int, *I) (idem.Result, error),
) {
	if op.Method == "" {
		op.Method = http.MethodPost
	}
	limit := op.MaxBodyBytes
	if limit == 0 {
		limit = bodyLimit
	}
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1 // the body is read by then
	op.Middlewares = huma.Middlewares{
		s.strictHeaders, s.authenticate, s.strictAddress, s.requireKey, s.strictBody(limit),
	}
	op.Parameters = append(op.Parameters, keyParameter)
	describe[O](s, &op)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*reply, error) {
		request, err := requestOf(ctx, op.OperationID, in)
		if err != nil {
			return nil, s.problem(ctx, op.OperationID, err)
		}
		done, err := do(ctx, request, op.DefaultStatus, in)
		if err = errors.Join(err, done.Refusal); err != nil {
			return nil, s.problem(ctx, op.OperationID, unknownIfStopped(err))
		}
		r := &reply{Status: done.Answer.Status, ContentType: jsonType, Cache: noStore,
			Body: []byte(done.Answer.Body)}
		if done.Replayed {
			r.Replayed = "true"
		} else if s.Written != nil {
			s.Written()
		}
		return r, nil
	})
}

// unknownIfStopped: when the waiting for a write ended before its answer came,
// nobody here knows what became of it.
func unknownIfStopped(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.Join(db.ErrOutcomeUnknown, err)
	}
	return err
}

// requestOf is a write as idempotency knows it: who, under which key, and a
// digest of everything that was asked for.
func requestOf[I any](ctx context.Context, operation string, in *I) (idem.Request, error) {
	asked, err := encode(in)
	c := callOf(ctx)
	return idem.Request{
		Principal: c.principal(), Key: c.key, Route: operation, Hash: sha256.Sum256(asked),
	}, err
}

// describe completes what the document says of an operation.
func describe[O any](s *server, op *huma.Operation) {
	if op.DefaultStatus == 0 {
		op.DefaultStatus = http.StatusOK
	}
	schemas := s.api.OpenAPI().Components.Schemas
	schema := schemas.Schema(reflect.TypeFor[O](), true, op.OperationID)
	success := &huma.Response{
		Description: http.StatusText(op.DefaultStatus),
		Content:     map[string]*huma.MediaType{jsonType: {Schema: schema}},
	}
	op.Responses = map[string]*huma.Response{strconv.Itoa(op.DefaultStatus): success}
	switch {
	case op.Method != http.MethodGet:
		success.Headers = map[string]*huma.Param{replayedHeader: {
			Description: "true when the effect is of an earlier request with this key.",
			Schema:      &huma.Schema{Type: huma.TypeString},
		}}
	case isPublic(op):
		op.Parameters = append(op.Parameters, ifNoneMatch)
		success.Headers = map[string]*huma.Param{"ETag": {
			Schema: &huma.Schema{Type: huma.TypeString},
		}}
		op.Responses["304"] = &huma.Response{Description: "It is still as you have it."}
	}
	problem := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	op.Responses["default"] = &huma.Response{
		Description: "A refusal: nothing was changed.",
		Content:     map[string]*huma.MediaType{problemMedia: {Schema: problem}},
	}
}

var keyParameter = &huma.Param{
	Name: keyHeader, In: "header", Required: true,
	Description: "A name of your choice for this request: one effect, one answer.",
	Schema: &huma.Schema{
		Type: huma.TypeString, MinLength: new(1), MaxLength: new(mostOfKey),
		Examples: []any{"8c1f0a52"},
	},
}

var ifNoneMatch = &huma.Param{
	Name: "If-None-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
	Description: "The ETag of the answer you have.",
}
