// Package backup copies a whole database into a directory and back, in one
// format for both engines: what ran on SQLite can be restored on PostgreSQL.
//
// Invariants: a copy is of one moment; a directory without a manifest is no
// copy, and the manifest is written last; a copy whose files are not exactly
// those that the manifest names by length and SHA-256 is refused before the
// first row is written; a database that has tables already is never restored to.
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"openlend/internal/db"
)

// Manifest says what a copy holds.
type Manifest struct {
	Format int    `json:"format"`
	Schema string `json:"schema"` // SHA-256 over the tables and columns
	Engine string `json:"engine"` // it was taken from
	// TakenAt is when, in the process that took it.
	TakenAt time.Time `json:"taken_at"`
	Tables  []File    `json:"tables"`
}

// File is one table's rows: gzipped lines, each a JSON array in the order of
// the columns, bytes in base64.
type File struct {
	db.Table

	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the file as it lies on disk
}

const (
	format       = 1
	manifestName = "manifest.json"
	rowsName     = ".jsonl.gz"
)

// Take copies the database into a directory, which must be empty or missing.
// progress, which may be nil, hears how many of how many rows are done.
// Refusal: ErrNotEmpty.
func Take(
	ctx context.Context, d *db.DB, dir string, now time.Time, progress func(done, of int64),
) (Manifest, error) {
	if err := emptyDir(dir); err != nil {
		return Manifest{}, err
	}
	return db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (Manifest, error) {
		tables, err := db.Tables(ctx, tx)
		if err != nil {
			return Manifest{}, err
		}
		m := Manifest{Format: format, Schema: schemaOf(tables), Engine: string(tx.Engine()),
			TakenAt: now.UTC()}
		c := counter{tell: progress}
		for i := range tables {
			n, err := tables[i].Count(ctx, tx)
			if err != nil {
				return m, err
			}
			c.of += n
		}
		for _, t := range tables {
			f, err := takeTable(ctx, tx, dir, t, &c)
			if err != nil {
				return m, err
			}
			m.Tables = append(m.Tables, f)
		}
		return m, m.write(dir)
	})
}

func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	has, err := os.ReadDir(dir)
	if err == nil && len(has) > 0 {
		err = ErrNotEmpty.With("%s", dir)
	}
	return err
}

// schemaOf names the shape of a database: both engines give the same one.
func schemaOf(tables []db.Table) string {
	text, err := json.Marshal(tables)
	if err != nil {
		panic(err) // strings only: it cannot fail
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// counter tells of progress now and then.
type counter struct {
	done, of int64
	tell     func(done, of int64)
}

func (c *counter) add(n int64) {
	before := c.done
	c.done += n
	if c.tell != nil && before/10_000 != c.done/10_000 {
		c.tell(c.done, c.of)
	}
}

func takeTable(
	ctx context.Context, tx *db.Tx, dir string, t db.Table, c *counter,
) (f File, err error) {
	f = File{Table: t}
	out, err := os.OpenFile(filepath.Join(dir, t.Name+rowsName),
		os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	disk := &summed{w: out, sum: sha256.New()}
	zip, err := gzip.NewWriterLevel(disk, gzip.BestSpeed)
	if err != nil {
		return f, err
	}
	lines := json.NewEncoder(zip)
	lines.SetEscapeHTML(false)
	err = t.Each(ctx, tx, func(row []any) error {
		f.Rows++
		c.add(1)
		if !encodable(row) {
			return ErrDamaged.With("a text of %s is not UTF-8", t.Name)
		}
		return lines.Encode(row)
	})
	if err = errors.Join(err, zip.Close(), out.Sync()); err != nil {
		return f, err
	}
	f.Bytes, f.SHA256 = disk.n, hex.EncodeToString(disk.sum.Sum(nil))
	return f, nil
}

// summed counts and hashes what is written through it.
type summed struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	_, _ = s.sum.Write(p[:n]) // never fails
	return n, err
}

// write puts the manifest in its place as the last file of a copy.
func (m *Manifest) write(dir string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestName)
	if err := writeSynced(path+".new", append(text, '\n')); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeSynced(path string, text []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) (err error) {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// Open reads a copy's manifest and checks every file against it. Refusals:
// ErrNoCopy, ErrDamaged.
func Open(dir string) (Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, ErrNoCopy.With("%s", dir)
	}
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Format != format {
		return Manifest{}, ErrDamaged.With("%s is not a manifest of this format", manifestName)
	}
	for _, f := range m.Tables {
		if err := f.check(dir); err != nil {
			return Manifest{}, err
		}
	}
	return m, nil
}

func (f *File) check(dir string) (err error) {
	in, err := os.Open(filepath.Join(dir, filepath.Base(f.Name)+rowsName))
	if err != nil {
		return ErrDamaged.With("%v", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(sum, in)
	if err != nil {
		return err
	}
	if n != f.Bytes || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return ErrDamaged.With("%s is not the file that was written", f.Name+rowsName)
	}
	return nil
}

// piece is how many rows one transaction of a restore takes.
const piece = 2_000

// MustBeEmpty refuses a database that has tables, before one is made of it by
// migrating and Restore. Refusal: ErrHasTables.
func MustBeEmpty(ctx context.Context, d *db.DB) error {
	tables, err := db.Read(ctx, d, db.Tables)
	if err == nil && len(tables) > 0 {
		err = ErrHasTables
	}
	return err
}

// Restore writes a copy's rows to a database that has just been migrated, by
// the role that owns it; no one else may use it yet. It is not one transaction:
// a database whose restore broke off is of no use. Refusals: those of Open,
// ErrSchema.
func Restore(
	ctx context.Context, d *db.DB, dir string, progress func(done, of int64),
) (Manifest, error) {
	m, err := Open(dir)
	if err != nil {
		return m, err
	}
	tables, err := db.Read(ctx, d, db.Tables)
	if err != nil {
		return m, err
	}
	if schemaOf(tables) != m.Schema {
		return m, ErrSchema
	}
	c := counter{tell: progress}
	for _, f := range m.Tables {
		c.of += f.Rows
	}
	for _, f := range m.Tables {
		if err := f.restore(ctx, d, dir, &c); err != nil {
			return m, fmt.Errorf("restore %s: %w", f.Name, err)
		}
	}
	return m, nil
}

func (f *File) restore(ctx context.Context, d *db.DB, dir string, c *counter) (err error) {
	in, err := os.Open(filepath.Join(dir, f.Name+rowsName))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	unzip, err := gzip.NewReader(bufio.NewReaderSize(in, 1<<20))
	if err != nil {
		return err
	}
	lines := json.NewDecoder(unzip)
	lines.UseNumber()
	for first := true; ; first = false {
		rows, err := f.read(lines)
		if err != nil {
			return err
		}
		if _, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
			if first {
				if err := f.clear(ctx, tx); err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, f.Fill(ctx, tx, rows)
		}); err != nil {
			return err
		}
		if c.add(int64(len(rows))); len(rows) < piece {
			return nil
		}
	}
}

// clear makes room where migrations have left rows.
func (f *File) clear(ctx context.Context, tx *db.Tx) error {
	n, err := f.Count(ctx, tx)
	if err != nil || n == 0 {
		return err
	}
	return f.Clear(ctx, tx)
}

// read reads up to a piece of rows.
func (f *File) read(lines *json.Decoder) ([][]any, error) {
	rows := make([][]any, 0, piece)
	for len(rows) < piece {
		var raw []any
		if err := lines.Decode(&raw); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		if len(raw) != len(f.Columns) {
			return nil, ErrDamaged.With("a row has %d values", len(raw))
		}
		for i := range raw {
			v, err := decode(f.Columns[i].Type, raw[i])
			if err != nil {
				return nil, err
			}
			raw[i] = v
		}
		rows = append(rows, raw)
	}
	return rows, nil
}
