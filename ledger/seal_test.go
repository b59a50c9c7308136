package ledger

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
)

// TestLogTree: the tree agrees with tlog in every hash, from any size on.
func TestLogTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "leaves")
		start := rapid.IntRange(0, n-1).Draw(t, "loaded at")
		var want []tlog.Hash // stored hashes by tlog's own functions
		read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
			found := make([]tlog.Hash, len(at))
			for i, p := range at {
				found[i] = want[p]
			}
			return found, nil
		})
		var tree *logTree
		var got []tlog.Hash
		for i := range n {
			record := tlog.RecordHash([]byte{byte(i), byte(i >> 8)})
			stored, err := tlog.StoredHashesForRecordHash(int64(i), record, read)
			if err != nil {
				t.Fatal(err)
			}
			if i == start {
				if tree, err = loadTree(int64(i), read); err != nil {
					t.Fatal(err)
				}
				got = slices.Clone(want)
			}
			want = append(want, stored...)
			if tree == nil {
				continue
			}
			got = tree.add(record, got)
			head, err := tlog.TreeHash(int64(i+1), read)
			if err != nil || tree.hash() != head || tree.size != int64(i+1) {
				t.Fatalf("the head of %d leaves differs: %v", i+1, err)
			}
		}
		if !slices.Equal(got, want) || int64(len(got)) != tlog.StoredHashCount(int64(n)) {
			t.Fatal("stored hashes differ")
		}
	})
}

// TestBatchRoot: the root of a batch is tlog's head over its records.
func TestBatchRoot(t *testing.T) {
	for n := 1; n < 70; n++ {
		transfers := make([]Transfer, n)
		tree := &logTree{}
		for i := range transfers {
			transfers[i] = Transfer{ID: TransferID(i), Amount: 5}
			tree.add(tlog.RecordHash(transfers[i].Record()), nil)
		}
		if rootOf(transfers) != tree.hash() {
			t.Errorf("%d transfers", n)
		}
	}
}

// TestSealFindsLateBatches: a batch that commits after one with higher ids gets
// a leaf as well, and the log stays without a gap.
func TestSealFindsLateBatches(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		late := id.NewSeeded(s.clock.Now().Add(-30 * time.Minute)) // below the newest
		sealer := s.sealer(t)
		s.seal1(t, sealer, 0)
		s.postBy(t, s.ids, 60)
		s.seal1(t, sealer, 1)
		s.postBy(t, late, 61)
		s.seal1(t, sealer, 1)
		s.seal1(t, sealer, 0)
		s.number(t)
		s.clock.Advance(time.Hour)
		s.mustBeSound(t)
	})
}

// TestSealFloor: the floor spares the look at old batches, stays an hour behind
// the newest, and is forgotten once a day.
func TestSealFloor(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		sealer := s.sealer(t)
		s.seal1(t, sealer, 0)
		newest := s.posted[12] // of the last batch
		if sealer.floor != 0 || sealer.nextFloor != newest {
			t.Errorf("floor %d, next %d", sealer.floor, sealer.nextFloor)
		}
		s.clock.Advance(floorLag)
		s.seal1(t, sealer, 0)
		if sealer.floor != 0 {
			t.Errorf("floor %d within the lag", sealer.floor)
		}
		s.clock.Advance(time.Second)
		s.seal1(t, sealer, 0)
		if sealer.floor != newest {
			t.Errorf("floor %d, want %d", sealer.floor, newest)
		}
		// A batch below the floor, which no clock in order makes, waits a day.
		s.postBy(t, id.NewSeeded(bookDay.Add(-time.Minute)), 60)
		s.seal1(t, sealer, 0)
		s.clock.Advance(lookAgain)
		s.seal1(t, sealer, 1)
	})
}

// TestSealPages: more batches than one transaction takes.
func TestSealPages(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		const n = 2*sealPage + 3
		s.write(t, func(ctx context.Context, tx *db.Tx) error {
			rows := make([]batchRow, n)
			for i := range rows {
				rows[i] = batchRow{firstID: TransferID(i + 1), count: 1, businessOn: "2026-11-22"}
			}
			return storeBatches(ctx, tx, rows)
		})
		sealed := s.seal1(t, s.sealer(t), n)
		if sealed.Head.Size != n+7 {
			t.Errorf("%d leaves", sealed.Head.Size)
		}
		r := s.verify(t, VerifyOptions{})["I29"]
		if r.Bad != n { // the batches have no transfers, all else is sound
			t.Errorf("%d bad: %v", r.Bad, r.Rows)
		}
	})
}

// seal1 seals with one sealer and expects so many new leaves.
func (s *sample) seal1(t *testing.T, by *Sealer, want int64) Sealed {
	t.Helper()
	sealed, err := by.Seal(t.Context())
	if err != nil || sealed.Batches != want {
		t.Fatalf("%d leaves, want %d: %v", sealed.Batches, want, err)
	}
	return sealed
}

// postBy books a fee with ids of that source.
func (s *sample) postBy(t *testing.T, ids *id.Source, cause int64) {
	t.Helper()
	s.write(t, func(ctx context.Context, tx *db.Tx) error {
		results, err := Post(ctx, tx, ids, []Command{
			s.move(Cause{"fee", cause}, "EUR bank_platform", "EUR fee_income", 5)})
		if err != nil {
			return err
		}
		return results[0].Err
	})
}

// TestSealConcurrently: sealers without a common lease collide on the unique
// keys at worst; the log is whole.
func TestSealConcurrently(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		for i := range int64(20) {
			s.postBy(t, s.ids, 100+i)
		}
		l, err := lease.Acquire(t.Context(), s.db, s.clock, "ledger/sealer", "a", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var sealers sync.WaitGroup
		for range 4 {
			sealers.Go(func() {
				_, err := NewSealer(s.db, l, s.place).Seal(t.Context()) // one epoch, four at work
				if err != nil && !db.IsDuplicate(err) {
					t.Error(err)
				}
			})
		}
		sealers.Wait()
		s.seal1(t, s.sealerOf(l), 0)
		s.number(t)
		s.clock.Advance(time.Hour)
		s.mustBeSound(t)
	})
}

func (s *sample) sealerOf(l lease.Lease) *Sealer { return NewSealer(s.db, l, s.place) }

// TestSealerIsFenced: a sealer whose lease another has taken writes nothing.
func TestSealerIsFenced(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		old, err := lease.Acquire(t.Context(), s.db, s.clock, "ledger/sealer", "old", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		_, err = SealOnce(t.Context(), s.db, s.clock, "new", s.place, nil)
		if !errors.Is(err, lease.ErrHeld) {
			t.Errorf("two sealers at once: %v", err)
		}
		s.clock.Advance(2 * time.Minute)
		s.sealer(t) // takes the lease
		s.postBy(t, s.ids, 60)
		if _, err := s.sealerOf(old).Seal(t.Context()); !errors.Is(err, lease.ErrLost) {
			t.Errorf("the old sealer went on: %v", err)
		}
	})
}

// TestSealAfterCrash: the head was written to heads.log, or half of it, and the
// process died before the database was told.
func TestSealAfterCrash(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		s.postBy(t, s.ids, 60)
		before := s.copyPlace(t)
		sealer := s.sealer(t)
		whole := s.seal1(t, sealer, 1).Head

		// Half a line: it is cut off and the head written again.
		half, err := os.ReadFile(s.place.Heads)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.place.Heads, half[:len(half)-20], 0o600); err != nil {
			t.Fatal(err)
		}
		if again := s.seal1(t, sealer, 0).Head; again != whole {
			t.Errorf("%+v, want %+v", again, whole)
		}
		again, err := os.ReadFile(s.place.Heads)
		if err != nil || string(again) != string(half) {
			t.Errorf("heads.log is not what it was: %v", err)
		}

		// The whole line, and no head in the database: that is stored, and until
		// then nothing is wrong.
		s.ruin(t, `DELETE FROM ledger_head WHERE tree_size = 8`)
		s.number(t)
		s.mustBeSound(t)
		s.seal1(t, sealer, 0)
		stored := s.newestHead(t)
		if stored.Note != whole.Note || stored.SignedAt != whole.SignedAt {
			t.Errorf("%+v", stored)
		}

		// Another node has sealed since this one did: it catches up.
		s.place = before
		s.seal1(t, s.sealer(t), 0)
		s.mustBeSound(t)
	})
}

// TestSealRefusesTamperedLog: nothing is built on a log that is not the one of
// the last head, and nothing is signed without the key.
func TestSealRefusesTamperedLog(t *testing.T) {
	for _, c := range []struct{ name, do string }{
		{"cut", `DELETE FROM ledger_leaf WHERE leaf_no = 6`},
		{"changed", `UPDATE ledger_log_hash SET hash = (SELECT hash FROM ledger_log_hash
			WHERE position = 1) WHERE position = 10`},
		{"without a hash", `DELETE FROM ledger_log_hash WHERE position = 10`},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachSample(t, func(t *testing.T, s *sample) {
				s.postBy(t, s.ids, 60)
				s.ruin(t, c.do)
				sealed, err := s.sealer(t).Seal(t.Context())
				if !errors.Is(err, ErrTampered) || sealed.Batches != 0 {
					t.Errorf("%+v, %v", sealed, err)
				}
			})
		})
	}
}

func TestSealKeys(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		for file, mode := range map[string]os.FileMode{
			s.place.privateFile(): 0o600, s.place.Heads: 0o600, s.place.PublicFile(): 0o644,
		} {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, %v", file, info, err)
			}
		}
		public, err := os.ReadFile(s.place.PublicFile())
		if err != nil {
			t.Fatal(err)
		}

		// The key is lost: a new one is not made behind everybody's back.
		lost := s.copyPlace(t)
		if err := os.Remove(lost.privateFile()); err != nil {
			t.Fatal(err)
		}
		good := s.place
		s.place = lost
		if _, err := s.sealer(t).Seal(t.Context()); !errors.Is(err, ErrNoKey) {
			t.Errorf("lost key: %v", err)
		}

		// Another key: its heads would not belong to this log.
		if err := lost.makeKey(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.sealer(t).Seal(t.Context()); !errors.Is(err, ErrTampered) {
			t.Errorf("another key: %v", err)
		}
		if err := os.WriteFile(lost.privateFile(), []byte("PRIVATE+KEY+x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.sealer(t).Seal(t.Context()); !errors.Is(err, ErrKey) {
			t.Errorf("broken key: %v", err)
		}

		// The public key is derived again when it is missing.
		s.place = good
		if err := os.Remove(good.PublicFile()); err != nil {
			t.Fatal(err)
		}
		s.seal1(t, s.sealer(t), 0)
		again, err := os.ReadFile(good.PublicFile())
		if err != nil || string(again) != string(public) {
			t.Errorf("%q, want %q, %v", again, public, err)
		}
		if !strings.HasPrefix(string(public), keyName+"+") {
			t.Errorf("%q", public)
		}
	})
}

// TestServeSealer seals on its own.
func TestServeSealer(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		s.postBy(t, s.ids, 60)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			ServeSealer(ctx, s.db, s.clock, "server", s.place, time.Millisecond,
				func(err error) { t.Error(err) })
		}()
		for size := int64(0); size < 8; {
			size = s.newestHead(t).Size
		}
		stop()
		<-done
	})
}
