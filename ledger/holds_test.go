package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/ledger"
)

func (b *books) openHolds(a ledger.AccountID, after ledger.Cause, limit int) []ledger.Hold {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) ([]ledger.Hold, error) {
		return ledger.OpenHolds(ctx, tx, a, after, limit)
	})
}

func TestHoldsArePostedInParts(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		s := &scene{b: b, rich: b.wallet(100)}
		to := b.wallet(0)
		h := s.hold(100)
		for _, step := range []struct {
			minor        int64
			want         string
			posted, held int64
		}{
			{30, "", 70, 70},
			{71, "ledger.hold_amount", 70, 70},
			{69, "", 1, 1},
			{1, "", 0, 0},
			{1, "ledger.hold_closed", 0, 0},
		} {
			if got := codes(post(s.postHold(h, to, step.minor))); got[0] != step.want {
				b.Errorf("%d: %q, want %q", step.minor, got[0], step.want)
			}
			b.mustHave(s.rich, step.posted, step.held)
		}
		void := ledger.Command{Op: ledger.OpVoidHold, Of: h}
		if got := codes(post(void)); got[0] != "ledger.hold_closed" {
			b.Errorf("void of what was posted: %q", got)
		}
		b.mustHave(to, 100, 0)
	})
}

// A hold cannot be spent, and what is available can.
func TestHeldMoneyIsNotSpent(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		s := &scene{b: b, rich: b.wallet(100)}
		to := b.wallet(0)
		h := s.hold(60)
		got := codes(post(s.move(s.rich, to, 41), s.move(s.rich, to, 40),
			ledger.Command{Op: ledger.OpVoidHold, Of: h}, s.move(s.rich, to, 60)))
		if fmt.Sprint(got) != "[ledger.insufficient   ]" {
			b.Errorf("got %q", got)
		}
		b.mustHave(s.rich, 0, 0)
	})
}

func TestExpiry(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		s := &scene{b: b, rich: b.wallet(100)}
		at := b.clock.Now().Add(time.Hour)
		c := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: s.rich, Amount: eur(10),
			Expires: at}
		expire := ledger.Command{Op: ledger.OpExpireHold, Of: c.Cause}
		if got := codes(post(c, expire)); fmt.Sprint(got) != "[ ledger.not_expired]" {
			b.Errorf("before its time: %q", got)
		}
		b.clock.Advance(time.Hour)
		if got := codes(post(expire, expire)); fmt.Sprint(got) != "[ replayed]" {
			b.Errorf("at its time: %q", got)
		}
		b.mustHave(s.rich, 100, 0)
		never := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: s.rich, Amount: eur(10)}
		b.clock.Advance(1000 * time.Hour)
		got := codes(post(never, ledger.Command{Op: ledger.OpExpireHold, Of: never.Cause}))
		if fmt.Sprint(got) != "[ ledger.not_expired]" {
			b.Errorf("without a time: %q", got)
		}
	})
}

// Two processes expire 250 holds, in pages, while others are posted and voided:
// each hold ends once, and those that are not due stay.
func TestExpireHolds(t *testing.T) {
	eachBooks(t, func(b *books) {
		from, to := b.wallet(10_000), b.wallet(0)
		var commands, others []ledger.Command
		for i := range 270 {
			c := ledger.Command{Op: ledger.OpHold, Cause: ledger.Cause{Type: "bid", ID: b.next()},
				Debit: from, Amount: eur(10),
				Expires: morning.Add(time.Duration(i%7) * time.Minute)}
			switch {
			case i >= 260: // stay
				c.Expires = morning.Add(time.Hour)
			case i >= 250:
				c.Expires = time.Time{}
			case i%10 == 0:
				others = append(others, ledger.Command{Op: ledger.OpPostHold, Of: c.Cause,
					Cause: c.Cause, Credit: to, Amount: eur(10)})
			case i%10 == 1:
				others = append(others, ledger.Command{Op: ledger.OpVoidHold, Of: c.Cause})
			}
			commands = append(commands, c)
		}
		b.must(commands...)
		b.mustHave(from, 10_000, 2_700)
		b.clock.Advance(10 * time.Minute)

		type ended struct {
			released int
			err      error
		}
		expired := make(chan ended, 2)
		for range 2 {
			go func() {
				n, err := ledger.ExpireHolds(b.Context(), b.db, b.ids)
				expired <- ended{n, err}
			}()
		}
		results, err := b.tryPost(b.db, others...)
		if err != nil {
			b.Fatal(err)
		}
		released := 0
		for range 2 {
			e := <-expired
			if released += e.released; e.err != nil {
				b.Error(e.err)
			}
		}
		posted := int64(0)
		for i, r := range results {
			switch {
			case r.Err == nil && others[i].Op == ledger.OpPostHold:
				released, posted = released+1, posted+10
			case r.Err == nil:
				released++
			case !errors.Is(r.Err, ledger.ErrHoldClosed):
				b.Errorf("command %d: %v", i, r.Err)
			}
		}
		if released != 250 {
			b.Errorf("%d holds have ended, want 250", released)
		}
		b.mustHave(from, 10_000-posted, 200)
		if open := b.openHolds(from, ledger.Cause{}, 0); len(open) != 20 {
			b.Errorf("%d are open, want 20", len(open))
		}
		if n, err := ledger.ExpireHolds(b.Context(), b.db, b.ids); n != 0 || err != nil {
			b.Errorf("again: %d, %v", n, err)
		}
		mustBeSound(b)
	})
}

func TestOpenHolds(t *testing.T) {
	eachBooks(t, func(b *books) {
		s := &scene{b: b, rich: b.wallet(1000)}
		var causes []ledger.Cause
		for range 5 {
			causes = append(causes, s.hold(10))
		}
		other := &scene{b: b, rich: b.wallet(1000)}
		other.hold(10)
		b.must(s.postHold(causes[1], other.rich, 4),
			ledger.Command{Op: ledger.OpVoidHold, Of: causes[2]})
		var got []ledger.Cause
		for after := (ledger.Cause{}); ; {
			page := b.openHolds(s.rich, after, 2)
			if len(page) == 0 {
				break
			}
			for _, h := range page {
				want := int64(10)
				if h.Cause == causes[1] {
					want = 6
				}
				if h.Account != s.rich || h.Amount != 10 || h.Remaining != want ||
					h.State != ledger.HoldOpen || h.Currency != "EUR" {
					b.Errorf("%+v", h)
				}
				got = append(got, h.Cause)
			}
			after = got[len(got)-1]
		}
		want := []ledger.Cause{causes[0], causes[1], causes[3], causes[4]}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			b.Errorf("got %v, want %v", got, want)
		}
	})
}
