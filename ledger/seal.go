package ledger

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/lease"
)

// Sealer makes batches leaves of the tamper-evident log and signs its head. The
// order of the log is the order of sealing; leaf numbers have no gap.
//
// A head is signed over leaves that are committed, then written to heads.log,
// then to the database: a crash leaves at most a head in heads.log that the
// next round puts into the database.
//
// One sealer works at a time: every transaction of it is fenced by its lease.
type Sealer struct {
	// Progress hears how many of the batches that wait are leaves; it may be nil.
	Progress func(done, of int64)

	db    *db.DB
	lease lease.Lease
	place Place

	signer note.Signer
	key    note.Verifier

	// Every batch up to floor is a leaf. Finding the others must not look at
	// all batches that ever were, so after a first look at all of them the
	// floor follows the newest batch one to two floorLags behind: ids are
	// ordered by time, and no transaction lives so long between the taking of
	// its ids and its commit. It is no more than an aid: a look from the very
	// beginning happens at every start and every lookAgain, and verify takes
	// no floor at all.
	floor, nextFloor      TransferID
	nextFloorAt, lookedAt time.Time
}

const (
	sealPage  = 256 // batches sealed in one transaction: about 800 rows
	floorLag  = time.Hour
	lookAgain = 24 * time.Hour
	sealLease = 30 * time.Second
	headsPage = 500
)

// Sealed is what one round has done.
type Sealed struct {
	Batches int64 // that are leaves now and were not before
	Head    Head  // the newest head, signed now or earlier; zero for an empty log
}

// NewSealer returns a sealer that works under the lease.
func NewSealer(d *db.DB, l lease.Lease, place Place) *Sealer {
	return &Sealer{db: d, lease: l, place: place}
}

// SealOnce takes the sealer's lease, does one round and gives the lease back.
// progress may be nil. Refusals: lease.ErrHeld when another process seals, and
// those of Seal.
func SealOnce(
	ctx context.Context, d *db.DB, wall clock.Clock, holder string, place Place,
	progress func(done, of int64),
) (Sealed, error) {
	l, err := lease.Acquire(ctx, d, wall, "ledger/sealer", holder, sealLease)
	if err != nil {
		return Sealed{}, err
	}
	var done Sealed
	err = l.Keep(ctx, func(ctx context.Context) error {
		var err error
		s := NewSealer(d, l, place)
		s.Progress = progress
		done, err = s.Seal(ctx)
		return err
	})
	return done, err
}

// ServeSealer seals every so often for as long as ctx lives, whenever no other
// process does. report hears of faults.
func ServeSealer(
	ctx context.Context, d *db.DB, wall clock.Clock, holder string, place Place,
	every time.Duration, report func(error),
) {
	lease.Serve(ctx, d, wall, "ledger/sealer", holder, sealLease,
		func(ctx context.Context, l lease.Lease) error {
			s := NewSealer(d, l, place)
			for {
				if _, err := s.Seal(ctx); err != nil {
					return err
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(every):
				}
			}
		}, report)
}

// Seal does one round: every batch that is there becomes a leaf, and when the
// log has grown its head is signed. Refusals: ErrNoKey, ErrKey; ErrTampered
// when the log is not a continuation of the last head: nothing is signed then.
func (s *Sealer) Seal(ctx context.Context) (Sealed, error) {
	last, err := s.catchUp(ctx)
	if err != nil {
		return Sealed{}, err
	}
	sealed := Sealed{Head: last}
	look, err := s.look(ctx, last)
	if err != nil {
		return sealed, err
	}
	for from := s.floor; ; {
		page, err := s.sealPage(ctx, from)
		if err != nil {
			return sealed, err
		}
		sealed.Batches += int64(len(page))
		if s.Progress != nil {
			s.Progress(sealed.Batches, look.waiting)
		}
		if len(page) < sealPage {
			break
		}
		from = page[len(page)-1].firstID
	}
	s.raiseFloor(look)
	sealed.Head, err = s.sign(ctx, last)
	return sealed, err
}

// looked is what was there when a round began.
type looked struct {
	at      time.Time
	newest  TransferID
	waiting int64 // batches that are no leaves; counted for Progress only
}

// look sees how far batches reach, and that the log still has what the last
// head says: a log that was cut or changed is not built upon.
func (s *Sealer) look(ctx context.Context, last Head) (looked, error) {
	l, err := db.Read(ctx, s.db, func(ctx context.Context, tx *db.Tx) (looked, error) {
		size, err := db.Value[int64](ctx, tx, selectLogSize)
		if err != nil {
			return looked{}, err
		}
		if size < last.Size {
			return looked{}, ErrTampered.With("the log has %d leaves, a signed head says %d",
				size, last.Size)
		}
		hash, err := tlog.TreeHash(last.Size, logHashes(ctx, tx))
		if err == nil && last.Size > 0 && hash != last.Hash {
			err = ErrTampered.With("the log is not the one of the signed head of %d leaves",
				last.Size)
		}
		if err != nil {
			return looked{}, err
		}
		l := looked{at: tx.Now()}
		newest, err := db.Value[int64](ctx, tx, selectNewestBatch)
		if l.newest = TransferID(newest); err == nil && s.Progress != nil {
			l.waiting, err = db.Value[int64](ctx, tx, countBatches)
			l.waiting -= size
		}
		return l, err
	})
	if l.at.Sub(s.lookedAt) > lookAgain {
		s.floor, s.lookedAt = 0, l.at
	}
	return l, err
}

func (s *Sealer) raiseFloor(l looked) {
	if l.at.Sub(s.nextFloorAt) > floorLag {
		s.floor, s.nextFloor, s.nextFloorAt = s.nextFloor, l.newest, l.at
	}
}

// sealPage makes up to sealPage batches above from leaves.
func (s *Sealer) sealPage(ctx context.Context, from TransferID) ([]batchRow, error) {
	return db.WriteBulk(ctx, s.db, func(ctx context.Context, tx *db.Tx) ([]batchRow, error) {
		if err := s.lease.Check(ctx, tx); err != nil {
			return nil, err
		}
		page, err := db.Many(ctx, tx, scanBatch, selectUnsealed, int64(from), sealPage)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		size, err := db.Value[int64](ctx, tx, selectLogSize)
		if err != nil {
			return nil, err
		}
		hashes, err := growth(size, page, logHashes(ctx, tx))
		if err != nil {
			return nil, err
		}
		if err := storeLeaves(ctx, tx, size, page); err != nil {
			return nil, err
		}
		return page, storeLogHashes(ctx, tx, hashes)
	})
}

// growth computes the hashes that batches add to a log of that size.
func growth(size int64, batches []batchRow, stored tlog.HashReader) ([]storedHash, error) {
	t, err := loadTree(size, stored)
	if err != nil {
		return nil, err
	}
	position := tlog.StoredHashCount(size)
	added := make([]storedHash, 0, 2*len(batches))
	var hashes []tlog.Hash
	for i := range batches {
		hashes = t.add(tlog.RecordHash(batches[i].leaf()), hashes[:0])
		for _, h := range hashes {
			added = append(added, storedHash{position, h})
			position++
		}
	}
	return added, nil
}

// sign signs the head of the log as it is now, if it has grown since last.
func (s *Sealer) sign(ctx context.Context, last Head) (Head, error) {
	head, err := db.Read(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Head, error) {
		stored := logHashes(ctx, tx)
		size, err := db.Value[int64](ctx, tx, selectLogSize)
		if err != nil {
			return last, err
		}
		hash, err := tlog.TreeHash(size, stored)
		if err != nil {
			return last, err
		}
		head := Head{Size: size, Hash: hash, SignedAt: tx.Now().UnixMicro()}
		return head, continues(last, head, stored)
	})
	if err != nil || head.Size == last.Size {
		return last, err
	}
	head, err = signHead(s.signer, tlog.Tree{N: head.Size, Hash: head.Hash}, head.SignedAt)
	if err != nil {
		return last, err
	}
	if err := appendHeads(s.place.Heads, head); err != nil {
		return last, fmt.Errorf("append to heads.log: %w", err)
	}
	return head, s.storeHead(ctx, head)
}

func (s *Sealer) storeHead(ctx context.Context, h Head) error {
	_, err := db.Write(ctx, s.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := s.lease.Check(ctx, tx); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, storeHead(ctx, tx, h)
	})
	return err
}

// continues checks that a log with the newer head begins with all of the older.
func continues(older, newer Head, stored tlog.HashReader) error {
	if older.Size == 0 {
		return nil
	}
	p, err := tlog.ProveTree(newer.Size, older.Size, stored)
	if err != nil {
		return err
	}
	if tlog.CheckTree(p, newer.Size, newer.Hash, older.Size, older.Hash) != nil {
		return ErrTampered.With("the log does not continue the head of %d leaves", older.Size)
	}
	return nil
}

// catchUp makes heads.log and the database hold the same heads and returns the
// newest. heads.log may be one head ahead (a crash before the database was
// told) or behind (another node has sealed since).
func (s *Sealer) catchUp(ctx context.Context) (Head, error) {
	filed, err := s.place.lastHead()
	if err != nil {
		return Head{}, ErrTampered.With("the last line of heads.log")
	}
	stored, err := db.Read(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Head, error) {
		return headBy(ctx, tx, selectNewestHead)
	})
	if err != nil {
		return Head{}, err
	}
	if s.signer == nil {
		s.signer, s.key, err = s.place.signer(filed.Size > 0 || stored.Size > 0)
		if err != nil {
			return Head{}, err
		}
	}
	switch {
	case filed.Size == 0 && stored.Size == 0:
		return Head{}, nil
	case filed.Size > stored.Size:
		if filed, err = s.mustBeOurs(filed); err != nil {
			return Head{}, err
		}
		return filed, s.storeHead(ctx, filed)
	case filed.Size < stored.Size:
		if err := s.fileHeads(ctx, filed.Size); err != nil {
			return Head{}, err
		}
	}
	return s.mustBeOurs(stored)
}

// fileHeads copies the heads above that size from the database to heads.log.
func (s *Sealer) fileHeads(ctx context.Context, above int64) error {
	for {
		heads, err := db.Read(ctx, s.db, func(ctx context.Context, tx *db.Tx) ([]Head, error) {
			return db.Many(ctx, tx, scanHead, selectHeadsAfter, above, headsPage)
		})
		if err != nil || len(heads) == 0 {
			return err
		}
		for _, h := range heads {
			if _, err := s.mustBeOurs(h); err != nil {
				return err
			}
			above = h.Size
		}
		if err := appendHeads(s.place.Heads, heads...); err != nil {
			return err
		}
	}
}

// mustBeOurs reads the hash of a head from its note. Refusal: ErrTampered.
func (s *Sealer) mustBeOurs(h Head) (Head, error) {
	signed, err := OpenHead(s.key, h.Note)
	if err != nil || signed.Size != h.Size {
		return Head{}, ErrTampered.With("the head of %d leaves is not signed by our key", h.Size)
	}
	signed.SignedAt = h.SignedAt
	return signed, nil
}
