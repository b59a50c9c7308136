package ledger

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"openlend/internal/db"
)

const (
	batchPage = 1024 // batches, of up to 4,096 transfers, that are read at once
	leafPage  = 4096
)

// checkLog recomputes the log from the journal up: transfers -> batches ->
// leaves -> hashes -> heads, and compares the heads with heads.log.
func checkLog(ctx context.Context, tx *db.Tx, x *exam) error {
	transfers, err := db.Value[int64](ctx, tx, countTransfers)
	if err != nil {
		return err
	}
	batches, err := db.Value[int64](ctx, tx, countBatches)
	if err != nil {
		return err
	}
	x.of = transfers + 2*batches
	if err := checkBatches(ctx, tx, x); err != nil {
		return err
	}
	before := tx.Now().Add(-x.Grace).UnixMicro()
	if err := x.badRows(ctx, tx, batchKey, badUnsealed, before); err != nil {
		return err
	}
	if err := x.badRows(ctx, tx, leafKey, badLeaves); err != nil {
		return err
	}
	return checkHeads(ctx, tx, x, before)
}

func leafKey(n int64) string { return fmt.Sprintf("leaf %d", n) }

// checkBatches recomputes the root of every batch. Batches are ranges of ids,
// so both tables are read once, side by side.
func checkBatches(ctx context.Context, tx *db.Tx, x *exam) error {
	b := &batchCheck{x: x}
	from := int64(math.MinInt64)
	for {
		page, err := db.Many(ctx, tx, scanBatch, selectBatchPage, from, batchPage)
		if err != nil {
			return err
		}
		end := int64(math.MaxInt64) // after the last batch whatever comes is astray
		if len(page) == batchPage {
			last := page[batchPage-1]
			end = int64(last.firstID) + last.count
		}
		b.page, b.at = page, 0
		if err := db.Each(ctx, tx, b.take, selectTransferRange, b.begin(), end); err != nil {
			return err
		}
		for b.at < len(b.page) {
			b.finish()
		}
		if len(page) < batchPage {
			return nil
		}
		from, b.end = int64(page[batchPage-1].firstID), end
	}
}

// batchCheck takes transfers in the order of their ids.
type batchCheck struct {
	x      *exam
	page   []batchRow
	at     int   // the batch that is being filled
	end    int64 // of the page before
	tree   logTree
	line   []byte
	stored []tlog.Hash
	broken bool // the batch is reported already
}

func (b *batchCheck) begin() int64 {
	if b.end == 0 {
		return math.MinInt64
	}
	return b.end
}

func (b *batchCheck) take(s db.Scanner) error {
	t, err := scanTransfer(s)
	if err != nil {
		return err
	}
	b.x.looked()
	for b.at < len(b.page) && t.ID >= b.page[b.at].firstID+TransferID(b.page[b.at].count) {
		b.finish()
	}
	if b.at == len(b.page) || t.ID < b.page[b.at].firstID {
		b.x.badf(transferKey(int64(t.ID)), "it is in no batch")
		return nil
	}
	row := &b.page[b.at]
	if next := row.firstID + TransferID(b.tree.size); t.ID != next && !b.broken {
		b.broken = true
		b.x.badf(batchKey(int64(row.firstID)), "its transfer %s is missing", next)
	}
	if (t.BusinessOn != row.businessOn || t.BookedAt != row.bookedAt) && !b.broken {
		b.broken = true
		b.x.badf(batchKey(int64(row.firstID)), "its transfer %s has another date", t.ID)
	}
	b.line = t.appendRecord(b.line[:0])
	b.stored = b.tree.add(tlog.RecordHash(b.line), b.stored[:0])
	return nil
}

// finish compares a batch with the transfers that were found in its range.
func (b *batchCheck) finish() {
	row := &b.page[b.at]
	b.x.looked()
	switch {
	case b.broken:
	case b.tree.size != row.count:
		b.x.badf(batchKey(int64(row.firstID)), "its transfer %s is missing",
			row.firstID+TransferID(b.tree.size))
	case b.tree.hash() != row.root:
		b.x.badf(batchKey(int64(row.firstID)),
			"its %d transfers do not have its root: one of them, or the root, was changed", row.count)
	}
	b.tree.reset()
	b.broken = false
	b.at++
}

// leafRow is a leaf with its batch; the batch is empty when there is none.
type leafRow struct {
	leafNo, batchID int64
	batch           batchRow
}

func scanLeaf(s db.Scanner) (leafRow, error) {
	var l leafRow
	var root []byte
	b := &l.batch
	err := s.Scan(&l.leafNo, &l.batchID, (*int64)(&b.firstID), &b.count, &b.businessOn,
		&b.bookedAt, &root)
	b.root = hashOf(root)
	return l, err
}

// headCheck grows the log again, leaf by leaf, and stops at every head.
type headCheck struct {
	ctx context.Context
	tx  *db.Tx
	x   *exam
	key note.Verifier // nil when there is none

	tree     logTree
	ended    bool // there are no more leaves
	position int64
	leaves   []leafRow
	hashes   []storedHash
	computed []tlog.Hash

	heads  []Head // of the database, next first
	lastDB int64  // size of the last head that was read
	noMore bool
	newest int64
}

// checkHeads recomputes leaves and hashes, and compares heads with heads.log.
func checkHeads(ctx context.Context, tx *db.Tx, x *exam, before int64) error {
	c := &headCheck{ctx: ctx, tx: tx, x: x}
	var err error
	if c.key, err = ReadKey(x.Place.PublicFile()); err != nil {
		c.key = nil // told when there is a head to check
	}
	if err := c.headsLog(); err != nil {
		return err
	}
	for {
		h, ok, err := c.head()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := c.notFiled(h); err != nil {
			return err
		}
	}
	if err := c.growTo(math.MaxInt64); err != nil {
		return err
	}
	if err := c.restOfHashes(); err != nil {
		return err
	}
	return x.badRows(ctx, tx, batchKey, badUnsigned, c.newest, before)
}

// headsLog goes through heads.log. Only its last head may be unknown to the
// database: a crash came between the two.
func (c *headCheck) headsLog() error {
	var lacking string
	err := eachHeadLine(c.x.Place.Heads, func(nr int64, l headLine) error {
		if lacking != "" {
			c.x.badf(lacking, "the database does not have this head")
		}
		lacking = ""
		line := fmt.Sprintf("heads.log line %d", nr)
		filed := Head{Size: l.Size, SignedAt: l.SignedAt, Note: l.Note}
		for {
			h, ok, err := c.head()
			switch {
			case err != nil:
				return err
			case !ok || h.Size > l.Size:
				lacking = line
				return c.compare(line, filed)
			case h.Size == l.Size:
				c.next()
				if h.Note != l.Note || h.SignedAt != l.SignedAt {
					c.x.badf(line, "the database has another head of %d leaves", h.Size)
				}
				return c.compare(line, filed)
			}
			if err := c.notFiled(h); err != nil {
				return err
			}
		}
	})
	if !refusedHead(err) {
		return err
	}
	c.x.badf("heads.log", "%s", err)
	return nil
}

// notFiled is a head of the database that heads.log lacks.
func (c *headCheck) notFiled(h Head) error {
	c.next()
	key := fmt.Sprintf("head of %d leaves", h.Size)
	c.x.badf(key, "it is not in %s, which was cut or belongs to another node", c.x.Place.Heads)
	return c.compare(key, h)
}

// head shows the next head of the database.
func (c *headCheck) head() (h Head, ok bool, err error) {
	if len(c.heads) == 0 && !c.noMore {
		c.heads, err = db.Many(c.ctx, c.tx, scanHead, selectHeadsAfter, c.lastDB, headsPage)
		c.noMore = len(c.heads) == 0
	}
	if err != nil || len(c.heads) == 0 {
		return Head{}, false, err
	}
	return c.heads[0], true, nil
}

func (c *headCheck) next() {
	c.lastDB = c.heads[0].Size
	c.heads = c.heads[1:]
}

// compare checks a head: who signed it, and that the log then was this log.
func (c *headCheck) compare(key string, h Head) error {
	c.x.looked()
	if c.key == nil {
		c.x.badf(key, "there is no public key at %s to check it by", c.x.Place.PublicFile())
		return nil
	}
	signed, _ := OpenHead(c.key, h.Note) // the zero Head when it is not ours
	if signed.Size != h.Size || h.Size == 0 {
		c.x.badf(key, "it is not signed by our key")
		return nil
	}
	if err := c.growTo(signed.Size); err != nil {
		return err
	}
	c.newest = max(c.newest, signed.Size)
	switch {
	case c.tree.size < signed.Size:
		c.x.badf(key, "the log has only %d leaves", c.tree.size)
	case c.tree.size > signed.Size:
		c.x.badf(key, "it comes after a longer one")
	case c.tree.hash() != signed.Hash:
		c.x.badf(key, "the log of %d leaves was another one when it was signed", signed.Size)
	}
	return nil
}

// growTo adds leaves until the log has that size or there are no more.
func (c *headCheck) growTo(size int64) error {
	for c.tree.size < size && !c.ended {
		if len(c.leaves) == 0 {
			var err error
			c.leaves, err = db.Many(c.ctx, c.tx, scanLeaf, selectLeafPage, c.tree.size-1, leafPage)
			if err != nil {
				return err
			}
			if c.ended = len(c.leaves) == 0; c.ended {
				return nil
			}
		}
		if err := c.leaf(c.leaves[0]); err != nil {
			return err
		}
		if !c.ended {
			c.leaves = c.leaves[1:]
		}
	}
	return nil
}

// leaf adds one leaf and compares the hashes that are stored with it.
func (c *headCheck) leaf(l leafRow) error {
	c.x.looked()
	key := leafKey(c.tree.size)
	if l.leafNo != c.tree.size {
		c.x.badf(key, "it is missing, the next leaf is %d", l.leafNo)
		c.ended = true
		return nil
	}
	if l.batch.firstID == 0 {
		c.x.badf(key, "its batch %s does not exist", TransferID(l.batchID))
	}
	c.computed = c.tree.add(tlog.RecordHash(l.batch.leaf()), c.computed[:0])
	for _, h := range c.computed {
		stored, ok, err := c.hash()
		switch {
		case err != nil:
			return err
		case !ok || stored.position != c.position:
			c.x.badf(key, "hash %d of the log is missing", c.position)
		default:
			c.hashes = c.hashes[1:]
			if stored.hash != h {
				c.x.badf(key, "hash %d of the log is not that of the batches", c.position)
			}
		}
		c.position++
	}
	return nil
}

// hash shows the next stored hash from c.position on.
func (c *headCheck) hash() (h storedHash, ok bool, err error) {
	if len(c.hashes) == 0 {
		c.hashes, err = db.Many(c.ctx, c.tx, scanStoredHash, selectHashPage, c.position, leafPage)
	}
	if err != nil || len(c.hashes) == 0 {
		return storedHash{}, false, err
	}
	return c.hashes[0], true, nil
}

// restOfHashes finds hashes beyond the last leaf.
func (c *headCheck) restOfHashes() error {
	if h, ok, err := c.hash(); err != nil || ok {
		c.x.badf(fmt.Sprintf("hash %d of the log", h.position), "there is no leaf for it")
		return err
	}
	return nil
}
