package idem_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/idem"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
	"openlend/refusal"
)

var morning = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func request(key, body string) idem.Request {
	return idem.Request{
		Principal: "somebody", Key: key, Route: "boil-kettle", Hash: sha256.Sum256([]byte(body)),
	}
}

// kettle is the operation under test: its effect is one outbox row.
type kettle struct {
	db  *db.DB
	ids *id.Source
}

func newKettle(d *db.DB) *kettle { return &kettle{d, id.NewSeeded(morning)} }

// boil has the effect and an answer that no second run would give.
func (k *kettle) boil(ctx context.Context, tx *db.Tx) (idem.Answer, error) {
	n, err := k.ids.Next()
	if err != nil {
		return idem.Answer{}, err
	}
	err = outbox.Write(ctx, tx, outbox.Event{ID: n, Topic: "kettle.boiled"})
	return idem.Answer{Status: 201, Body: fmt.Sprintf(`{"id":%d}`, n), ResourceID: n}, err
}

// once is the whole operation in its transaction.
func (k *kettle) once(ctx context.Context, r idem.Request) (idem.Result, error) {
	return db.Write(ctx, k.db, func(ctx context.Context, tx *db.Tx) (idem.Result, error) {
		a, replayed, err := idem.Once(ctx, tx, r, func(ctx context.Context) (idem.Answer, error) {
			return k.boil(ctx, tx)
		})
		return idem.Result{Answer: a, Replayed: replayed}, err
	})
}

// count returns the rows of a table.
func (k *kettle) count(t *testing.T, table string) int64 {
	t.Helper()
	n, err := db.Read(t.Context(), k.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, "SELECT COUNT(*) FROM "+table)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (k *kettle) mustHave(t *testing.T, effects, rows int64) {
	t.Helper()
	if e, r := k.count(t, "outbox"), k.count(t, "idem"); e != effects || r != rows {
		t.Errorf("%d effects and %d idempotency rows, want %d and %d", e, r, effects, rows)
	}
}

func TestFiftyAtOnceHaveOneEffect(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		var mu sync.Mutex
		answers := map[idem.Answer]int{}
		first := 0
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				r, err := k.once(t.Context(), request("one", "x"))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				answers[r.Answer]++
				if !r.Replayed {
					first++
				}
			})
		}
		wg.Wait()
		if len(answers) != 1 || first != 1 {
			t.Errorf("%d different answers, %d of them first: %v", len(answers), first, answers)
		}
		k.mustHave(t, 1, 1)
	})
}

func TestKeyStandsForOneRequest(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		r := request("one", "x")
		if _, err := k.once(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		other, elsewhere, stranger := request("one", "y"), r, r
		elsewhere.Route = "empty-kettle"
		stranger.Principal = "somebody else"
		for _, reuse := range []idem.Request{other, elsewhere} {
			if _, err := k.once(t.Context(), reuse); !errors.Is(err, idem.ErrKeyReused) {
				t.Errorf("%v: %v", reuse, err)
			}
		}
		k.mustHave(t, 1, 1)
		if got, err := k.once(t.Context(), stranger); err != nil || got.Replayed {
			t.Errorf("another principal's key: %v, %v", got, err)
		}
		k.mustHave(t, 2, 2)
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	k := newKettle(testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	for key, ok := range map[string]bool{
		"": false, "a b": false, "a\n": false, "clé": false, "\x7f": false, "\x00": false,
		strings.Repeat("k", 256): false, strings.Repeat("k", 255): true, "~!": true,
	} {
		if _, err := k.once(t.Context(), request(key, "")); errors.Is(err, idem.ErrKey) == ok {
			t.Errorf("%q: %v", key, err)
		}
	}
	k.mustHave(t, 2, 2)
}

// A refusal leaves no row even when the transaction goes on and commits, and
// the key can be used again, for another request too.
func TestRefusedCommandLeavesNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		cold := refusal.New("kettle.cold", "no water")
		_, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
			_, _, err := idem.Once(ctx, tx, request("one", "x"),
				func(context.Context) (idem.Answer, error) {
					return idem.Answer{Status: 200}, cold
				})
			if !errors.Is(err, cold) {
				t.Errorf("got %v", err)
			}
			return struct{}{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		k.mustHave(t, 0, 0)
		if r, err := k.once(t.Context(), request("one", "y")); err != nil || r.Replayed {
			t.Errorf("the key again: %v, %v", r, err)
		}
		k.mustHave(t, 1, 1)
	})
}

// After a commit whose answer was lost db.Write runs the closure again.
func TestSecondRunOfTheClosureReplays(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		first, err := k.once(t.Context(), request("one", "x"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.once(t.Context(), request("one", "x"))
		if err != nil || again.Answer != first.Answer || !again.Replayed || first.Replayed {
			t.Errorf("first %v, then %v, %v", first, again, err)
		}
		if first.Answer.Status != 201 || first.Answer.ResourceID == 0 {
			t.Errorf("the answer is %v", first.Answer)
		}
	})
}

// hold runs the command in a transaction that stays open until release.
func (k *kettle) hold(t *testing.T, r idem.Request, end error) (release func()) {
	t.Helper()
	claimed, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := db.Write(t.Context(), k.db, func(ctx context.Context, tx *db.Tx) (any, error) {
			_, _, err := idem.Once(ctx, tx, r, func(ctx context.Context) (idem.Answer, error) {
				close(claimed)
				<-goOn
				if end != nil {
					return idem.Answer{}, end
				}
				return k.boil(ctx, tx)
			})
			return nil, err
		})
		if !errors.Is(err, end) {
			t.Error(err)
		}
	})
	<-claimed
	return func() {
		close(goOn)
		wg.Wait()
	}
}

// On SQLite the one writer makes the twin wait; on PostgreSQL the key does.
func TestTwinInFlight(t *testing.T) {
	t.Parallel()
	no := errors.New("refused")
	for name, end := range map[string]error{"commits": nil, "is refused": no} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testdb.Each(t, func(t *testing.T, d *db.DB) {
				k := newKettle(d)
				release := k.hold(t, request("one", "x"), end)
				var done atomic.Bool
				var wg sync.WaitGroup
				wg.Go(func() {
					r, err := k.once(t.Context(), request("one", "x"))
					if err != nil || r.Replayed != (end == nil) {
						t.Errorf("the twin: %v, %v", r, err)
					}
					done.Store(true)
				})
				time.Sleep(50 * time.Millisecond) // the twin is under way
				if done.Load() {
					t.Error("the twin did not wait")
				}
				release()
				wg.Wait()
				k.mustHave(t, 1, 1)
			})
		})
	}
}

func TestTwinIsRefusedAfterFiveSeconds(t *testing.T) {
	t.Parallel()
	k := newKettle(testdb.Open(t, db.Options{URL: testdb.Postgres(t).App}))
	release := k.hold(t, request("one", "x"), nil)
	if _, err := k.once(t.Context(), request("one", "x")); !errors.Is(err, idem.ErrInFlight) {
		t.Errorf("the twin: %v", err)
	}
	if _, err := k.once(t.Context(), request("two", "x")); err != nil {
		t.Errorf("another key: %v", err)
	}
	release()
	if r, err := k.once(t.Context(), request("one", "x")); err != nil || !r.Replayed {
		t.Errorf("the twin, later: %v, %v", r, err)
	}
	k.mustHave(t, 2, 2)
}

// Groups that want the same keys in any order do not wait for each other in a
// circle, and every key has one effect.
func TestGroupsWithTheSameKeys(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		const keys = 40
		var wg sync.WaitGroup
		for g := range 12 {
			wg.Go(func() {
				var requests []idem.Request
				for i := range keys {
					key := strconv.Itoa((i*7 + g*11) % keys) // another order in each group
					requests = append(requests, request(key, "x"))
				}
				_, err := k.many(t.Context(), requests, nil)
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		k.mustHave(t, keys, keys)
	})
}

var errNo = refusal.New("kettle.no", "no")

// many runs a group; refused says which requests the operation refuses.
func (k *kettle) many(
	ctx context.Context, requests []idem.Request, refused map[int]bool,
) ([]idem.Result, error) {
	return db.Write(ctx, k.db, func(ctx context.Context, tx *db.Tx) ([]idem.Result, error) {
		return idem.Many(ctx, tx, requests,
			func(ctx context.Context, fresh []int) ([]idem.Result, error) {
				var done []idem.Result
				for _, i := range fresh {
					if refused[i] {
						done = append(done, idem.Result{Refusal: errNo})
						continue
					}
					a, err := k.boil(ctx, tx)
					if err != nil {
						return nil, err
					}
					done = append(done, idem.Result{Answer: a})
				}
				return done, nil
			})
	})
}

// model is the plainest idea of what keys mean.
type model map[string]stored

type stored struct {
	request idem.Request
	answer  idem.Answer
}

// mustFollow compares a group's results with the model and moves it on.
func (m model) mustFollow(
	t *rapid.T, requests []idem.Request, refused map[int]bool, got []idem.Result,
) {
	leader := map[string]int{} // of this group, by key
	for i, r := range requests {
		was, there := m[r.Key]
		first, double := leader[r.Key]
		var want idem.Result
		switch {
		case r.Key == "":
			want.Refusal = idem.ErrKey
		case there && was.request != r:
			want.Refusal = idem.ErrKeyReused
		case !there && double && requests[first] != r: // its first was refused
			want.Refusal = idem.ErrInFlight
		case there:
			want = idem.Result{Answer: was.answer, Replayed: true}
		case double: // its first was refused
			want.Refusal = errNo
		case refused[i]:
			leader[r.Key] = i
			want.Refusal = errNo
		default:
			leader[r.Key] = i
			want.Answer = got[i].Answer
			m[r.Key] = stored{r, want.Answer}
		}
		same := got[i].Answer == want.Answer && got[i].Replayed == want.Replayed
		if !same || !errors.Is(got[i].Refusal, want.Refusal) {
			t.Fatalf("request %d: got %v, want %v", i, got[i], want)
		}
	}
}

func TestGroupsFollowTheModel(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++ // keys of its own
			m := model{}
			before := k.count(t, "outbox")
			for range rapid.IntRange(1, 4).Draw(rt, "groups") {
				requests, refused := drawGroup(rt, round)
				got, err := k.many(t.Context(), requests, refused)
				if err != nil {
					rt.Fatal(err)
				}
				m.mustFollow(rt, requests, refused, got)
			}
			effects := k.count(t, "outbox")
			if rows := k.count(t, "idem"); rows != effects || effects-before != int64(len(m)) {
				rt.Fatalf("%d effects, %d before, %d rows, %d in the model",
					effects, before, rows, len(m))
			}
		})
	})
}

// drawGroup draws requests of few keys, and which of them the operation refuses.
func drawGroup(t *rapid.T, round int) (requests []idem.Request, refused map[int]bool) {
	refused = map[int]bool{}
	for i := range rapid.IntRange(1, 80).Draw(t, "size") {
		key := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f"}).Draw(t, "key")
		if key != "" {
			key += strconv.Itoa(round)
		}
		body := rapid.SampledFrom([]string{"x", "x", "x", "y"}).Draw(t, "body")
		requests = append(requests, request(key, body))
		refused[i] = rapid.IntRange(0, 2).Draw(t, "refused") == 0
	}
	return requests, refused
}

func TestPurge(t *testing.T) {
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) {
		wall := clock.NewManual(morning)
		k := newKettle(testdb.Open(t, db.Options{URL: url, Clock: wall}))
		var old []idem.Request
		for i := range 450 { // more than two pages
			old = append(old, request(fmt.Sprint("old", i), "x"))
		}
		if _, err := k.many(t.Context(), old, nil); err != nil {
			t.Fatal(err)
		}
		wall.Advance(idem.Keep - time.Microsecond)
		if n, err := idem.Purge(t.Context(), k.db); n != 0 || err != nil {
			t.Errorf("before their time: %d, %v", n, err)
		}
		if r, err := k.once(t.Context(), old[0]); err != nil || !r.Replayed {
			t.Errorf("before its time: %v, %v", r, err)
		}
		if _, err := k.once(t.Context(), request("young", "x")); err != nil {
			t.Fatal(err)
		}
		wall.Advance(time.Microsecond)
		if n, err := idem.Purge(t.Context(), k.db); n != 450 || err != nil {
			t.Errorf("at their time: %d, %v", n, err)
		}
		k.mustHave(t, 451, 1)
	})
}

// TestFind: who asks later learns what became of his own request, and nothing
// of what had no effect or is somebody else's.
func TestFind(t *testing.T) {
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		k := newKettle(d)
		done, err := k.once(t.Context(), request("find", "water"))
		if err != nil {
			t.Fatal(err)
		}
		type found struct {
			route  string
			answer idem.Answer
		}
		find := func(principal, key string) (found, error) {
			return db.Read(t.Context(), d, func(ctx context.Context, tx *db.Tx) (found, error) {
				route, answer, err := idem.Find(ctx, tx, principal, key)
				return found{route, answer}, err
			})
		}
		got, err := find("somebody", "find")
		if err != nil || got.route != "boil-kettle" || got.answer != done.Answer {
			t.Errorf("%+v, %v", got, err)
		}
		for _, c := range [][2]string{{"somebody", "other"}, {"nobody", "find"}, {"", ""}} {
			if _, err := find(c[0], c[1]); !errors.Is(err, idem.ErrNotFound) {
				t.Errorf("%v: %v", c, err)
			}
		}
	})
}
