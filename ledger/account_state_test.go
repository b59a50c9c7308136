package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/refusal"
)

// Every step from every state; the legal ones are drawn at ledger.State.
func TestAccountStates(t *testing.T) {
	legal := map[string]bool{
		"open frozen": true, "frozen open": true, "open closed": true,
	}
	states := []ledger.State{ledger.Open, ledger.Frozen, ledger.Closed}
	eachBooks(t, func(b *books) {
		for _, from := range states {
			for _, to := range append(states, "gone") {
				a := b.wallet(0)
				if from != ledger.Open {
					b.setState(a, from)
				}
				step := fmt.Sprintf("%s %s", from, to)
				before := b.everything()
				err := b.tryState(a, to)
				switch {
				case legal[step] && (err != nil || b.account(a).State != to):
					b.Errorf("%s: %v, now %s", step, err, b.account(a).State)
				case !legal[step] && refusal.Code(err) != "ledger.invalid_state":
					b.Errorf("%s: %v", step, err)
				case !legal[step] && b.everything() != before:
					b.Errorf("%s: a refusal has written", step)
				}
			}
		}
	})
}

// tryState returns what SetAccountState refuses.
func (b *books) tryState(a ledger.AccountID, to ledger.State) error {
	_, err := db.Write(b.Context(), b.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, ledger.SetAccountState(ctx, tx, b.ids, a, to)
	})
	return err
}

func TestWhatCannotBeClosed(t *testing.T) {
	eachBooks(t, func(b *books) {
		full, held := b.wallet(1), b.wallet(1)
		b.must(ledger.PostWithdrawalHold(b.next(), held, eur(1))...)
		for _, c := range []struct {
			account ledger.AccountID
			want    string
		}{
			{full, "ledger.not_empty"},
			{held, "ledger.not_empty"},
			{b.bank, "ledger.platform_account"},
			{b.fees, "ledger.platform_account"},
			{ledger.AccountID(b.next()), "ledger.no_account"},
		} {
			for range 2 {
				if err := b.tryState(c.account, ledger.Closed); refusal.Code(err) != c.want {
					b.Errorf("%s: got %v, want %s", c.account, err, c.want)
				}
			}
		}
		if err := b.tryState(b.bank, ledger.Frozen); !errors.Is(err, ledger.ErrPlatform) {
			b.Errorf("a platform account was frozen: %v", err)
		}
		b.must(ledger.Command{Cause: ledger.Cause{Type: "test", ID: b.next()},
			Debit: full, Credit: b.bank, Amount: eur(1)})
		b.setState(full, ledger.Closed) // now that it is empty
	})
}

// A hold in a frozen account is released, but not posted.
func TestHoldsOfFrozenAccount(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		s := &scene{b: b, rich: b.wallet(300)}
		to := b.wallet(0)
		kept, gone := s.hold(100), s.hold(100)
		post(s.move(s.rich, to, 1)) // a poster has the account in its cache
		b.setState(s.rich, ledger.Frozen)
		got := codes(post(s.postHold(kept, to, 100), s.move(s.rich, to, 1),
			ledger.Command{Op: ledger.OpVoidHold, Of: gone}))
		if fmt.Sprint(got) != "[ledger.account_frozen ledger.account_frozen ]" {
			b.Errorf("got %q", got)
		}
		b.mustHave(s.rich, 299, 100)
		b.setState(s.rich, ledger.Open)
		if got := codes(post(s.postHold(kept, to, 100))); got[0] != "" {
			b.Errorf("after the thaw: %q", got)
		}
	})
}

func TestFindAccounts(t *testing.T) {
	eachBooks(t, func(b *books) {
		owner := b.owner()
		euros := b.open(ledger.Wallet, "EUR", owner)
		yen := b.open(ledger.Wallet, "JPY", owner)
		owed := b.open(ledger.Receivable, "EUR", owner)
		other := b.wallet(70)
		read(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
			found, err := ledger.FindAccounts(ctx, tx,
				ledger.NewAccount{Kind: ledger.Wallet, Currency: "EUR", OwnerID: owner + 1},
				ledger.NewAccount{Kind: ledger.FeeIncome, Currency: "EUR"},
				ledger.NewAccount{Kind: ledger.Wallet, Currency: "JPY", OwnerID: owner},
				ledger.NewAccount{Kind: ledger.Wallet, Currency: "JPY", OwnerID: owner})
			if err != nil {
				return struct{}{}, err
			}
			for i, want := range []ledger.AccountID{other, b.fees, yen, yen} {
				if found[i].ID != want {
					b.Errorf("found %d: %s, want %s", i, found[i].ID, want)
				}
			}
			if found[0].Available() != 70 {
				b.Errorf("available: %d", found[0].Available())
			}
			_, err = ledger.FindAccounts(ctx, tx,
				ledger.NewAccount{Kind: ledger.Escrow, Currency: "EUR", OwnerID: owner})
			if !errors.Is(err, ledger.ErrNoAccount) {
				b.Errorf("an escrow that is not there: %v", err)
			}
			all, err := ledger.AccountsOf(ctx, tx, owner)
			if len(all) != 3 || all[0].ID != euros || all[1].ID != yen || all[2].ID != owed {
				b.Errorf("accounts of %d: %v", owner, all)
			}
			return struct{}{}, err
		})
		err := b.failing(func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.OpenAccounts(ctx, tx, b.ids,
				[]ledger.NewAccount{{Kind: ledger.Wallet, Currency: "JPY", OwnerID: owner}})
			return err
		})
		if !errors.Is(err, ledger.ErrExists) {
			b.Errorf("a second wallet: %v", err)
		}
	})
}

func TestRefusedAccounts(t *testing.T) {
	eachBooks(t, func(b *books) {
		for want, n := range map[string]ledger.NewAccount{
			"ledger.kind":            {Kind: "purse", Currency: "EUR"},
			"ledger.owner":           {Kind: ledger.Wallet, Currency: "EUR", OwnerID: -1},
			"money.currency_unknown": {Kind: ledger.Wallet, Currency: "EURO", OwnerID: 1},
		} {
			err := b.failing(func(ctx context.Context, tx *db.Tx) error {
				_, err := ledger.OpenAccounts(ctx, tx, b.ids, []ledger.NewAccount{
					{Kind: ledger.Wallet, Currency: "EUR", OwnerID: 1}, n,
				})
				return err
			})
			if refusal.Code(err) != want {
				b.Errorf("%+v: %v, want %s", n, err, want)
			}
		}
		all := read(b, func(ctx context.Context, tx *db.Tx) ([]ledger.Account, error) {
			return ledger.AccountsOf(ctx, tx, 1)
		})
		if len(all) != 0 {
			b.Errorf("a refused call has opened %v", all)
		}
	})
}
