package bench

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/internal/outbox"
	"openlend/ledger"
)

const sealEvery = 500 * time.Millisecond

// serveBooks runs what a server runs beside the books: events get their
// numbers, batches become leaves of the log.
func (b *books) serveBooks(ctx context.Context, data string) {
	r := outbox.Relay{DB: b.db, Wall: clock.System{}, Holder: id.Holder()}
	go r.Run(ctx)
	go ledger.ServeSealer(ctx, b.db, clock.System{}, id.Holder(), ledger.PlaceIn(data, ""),
		sealEvery, func(err error) { slog.WarnContext(ctx, "seal", "error", err) })
}

// catchUp does what the services had not done when the last writer was killed,
// as soon as the dead one's leases have run out.
func (b *books) catchUp(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		_, err := ledger.SealOnce(ctx, b.db, clock.System{}, id.Holder(),
			ledger.PlaceIn(data, ""), nil)
		if err == nil {
			break
		}
		if !errors.Is(err, lease.ErrHeld) || ctx.Err() != nil {
			return err
		}
		time.Sleep(sealEvery)
	}
	relay, stop := context.WithCancel(ctx)
	defer stop()
	r := outbox.Relay{DB: b.db, Wall: clock.System{}, Holder: id.Holder()}
	go r.Run(relay)
	for {
		waiting, err := db.Read(ctx, b.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return db.Value[int64](ctx, tx, countUnnumbered)
		})
		if err != nil || waiting == 0 {
			return err
		}
		time.Sleep(sealEvery)
	}
}
