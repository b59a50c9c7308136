package banksim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// journal is the file that the books are made from: a JSON record per line. It
// survives the death of the process, which is what the simulator is for, and
// not that of the machine.
type journal struct {
	file *os.File // nil: nothing is kept
}

// openJournal reads a file into the books and goes on writing at its end. A last
// line that was not finished was never answered: it is cut off.
func openJournal(path string, b *books) (*journal, error) {
	if path == "" {
		return &journal{}, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	whole, err := replay(file, b)
	if err == nil {
		err = file.Truncate(whole)
	}
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("banksim: %s: %w", path, err), file.Close())
	}
	return &journal{file}, nil
}

// replay applies all whole lines and returns where they end.
func replay(file io.Reader, b *books) (whole int64, err error) {
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return whole, err
		}
		var r record
		if err := json.Unmarshal(bytes.TrimSpace(line), &r); err != nil {
			return whole, err
		}
		b.apply(r)
		whole += int64(len(line))
	}
}

func (j *journal) write(r record) error {
	if j.file == nil {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
