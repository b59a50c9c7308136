package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"openlend/access"
	"openlend/api"
	"openlend/internal/clock"
)

// overHTTP measures bids through the whole API against an empty handler behind
// the same server and client.
type overHTTP struct {
	*bids

	server *http.Server
	client *http.Client
	at     string
	tokens []string // of the lenders
	empty  series
	placed series
}

const connections = 256

// startHTTP opens the API of the world on a free port.
func (b *bids) startHTTP(ctx context.Context, dir string) (*overHTTP, error) {
	key, err := access.OpenTokenKey(filepath.Join(dir, "token.key"), true)
	if err != nil {
		return nil, err
	}
	handler, err := api.New(api.Config{
		DB: b.db, IDs: b.ids, Vault: b.vault, Desk: b.desk, Tokens: key, Wall: clock.System{}})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("POST /empty", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{}`))
	})
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &overHTTP{bids: b, at: "http://" + listener.Addr().String(),
		server: &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute},
		client: &http.Client{Transport: &http.Transport{
			MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}}}
	go func() { _ = h.server.Serve(listener) }() // ends with close
	for _, c := range b.lenders {
		token, err := key.Issue(access.Customer(int64(c)), clock.System{}.Now(), time.Hour)
		if err != nil {
			return nil, errors.Join(err, h.close())
		}
		h.tokens = append(h.tokens, token)
	}
	return h, nil
}

func (h *overHTTP) close() error {
	h.client.CloseIdleConnections()
	return h.server.Close()
}

// round measures both once.
func (h *overHTTP) round(ctx context.Context, slice time.Duration) error {
	path := "/v1/listings/" + h.listing.String() + "/bids"
	for _, one := range []struct {
		series *series
		path   string
	}{{&h.empty, "/empty"}, {&h.placed, path}} {
		err := one.series.crowd(connections, slice, func(int) error {
			return h.post(ctx, one.path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// post sends a smallest bid of some lender under a key of its own.
func (h *overHTTP) post(ctx context.Context, path string) error {
	amount := strconv.FormatInt(h.product.Funding.MinBid/100, 10)
	body := []byte(`{"amount":{"amount":"` + amount + `.00","currency":"EUR"}}`)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.at+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+h.tokens[rand.IntN(len(h.tokens))])
	r.Header.Set("Idempotency-Key", "h"+strconv.FormatInt(h.keys.Add(1), 10))
	answer, err := h.client.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(answer.Body)
	err = errors.Join(err, answer.Body.Close())
	if err == nil && answer.StatusCode != http.StatusCreated {
		err = fmt.Errorf("bench: %s %s", answer.Status, text)
	}
	return err
}

func (h *overHTTP) figure(engine string, floor float64) Figure {
	return Figure{
		Name: "bids.http", Engine: engine, Value: h.placed.median(), Unit: "bids/s",
		Limit: h.empty.median(), Of: "an empty handler", Ratio: h.placed.ratio(&h.empty),
		Floor: floor, P50: percentile(h.placed.latencies, 0.5),
		P99: percentile(h.placed.latencies, 0.99), RSS: residentMB(),
		Note: strconv.Itoa(connections) + " connections, clients on the same cores",
	}
}
