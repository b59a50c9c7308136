package ledger_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
)

// second is what another process would have: the same database opened again
// (on SQLite, where one process writes, the same one) and ids of its own.
type second struct {
	db     *db.DB
	poster *ledger.Poster
}

func (b *books) second() second {
	b.Helper()
	s := second{db: b.db}
	if b.db.Engine() == db.Postgres {
		s.db = testdb.Open(b.T, db.Options{URL: b.url, Clock: b.clock})
	}
	s.poster = ledger.NewPoster(s.db, id.NewSeeded(morning.Add(time.Hour)), 0)
	b.Cleanup(s.poster.Close)
	return s
}

// booker books one command in some way.
type booker func(ledger.Command) (ledger.Result, error)

// bookers are the ways in which writers race.
func (b *books) bookers() map[string][]booker {
	b.Helper()
	other := b.second()
	first, single := b.poster(0), b.poster(1)
	by := func(p *ledger.Poster) booker {
		return func(c ledger.Command) (ledger.Result, error) { return p.Do(b.Context(), c) }
	}
	plain := func(d *db.DB) booker {
		return func(c ledger.Command) (ledger.Result, error) {
			results, err := b.tryPost(d, c)
			if err != nil {
				return ledger.Result{}, err
			}
			return results[0], nil
		}
	}
	return map[string][]booker{ // everybody
		"poster":           {by(first)},
		"one by one":       {by(single)},
		"own transactions": {plain(b.db)},
		"two posters":      {by(first), by(other.poster)},
		"everybody":        {by(first), by(other.poster), by(single), plain(b.db), plain(other.db)},
	}
}

const writers = 32

// 32 writers spend 7 at a time of 1,000: 142 transfers succeed, never one more
// and never one less, though the account freezes and thaws under them.
func TestWritersOfOneBalance(t *testing.T) {
	const each, affordable = 7, 1000 / 7
	eachBooks(t, func(b *books) {
		ways := b.bookers()
		ways["everybody, freezes"] = ways["everybody"]
		for name, bookers := range ways {
			from, to := b.wallet(1000), b.wallet(0)
			thaw := func() {}
			if name == "everybody, freezes" {
				thaw = b.freezeAndThaw(from)
			}
			booked := make(chan int, writers)
			for w := range writers {
				go func() { booked <- b.spend(bookers[w%len(bookers)], from, to, each) }()
			}
			sum := 0
			for range writers {
				sum += <-booked
			}
			thaw()
			if sum != affordable {
				b.Errorf("%s: %d succeeded, %d are affordable", name, sum, affordable)
			}
			b.mustHave(from, 1000-affordable*each, 0)
			b.mustHave(to, affordable*each, 0)
		}
		mustBeSound(b)
	})
}

// spend tries five times, again when the account is frozen, and counts what
// was booked.
func (b *books) spend(book booker, from, to ledger.AccountID, minor int64) (booked int) {
	for range 5 {
		c := (&scene{b: b}).move(from, to, minor)
		r, err := book(c)
		for err == nil && errors.Is(r.Err, ledger.ErrFrozen) {
			r, err = book(c)
		}
		switch {
		case err == nil && r.Err == nil:
			booked++
		case err != nil || !errors.Is(r.Err, ledger.ErrInsufficient):
			b.Error(err, r.Err)
		}
	}
	return booked
}

// freezeAndThaw changes the account's state until the returned function is
// called, which leaves it open.
func (b *books) freezeAndThaw(a ledger.AccountID) (thaw func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			for _, s := range []ledger.State{ledger.Frozen, ledger.Open} {
				if err := b.tryState(a, s); err != nil {
					b.Error(err)
					return
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() { close(stop); <-done }
}

// Fifty callers book the same cause at once: it is booked once, and all hear
// of the same transfer.
func TestOneCauseAtOnce(t *testing.T) {
	const callers = 50
	eachBooks(t, func(b *books) {
		ways := b.bookers()
		delete(ways, "everybody") // see TestTwinsOfPosterAndPost
		for name, bookers := range ways {
			from, to := b.wallet(100), b.wallet(0)
			cause := ledger.Cause{Type: "test", ID: b.next()}
			for _, c := range []ledger.Command{
				{Cause: cause, Debit: from, Credit: to, Amount: eur(60)},
				{Op: ledger.OpHold, Cause: cause, Debit: from, Amount: eur(30)},
				{Op: ledger.OpPostHold, Cause: ledger.Cause{Type: "post", ID: cause.ID},
					Of: cause, Credit: to, Amount: eur(30)},
			} {
				results, errs := make([]ledger.Result, callers), make([]error, callers)
				var wg sync.WaitGroup
				for i := range callers {
					wg.Go(func() { results[i], errs[i] = bookers[i%len(bookers)](c) })
				}
				wg.Wait()
				fresh := 0
				for i, r := range results {
					if errs[i] != nil || r.Err != nil || r.Transfer != results[0].Transfer {
						b.Errorf("%s, op %d, caller %d: %+v, %v", name, c.Op, i, r, errs[i])
					}
					if errs[i] == nil && !r.Replayed {
						fresh++
					}
				}
				if fresh != 1 {
					b.Errorf("%s, op %d: booked for %d callers", name, c.Op, fresh)
				}
			}
			b.mustHave(from, 10, 0)
			b.mustHave(to, 90, 0)
		}
		mustBeSound(b)
	})
}

// A poster writes keys, then balances, and Post the other way about: twins meet
// in a deadlock, which PostgreSQL breaks after a second. The answers are right
// all the same.
func TestTwinsOfPosterAndPost(t *testing.T) {
	eachBooks(t, func(b *books) {
		c := (&scene{b: b}).move(b.wallet(100), b.wallet(0), 60)
		results := make([]ledger.Result, 2)
		var wg sync.WaitGroup
		for i, book := range b.bookers()["everybody"][2:4] {
			wg.Go(func() {
				r, err := book(c)
				if err != nil || r.Err != nil {
					b.Error(err, r.Err)
				}
				results[i] = r
			})
		}
		wg.Wait()
		if results[0].Transfer != results[1].Transfer ||
			results[0].Replayed == results[1].Replayed {
			b.Errorf("%+v", results)
		}
		b.mustHave(c.Debit, 40, 0)
	})
}

// What a poster has in its cache is never the reason of a wrong answer, however
// the account has changed behind its back.
func TestStaleCache(t *testing.T) {
	eachBooks(t, func(b *books) {
		first, other := b.poster(0), b.second()
		a, to := b.wallet(0), b.wallet(0)
		s := &scene{b: b, rich: a}
		ask := func(want string, commands ...ledger.Command) {
			b.Helper()
			results, err := first.DoMany(b.Context(), commands)
			if err != nil {
				b.Fatal(err)
			}
			for _, got := range codes(results) {
				if got != want {
					b.Errorf("got %q, want %q", got, want)
				}
			}
		}
		behind := func(c ledger.Command) {
			b.Helper()
			if r, err := other.poster.Do(b.Context(), c); err != nil || r.Err != nil {
				b.Fatal(err, r.Err)
			}
		}
		ask("ledger.insufficient", s.move(a, to, 1)) // it is in the cache now, empty
		behind(s.move(b.bank, a, 100))
		ask("", s.move(a, to, 100))
		b.must(s.move(b.bank, a, 50))
		ask("", s.move(a, to, 50))

		behind(s.move(b.bank, a, 100))
		ask("", s.move(a, to, 1)) // in the cache with 99
		behind(s.move(a, to, 99))
		ask("ledger.insufficient", s.move(a, to, 1))
		ask("", s.move(b.bank, a, 10))
		b.must(s.move(a, to, 10))
		hold := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: a, Amount: eur(10)}
		results, err := first.DoMany(b.Context(),
			[]ledger.Command{hold, {Op: ledger.OpVoidHold, Of: hold.Cause}})
		if err != nil || codes(results)[0] != "ledger.insufficient" {
			b.Errorf("a hold of money that is gone: %q, %v", codes(results), err)
		}

		ask("", s.move(b.bank, a, 10))
		b.must(ledger.PostBidHold(1, a, eur(4), time.Time{})...)
		ask("", ledger.PostAllotment(1, to, eur(3), eur(4))...) // of more than it knows as held
		ask("", s.move(b.bank, a, 3))
		b.must(ledger.PostBidHold(2, a, eur(4), time.Time{})...)
		ask("", ledger.PostBidRelease(2)...)
		b.setState(a, ledger.Frozen)
		ask("ledger.account_frozen", s.move(a, to, 1), s.move(b.bank, a, 1))
		b.setState(a, ledger.Open)
		ask("", s.move(a, to, 10))
		b.setState(a, ledger.Closed)
		ask("ledger.account_closed", s.move(b.bank, a, 1))
		mustBeSound(b)
	})
}

// Commands in opposite directions, in calls that overlap, by two processes: no
// deadlock is seen by a caller, and no money is made.
func TestOppositeDirections(t *testing.T) {
	eachBooks(t, func(b *books) {
		first, other := b.poster(0), b.second()
		ways := []func([]ledger.Command) ([]ledger.Result, error){
			func(c []ledger.Command) ([]ledger.Result, error) {
				return first.DoMany(b.Context(), c)
			},
			func(c []ledger.Command) ([]ledger.Result, error) { return b.tryPost(other.db, c...) },
			func(c []ledger.Command) ([]ledger.Result, error) {
				return other.poster.DoMany(b.Context(), c)
			},
		}
		wallets := make([]ledger.AccountID, 6)
		for i := range wallets {
			wallets[i] = b.wallet(1000)
		}
		var wg sync.WaitGroup
		for w := range 12 {
			wg.Go(func() {
				for range 10 {
					if _, err := ways[w%3](b.ring(wallets, 1+w%5, w%2 == 0)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		sum := int64(0)
		for _, a := range wallets {
			sum += b.account(a).Posted
		}
		if sum != 6000 {
			b.Errorf("%d of 6000 are left", sum)
		}
		mustBeSound(b)
	})
}

// ring moves money from each wallet to the one that is so many places on, or
// the other way about.
func (b *books) ring(wallets []ledger.AccountID, places int, back bool) []ledger.Command {
	var commands []ledger.Command
	for i, from := range wallets {
		to := wallets[(i+places)%len(wallets)]
		if back {
			from, to = to, from
		}
		commands = append(commands, (&scene{b: b}).move(from, to, int64(i+1)))
	}
	return commands
}
