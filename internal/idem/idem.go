// Package idem makes a command that is sent again have one effect and one
// answer.
//
// Invariants: the answer is stored in the transaction of the effect, so there
// is either both or neither; a refused command leaves nothing, and its key can
// be used again; a key stands for one request of one principal; of two equal
// commands at once the second waits and gets the first one's answer. Stored
// answers carry ids, never personal data: they are kept for 72 hours at least
// and are nobody's to erase.
package idem

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"openlend/internal/db"
	"openlend/refusal"
)

// Keep is how long an answer is kept.
const Keep = 72 * time.Hour

// Request says who sent what under which key.
type Request struct {
	Principal string   // whose key it is; keys of two principals never meet
	Key       string   // as the client sent it
	Route     string   // the operation, e.g. its operationId
	Hash      [32]byte // SHA-256 over everything that the command depends on
}

// Answer is what an effect is answered with, again and again.
type Answer struct {
	Status     int    // HTTP status, 100-599
	Body       string // as sent: JSON with ids, never personal data
	ResourceID int64  // what came into being or was changed, 0 for none
}

// Result is one command's end: an answer, or a refusal and no effect.
type Result struct {
	Answer   Answer
	Replayed bool // the effect is of an earlier run, the answer its answer
	Refusal  error
}

// Once runs work inside the transaction of the effect unless the request had
// its effect already. An error of work is a refusal: nothing of the request is
// stored, and the caller undoes what else there is by returning it too. An error
// of work that is no refusal is the whole transaction's.
// Refusals: ErrKey, ErrKeyReused, ErrInFlight, those of work.
func Once(
	ctx context.Context, tx *db.Tx, r Request, work func(context.Context) (Answer, error),
) (answer Answer, replayed bool, err error) {
	results, err := Many(ctx, tx, []Request{r},
		func(ctx context.Context, _ []int) ([]Result, error) {
			answer, err := work(ctx)
			if err != nil && refusal.Code(err) == "" {
				return nil, err // a fault, or a wish to run again: of the transaction
			}
			return []Result{{Answer: answer, Refusal: err}}, nil
		})
	if err != nil {
		return Answer{}, false, err
	}
	return results[0].Answer, results[0].Replayed, results[0].Refusal
}

// Many is Once for a group of commands in one transaction. work is called once
// with the indexes of those that have had no effect yet (not at all when there
// are none) and returns their results in that order; what it refuses must have
// changed nothing. A command whose key is in the group twice is worked on
// once. Call Many before anything else in the transaction: keys are locked
// first, and once. Refusals in results: ErrKey, ErrKeyReused, those of work;
// of the whole group: ErrInFlight.
func Many(
	ctx context.Context, tx *db.Tx, requests []Request,
	work func(ctx context.Context, fresh []int) ([]Result, error),
) ([]Result, error) {
	g := newGroup(requests)
	if err := g.claim(ctx, tx); err != nil {
		return nil, err
	}
	if len(g.fresh) > 0 {
		done, err := work(ctx, g.fresh)
		if err == nil && len(done) != len(g.fresh) {
			err = fmt.Errorf("idem: %d results for %d commands", len(done), len(g.fresh))
		}
		if err == nil {
			err = g.finish(ctx, tx, done)
		}
		if err != nil {
			return nil, err
		}
	}
	g.answerDoubles()
	return g.results, nil
}

// group is the state of one Many.
type group struct {
	requests []Request
	results  []Result
	rows     []int64       // the row of each request, 0 when it has its result
	first    map[int64]int // row -> the first request that wants it
	ids      []int64       // the rows, sorted
	fresh    []int         // requests to be worked on, in their order
}

func newGroup(requests []Request) *group {
	g := &group{
		requests: requests, results: make([]Result, len(requests)),
		rows: make([]int64, len(requests)), first: make(map[int64]int, len(requests)),
	}
	for i, r := range requests {
		if !r.valid() {
			g.results[i].Refusal = ErrKey
			continue
		}
		id := r.rowID()
		g.rows[i] = id
		if _, double := g.first[id]; !double {
			g.first[id] = i
			g.ids = append(g.ids, id)
		}
	}
	slices.Sort(g.ids)
	return g
}

func (r Request) valid() bool {
	visible := func(c byte) bool { return c > ' ' && c <= '~' }
	for i := range len(r.Key) {
		if !visible(r.Key[i]) {
			return false
		}
	}
	return len(r.Key) >= 1 && len(r.Key) <= 255
}

// rowID is the key of the request's row: principal and key in 63 bits, because
// locks want a BIGINT. Two keys that meet by chance are told apart by their
// texts; the second is refused as if it had been used.
func (r Request) rowID() int64 {
	sum := sha256.Sum256([]byte(r.Principal + "\x00" + r.Key))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// claim inserts the rows that are not there, which waits for transactions that
// have the same key, and answers the requests whose rows were there. The
// others are fresh, but for doubles.
func (g *group) claim(ctx context.Context, tx *db.Tx) error {
	if len(g.ids) == 0 {
		return nil
	}
	if err := insertClaims(ctx, tx, g); err != nil {
		return err
	}
	stored, err := selectAnswered(ctx, tx, g.ids)
	if err != nil {
		return err
	}
	if len(stored) > 0 {
		// The insert took no lock on the rows it skipped: they could be purged.
		if stored, err = lockAndSelect(ctx, tx, stored); err != nil {
			return err
		}
	}
	for i, id := range g.rows {
		row, there := stored[id]
		switch {
		case id == 0:
		case there:
			g.results[i], g.rows[i] = row.answerTo(g.requests[i]), 0
		case g.first[id] == i:
			g.fresh = append(g.fresh, i)
		}
	}
	return nil
}

// finish stores the answers of what was worked on and takes back the claims of
// what was refused.
func (g *group) finish(ctx context.Context, tx *db.Tx, done []Result) error {
	var refused, effects []int // requests
	for k, i := range g.fresh {
		g.results[i] = done[k]
		if done[k].Refusal != nil {
			g.results[i].Answer = Answer{}
			refused = append(refused, i)
		} else {
			effects = append(effects, i)
		}
	}
	slices.SortFunc(effects, func(a, b int) int { return cmp.Compare(g.rows[a], g.rows[b]) })
	if err := storeAnswers(ctx, tx, g, effects); err != nil {
		return err
	}
	return deleteClaims(ctx, tx, g, refused)
}

// answerDoubles gives the second of two commands with one key what the first
// one got, if they are the same command. Another one came while the key was in
// use, which it stays if the first one had an effect.
func (g *group) answerDoubles() {
	for i, id := range g.rows {
		first := g.first[id]
		switch {
		case id == 0 || first == i:
		case g.requests[i] != g.requests[first] && g.results[first].Refusal != nil:
			g.results[i].Refusal = ErrInFlight // the key is free again when this one is sent again
		case g.requests[i] != g.requests[first]:
			g.results[i].Refusal = ErrKeyReused
		default:
			g.results[i] = g.results[first]
			g.results[i].Replayed = g.results[i].Refusal == nil
		}
	}
}

// row is a stored answer and the request it belongs to.
type row struct {
	request Request
	answer  Answer
}

func (w row) answerTo(r Request) Result {
	if r != w.request {
		return Result{Refusal: ErrKeyReused}
	}
	return Result{Answer: w.answer, Replayed: true}
}
