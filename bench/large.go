package bench

import (
	"context"
	"errors"
	"sync"

	"openlend/ledger"
)

// Large measures whether a ledger of preload transfers is slower than an empty
// one: both are open at once and take turns, so the machine's mood cancels.
func Large(
	ctx context.Context, c Config, r Rounds, preload int, progress func(done, of int),
) ([]Figure, error) {
	full, err := openBooks(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	figures, err := measureLarge(ctx, c, r, full, preload, progress)
	return figures, errors.Join(err, full.close())
}

func measureLarge(
	ctx context.Context, c Config, r Rounds, full *books, preload int,
	progress func(done, of int),
) (_ []Figure, err error) {
	onFull := newPosting(full)
	defer onFull.poster.Close()
	for done := 0; done < preload; {
		n, err := onFull.postBatch(ctx)
		if err != nil {
			return nil, err
		}
		done += n
		progress(min(done, preload), preload)
	}
	rss := residentMB() // of one ledger, as a server has it
	empty, err := openBooks(ctx, c, full)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, empty.close()) }()
	disk, err := newDisk(c.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, disk.close()) }()
	onEmpty := newPosting(empty)
	defer onEmpty.poster.Close()
	var slow, fast series
	for range r.Count {
		for _, turn := range []struct {
			s *series
			p *posting
		}{{&slow, onFull}, {&fast, onEmpty}} {
			step := func() (int, error) { return turn.p.postBatch(ctx) }
			if err := turn.s.run(r.Slice, step); err != nil {
				return nil, err
			}
		}
		if err := disk.probe(); err != nil {
			return nil, err
		}
	}
	return []Figure{{
		Name: "ledger.large", Engine: string(c.Engine), Value: slow.median(),
		Unit: "transfers/s", Limit: fast.median(), Of: "an empty ledger",
		Ratio: slow.ratio(&fast), Floor: 0.8, RSS: rss,
		Sync50: 1000 * percentile(disk.times, 0.5), Sync99: 1000 * percentile(disk.times, 0.99),
		Note: serverNote(full),
	}}, nil
}

// posting posts large calls to one ledger.
type posting struct {
	*books
	poster *ledger.Poster
}

func newPosting(b *books) *posting { return &posting{b, ledger.NewPoster(b.db, b.ids, 0)} }

// postBatch has two calls of batchSize transfers under way at once.
func (p *posting) postBatch(ctx context.Context) (int, error) {
	var wg sync.WaitGroup
	var errs [2]error
	for i := range errs {
		wg.Go(func() {
			commands := make([]ledger.Command, batchSize)
			for j := range commands {
				commands[j] = p.between()
			}
			results, err := p.poster.DoMany(ctx, commands)
			errs[i] = errors.Join(err, firstRefusal(results))
		})
	}
	wg.Wait()
	return len(errs) * batchSize, errors.Join(errs[:]...)
}
