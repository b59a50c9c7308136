package servicing

import (
	"context"
	"slices"
	"testing"
	"time"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/money"
)

// wallet is the wallet of somebody.
func (b *town) wallet(owner int64) ledger.AccountID {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (ledger.AccountID, error) {
		found, err := ledger.FindAccounts(ctx, tx,
			ledger.NewAccount{Kind: ledger.Wallet, Currency: money.EUR, OwnerID: owner})
		if err != nil {
			return 0, err
		}
		return found[0].ID, nil
	})
}

func (b *town) setWallet(owner int64, to ledger.State) {
	b.Helper()
	w := b.wallet(owner)
	b.do(func(ctx context.Context, tx *db.Tx) error {
		return ledger.SetAccountState(ctx, tx, b.ids, w, to)
	})
}

// spends empties a wallet, or puts money into it, past all rooms.
func (b *town) spends(owner, minor int64) {
	b.Helper()
	w := b.wallet(owner)
	b.do(func(ctx context.Context, tx *db.Tx) error {
		bank, err := clientsBank(ctx, tx, b.ids)
		if err != nil {
			return err
		}
		c := ledger.Command{Cause: ledger.Cause{Type: "shopping", ID: b.next()}, Debit: w,
			Credit: bank, Amount: eur(max(minor, -minor))}
		if minor < 0 {
			c.Debit, c.Credit = c.Credit, c.Debit
		}
		booked, err := ledger.Post(ctx, tx, b.ids, []ledger.Command{c})
		if err != nil {
			return err
		}
		return refusedOf(booked)
	})
}

func (b *town) sweep() {
	b.Helper()
	b.clock.Advance(time.Second)
	if err := Sweep(b.Context(), b.db, b.ids); err != nil {
		b.Fatal(err)
	}
}

func (b *town) distributions(n LoanID) []Distribution {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) ([]Distribution, error) {
		return ListDistributions(ctx, tx, n, 0, 0)
	})
}

// paidTo is what is in the wallets of holders.
func (b *town) paidTo(owners []int64) []int64 {
	b.Helper()
	all := make([]int64, len(owners))
	for i, o := range owners {
		all[i] = b.balance(ledger.Wallet, o)
	}
	return all
}

// A frozen holder waits for his own part; everybody else has his at once.
func TestFrozenHolderDelaysOnlyHimself(t *testing.T) {
	eachLender(t, func(b *town) {
		x := b.lends(6, 60_000, 40_000, 20_000)
		b.setWallet(x.holders[1], ledger.Frozen)
		b.today("2025-02-10")
		b.banked(x.LoanID, 21_200, "2025-02-10")
		if got := b.paidTo(x.holders); !slices.Equal(got, []int64{10_540, 0, 3_513}) {
			b.Errorf("%v", got)
		}
		d := b.distributions(x.LoanID)
		if len(d) != 1 || d[0].State != DistributionHeld || d[0].HeldLegs != 1 {
			b.Errorf("%+v", d)
		}
		held := must(b, func(ctx context.Context, tx *db.Tx) ([]Held, error) {
			return ListHeld(ctx, tx, 0)
		})
		if len(held) != 1 || held[0].Customer != x.holders[1] || held[0].Amount != 7_027 ||
			b.balance(ledger.Collection, int64(x.LoanID)) != 7_027 {
			b.Errorf("%+v", held)
		}
		b.sound()
		b.sweep() // still frozen
		b.setWallet(x.holders[1], ledger.Open)
		b.sweep()
		b.sweep()
		if got := b.balance(ledger.Wallet, x.holders[1]); got != 7_027 {
			b.Errorf("he has %d", got)
		}
		if d := b.distributions(x.LoanID); d[0].State != DistributionDone || d[0].HeldLegs != 0 {
			b.Errorf("%+v", d)
		}
		b.sound()
	})
}

// A payment bounces when one lender has spent his part and another is frozen:
// the payer has all of it back, and the two owe theirs by name. The bank has
// moved nothing, and its account in the books neither.
func TestReturnedPaymentIsTakenBack(t *testing.T) {
	eachLender(t, func(b *town) {
		x := b.lends(1, 60_000, 40_000, 20_000)
		b.today("2025-02-10")
		p := b.banked(x.LoanID, 121_200, "2025-02-10")
		if l := b.loan(x.LoanID); l.State != StateRepaid || l.Outstanding != 0 {
			b.Errorf("%+v", l)
		}
		b.spends(x.holders[0], 50_000)
		b.setWallet(x.holders[2], ledger.Frozen)
		bank := b.balance(ledger.BankClients, 0)
		b.bounces(p.ID)
		l := b.loan(x.LoanID)
		if l.State != StateActive || l.Outstanding != 120_000 || l.Arrears != 121_200 {
			b.Errorf("%+v", l)
		}
		if got := b.balance(ledger.BankClients, 0); got != bank {
			b.Errorf("the bank of clients has %d, it had %d", got, bank)
		}
		if got := b.balance(ledger.Wallet, x.borrower); got != 121_200 {
			b.Errorf("the payer has %d back", got)
		}
		owed := []int64{50_000, 0, 20_180}
		for i, want := range owed {
			if got := b.balance(ledger.Receivable, x.holders[i]); got != want {
				b.Errorf("lender %d owes %d, want %d", i, got, want)
			}
		}
		b.sound()
		b.refused(ErrPaymentState, func(ctx context.Context, tx *db.Tx) error {
			_, err := ReturnPayment(ctx, tx, b.ids, tess, p.ID, "again")
			return err
		})
		b.spends(x.holders[0], -30_000)
		b.setWallet(x.holders[2], ledger.Open)
		b.sweep()
		for i, want := range []int64{20_000, 0, 0} {
			if got := b.balance(ledger.Receivable, x.holders[i]); got != want {
				b.Errorf("lender %d still owes %d, want %d", i, got, want)
			}
		}
		b.sound()
		b.forgives(x.holders[0])
		b.sound()
	})
}

// A loan of more holders than one transaction pays is paid in pieces; a worker
// that dies between them changes nothing but the time it takes.
func TestManyHoldersArePaidInPieces(t *testing.T) {
	eachLender(t, func(b *town) {
		faces := make([]int64, 1_234)
		for i := range faces {
			faces[i] = int64(100 + i%7*13)
		}
		x := b.lends(2, faces...)
		b.today("2025-02-10")
		p := b.banked(x.LoanID, b.loan(x.LoanID).Principal/2+1_000, "2025-02-10")
		d := b.distributions(x.LoanID)[0]
		if d.State != DistributionRunning || d.NextLeg != 0 {
			b.Fatalf("%+v", d)
		}
		b.sound()
		piece := func() { // as a worker that dies after its commit
			must(b, func(ctx context.Context, tx *db.Tx) ([]saga.Next, error) {
				return postPieces(ctx, tx, b.ids, []int64{int64(d.ID)})
			})
			b.sound()
		}
		piece()
		must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) { // before all have got it
			return ReturnPayment(ctx, tx, b.ids, tess, p.ID, "no cover")
		})
		piece()
		b.run()
		for _, d := range b.distributions(x.LoanID) {
			if d.State != DistributionDone || d.Posted != d.Total() {
				b.Errorf("%+v", d)
			}
		}
		for i, got := range b.paidTo(x.holders) {
			if got != 0 {
				b.Fatalf("lender %d has %d", i, got)
			}
		}
		b.sound()
	})
}

// A leg that waited is posted while another worker is about to post the next
// piece of the same distribution: neither forgets what the other has done.
func TestHeldLegIsPostedBetweenPieces(t *testing.T) {
	eachLender(t, func(b *town) {
		if b.db.Engine() == db.SQLite {
			return // one transaction writes at a time
		}
		faces := make([]int64, 2*pieceLegs)
		for i := range faces {
			faces[i] = 100
		}
		x := b.lends(2, faces...)
		b.today("2025-02-10")
		b.setWallet(x.holders[3], ledger.Frozen)
		b.banked(x.LoanID, b.loan(x.LoanID).Principal/2+1_000, "2025-02-10")
		d := b.distributions(x.LoanID)[0]
		of := []int64{int64(d.ID)}
		must(b, func(ctx context.Context, tx *db.Tx) ([]saga.Next, error) {
			return postPieces(ctx, tx, b.ids, of)
		})
		b.setWallet(x.holders[3], ledger.Open)
		b.clock.Advance(time.Second)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			r := &round{ids: b.ids}
			asked, err := db.ManyByID(ctx, tx, scanDistribution, selectDistributions, of)
			if err == nil {
				err = r.begin(ctx, tx, asked)
			}
			if err != nil {
				return err
			}
			b.sweep()
			return r.post(ctx, tx)
		})
		b.run()
		d = b.distributions(x.LoanID)[0]
		if d.State != DistributionDone || d.HeldLegs != 0 || d.Posted != d.Total() {
			b.Errorf("%+v", d)
		}
		b.sound()
	})
}

// forgives writes off the one claim on a customer, which is done once.
func (b *town) forgives(owner int64) {
	b.Helper()
	claims := must(b, func(ctx context.Context, tx *db.Tx) ([]Claim, error) {
		return ListClaims(ctx, tx, access.Customer(owner), customer.ID(owner), 0, 0)
	})
	if len(claims) != 1 || claims[0].Amount-claims[0].Settled != 20_000 {
		b.Fatalf("%+v", claims)
	}
	writeOff := func(actor access.Actor) func(context.Context, *db.Tx) error {
		return func(ctx context.Context, tx *db.Tx) error {
			_, err := WriteOffClaim(ctx, tx, b.ids, actor, claims[0].ID)
			return err
		}
	}
	b.refused(access.ErrForbidden, writeOff(tess))
	b.do(writeOff(rolf))
	b.refused(ErrClaimState, writeOff(rolf))
	if got := b.balance(ledger.Receivable, owner); got != 0 {
		b.Errorf("he owes %d", got)
	}
}
