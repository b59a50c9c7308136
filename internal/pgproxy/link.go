package pgproxy

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgproto3"
)

// link is one client and its server session.
type link struct {
	p              *Proxy
	client, server net.Conn
	swallow        atomic.Bool // the server's answer, up to its end
	swallowed      chan bool
	named          map[string]string // prepared statements: name -> text
	tx             Transaction
}

// requests passes on what the client sends until a fault cuts the link.
func (l *link) requests() {
	for {
		m, err := readFrame(l.client, true)
		if err != nil {
			return
		}
		if f := l.faultOf(m); f != nil {
			if !l.apply(f) {
				return
			}
		} else if _, err := l.server.Write(m); err != nil {
			return
		}
	}
}

// faultOf notes a message of the client and says what is to become of it, nil
// for nothing.
func (l *link) faultOf(m []byte) *Fault {
	var (
		query pgproto3.Query
		parse pgproto3.Parse
		bind  pgproto3.Bind
	)
	switch body := m[5:]; {
	case m[0] == 'P' && parse.Decode(body) == nil:
		l.named[parse.Name] = parse.Query
	case m[0] == 'B' && bind.Decode(body) == nil:
		l.tx.texts = append(l.tx.texts, l.named[bind.PreparedStatement])
	case m[0] == 'Q' && query.Decode(body) == nil && query.String == "commit":
		l.p.Commits.Add(1)
		if ask := l.p.fault.Load(); ask != nil {
			return (*ask)(&l.tx)
		}
	case m[0] == 'Q' && strings.HasPrefix(query.String, "begin"):
		l.tx = Transaction{}
	case m[0] == 'Q':
		l.tx.texts = append(l.tx.texts, query.String)
	}
	return nil
}

// apply does a fault and says whether the link goes on.
func (l *link) apply(f *Fault) bool {
	if f.Meantime != nil {
		f.Meantime()
	}
	end := &pgproto3.Query{String: "rollback"}
	if f.Execute {
		end.String = "commit"
	}
	m, err := end.Encode(nil)
	if err != nil {
		panic(err)
	}
	l.swallow.Store(true)
	if _, err := l.server.Write(m); err != nil || !<-l.swallowed {
		return false
	}
	if l.p.Away.Store(f.Then); f.Then != Here {
		l.p.Cut()
	}
	if f.Answer == nil {
		return false
	}
	m, err = f.Answer.Encode(nil)
	if err == nil && f.Answer.SeverityUnlocalized == "ERROR" {
		m, err = (&pgproto3.ReadyForQuery{TxStatus: 'I'}).Encode(m)
	}
	if err != nil {
		panic(err)
	}
	_, err = l.client.Write(m)
	return err == nil && f.Answer.SeverityUnlocalized == "ERROR"
}

// answers passes on what the server sends.
func (l *link) answers() {
	defer close(l.swallowed)
	for {
		m, err := readFrame(l.server, true)
		if err != nil {
			return
		}
		if l.swallow.Load() {
			if m[0] == 'Z' { // ReadyForQuery: it has been done
				l.swallow.Store(false)
				l.swallowed <- true
			}
			continue
		}
		if _, err := l.client.Write(m); err != nil {
			return
		}
	}
}

var errNoMessage = errors.New("pgproxy: no message of PostgreSQL")

// readFrame reads one message with its length, and with its type if it has one
// (the first message of a client has none).
func readFrame(r io.Reader, typed bool) ([]byte, error) {
	head := 4
	if typed {
		head = 5
	}
	var begin [5]byte
	if _, err := io.ReadFull(r, begin[:head]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(begin[head-4:head])) - 4
	if n < 0 || n > 1<<24 {
		return nil, errNoMessage
	}
	m := make([]byte, head+n)
	copy(m, begin[:head])
	_, err := io.ReadFull(r, m[head:])
	return m, err
}
