package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"openlend/internal/db"
	"openlend/internal/testdb"
)

func (s *sample) key(t *testing.T) note.Verifier {
	t.Helper()
	key, err := ReadKey(s.place.PublicFile())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (s *sample) prove(t *testing.T, of TransferID) []byte {
	t.Helper()
	return s.encode(t, func(ctx context.Context, tx *db.Tx) (Proof, error) {
		return ProveTransfer(ctx, tx, of)
	})
}

func (s *sample) encode(t *testing.T, prove func(context.Context, *db.Tx) (Proof, error)) []byte {
	t.Helper()
	p, err := db.Read(t.Context(), s.db, prove)
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// testProveTransfer: every transfer of every batch can be proved, and the proof
// says what the row says.
func testProveTransfer(t *testing.T, s *sample) {
	key := s.key(t)
	for nr, id := range s.posted {
		text := s.prove(t, id)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, text, "", "  "); err != nil {
			t.Fatal(err)
		}
		for _, given := range [][]byte{text, pretty.Bytes()} {
			proven, err := CheckProof(key, given)
			if err != nil {
				t.Fatalf("transfer %d: %v\n%s", nr, err, given)
			}
			if row := s.row(t, id); *proven.Transfer != row || proven.Head.Size != 7 {
				t.Errorf("%+v, want %+v", *proven.Transfer, row)
			}
		}
	}
}

func (s *sample) row(t *testing.T, id TransferID) Transfer {
	t.Helper()
	row, err := db.Read(t.Context(), s.db, func(ctx context.Context, tx *db.Tx) (Transfer, error) {
		return db.One(ctx, tx, scanTransfer, selectTransferRange, int64(id), int64(id)+1)
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// TestProofsOfManySizes: batches and logs of every small size, so that every
// shape of a path occurs. CheckProof runs tlog's own verification.
func TestProofsOfManySizes(t *testing.T) {
	s := &sample{place: PlaceIn(t.TempDir(), "")}
	signer, key, err := s.place.signer(false)
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(1); n <= 33; n++ {
		transfers := make([]Transfer, n)
		for i := range transfers {
			transfers[i] = Transfer{ID: TransferID(100 + i), Cause: Cause{"fee", 1}, Amount: 5}
		}
		b := batchRow{firstID: 100, count: n, businessOn: "2026-11-22", root: rootOf(transfers)}
		head, err := signHead(signer, tlog.Tree{N: 1, Hash: tlog.RecordHash(b.leaf())}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for at := range n {
			path, err := pathInBatch(b, transfers, at)
			if err != nil {
				t.Fatal(err)
			}
			p := Inclusion{Transfer: string(transfers[at].Record()), BatchPath: path,
				Batch: string(b.leaf()), Head: head.Note}
			if _, err := p.check(key); err != nil {
				t.Errorf("%d of %d: %v", at, n, err)
			}
			p.Transfer = string(transfers[(at+1)%n].Record())
			if _, err := p.check(key); n > 1 && !errors.Is(err, ErrProof) {
				t.Errorf("%d of %d proves its neighbour: %v", at, n, err)
			}
		}
	}
}

// TestAnyChangedByteFails: a proof is its bytes. Checking needs no database, so
// one engine is enough.
func TestAnyChangedByteFails(t *testing.T) {
	t.Parallel()
	url := testdb.SQLite(t)
	s := newSample(t, url, url)
	key := s.key(t)
	for _, text := range [][]byte{
		s.prove(t, s.posted[1]),
		s.encode(t, func(ctx context.Context, tx *db.Tx) (Proof, error) {
			return ProveGrowth(ctx, tx, 3, 0)
		}),
	} {
		if _, err := CheckProof(key, text); err != nil {
			t.Fatal(err)
		}
		for i := range text {
			for _, flip := range []byte{1, 2, 32} {
				changed := bytes.Clone(text)
				changed[i] ^= flip
				if _, err := CheckProof(key, changed); !errors.Is(err, ErrProof) {
					t.Errorf("byte %d of %s: %v", i, changed, err)
				}
			}
			shorter := append(bytes.Clone(text[:i]), text[i+1:]...)
			if _, err := CheckProof(key, shorter); !errors.Is(err, ErrProof) {
				t.Errorf("without byte %d: %v", i, err)
			}
		}
	}
}

// testForgedProofs are well-formed and wrong.
func testForgedProofs(t *testing.T, s *sample) {
	key := s.key(t)
	one, two := &Proof{}, &Proof{}
	for p, nr := range map[*Proof]int{one: 1, two: 6} {
		if err := json.Unmarshal(s.prove(t, s.posted[nr]), p); err != nil {
			t.Fatal(err)
		}
	}
	stranger := PlaceIn(t.TempDir(), "")
	signer, other, err := stranger.signer(false)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(n *note.Note, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(n, signer)
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	for name, forge := range map[string]func(p *Inclusion){
		"another transfer":  func(p *Inclusion) { p.Transfer = two.Inclusion.Transfer },
		"another batch":     func(p *Inclusion) { p.Batch = two.Inclusion.Batch },
		"another leaf":      func(p *Inclusion) { p.LeafNo++ },
		"leaf below zero":   func(p *Inclusion) { p.LeafNo = -1 },
		"leaf beyond":       func(p *Inclusion) { p.LeafNo = 1 << 62 },
		"shorter path":      func(p *Inclusion) { p.LogPath = p.LogPath[1:] },
		"longer path":       func(p *Inclusion) { p.BatchPath = append(p.BatchPath, p.BatchPath[0]) },
		"batch as transfer": func(p *Inclusion) { p.Transfer = p.Batch },
		"amount": func(p *Inclusion) {
			p.Transfer = strings.Replace(p.Transfer, "\t50000\t", "\t50001\t", 1)
		},
		"stranger's head": func(p *Inclusion) {
			text, _, _ := strings.Cut(p.Head, "\n\n")
			p.Head = sign(&note.Note{Text: text + "\n"}, nil)
		},
		"two signatures": func(p *Inclusion) {
			p.Head = sign(note.Open([]byte(p.Head), note.VerifierList(key)))
		},
	} {
		forged := *one.Inclusion
		forge(&forged)
		text, err := Proof{Inclusion: &forged}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CheckProof(key, text); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := string(s.prove(t, s.posted[1]))
	if _, err := CheckProof(other, []byte(text)); !errors.Is(err, ErrProof) {
		t.Errorf("another key: %v", err)
	}
	for _, text := range []string{
		``, `{}`, `null`, `[]`, `{"inclusion":null}`, text + text,
		strings.Replace(text, `{"inclusion":`, `{"x":1,"inclusion":`, 1),
		strings.Replace(text, `"leaf_no":0`, `"leaf_no":0,"leaf_no":0`, 1),
		strings.Replace(text, `"leaf_no"`, `"Leaf_No"`, 1),
		strings.Replace(text, `"leaf_no":0`, `"leaf_no":0.0`, 1),
	} {
		if _, err := CheckProof(key, []byte(text)); !errors.Is(err, ErrProof) {
			t.Errorf("%.80s: %v", text, err)
		}
	}
}

func testProveGrowth(t *testing.T, s *sample) {
	key := s.key(t)
	for _, c := range []struct{ from, to, want int64 }{
		{3, 0, 7}, {3, 5, 5}, {3, 7, 7}, {5, 7, 7}, {7, 7, 7},
	} {
		text := s.encode(t, func(ctx context.Context, tx *db.Tx) (Proof, error) {
			return ProveGrowth(ctx, tx, c.from, c.to)
		})
		proven, err := CheckProof(key, text)
		if err != nil || proven.Older.Size != c.from || proven.Head.Size != c.want {
			t.Errorf("%+v: %+v, %v", c, proven, err)
		}
	}
	for _, c := range []struct{ from, to int64 }{{4, 0}, {0, 0}, {7, 5}, {3, 6}, {-1, 7}} {
		err := s.proveErr(t, func(ctx context.Context, tx *db.Tx) (Proof, error) {
			return ProveGrowth(ctx, tx, c.from, c.to)
		})
		if !errors.Is(err, ErrNoHead) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCannotProve: what is not in the log, or not any more what it was.
func TestCannotProve(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		prove := func(id TransferID) error {
			return s.proveErr(t, func(ctx context.Context, tx *db.Tx) (Proof, error) {
				return ProveTransfer(ctx, tx, id)
			})
		}
		for _, id := range []TransferID{0, 1, s.posted[0] - 1, s.posted[14] + 1, 1 << 62} {
			if err := prove(id); !errors.Is(err, ErrNoEntry) {
				t.Errorf("transfer %d: %v", id, err)
			}
		}
		s.post(t, s.move(Cause{"fee", 60}, "EUR bank_platform", "EUR fee_income", 5))
		if err := prove(s.posted[15]); !errors.Is(err, ErrNotSealed) {
			t.Errorf("not sealed: %v", err)
		}
		s.ruin(t, `DELETE FROM ledger_transfer WHERE id = {t7}`,
			`UPDATE ledger_transfer SET amount = 98 WHERE id = {t12}`)
		for _, nr := range []int{6, 13} { // neighbours of the tampered
			if err := prove(s.posted[nr]); !errors.Is(err, ErrTampered) {
				t.Errorf("transfer %d: %v", nr, err)
			}
		}
	})
}

// TestRecords: a line is read as what was written and nothing else is read.
func TestRecords(t *testing.T) {
	for _, want := range []Transfer{
		{ID: 1, Cause: Cause{"bid", 2}, Leg: 3, Entry: EntryTransfer, Debit: 4, Credit: 5, Amount: 6,
			Currency: "EUR", BookedAt: 7, BusinessOn: "2026-11-22"},
		{ID: 1, Cause: Cause{"bid", 2}, Entry: EntryReversal, Debit: 4, Credit: 5, Amount: 6,
			Currency: "EUR", BookedAt: 7, BusinessOn: "2026-11-22",
			DebitRunning: true, DebitAfter: 0,
			CreditRunning: true, CreditAfter: 9, CreditPrevious: 8},
	} {
		line := string(want.Record())
		if got, ok := parseRecord(line); !ok || got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		for _, bad := range []string{
			"", line + "x", line[1:], line[:len(line)-1], strings.Replace(line, "\t6\t", "\t06\t", 1),
			strings.Replace(line, "\t6\t", "\t+6\t", 1), strings.Replace(line, "transfer", "batch", 1),
			strings.Replace(line, "\t2\t", "\tx\t", 1), strings.ReplaceAll(line, "\t", " "),
		} {
			if _, ok := parseRecord(bad); ok {
				t.Errorf("%q was read", bad)
			}
		}
	}
	b := batchRow{firstID: 1, count: 2, businessOn: "2026-11-22", bookedAt: 3}
	b.root[5] = 0xab
	line := string(b.leaf())
	if got, ok := parseLeaf(line); !ok || got != b {
		t.Errorf("%+v, want %+v", got, b)
	}
	for _, bad := range []string{"", line + "0", line[:len(line)-1], strings.ToUpper(line),
		strings.Replace(line, "ab", "AB", 1), strings.Replace(line, "\t2\t", "\t\t", 1)} {
		if _, ok := parseLeaf(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestReadKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	for _, text := range []string{"", "x", "openlend-ledger+00000000+AAAA", "a+b+c+d"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKey(file); !errors.Is(err, ErrKey) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadKey(file + ".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Error(fmt.Sprint(err))
	}
}
