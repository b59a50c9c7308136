package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"openlend/refusal"
)

// CalcCmd holds the calculators. Each reads one JSON object a line and answers
// each with one line, in order.
type CalcCmd struct {
	Schedule CalcScheduleCmd `cmd:"" help:"Terms of a loan -> its instalments."`
	APR      CalcAPRCmd      `cmd:"" help:"Advances and payments -> US annual percentage rate."`
	APRC     CalcAPRCCmd     `cmd:"" help:"Cash flows -> EU annual percentage rate of charge."`
	XIRR     CalcXIRRCmd     `cmd:"" help:"Dated cash flows -> internal rate of return."`
}

// linesHelp is the part of the help that all calculators share.
const linesHelp = `

Amounts and rates are decimal strings or JSON numbers ("0.12" or 0.12); dates
are YYYY-MM-DD. A line that cannot be answered gets
{"error":{"code":"…","field":"…","message":"…"}}, and the next line still runs:
the exit code is 0 when all lines were read, whatever their answers. Empty lines
are skipped.`

// maxLine is the longest line that is read, in bytes.
const maxLine = 8 << 20

// problem is the answer to a line that was refused.
type problem struct {
	Error struct {
		Code    string `json:"code"`
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"error"`
}

func problemOf(err error) problem {
	var refused *refusal.Error
	if !errors.As(err, &refused) {
		refused = refusal.New("internal", "the line could not be answered")
	}
	var p problem
	p.Error.Code, p.Error.Field, p.Error.Message = refused.Code, refused.Field, refused.Message
	return p
}

// answerLines answers every line of the input by the calculator. An answer is
// flushed before the next read can block, so a person or a program at the other
// end of a pipe sees it without sending more.
func answerLines(std streams, calculate func(in *form) (any, error)) error {
	// Nothing is held that a signal could break: let it end the program.
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	in := bufio.NewReaderSize(std.In, 64<<10)
	out := bufio.NewWriterSize(std.Out, 64<<10)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		if !lineWaits(in) {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if refusal.Code(err) == "" && err != nil {
			return errors.Join(err, out.Flush())
		}
		if err == nil && len(line) == 0 {
			continue
		}
		if err := encoder.Encode(answer(line, err, calculate)); err != nil {
			return err
		}
	}
}

// answer returns what is printed for a line: a result or a problem.
func answer(line []byte, err error, calculate func(in *form) (any, error)) any {
	if err != nil {
		return problemOf(err)
	}
	in, err := readForm(line)
	if err != nil {
		return problemOf(err)
	}
	result, err := calculate(in)
	if err != nil {
		return problemOf(err)
	}
	return result
}

// lineWaits says whether a whole line can be read without blocking.
func lineWaits(in *bufio.Reader) bool {
	waiting, _ := in.Peek(in.Buffered())
	return bytes.IndexByte(waiting, '\n') >= 0
}

// readLine returns the next line without the white space around it; the last
// may lack its end. Errors: ErrLineTooLong, after the whole line has been read;
// io.EOF after the last line; and what the input says.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	read := 0
	for {
		part, err := in.ReadSlice('\n')
		if read += len(part); read <= maxLine {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (read == 0 || !errors.Is(err, io.EOF)):
			return nil, err
		case read > maxLine:
			return nil, ErrLineTooLong
		}
		return bytes.TrimSpace(line), nil
	}
}
