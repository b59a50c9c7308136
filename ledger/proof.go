package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"openlend/internal/db"
	"openlend/money"
)

// Proof is what an auditor gets, as one JSON object. With the public key alone
// it shows either that one transfer is in the log (Inclusion) or that a longer
// log begins with all of a shorter one (Consistency).
type Proof struct {
	Inclusion   *Inclusion   `json:"inclusion,omitempty"`
	Consistency *Consistency `json:"consistency,omitempty"`
}

// Inclusion leads from a transfer to the root of its batch, and from the batch
// to a signed head.
type Inclusion struct {
	Transfer  string      `json:"transfer"`   // Transfer.Record
	BatchPath []tlog.Hash `json:"batch_path"` // RFC 6962 section 2.1.1, nearest first
	Batch     string      `json:"batch"`      // the leaf of the log
	LeafNo    int64       `json:"leaf_no"`
	LogPath   []tlog.Hash `json:"log_path"`
	Head      string      `json:"head"`
}

// Consistency leads from an older signed head to a newer one.
type Consistency struct {
	Older string      `json:"older"`
	Newer string      `json:"newer"`
	Path  []tlog.Hash `json:"path"` // RFC 6962 section 2.1.2
}

// Encode writes a proof as CheckProof reads it.
func (p Proof) Encode() ([]byte, error) { return canonical(p) }

// ProveTransfer proves that a transfer is under the newest signed head.
// Refusals: ErrNoEntry, ErrNotSealed; ErrTampered when its batch does not hold
// what it held when it was booked.
func ProveTransfer(ctx context.Context, tx *db.Tx, id TransferID) (Proof, error) {
	head, err := headBy(ctx, tx, selectNewestHead)
	if err != nil {
		return Proof{}, err
	}
	leaf, transfers, err := batchOf(ctx, tx, id)
	if err != nil {
		return Proof{}, err
	}
	if leaf.leafNo < 0 || leaf.leafNo >= head.Size {
		return Proof{}, ErrNotSealed
	}
	at := int64(id - leaf.firstID)
	batchPath, err := pathInBatch(leaf.batchRow, transfers, at)
	if err != nil {
		return Proof{}, err
	}
	logPath, err := tlog.ProveRecord(head.Size, leaf.leafNo, logHashes(ctx, tx))
	if err != nil {
		return Proof{}, err
	}
	return Proof{Inclusion: &Inclusion{
		Transfer: string(transfers[at].Record()), BatchPath: batchPath,
		Batch: string(leaf.leaf()), LeafNo: leaf.leafNo, LogPath: logPath, Head: head.Note,
	}}, nil
}

// batchOf loads the batch that a transfer is in.
func batchOf(ctx context.Context, tx *db.Tx, id TransferID) (leafOfBatch, []Transfer, error) {
	found, err := db.Many(ctx, tx, scanLeafOfBatch, selectBatchOf, int64(id))
	if err != nil {
		return leafOfBatch{}, nil, err
	}
	if len(found) == 0 || int64(id-found[0].firstID) >= found[0].count {
		return leafOfBatch{}, nil, ErrNoEntry
	}
	leaf := found[0]
	transfers, err := db.Many(ctx, tx, scanTransfer, selectTransferRange,
		int64(leaf.firstID), int64(leaf.firstID)+leaf.count)
	if err == nil && int64(len(transfers)) != leaf.count {
		err = ErrTampered.With("batch %d has %d of its %d transfers",
			leaf.firstID, len(transfers), leaf.count)
	}
	return leaf, transfers, err
}

// pathInBatch is the audit path of the transfer at that place in its batch.
func pathInBatch(b batchRow, transfers []Transfer, at int64) ([]tlog.Hash, error) {
	t := &logTree{}
	var stored []tlog.Hash
	for i := range transfers {
		stored = t.add(tlog.RecordHash(transfers[i].Record()), stored)
	}
	if t.hash() != b.root {
		return nil, ErrTampered.With("batch %d does not have its root", b.firstID)
	}
	return tlog.ProveRecord(b.count, at, tlog.HashReaderFunc(
		func(positions []int64) ([]tlog.Hash, error) {
			hashes := make([]tlog.Hash, len(positions))
			for i, p := range positions {
				hashes[i] = stored[p]
			}
			return hashes, nil
		}))
}

// ReadHead reads the signed head of that many leaves, or the newest when size
// is 0. Refusal: ErrNoHead.
func ReadHead(ctx context.Context, tx *db.Tx, size int64) (Head, error) {
	var h Head
	var err error
	if size == 0 {
		h, err = headBy(ctx, tx, selectNewestHead)
	} else {
		h, err = headBy(ctx, tx, selectHead, size)
	}
	if err == nil && h.Size == 0 {
		err = ErrNoHead
	}
	return h, err
}

// ProveGrowth proves that the log under the newer signed head begins with all
// of the log under the older one; newer 0 means the newest. Refusal: ErrNoHead.
func ProveGrowth(ctx context.Context, tx *db.Tx, older, newer int64) (Proof, error) {
	from, err := headBy(ctx, tx, selectHead, older)
	if err != nil {
		return Proof{}, err
	}
	to, err := ReadHead(ctx, tx, newer)
	switch {
	case err != nil:
		return Proof{}, err
	case from.Size == 0 || to.Size < from.Size:
		return Proof{}, ErrNoHead
	}
	path, err := tlog.ProveTree(to.Size, from.Size, logHashes(ctx, tx))
	if err != nil {
		return Proof{}, err
	}
	return Proof{Consistency: &Consistency{Older: from.Note, Newer: to.Note, Path: path}}, nil
}

// Proven is what a proof has shown.
type Proven struct {
	Transfer *Transfer // of an inclusion
	LeafNo   int64
	Older    *Head // of a consistency
	Head     Head
}

// CheckProof is the auditor's side: it needs the public key and the proof,
// nothing else. Any changed byte of the JSON, white space between its parts
// apart, makes it fail. Refusal: ErrProof.
func CheckProof(key note.Verifier, text []byte) (Proven, error) {
	var p Proof
	if err := json.Unmarshal(text, &p); err != nil {
		return Proven{}, ErrProof.With("it is not the JSON of a proof")
	}
	var given bytes.Buffer
	again, err := p.Encode()
	if err != nil || json.Compact(&given, text) != nil || !bytes.Equal(given.Bytes(), again) {
		return Proven{}, ErrProof.With("it is not written as proofs are")
	}
	switch {
	case p.Inclusion != nil && p.Consistency == nil:
		return p.Inclusion.check(key)
	case p.Consistency != nil && p.Inclusion == nil:
		return p.Consistency.check(key)
	}
	return Proven{}, ErrProof.With("it proves nothing, or two things at once")
}

func (p *Inclusion) check(key note.Verifier) (Proven, error) {
	head, err := OpenHead(key, p.Head)
	if err != nil {
		return Proven{}, ErrProof.With("the head is not signed by this key")
	}
	b, ok := parseLeaf(p.Batch)
	if !ok {
		return Proven{}, ErrProof.With("the batch is not one")
	}
	t, ok := parseRecord(p.Transfer)
	if !ok {
		return Proven{}, ErrProof.With("the transfer is not one")
	}
	if tlog.CheckRecord(p.LogPath, head.Size, head.Hash, p.LeafNo,
		tlog.RecordHash([]byte(p.Batch))) != nil {
		return Proven{}, ErrProof.With("the batch is not that leaf of the log")
	}
	if tlog.CheckRecord(p.BatchPath, b.count, b.root, int64(t.ID-b.firstID),
		tlog.RecordHash([]byte(p.Transfer))) != nil {
		return Proven{}, ErrProof.With("the transfer is not in the batch")
	}
	return Proven{Transfer: &t, LeafNo: p.LeafNo, Head: head}, nil
}

func (p *Consistency) check(key note.Verifier) (Proven, error) {
	older, err1 := OpenHead(key, p.Older)
	newer, err2 := OpenHead(key, p.Newer)
	if err1 != nil || err2 != nil {
		return Proven{}, ErrProof.With("a head is not signed by this key")
	}
	if tlog.CheckTree(p.Path, newer.Size, newer.Hash, older.Size, older.Hash) != nil {
		return Proven{}, ErrProof.With("the newer log does not begin with the older one")
	}
	return Proven{Older: &older, Head: newer}, nil
}

// fields reads a record: tab after every field.
type fields struct {
	rest string
	bad  bool
}

func (f *fields) word() string {
	word, rest, ok := strings.Cut(f.rest, "\t")
	f.rest, f.bad = rest, f.bad || !ok
	return word
}

func (f *fields) number() int64 {
	n, err := strconv.ParseInt(f.word(), 10, 64)
	f.bad = f.bad || err != nil
	return n
}

// side reads what appendSide wrote.
func (f *fields) side() (running bool, after int64, previous TransferID) {
	first, second := f.word(), f.word()
	if first == "-" && second == "-" {
		return false, 0, 0
	}
	after, err := strconv.ParseInt(first, 10, 64)
	var id int64
	if second != "-" && err == nil {
		id, err = strconv.ParseInt(second, 10, 64)
	}
	f.bad = f.bad || err != nil
	return true, after, TransferID(id)
}

// parseRecord reads the line of a transfer; writing it again gives the same.
func parseRecord(line string) (Transfer, bool) {
	f := &fields{rest: line}
	f.bad = f.word() != "transfer"
	t := Transfer{ID: TransferID(f.number())}
	t.Cause.Type = f.word()
	t.Cause.ID, t.Leg = f.number(), f.number()
	t.Entry = EntryType(f.word())
	t.Debit, t.Credit = AccountID(f.number()), AccountID(f.number())
	t.Amount, t.Currency = f.number(), money.Currency(f.word())
	t.BookedAt, t.BusinessOn = f.number(), f.word()
	t.DebitRunning, t.DebitAfter, t.DebitPrevious = f.side()
	t.CreditRunning, t.CreditAfter, t.CreditPrevious = f.side()
	return t, !f.bad && string(t.Record()) == line
}

// parseLeaf reads the leaf of a batch; writing it again gives the same.
func parseLeaf(line string) (batchRow, bool) {
	f := &fields{rest: line}
	f.bad = f.word() != "batch"
	b := batchRow{firstID: TransferID(f.number()), count: f.number(), businessOn: f.word()}
	b.bookedAt = f.number()
	root, err := hex.DecodeString(f.rest)
	if err != nil || len(root) != tlog.HashSize {
		return b, false
	}
	copy(b.root[:], root)
	return b, !f.bad && string(b.leaf()) == line
}
