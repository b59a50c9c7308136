package ledger

import (
	"golang.org/x/mod/sumdb/tlog"
)

// logTree is a growing Merkle tree (RFC 6962) of which only the right edge is
// kept: the roots of the complete subtrees that make up its size, by level.
// edge[l] counts only while bit l of size is set.
type logTree struct {
	size int64
	edge []tlog.Hash
}

// loadTree reads the edge of a tree that is stored.
func loadTree(size int64, stored tlog.HashReader) (*logTree, error) {
	t := &logTree{size: size}
	var levels []int
	var positions []int64
	for level := 0; size>>level > 0; level++ {
		t.edge = append(t.edge, tlog.Hash{})
		if size>>level&1 == 1 {
			levels = append(levels, level)
			positions = append(positions, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	if len(positions) == 0 {
		return t, nil
	}
	hashes, err := stored.ReadHashes(positions)
	if err != nil {
		return nil, err
	}
	for i, level := range levels {
		t.edge[level] = hashes[i]
	}
	return t, nil
}

// add appends a record. It appends the hashes to store, in storage order, to
// stored and returns it.
func (t *logTree) add(record tlog.Hash, stored []tlog.Hash) []tlog.Hash {
	stored = append(stored, record)
	level := 0
	for ; t.size>>level&1 == 1; level++ { // it completes the subtree to its left
		record = tlog.NodeHash(t.edge[level], record)
		stored = append(stored, record)
	}
	if level == len(t.edge) {
		t.edge = append(t.edge, tlog.Hash{})
	}
	t.edge[level] = record
	t.size++
	return stored
}

// reset empties the tree.
func (t *logTree) reset() { t.size, t.edge = 0, t.edge[:0] }

// hash is the head of the tree, which must not be empty.
func (t *logTree) hash() tlog.Hash {
	var h tlog.Hash
	found := false
	for level := range t.edge {
		switch {
		case t.size>>level&1 == 0:
		case found:
			h = tlog.NodeHash(t.edge[level], h)
		default:
			h, found = t.edge[level], true
		}
	}
	return h
}

// leaf is the record of a batch in the log: fields in this order, tab between
// them, numbers in decimal, the root in hexadecimal.
func (b *batchRow) leaf() []byte {
	line := append(make([]byte, 0, 160), "batch\t"...)
	line = appendNumber(line, int64(b.firstID))
	line = appendNumber(line, b.count)
	line = appendWord(line, b.businessOn)
	line = appendNumber(line, b.bookedAt)
	for _, c := range b.root {
		const digits = "0123456789abcdef"
		line = append(line, digits[c>>4], digits[c&15])
	}
	return line
}
