package outbox

import (
	"context"
	"fmt"
	"time"

	"openlend/internal/db"
)

var intoOutbox = db.Insert{
	Table:   "outbox",
	Columns: []string{"id", "topic", "key", "payload", "created_at"},
}

func insertEvents(ctx context.Context, tx *db.Tx, events []Event) error {
	now := tx.Now().UnixMicro()
	return tx.InsertMany(ctx, &intoOutbox, len(events), func(i int, r *db.Row) {
		e := &events[i]
		r.Int(e.ID)
		r.Text(e.Topic)
		r.Text(e.Key)
		r.Text(e.Payload)
		r.Int(now)
	})
}

// state is the one row of outbox_state.
type state struct{ last, purgedThrough int64 }

// lockState is taken by whoever moves the numbers or the retention; these
// transactions lock nothing else but their lease.
var lockState = db.LockClass{Rank: 1, Table: "outbox_state", Key: "id"}

const selectState = `SELECT last_seq, purged_through FROM outbox_state WHERE id = 1`

func readState(ctx context.Context, tx *db.Tx) (state, error) {
	return db.One(ctx, tx, func(s db.Scanner) (state, error) {
		var st state
		err := s.Scan(&st.last, &st.purgedThrough)
		return st, err
	}, selectState)
}

// lockAndReadState keeps the state as it is read until the transaction ends.
func lockAndReadState(ctx context.Context, tx *db.Tx) (state, error) {
	if err := tx.Lock(ctx, lockState, 1); err != nil {
		return state{}, err
	}
	return readState(ctx, tx)
}

const updateState = `UPDATE outbox_state SET last_seq = $1, purged_through = $2 WHERE id = 1`

func writeState(ctx context.Context, tx *db.Tx, st state) error {
	_, err := tx.Exec(ctx, updateState, st.last, st.purgedThrough)
	return err
}

// Committed rows without a number, whenever their ids were made: an id that
// lies below numbered ones is found as well. The partial index holds just these.
const selectUnnumbered = `SELECT id FROM outbox WHERE seq IS NULL ORDER BY id LIMIT $1`

func anyUnnumbered(ctx context.Context, tx *db.Tx) (bool, error) {
	ids, err := db.Values[int64](ctx, tx, selectUnnumbered, 1)
	return len(ids) > 0, err
}

var numberOutbox = db.Update{Table: "outbox", Keys: []string{"id"}, Set: []string{"seq"}}

// giveNumbers numbers up to limit events after last and returns the new last.
// Nobody else writes these rows, so they need no locks of their own.
func giveNumbers(ctx context.Context, tx *db.Tx, last int64, limit int) (int64, error) {
	ids, err := db.Values[int64](ctx, tx, selectUnnumbered, limit)
	if err != nil {
		return 0, err
	}
	n, err := tx.UpdateMany(ctx, &numberOutbox, len(ids), func(i int, r *db.Row) {
		r.Int(ids[i])
		r.Int(last + int64(i) + 1)
	})
	if err == nil && n != int64(len(ids)) {
		err = fmt.Errorf("outbox: %d of %d events got a number", n, len(ids))
	}
	return last + n, err
}

const selectAfter = `SELECT id, topic, key, payload, created_at, seq FROM outbox
	WHERE seq > $1 ORDER BY seq LIMIT $2`

func selectEvents(ctx context.Context, tx *db.Tx, after int64, limit int) ([]Event, error) {
	return db.Many(ctx, tx, scanEvent, selectAfter, after, limit)
}

func scanEvent(s db.Scanner) (Event, error) {
	var e Event
	var created int64
	err := s.Scan(&e.ID, &e.Topic, &e.Key, &e.Payload, &created, &e.Seq)
	e.CreatedAt = time.UnixMicro(created).UTC()
	return e, err
}

// Everybody has passed what is at most the lower of these two; $1 when nobody
// is registered or nothing is parked. Read in this order: an event is parked
// in the transaction in which its consumer passes it.
const (
	selectSlowest = `SELECT COALESCE(MIN(passed_seq), $1) FROM outbox_consumer`
	selectParked  = `SELECT COALESCE(MIN(seq) - 1, $1) FROM outbox_parked`
)

func passedByAll(ctx context.Context, tx *db.Tx, last int64) (int64, error) {
	passed, err := db.Value[int64](ctx, tx, selectSlowest, last)
	if err != nil {
		return 0, err
	}
	settled, err := db.Value[int64](ctx, tx, selectParked, last)
	return min(passed, settled), err
}

const selectAges = `SELECT id, created_at FROM outbox
	WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`

// oldEvents returns the ids of the events that follow after, up to through and
// up to the first that is younger than limit, at most a page of them.
func oldEvents(
	ctx context.Context, tx *db.Tx, after, through int64, limit time.Time,
) (old []int64, err error) {
	younger := false
	err = db.Each(ctx, tx, func(s db.Scanner) error {
		var id, created int64
		err := s.Scan(&id, &created)
		younger = younger || created > limit.UnixMicro()
		if !younger {
			old = append(old, id)
		}
		return err
	}, selectAges, after, through, page)
	return old, err
}

const (
	deleteInbox  = `DELETE FROM outbox_inbox WHERE msg_id IN (:ids) RETURNING msg_id`
	deleteOutbox = `DELETE FROM outbox WHERE id IN (:ids) RETURNING id`
)

// deleteEvents deletes events that everybody has passed, so nobody else writes
// these rows.
func deleteEvents(ctx context.Context, tx *db.Tx, ids []int64) error {
	for _, text := range []string{deleteInbox, deleteOutbox} {
		_, err := db.ManyByID(ctx, tx, func(db.Scanner) (struct{}, error) {
			return struct{}{}, nil
		}, text, ids)
		if err != nil {
			return err
		}
	}
	return nil
}
