package outbox

import (
	"context"
	"fmt"
	"time"

	"openlend/internal/db"
)

const (
	insertConsumer = `INSERT INTO outbox_consumer (name, passed_seq) VALUES ($1, $2)
		ON CONFLICT DO NOTHING`
	deleteConsumer    = `DELETE FROM outbox_consumer WHERE name = $1`
	deleteAllOfInbox  = `DELETE FROM outbox_inbox WHERE consumer = $1`
	deleteAllOfParked = `DELETE FROM outbox_parked WHERE consumer = $1`
)

// register makes a consumer known from a number on, unless it is already. The
// state is locked so that no event it wants is deleted meanwhile.
func register(ctx context.Context, tx *db.Tx, name string) error {
	st, err := lockAndReadState(ctx, tx)
	if err == nil {
		_, err = tx.Exec(ctx, insertConsumer, name, st.purgedThrough)
	}
	return err
}

func unregister(ctx context.Context, tx *db.Tx, name string) error {
	for _, text := range []string{deleteConsumer, deleteAllOfInbox, deleteAllOfParked} {
		if _, err := tx.Exec(ctx, text, name); err != nil {
			return err
		}
	}
	return nil
}

const (
	selectPlace = `SELECT passed_seq FROM outbox_consumer WHERE name = $1`
	updatePlace = `UPDATE outbox_consumer SET passed_seq = $1
		WHERE name = $2 AND passed_seq < $1`
)

func passedSeq(ctx context.Context, tx *db.Tx, name string) (int64, error) {
	return db.Value[int64](ctx, tx, selectPlace, name)
}

func pass(ctx context.Context, tx *db.Tx, name string, seq int64) error {
	n, err := tx.Exec(ctx, updatePlace, seq, name)
	if err == nil && n != 1 {
		err = fmt.Errorf("outbox: consumer %s cannot pass %d: not registered, or further", name, seq)
	}
	return err
}

const selectHandled = `SELECT msg_id FROM outbox_inbox
	WHERE consumer = $2 AND msg_id IN (:ids)`

func handledOf(ctx context.Context, tx *db.Tx, consumer string, ids []int64) ([]int64, error) {
	return db.ManyByID(ctx, tx, func(s db.Scanner) (int64, error) {
		var id int64
		err := s.Scan(&id)
		return id, err
	}, selectHandled, ids, consumer)
}

var intoInbox = db.Insert{Table: "outbox_inbox", Columns: []string{"consumer", "msg_id"}}

func insertHandled(ctx context.Context, tx *db.Tx, consumer string, events []Event) error {
	return tx.InsertMany(ctx, &intoInbox, len(events), func(i int, r *db.Row) {
		r.Text(consumer)
		r.Int(events[i].ID)
	})
}

const selectBlockedKeys = `SELECT DISTINCT key FROM outbox_parked
	WHERE consumer = $1 AND key <> ''`

func blockedKeys(ctx context.Context, tx *db.Tx, consumer string) (map[string]bool, error) {
	keys, err := db.Values[string](ctx, tx, selectBlockedKeys, consumer)
	blocked := make(map[string]bool, len(keys))
	for _, key := range keys {
		blocked[key] = true
	}
	return blocked, err
}

var intoParked = db.Insert{
	Table: "outbox_parked",
	Columns: []string{
		"consumer", "msg_id", "seq", "key", "state", "attempts", "next_at", "fault",
	},
}

func insertParked(ctx context.Context, tx *db.Tx, consumer string, parked []Parked) error {
	return tx.InsertMany(ctx, &intoParked, len(parked), func(i int, r *db.Row) {
		p := &parked[i]
		r.Text(consumer)
		r.Int(p.Event.ID)
		r.Int(p.Event.Seq)
		r.Text(p.Event.Key)
		r.Text(string(p.State))
		r.Int(int64(p.Attempts))
		r.Int(p.NextAt.UnixMicro())
		r.Text(p.Fault)
	})
}

const parkedColumns = `SELECT o.id, o.topic, o.key, o.payload, o.created_at, o.seq,
		p.state, p.attempts, p.next_at, p.fault
	FROM outbox_parked p JOIN outbox o ON o.id = p.msg_id
	WHERE p.consumer = $1 `

const (
	selectDue = parkedColumns + `AND p.state = 'waiting' AND p.next_at <= $2
		AND NOT EXISTS (SELECT 1 FROM outbox_parked b WHERE b.consumer = p.consumer
			AND b.key = p.key AND b.seq < p.seq AND b.key <> '')
		ORDER BY p.next_at, p.seq LIMIT $3`
	selectParkedAfter = parkedColumns + `AND p.seq > $2 ORDER BY p.seq LIMIT $3`
)

// dueParked returns events whose time and turn have come.
func dueParked(
	ctx context.Context, tx *db.Tx, consumer string, now time.Time, limit int,
) ([]Parked, error) {
	return db.Many(ctx, tx, scanParked, selectDue, consumer, now.UnixMicro(), limit)
}

func parkedAfter(
	ctx context.Context, tx *db.Tx, consumer string, after int64, limit int,
) ([]Parked, error) {
	return db.Many(ctx, tx, scanParked, selectParkedAfter, consumer, after, limit)
}

func scanParked(s db.Scanner) (Parked, error) {
	var p Parked
	var created, next int64
	e := &p.Event
	err := s.Scan(&e.ID, &e.Topic, &e.Key, &e.Payload, &created, &e.Seq,
		&p.State, &p.Attempts, &next, &p.Fault)
	e.CreatedAt, p.NextAt = time.UnixMicro(created).UTC(), time.UnixMicro(next).UTC()
	return p, err
}

const updateParked = `UPDATE outbox_parked
	SET state = $1, attempts = $2, next_at = $3, fault = $4
	WHERE consumer = $5 AND msg_id = $6`

func updateOneParked(ctx context.Context, tx *db.Tx, consumer string, p Parked) error {
	_, err := tx.Exec(ctx, updateParked, string(p.State), p.Attempts, p.NextAt.UnixMicro(),
		p.Fault, consumer, p.Event.ID)
	return err
}

const (
	deleteParked = `DELETE FROM outbox_parked WHERE consumer = $1 AND msg_id = $2`
	deleteDead   = deleteParked + ` AND state = 'dead'`
	reviveDead   = `UPDATE outbox_parked SET state = 'waiting', attempts = 0, next_at = 0
		WHERE consumer = $1 AND msg_id = $2 AND state = 'dead'`
)

func deleteOneParked(ctx context.Context, tx *db.Tx, consumer string, id int64) error {
	_, err := tx.Exec(ctx, deleteParked, consumer, id)
	return err
}

// settleDead runs one of the texts on a dead event. Refusal: ErrNotParked.
func settleDead(ctx context.Context, tx *db.Tx, text, consumer string, id int64) error {
	n, err := tx.Exec(ctx, text, consumer, id)
	if err == nil && n == 0 {
		return ErrNotParked
	}
	return err
}
