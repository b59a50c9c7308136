package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/ledger"
)

// Rounds says how long to measure: so many rounds, each figure once per round
// for Slice.
type Rounds struct {
	Count int
	Slice time.Duration
}

// callers is how many hand in one transfer each at once.
const callers = 1000

// batchSize is the transfers of one call of the batched measurement: the larger
// a call, the fewer balances have to be written for a transfer.
const batchSize = 16384

// ledgerRun is one measurement of the ledger with its series.
type ledgerRun struct {
	*posting
	// alone are the wallets that batch size 1 moves money between, as many as the
	// others have: two posters on the same wallets would each find the balances
	// in their cache stale, which is another measurement.
	alone                    []ledger.AccountID
	disk                     *disk
	single                   *ledger.Poster
	limit, batched, gathered series
	hot, oneByOne            series
}

// Ledger measures batched, gathered, hot and single transfers against the bulk
// insert of the same rows. progress is called after each round.
func Ledger(
	ctx context.Context, c Config, r Rounds, progress func(done, of int),
) ([]Figure, error) {
	if c.Accounts == 0 {
		c.Accounts = 10_000
	}
	c.Accounts *= 2
	b, err := openBooks(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	half := len(b.wallets) / 2
	run := &ledgerRun{posting: newPosting(b), alone: b.wallets[half:]}
	b.wallets = b.wallets[:half]
	defer run.poster.Close()
	figures, err := run.measure(ctx, c, r, progress)
	return figures, errors.Join(err, b.close())
}

func (l *ledgerRun) measure(
	ctx context.Context, c Config, r Rounds, progress func(done, of int),
) (_ []Figure, err error) {
	if err := l.makeLimit(ctx); err != nil {
		return nil, err
	}
	if l.disk, err = newDisk(c.Dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.disk.close()) }()
	l.single = ledger.NewPoster(l.db, l.ids, 1)
	defer l.single.Close()
	for i := range r.Count {
		if err := l.round(ctx, r.Slice); err != nil {
			return nil, err
		}
		progress(i+1, r.Count)
	}
	return l.figures(string(c.Engine)), nil
}

func (l *ledgerRun) makeLimit(ctx context.Context) error {
	if l.server == nil {
		return makeLimitTable(ctx, l.db, "")
	}
	app := roleOf(l.url)
	owner, err := db.Open(ctx, db.Options{
		URL: inDatabase(l.server.URL(), strings.TrimSuffix(app, "_app"))})
	if err != nil {
		return err
	}
	return errors.Join(makeLimitTable(ctx, owner, app), owner.Close())
}

// round measures everything once, in an order that is not always the same.
func (l *ledgerRun) round(ctx context.Context, slice time.Duration) error {
	steps := []func() error{
		func() error {
			step := func() (int, error) { return insertLimitBatch(ctx, l.books) }
			return l.limit.run(slice, step)
		},
		func() error {
			step := func() (int, error) { return l.postBatch(ctx) }
			return l.batched.run(slice, step)
		},
		func() error { return l.call(ctx, &l.gathered, l.poster, slice, l.between) },
		func() error { return l.call(ctx, &l.hot, l.poster, slice, l.onHot) },
		func() error { return l.call(ctx, &l.oneByOne, l.single, slice, l.betweenOthers) },
	}
	rand.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return l.disk.probe()
}

func (l *ledgerRun) betweenOthers() ledger.Command { return l.among(l.alone) }

// onHot pays from one wallet to any other: every transfer meets in one row.
func (l *ledgerRun) onHot() ledger.Command {
	c := l.between()
	c.Debit = l.wallets[0]
	if c.Credit == c.Debit {
		c.Credit = l.wallets[1]
	}
	c.Amount = oneCent
	return c
}

// call has every caller hand in one transfer after another until time is up.
func (l *ledgerRun) call(
	ctx context.Context, s *series, p *ledger.Poster, slice time.Duration,
	next func() ledger.Command,
) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	watch := clock.Start()
	for range callers {
		wg.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && watch.Elapsed() < slice {
				one := clock.Start()
				var result ledger.Result
				result, err = p.Do(ctx, next())
				err = errors.Join(err, result.Err)
				mine = append(mine, one.Elapsed())
			}
			mu.Lock()
			defer mu.Unlock()
			done += len(mine)
			s.latencies = append(s.latencies, mine...)
			failed = errors.Join(failed, err)
		})
	}
	wg.Wait()
	s.rates = append(s.rates, float64(done)/watch.Elapsed().Seconds())
	return failed
}

func (l *ledgerRun) figures(engine string) []Figure {
	batchedFloor, gatheredFloor, timesFloor := 0.25, 0.22, 8.0
	if engine == string(db.SQLite) {
		batchedFloor, gatheredFloor, timesFloor = 0.45, 0.35, 4
	}
	const bulk = "bulk insert"
	of := func(name string, s, limit *series, of string, floor float64) Figure {
		return Figure{
			Name: name, Engine: engine, Value: s.median(), Unit: "transfers/s",
			Limit: limit.median(), Of: of, Ratio: s.ratio(limit), Floor: floor,
			P50: percentile(s.latencies, 0.5), P99: percentile(s.latencies, 0.99),
			Sync50: 1000 * percentile(l.disk.times, 0.5),
			Sync99: 1000 * percentile(l.disk.times, 0.99), RSS: residentMB(),
		}
	}
	figures := []Figure{
		of("ledger.batched", &l.batched, &l.limit, bulk, batchedFloor),
		of("ledger.gathered", &l.gathered, &l.limit, bulk, gatheredFloor),
		of("ledger.gathered_over_single", &l.gathered, &l.oneByOne, "batch size 1", timesFloor),
		of("ledger.hot_account", &l.hot, &l.limit, bulk, gatheredFloor),
		of("ledger.hot_over_single", &l.hot, &l.oneByOne, "batch size 1", timesFloor),
		of("ledger.single", &l.oneByOne, &l.limit, bulk, 0),
	}
	figures[0].Note = serverNote(l.books)
	return figures
}
