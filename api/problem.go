package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/batch"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/idem"
	"openlend/ledger"
	"openlend/market"
	"openlend/origination"
	"openlend/refusal"
	"openlend/servicing"
)

// Problem is what every request that had no effect is answered with (RFC 9457).
// Programs branch on code, which never changes; people read detail.
//
//nolint:errname // it is named for what clients get
type Problem struct {
	Type      string `json:"type" format:"uri-reference" doc:"urn:openlend:problem: and the code." example:"urn:openlend:problem:market.bid_too_small"`
	Title     string `json:"title" doc:"What the status means." example:"Unprocessable Entity"`
	Status    int    `json:"status" doc:"The HTTP status." example:"422"`
	Code      string `json:"code" doc:"Stable and machine-readable." example:"market.bid_too_small"`
	Detail    string `json:"detail" doc:"One sentence for people." example:"the bid is below the minimum"`
	Field     string `json:"field,omitempty" doc:"The input it speaks of." example:"amount"`
	RequestID string `json:"request_id" doc:"Name it when you ask us." example:"4f1d2c3b4a59-1f"`
	Operation string `json:"operation,omitempty" doc:"Where to ask later what became of the write, when code is outcome_unknown." example:"/v1/operations/8c1f"`
}

const (
	problemType    = "urn:openlend:problem:"
	outcomeUnknown = "outcome_unknown"
)

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that go with the status.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {"1"}}
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {`Bearer realm="openlend"`}}
	}
	return nil
}

// ContentType says that it is a problem.
func (p *Problem) ContentType(string) string { return problemMedia }

// statuses is the one table from codes to HTTP statuses. A code that is not in
// it goes by its last word, and a refusal of the plumbing is a fault of ours.
var statuses = map[string]int{
	ErrMethod.Code:         http.StatusMethodNotAllowed,
	ErrMediaType.Code:      http.StatusUnsupportedMediaType,
	ErrTooLarge.Code:       http.StatusRequestEntityTooLarge,
	ErrSlow.Code:           http.StatusRequestTimeout,
	ErrJSON.Code:           http.StatusBadRequest,
	ErrDuplicateField.Code: http.StatusBadRequest,
	ErrQuery.Code:          http.StatusBadRequest,
	ErrDuplicateQuery.Code: http.StatusBadRequest,
	ErrDuplicateHead.Code:  http.StatusBadRequest,
	ErrNUL.Code:            http.StatusBadRequest,
	ErrNoKey.Code:          http.StatusBadRequest,
	ErrTimeout.Code:        http.StatusServiceUnavailable,
	ErrBusy.Code:           http.StatusServiceUnavailable,
	ErrFault.Code:          http.StatusInternalServerError,

	access.ErrToken.Code:     http.StatusUnauthorized,
	access.ErrForbidden.Code: http.StatusForbidden,

	idem.ErrKey.Code:       http.StatusBadRequest,
	idem.ErrKeyReused.Code: http.StatusUnprocessableEntity,
	idem.ErrInFlight.Code:  http.StatusConflict,
	idem.ErrNotFound.Code:  http.StatusNotFound,

	batch.ErrBusy.Code:        http.StatusServiceUnavailable,
	batch.ErrClosed.Code:      http.StatusServiceUnavailable,
	db.ErrBusy.Code:           http.StatusServiceUnavailable,
	db.ErrDiskFull.Code:       http.StatusServiceUnavailable,
	db.ErrUnavailable.Code:    http.StatusServiceUnavailable,
	db.ErrOutcomeUnknown.Code: http.StatusServiceUnavailable,
	id.ErrLapsed.Code:         http.StatusServiceUnavailable,
	id.ErrClosed.Code:         http.StatusServiceUnavailable,
	id.ErrMalformed.Code:      http.StatusUnprocessableEntity,

	ledger.ErrInsufficient.Code: http.StatusConflict,
	ledger.ErrNoAccount.Code:    http.StatusNotFound,
	ledger.ErrFrozen.Code:       http.StatusConflict,
	ledger.ErrClosed.Code:       http.StatusConflict,
	ledger.ErrNotReady.Code:     http.StatusServiceUnavailable,

	market.ErrClosed.Code:           http.StatusConflict,
	market.ErrFullyFunded.Code:      http.StatusConflict,
	market.ErrExceedsRemaining.Code: http.StatusConflict,
	market.ErrBidBinding.Code:       http.StatusConflict,

	origination.ErrOfferExpired.Code: http.StatusConflict,
	servicing.ErrQuote.Code:          http.StatusConflict,
}

// lastWords are the statuses of codes by their last word.
var lastWords = map[string]int{
	"not_found":     http.StatusNotFound,
	"invalid_state": http.StatusConflict,
	"four_eyes":     http.StatusForbidden,
}

// plumbing is what no room should let through: its refusals speak of us.
var plumbing = []string{"db", "outbox", "lease", "id", "batch", "idem", "crypt", "schema"}

// statusOf says which status a refusal's code gets.
func statusOf(code string) int {
	if status, listed := statuses[code]; listed {
		return status
	}
	room, _, _ := strings.Cut(code, ".")
	if slices.Contains(plumbing, room) {
		return http.StatusInternalServerError
	}
	if status, known := lastWords[code[strings.LastIndexByte(code, '.')+1:]]; known {
		return status
	}
	return http.StatusUnprocessableEntity
}

// problemOf turns an error into what the client gets. What is not a refusal, or
// is one of the plumbing, is told as a fault: the caller notes it.
func problemOf(c *call, err error) *Problem {
	e, isRefusal := errors.AsType[*refusal.Error](err)
	switch {
	case errors.Is(err, db.ErrOutcomeUnknown):
		e = db.ErrOutcomeUnknown
	case isRefusal && statusOf(e.Code) != http.StatusInternalServerError:
	case isRefusal:
		e = ErrFault
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e = ErrTimeout
	default:
		e = ErrFault
	}
	p := &Problem{
		Status: statusOf(e.Code), Code: e.Code, Detail: e.Message, Field: e.Field,
		RequestID: c.requestID,
	}
	if e.Code == db.ErrOutcomeUnknown.Code {
		p.Code, p.Operation = outcomeUnknown, operationPath(c.key)
	}
	p.Type, p.Title = problemType+p.Code, http.StatusText(p.Status)
	return p
}

// humaProblem is problemOf for what huma finds wrong with a request. A value
// that parsed into a coded refusal keeps its code; the offending value itself
// is never repeated.
func humaProblem(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	c := &call{}
	if ctx != nil {
		c = callOf(ctx.Context())
	}
	for _, err := range errs {
		if refusal.Code(err) != "" {
			return problemOf(c, err)
		}
	}
	e := ErrInvalid.With("%s", message)
	if len(errs) > 0 {
		if d, ok := errs[0].(huma.ErrorDetailer); ok {
			e = ErrInvalid.With("%s", d.ErrorDetail().Message).In(fieldOf(d.ErrorDetail()))
		}
	}
	if status == http.StatusInternalServerError {
		e = ErrFault
	}
	if strings.Contains(e.Message, "json: ") { // a number that no field can hold
		e = ErrInvalid.With("a number is out of range").In(e.Field)
	}
	return problemOf(c, e)
}

// fieldOf is the input that huma speaks of: one that is missing is named in the
// message only.
func fieldOf(d *huma.ErrorDetail) string {
	_, missing, isMissing := strings.Cut(d.Message, "expected required property ")
	if !isMissing {
		return fieldAt(d.Location)
	}
	name, _, _ := strings.Cut(missing, " ")
	return strings.TrimPrefix(fieldAt(d.Location)+"."+name, "body.")
}

// fieldAt turns huma's place of an input, as in body.amount.currency or
// path.listing, into the name by which the client knows it.
func fieldAt(place string) string {
	for _, in := range []string{"body.", "path.", "query.", "header."} {
		if rest, found := strings.CutPrefix(place, in); found {
			return rest
		}
	}
	return place
}
