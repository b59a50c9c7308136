package idem_test

import (
	"context"
	"errors"
	"testing"

	"openlend/internal/db"
	"openlend/internal/idem"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
)

// A command that wants its transaction to run again, after a statement of it has
// failed, is run again: its wish is no refusal.
func TestOnceRunsAgain(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		taken, err := k.ids.Next()
		if err != nil {
			t.Fatal(err)
		}
		write := func(ctx context.Context, tx *db.Tx) error {
			return outbox.Write(ctx, tx, outbox.Event{ID: taken, Topic: "kettle.boiled"})
		}
		_, err = db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (any, error) {
			return nil, write(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		runs := 0
		_, err = db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (any, error) {
			_, _, err := idem.Once(ctx, tx, request("one", "x"),
				func(ctx context.Context) (idem.Answer, error) {
					if runs++; runs > 1 {
						return k.boil(ctx, tx)
					}
					err := write(ctx, tx)
					if db.IsDuplicate(err) {
						err = db.Again("somebody was quicker")
					}
					return idem.Answer{}, err
				})
			return nil, err
		})
		if err != nil || runs != 2 {
			t.Errorf("%d runs, %v", runs, err)
		}
		k.mustHave(t, 2, 1)
	})
}

// What another request under the key is told depends on what became of the first
// one: after a refusal the key is free, and sending it again is safe.
func TestKeyOfARefusedTwinIsFree(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		two := []idem.Request{request("one", "x"), request("one", "y")}
		got, err := k.many(t.Context(), two, map[int]bool{0: true})
		if err != nil || !errors.Is(got[0].Refusal, errNo) ||
			!errors.Is(got[1].Refusal, idem.ErrInFlight) {
			t.Errorf("got %v, %v", got, err)
		}
		if got, err = k.many(t.Context(), two[1:], nil); err != nil || got[0].Refusal != nil {
			t.Errorf("then %v, %v", got, err)
		}
		k.mustHave(t, 1, 1)
	})
}
