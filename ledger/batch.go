package ledger

import (
	"context"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"openlend/internal/db"
)

// batchMax is how many transfers one ledger_batch row covers: a block of ids.
const batchMax = 4096

// batchRow is one leaf-to-be of the log.
type batchRow struct {
	firstID    TransferID
	count      int64
	businessOn string
	bookedAt   int64
	root       tlog.Hash
}

// hashBatches makes the batches beside the writing of their rows, which takes
// about as long; d.batches gives them.
func (d *decision) hashBatches() {
	d.batches = make(chan []batchRow, 1)
	go func() { d.batches <- batchesOf(d.transfers) }()
}

// batchesOf cuts a group's transfers into batches of consecutive ids.
func batchesOf(transfers []Transfer) []batchRow {
	var rows []batchRow
	for len(transfers) > 0 {
		n := min(len(transfers), batchMax)
		part := transfers[:n]
		rows = append(rows, batchRow{
			firstID: part[0].ID, count: int64(n), businessOn: part[0].BusinessOn,
			bookedAt: part[0].BookedAt, root: rootOf(part),
		})
		transfers = transfers[n:]
	}
	return rows
}

func storeBatches(ctx context.Context, tx *db.Tx, rows []batchRow) error {
	return tx.InsertMany(ctx, insertBatch, len(rows), func(i int, r *db.Row) {
		b := &rows[i]
		r.Int(int64(b.firstID))
		r.Int(b.count)
		r.Text(b.businessOn)
		r.Int(b.bookedAt)
		r.Bytes(b.root[:])
	})
}

// Record is the line that stands for the transfer in the log. Anyone who holds
// the row can write it again: fields in this order, tab between them, numbers
// in decimal, an unset balance or previous transfer as "-".
func (t *Transfer) Record() []byte { return t.appendRecord(make([]byte, 0, 192)) }

func (t *Transfer) appendRecord(b []byte) []byte {
	b = append(b, "transfer\t"...)
	b = appendNumber(b, int64(t.ID))
	b = appendWord(b, t.Cause.Type)
	b = appendNumber(b, t.Cause.ID)
	b = appendNumber(b, t.Leg)
	b = appendWord(b, string(t.Entry))
	b = appendNumber(b, int64(t.Debit))
	b = appendNumber(b, int64(t.Credit))
	b = appendNumber(b, t.Amount)
	b = appendWord(b, string(t.Currency))
	b = appendNumber(b, t.BookedAt)
	b = appendWord(b, t.BusinessOn)
	b = appendSide(b, t.DebitRunning, t.DebitAfter, t.DebitPrevious)
	return appendSide(b, t.CreditRunning, t.CreditAfter, t.CreditPrevious)
}

func appendNumber(b []byte, v int64) []byte { return append(strconv.AppendInt(b, v, 10), '\t') }

func appendWord(b []byte, s string) []byte { return append(append(b, s...), '\t') }

func appendSide(b []byte, running bool, after int64, previous TransferID) []byte {
	if !running {
		return append(b, "-\t-\t"...)
	}
	b = appendNumber(b, after)
	if previous == 0 {
		return append(b, "-\t"...)
	}
	return appendNumber(b, int64(previous))
}

// rootOf is the Merkle tree hash (RFC 6962 section 2.1) over the records.
func rootOf(transfers []Transfer) tlog.Hash {
	hashes := make([]tlog.Hash, len(transfers))
	var line []byte
	for i := range transfers {
		line = transfers[i].appendRecord(line[:0])
		hashes[i] = tlog.RecordHash(line)
	}
	return merkleRoot(hashes)
}

func merkleRoot(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := 1
	for half*2 < len(hashes) {
		half *= 2
	}
	return tlog.NodeHash(merkleRoot(hashes[:half]), merkleRoot(hashes[half:]))
}
