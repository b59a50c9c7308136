package ledger

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"openlend/internal/db"
)

const (
	selectLogSize = `SELECT COALESCE(MAX(leaf_no) + 1, 0) FROM ledger_leaf`

	// A batch that commits late may have lower ids than one that is sealed
	// already, so the question is never "above the last".
	selectUnsealed = `SELECT b.first_id, b.count, b.business_on, b.booked_at, b.root
		FROM ledger_batch b LEFT JOIN ledger_leaf l ON l.batch_id = b.first_id
		WHERE b.first_id > $1 AND l.leaf_no IS NULL ORDER BY b.first_id LIMIT $2`

	selectNewestBatch = `SELECT COALESCE(MAX(first_id), 0) FROM ledger_batch`

	selectLogHashes = `SELECT position, hash FROM ledger_log_hash WHERE position IN (:ids)`

	selectHeadColumns = `SELECT tree_size, signed_at, note FROM ledger_head `

	selectHeadsAfter = selectHeadColumns + `WHERE tree_size > $1 ORDER BY tree_size LIMIT $2`

	selectNewestHead = selectHeadColumns + `ORDER BY tree_size DESC LIMIT 1`

	selectHead = selectHeadColumns + `WHERE tree_size = $1`

	selectBatchOf = `SELECT b.first_id, b.count, b.business_on, b.booked_at, b.root,
		COALESCE(l.leaf_no, -1)
		FROM ledger_batch b LEFT JOIN ledger_leaf l ON l.batch_id = b.first_id
		WHERE b.first_id <= $1 ORDER BY b.first_id DESC LIMIT 1`

	selectTransferRange = selectTransferColumns + `WHERE id >= $1 AND id < $2 ORDER BY id`
)

var (
	insertLeaf = &db.Insert{Table: "ledger_leaf", Columns: []string{"leaf_no", "batch_id"}}

	insertLogHash = &db.Insert{Table: "ledger_log_hash", Columns: []string{"position", "hash"}}

	insertHead = &db.Insert{Table: "ledger_head", KeepExisting: true,
		Columns: []string{"tree_size", "signed_at", "note"}}
)

func scanBatch(s db.Scanner) (batchRow, error) {
	var b batchRow
	var root []byte
	err := s.Scan((*int64)(&b.firstID), &b.count, &b.businessOn, &b.bookedAt, &root)
	b.root = hashOf(root)
	return b, err
}

// hashOf is a hash as it is stored. Bytes of another length, which only a
// tamperer writes, become the zero hash, which no record has.
func hashOf(raw []byte) (h tlog.Hash) {
	if len(raw) == len(h) {
		copy(h[:], raw)
	}
	return h
}

// leafOfBatch is a batch with its leaf number, -1 when it has none.
type leafOfBatch struct {
	batchRow
	leafNo int64
}

func scanLeafOfBatch(s db.Scanner) (leafOfBatch, error) {
	var l leafOfBatch
	var root []byte
	err := s.Scan((*int64)(&l.firstID), &l.count, &l.businessOn, &l.bookedAt, &root, &l.leafNo)
	l.root = hashOf(root)
	return l, err
}

func scanHead(s db.Scanner) (Head, error) {
	var h Head
	err := s.Scan(&h.Size, &h.SignedAt, &h.Note)
	return h, err
}

type storedHash struct {
	position int64
	hash     tlog.Hash
}

func scanStoredHash(s db.Scanner) (storedHash, error) {
	var h storedHash
	var raw []byte
	err := s.Scan(&h.position, &raw)
	h.hash = hashOf(raw)
	return h, err
}

// logHashes reads the hashes of the log that are in the database.
func logHashes(ctx context.Context, tx *db.Tx) tlog.HashReaderFunc {
	return func(positions []int64) ([]tlog.Hash, error) {
		stored, err := db.ManyByID(ctx, tx, scanStoredHash, selectLogHashes, positions)
		if err != nil {
			return nil, err
		}
		at := make(map[int64]tlog.Hash, len(stored))
		for _, h := range stored {
			at[h.position] = h.hash
		}
		hashes := make([]tlog.Hash, len(positions))
		for i, p := range positions {
			h, ok := at[p]
			if !ok {
				return nil, ErrTampered.With("hash %d of the log is missing", p)
			}
			hashes[i] = h
		}
		return hashes, nil
	}
}

func storeLeaves(ctx context.Context, tx *db.Tx, first int64, batches []batchRow) error {
	return tx.InsertMany(ctx, insertLeaf, len(batches), func(i int, r *db.Row) {
		r.Int(first + int64(i))
		r.Int(int64(batches[i].firstID))
	})
}

func storeLogHashes(ctx context.Context, tx *db.Tx, hashes []storedHash) error {
	return tx.InsertMany(ctx, insertLogHash, len(hashes), func(i int, r *db.Row) {
		r.Int(hashes[i].position)
		r.Bytes(hashes[i].hash[:])
	})
}

func storeHead(ctx context.Context, tx *db.Tx, h Head) error {
	return tx.InsertMany(ctx, insertHead, 1, func(_ int, r *db.Row) {
		r.Int(h.Size)
		r.Int(h.SignedAt)
		r.Text(h.Note)
	})
}

// headBy returns the head that a query for at most one finds, the zero Head
// when there is none.
func headBy(ctx context.Context, tx *db.Tx, query string, args ...any) (Head, error) {
	heads, err := db.Many(ctx, tx, scanHead, query, args...)
	if err != nil || len(heads) == 0 {
		return Head{}, err
	}
	return heads[0], nil
}
