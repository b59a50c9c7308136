package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"openlend/access"
	"openlend/api"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/idem"
	"openlend/market"
	"openlend/money"
)

// bids measures bids on one hot listing, in process.
type bids struct {
	*world

	listing  market.ListingID
	desk     *market.Desk
	single   *market.Desk
	keys     *atomic.Int64
	rows     *rowLimit
	disk     *disk
	limit    series
	gathered series
	oneByOne series
}

const (
	benchLenders = 10_000
	bidRows      = 1_000 // bids whose rows are one commit of the limit
)

// bidTables are the tables that a bid writes a row to; the balance is one that it
// changes, which counts as one inserted.
var bidTables = []string{"idem", "ledger_hold", "ledger_balance", "market_bid", "outbox"}

// Bids measures bids on one hot listing against the bulk insert of the rows
// that they leave.
func Bids(
	ctx context.Context, c Config, r Rounds, progress func(done, of int),
) ([]Figure, error) {
	w, err := openWorld(ctx, c, benchLenders)
	if err != nil {
		return nil, err
	}
	b := &bids{world: w, keys: new(atomic.Int64)}
	figures, err := b.measure(ctx, c, r, progress)
	return figures, errors.Join(err, w.close())
}

func (b *bids) measure(
	ctx context.Context, c Config, r Rounds, progress func(done, of int),
) (_ []Figure, err error) {
	borrowers, err := b.customers(ctx, 1_000_000, 1, 0)
	if err != nil {
		return nil, err
	}
	if b.listing, err = b.world.listing(ctx, borrowers[0], hotPrincipal); err != nil {
		return nil, err
	}
	b.desk = market.NewDesk(b.db, b.ids, 0, api.AnswerBid)
	defer b.desk.Close()
	b.single = market.NewDesk(b.db, b.ids, 1, api.AnswerBid)
	defer b.single.Close()
	if b.rows, err = b.makeRowLimit(ctx); err != nil {
		return nil, err
	}
	if b.disk, err = newDisk(c.Dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.disk.close()) }()
	h, err := b.startHTTP(ctx, c.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	for i := range r.Count {
		if err := b.round(ctx, r.Slice); err != nil {
			return nil, err
		}
		if err := h.round(ctx, r.Slice); err != nil {
			return nil, err
		}
		progress(i+1, r.Count)
	}
	floor := 0.2
	if c.Engine == db.SQLite {
		floor = 0.11
	}
	return append(b.figures(string(c.Engine)), h.figure(string(c.Engine), floor)), nil
}

// next is a smallest bid of some lender under a key of its own.
func (b *bids) next() market.BidRequest {
	lender := b.lenders[rand.IntN(len(b.lenders))]
	actor := access.Customer(int64(lender))
	key := strconv.FormatInt(b.keys.Add(1), 10)
	return market.BidRequest{
		Idem: idem.Request{Principal: actor.Principal(), Key: key, Route: "place-bid",
			Hash: sha256.Sum256([]byte(key))},
		Order: market.BidOrder{Actor: actor, Lender: lender, Listing: b.listing,
			Amount: money.New(b.product.Funding.MinBid, currency)},
	}
}

// makeRowLimit places some bids and takes the rows that they have left.
func (b *bids) makeRowLimit(ctx context.Context) (*rowLimit, error) {
	before, err := b.ids.Next()
	if err != nil {
		return nil, err
	}
	requests := make([]market.BidRequest, bidRows)
	for i := range requests {
		requests[i] = b.next()
	}
	results, err := b.desk.DoMany(ctx, requests)
	for i := range results {
		err = errors.Join(err, results[i].Refusal)
	}
	if err != nil {
		return nil, err
	}
	if err := b.asOwner(ctx, func(owner *db.DB, app string) error {
		return makeCopies(ctx, owner, app, bidTables)
	}); err != nil {
		return nil, err
	}
	newer := " > " + strconv.FormatInt(before, 10)
	limit := &rowLimit{db: b.db, units: bidRows}
	return limit, b.capture(ctx, limit, map[string]string{
		"idem": "route = 'place-bid'", "ledger_hold": "cause_id" + newer,
		"ledger_balance": "version" + newer, "market_bid": "id" + newer, "outbox": "id" + newer,
	})
}

func (w *world) capture(ctx context.Context, l *rowLimit, where map[string]string) error {
	_, err := db.Read(ctx, w.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		tables, err := db.Tables(ctx, tx)
		for name, condition := range where {
			if err != nil {
				break
			}
			var t rowTable
			t, err = captureRows(ctx, tx, tables, name, condition)
			l.tables = append(l.tables, t)
		}
		return struct{}{}, err
	})
	return err
}

// asOwner runs something as the role that may make tables.
func (b *books) asOwner(ctx context.Context, do func(d *db.DB, appRole string) error) error {
	if b.server == nil {
		return do(b.db, "")
	}
	app := roleOf(b.url)
	owner, err := db.Open(ctx, db.Options{
		URL: inDatabase(b.server.URL(), strings.TrimSuffix(app, "_app"))})
	if err != nil {
		return err
	}
	return errors.Join(do(owner, app), owner.Close())
}

func (b *bids) round(ctx context.Context, slice time.Duration) error {
	steps := []func() error{
		func() error {
			return b.limit.run(slice, func() (int, error) { return b.rows.insert(ctx) })
		},
		func() error { return b.place(ctx, &b.gathered, b.desk, slice) },
		func() error { return b.place(ctx, &b.oneByOne, b.single, slice) },
	}
	rand.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return b.disk.probe()
}

// place has every caller place one bid after another until time is up.
func (b *bids) place(
	ctx context.Context, s *series, desk *market.Desk, slice time.Duration,
) error {
	return s.crowd(callers, slice, func(int) error {
		result, err := desk.Do(ctx, b.next())
		return errors.Join(err, result.Refusal)
	})
}

// crowd has so many callers do something one time after another, all at once,
// until time is up.
func (s *series) crowd(callers int, slice time.Duration, do func(caller int) error) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	watch := clock.Start()
	for caller := range callers {
		all.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && watch.Elapsed() < slice {
				one := clock.Start()
				err = do(caller)
				mine = append(mine, one.Elapsed())
			}
			mu.Lock()
			defer mu.Unlock()
			done += len(mine)
			s.latencies = append(s.latencies, mine...)
			failed = errors.Join(failed, err)
		})
	}
	all.Wait()
	s.rates = append(s.rates, float64(done)/watch.Elapsed().Seconds())
	return failed
}

func (b *bids) figures(engine string) []Figure {
	timesFloor := 8.0
	if engine == string(db.SQLite) {
		timesFloor = 0 // its one writer gathers batch size 1 as well
	}
	of := func(name string, s, limit *series, of string, floor float64) Figure {
		return Figure{
			Name: name, Engine: engine, Value: s.median(), Unit: "bids/s",
			Limit: limit.median(), Of: of, Ratio: s.ratio(limit), Floor: floor,
			P50: percentile(s.latencies, 0.5), P99: percentile(s.latencies, 0.99),
			Sync50: 1000 * percentile(b.disk.times, 0.5),
			Sync99: 1000 * percentile(b.disk.times, 0.99), RSS: residentMB(),
		}
	}
	return []Figure{
		of("bids.hot_listing", &b.gathered, &b.limit, "bulk insert of the rows", 0.4),
		of("bids.over_single", &b.gathered, &b.oneByOne, "batch size 1", timesFloor),
		of("bids.single", &b.oneByOne, &b.limit, "bulk insert of the rows", 0),
	}
}
