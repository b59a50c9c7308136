package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// headLine is one line of heads.log.
type headLine struct {
	Size     int64  `json:"tree_size"`
	SignedAt int64  `json:"signed_at"` // microseconds UTC
	Note     string `json:"note"`
}

func (h Head) line() headLine { return headLine{h.Size, h.SignedAt, h.Note} }

// headLineMax is the longest line that is read; ours have some 300 bytes.
const headLineMax = 4096

// eachHeadLine hands every whole line of heads.log to fn, with its number from
// 1. A last line without its end was never acknowledged and is left out. A file
// that is not there has no lines.
func eachHeadLine(path string, fn func(nr int64, l headLine) error) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, headLineMax)
	for nr := int64(1); ; nr++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("heads.log line %d: %w", nr, err)
		}
		l, err := readHeadLine(line)
		if err != nil {
			return fmt.Errorf("heads.log line %d: %w", nr, err)
		}
		if err := fn(nr, l); err != nil {
			return err
		}
	}
}

// readHeadLine accepts exactly what was written.
func readHeadLine(line []byte) (headLine, error) {
	var l headLine
	if err := json.Unmarshal(line, &l); err != nil {
		return l, ErrHead
	}
	again, err := canonical(l)
	if err != nil || !bytes.Equal(append(again, '\n'), line) {
		return l, ErrHead
	}
	return l, nil
}

// canonical is the one JSON text of a value that we write and accept.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// appendHeads appends the heads that are longer than the last one in heads.log
// and makes them durable. Two processes take turns; the rest of a write that a
// crash has torn is cut off first.
func appendHeads(path string, heads ...Head) error {
	if len(heads) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	if err == nil {
		err = appendTo(f, heads)
	}
	return errors.Join(err, f.Close(), syncDir(filepath.Dir(path)))
}

func appendTo(f *os.File, heads []Head) error {
	last, end, err := lastLine(f)
	if err != nil {
		return err
	}
	var text []byte
	for _, h := range heads {
		if h.Size <= last.Size {
			continue
		}
		line, err := canonical(h.line())
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	if err := f.Truncate(end); err != nil {
		return err
	}
	if _, err := f.WriteAt(text, end); err != nil {
		return err
	}
	return f.Sync()
}

// lastLine reads the last whole line and where it ends.
func lastLine(f *os.File) (last headLine, end int64, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return last, 0, err
	}
	tail := make([]byte, min(size, 2*headLineMax))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return last, 0, err
	}
	whole := tail[:bytes.LastIndexByte(tail, '\n')+1]
	if len(whole) == 0 {
		return last, 0, nil
	}
	begin := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	last, err = readHeadLine(whole[begin:])
	return last, size - int64(len(tail)-len(whole)), err
}

// lastHead returns the newest head of heads.log, the zero Head when it has
// none. Refusal: ErrHead when the last line is not one.
func (p Place) lastHead() (Head, error) {
	f, err := os.Open(p.Heads)
	if errors.Is(err, fs.ErrNotExist) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, err
	}
	l, _, err := lastLine(f)
	return Head{Size: l.Size, SignedAt: l.SignedAt, Note: l.Note}, errors.Join(err, f.Close())
}

// refusedHead tells a line that is no head from a file that cannot be read.
func refusedHead(err error) bool {
	return errors.Is(err, ErrHead) || errors.Is(err, bufio.ErrBufferFull)
}
