package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/schema"
)

// CrashReport is what a crash run found. Lost and Wrong must be 0.
type CrashReport struct {
	Engine       string  `json:"engine"`
	Seed         uint64  `json:"seed"`
	Seconds      float64 `json:"seconds"`
	Kills        int     `json:"kills"`
	Acknowledged int64   `json:"acknowledged"` // commands that a writer was told are booked
	Lost         int64   `json:"lost"`         // acknowledged and not in the books
	Wrong        int64   `json:"wrong"`        // in the books, but otherwise than acknowledged
	First        string  `json:"first,omitempty"`
}

// These carry the database URL, out of sight of ps, and the data directory to a
// crash writer.
const (
	WriterEnv = "OPENLEND_CRASH_DATABASE"
	DataEnv   = "OPENLEND_CRASH_DATA"
)

// Crash kills writers (SIGKILL) every 2-8 s under mixed load and checks what
// they had acknowledged against the books. seed repeats the times of the kills,
// 0 draws one. writer starts a child that runs
// CrashWriter; verify checks the whole books at the end, through a URL.
func Crash(
	ctx context.Context, c Config, length time.Duration, seed uint64,
	writer func(ctx context.Context) *exec.Cmd,
	verify func(ctx context.Context, url, data string) error,
	progress func(done, of int),
) (CrashReport, error) {
	if seed == 0 {
		seed = rand.Uint64()
	}
	report := CrashReport{Engine: string(c.Engine), Seed: seed}
	place, err := newCrashPlace(ctx, c)
	if err != nil {
		return report, err
	}
	chance := rand.New(rand.NewPCG(seed, 1))
	watch := clock.Start()
	for err == nil && watch.Elapsed() < length && ctx.Err() == nil {
		life := 2*time.Second + time.Duration(chance.Int64N(int64(6*time.Second)))
		var acks []ack
		if acks, err = place.oneLife(ctx, life, writer); err == nil {
			err = place.check(ctx, acks, &report)
		}
		report.Kills++
		progress(int(watch.Elapsed()/time.Second), int(length/time.Second))
	}
	report.Seconds = watch.Elapsed().Seconds()
	if err == nil {
		err = place.finish(ctx)
	}
	if err == nil {
		err = verify(ctx, place.url, place.data)
	}
	return report, errors.Join(err, place.close())
}

// crashPlace is the database that outlives its writers.
type crashPlace struct {
	url   string
	data  string // the log's keys and heads.log
	close func() error
}

// finish lets the services catch up.
func (p *crashPlace) finish(ctx context.Context) error {
	b := &books{}
	if err := b.open(ctx, p.url); err != nil {
		return err
	}
	return errors.Join(b.catchUp(ctx, p.data), b.shut())
}

func newCrashPlace(ctx context.Context, c Config) (*crashPlace, error) {
	c.Accounts = 200 // few, so that writers meet
	b := &books{}
	url, closeServer, err := b.place(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	if err = b.open(ctx, url); err == nil {
		err = errors.Join(b.fund(ctx, c.Accounts), b.shut())
	}
	if err != nil {
		return nil, errors.Join(err, closeServer())
	}
	data := c.Dir
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		data = filepath.Dir(path)
	}
	return &crashPlace{url: url, data: data, close: closeServer}, nil
}

// oneLife runs a writer for a while, kills it and returns every line that it
// had written whole.
func (p *crashPlace) oneLife(
	ctx context.Context, life time.Duration, writer func(ctx context.Context) *exec.Cmd,
) ([]ack, error) {
	cmd := writer(ctx)
	cmd.Env = append(os.Environ(), WriterEnv+"="+p.url, DataEnv+"="+p.data)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	acks, err := readAcks(out)
	dead := cmd.Wait()
	if cmd.ProcessState.Exited() { // by itself: it was to live until killed
		return nil, fmt.Errorf("the writer ended by itself: %w", dead)
	}
	return acks, err
}

func readAcks(r io.Reader) ([]ack, error) {
	var acks []ack
	lines := bufio.NewReader(r)
	for {
		line, cut := lines.ReadString('\n')
		if cut != nil { // what is left is half a line: it was never acknowledged
			return acks, nil //nolint:nilerr // the end of a killed writer
		}
		a, err := parseAck(line)
		if err != nil {
			return nil, err
		}
		acks = append(acks, a)
	}
}

// check finds every acknowledged command in the books.
func (p *crashPlace) check(ctx context.Context, acks []ack, report *CrashReport) error {
	d, err := schema.Open(ctx, db.Options{URL: p.url, ReadOnly: true})
	if err != nil {
		return err
	}
	_, err = db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		const page = 2000
		for i := 0; i < len(acks); i += page {
			if err := checkAcks(ctx, tx, acks[i:min(i+page, len(acks))], report); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return errors.Join(err, d.Close())
}
