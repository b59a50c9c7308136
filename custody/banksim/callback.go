package banksim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// callback is one message to the platform.
type callback struct {
	id   string
	at   int64 // Unix seconds
	body []byte
	sign string
}

// Deliver settles what is due and sends the callbacks that wait. One that is
// not taken is not sent again: the platform asks by itself.
func (b *Bank) Deliver(ctx context.Context) {
	for _, c := range b.takeCallbacks() {
		if err := b.post(ctx, c); err != nil {
			b.o.Report(err)
		}
	}
}

// takeCallbacks makes messages of the news, distorted as faults say.
func (b *Bank) takeCallbacks() []callback {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.settleDue(); err != nil {
		b.o.Report(err)
	}
	news := b.news
	b.news = nil
	if b.o.Callback == "" {
		return nil
	}
	var all, held []callback
	for _, no := range news {
		c := b.callback(no)
		switch b.fault("callback", no).Kind {
		case "duplicate":
			all = append(all, c, c)
		case "reorder":
			held = append(held, c)
			continue
		case "forge":
			all = append(append(all, b.forgeries(c)...), c)
		default:
			all = append(all, c)
		}
		all, held = append(all, held...), nil
	}
	return append(all, held...)
}

func (b *Bank) callback(requestNo string) callback {
	b.serial++
	text := `{"request_no":` + strconv.Quote(requestNo) + `,"simulator":` + strconv.Quote(label) + "}"
	now := b.o.Clock.Now()
	c := callback{id: "msg_" + strconv.FormatInt(now.UnixMicro(), 36) + "_" +
		strconv.FormatInt(b.serial, 36), at: now.Unix(), body: []byte(text)}
	c.sign = c.signed(b.o.Key)
	return c
}

// signed is the signature of a message under a key, as custody/README.md has it.
func (c callback) signed(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(c.id + "." + strconv.FormatInt(c.at, 10) + "."))
	mac.Write(c.body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// forgeries are messages like one, of somebody who has not the key: signed with
// another, kept since last week, and with another body under the signature.
func (b *Bank) forgeries(c callback) []callback {
	wrong, old, changed := c, c, c
	wrong.sign = c.signed([]byte("not the key of the bank"))
	old.at -= int64((7 * 24 * time.Hour).Seconds())
	old.sign = old.signed(b.o.Key)
	changed.body = append(bytes.Clone(c.body), ' ')
	return []callback{wrong, old, changed}
}

func (b *Bank) post(ctx context.Context, c callback) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.o.Callback,
		bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Webhook-Id", c.id)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(c.at, 10))
	request.Header.Set("Webhook-Signature", c.sign)
	response, err := b.client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("banksim: a callback was answered with %d", response.StatusCode)
	}
	return nil
}
