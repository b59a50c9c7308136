package custody

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"openlend/internal/clock"
	"openlend/money"
)

// BankOptions say where the bank is. Only URL is required.
type BankOptions struct {
	URL     string        // http(s)://host[:port]
	Token   string        // sent as a bearer token; "": none
	Timeout time.Duration // of one request; 0: 5 s
	Clock   clock.Clock   // nil: the machine's; for the breaker
}

// Bank is the client of the bank's protocol (README.md). It is safe for
// concurrent use. No transaction may be open over a call.
type Bank struct {
	base    string
	token   string
	client  *http.Client
	breaker breaker
}

const (
	bankTimeout = 5 * time.Second
	// answerLimit is the longest answer that is read, in bytes.
	answerLimit = 1 << 20
	// linesPage is how many lines are asked for at once: well below the limit.
	linesPage = 200
)

// NewBank returns a client. It fails for a URL that is none.
func NewBank(o BankOptions) (*Bank, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("custody: the bank's URL must be http(s)://host[:port]")
	}
	if o.Timeout <= 0 {
		o.Timeout = bankTimeout
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	return &Bank{
		base: strings.TrimRight(u.String(), "/"), token: o.Token,
		client: &http.Client{
			Timeout: o.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // an order goes where it was addressed to
			},
		},
		breaker: breaker{clock: o.Clock},
	}, nil
}

// Ready says whether the bank would be called now. Refusal: ErrNotSent.
func (b *Bank) Ready() error { return b.breaker.ready() }

// Send gives the bank an order. Sent again under the same number it is answered
// with what became of the first. Errors: ErrNotSent; ErrRefused when the bank
// did not take it; ErrUnknown for everything else.
func (b *Bank) Send(ctx context.Context, o Order) (Result, error) {
	body, err := json.Marshal(orderRequest{
		Currency: o.Amount.Currency(), Amount: o.Amount.Minor(), To: o.To, Text: o.Text,
	})
	if err != nil {
		return Result{}, err
	}
	var answer orderAnswer
	var r Result
	err = b.call(ctx, http.MethodPut, "/v1/orders/"+url.PathEscape(o.RequestNo), body, &answer,
		func() error {
			r, err = answer.result(o.RequestNo)
			return err
		})
	return r, err
}

// Find asks what became of an order. Errors: as Send.
func (b *Bank) Find(ctx context.Context, requestNo string) (Found, error) {
	var answer orderAnswer
	var f Found
	err := b.call(ctx, http.MethodGet, "/v1/orders/"+url.PathEscape(requestNo), nil, &answer,
		func() (err error) {
			f, err = answer.found(requestNo)
			return err
		})
	return f, err
}

// Lines reads the lines of one account after a number, in whatever order the
// bank gives them. Errors: as Send.
func (b *Bank) Lines(ctx context.Context, c money.Currency, after int64) (Statement, error) {
	var answer linesAnswer
	var s Statement
	path := "/v1/accounts/" + url.PathEscape(string(c)) + "/lines?after=" +
		strconv.FormatInt(after, 10) + "&limit=" + strconv.Itoa(linesPage)
	err := b.call(ctx, http.MethodGet, path, nil, &answer, func() (err error) {
		s, err = answer.statement(c)
		return err
	})
	return s, err
}

// Balance asks what lies in one account. Errors: as Send.
func (b *Bank) Balance(ctx context.Context, c money.Currency) (Balance, error) {
	var answer balanceAnswer
	var balance Balance
	path := "/v1/accounts/" + url.PathEscape(string(c)) + "/balance"
	err := b.call(ctx, http.MethodGet, path, nil, &answer, func() (err error) {
		balance, err = answer.balance(c)
		return err
	})
	return balance, err
}

// call makes one request, reads its JSON answer and makes sense of it. An answer
// without sense is as bad as none to the breaker.
func (b *Bank) call(
	ctx context.Context, method, path string, body []byte, into any, sense func() error,
) error {
	if err := b.breaker.enter(); err != nil {
		return err
	}
	err := b.exchange(ctx, method, path, body, into)
	if err == nil {
		err = sense()
	}
	if ctx.Err() == nil {
		b.breaker.heard(!errors.Is(err, ErrUnknown))
	}
	return err
}

func (b *Bank) exchange(
	ctx context.Context, method, path string, body []byte, into any,
) error {
	request, err := http.NewRequestWithContext(ctx, method, b.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if b.token != "" {
		request.Header.Set("Authorization", "Bearer "+b.token)
	}
	response, err := b.client.Do(request)
	if err != nil {
		return ErrUnknown.With("the bank did not answer: %s", kindOf(err))
	}
	defer func() { _ = response.Body.Close() }() // it was read as far as it will be
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit+1))
	switch {
	case err != nil:
		return ErrUnknown.With("the bank's answer broke off")
	case len(text) > answerLimit:
		return ErrUnknown.With("the bank's answer is longer than %d bytes", answerLimit)
	}
	return read(response, text, into)
}

// kindOf tells what went wrong without the URL and what else may be in it.
func kindOf(err error) string {
	var failed *url.Error
	if errors.As(err, &failed) && failed.Timeout() {
		return "time-out"
	}
	return "no connection"
}

// read reads an answer. 404 with an order's answer is an answer: not known.
func read(response *http.Response, text []byte, into any) error {
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return ErrUnknown.With("the bank answered %d with %q, not JSON", response.StatusCode, kind)
	}
	switch {
	case response.StatusCode == http.StatusOK, response.StatusCode == http.StatusNotFound:
		if err := json.Unmarshal(text, into); err != nil {
			return ErrUnknown.With("the bank's answer does not read as JSON")
		}
		return nil
	case response.StatusCode >= 400 && response.StatusCode < 500:
		return ErrRefused.With("the bank refused the request with status %d", response.StatusCode)
	}
	return ErrUnknown.With("the bank answered with status %d", response.StatusCode)
}

// wrong is the refusal of an answer that reads as JSON and makes no sense.
func wrong(format string, args ...any) error {
	return ErrUnknown.With("the bank's answer makes no sense: %s", fmt.Sprintf(format, args...))
}
