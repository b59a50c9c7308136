package custody

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/outbox"
	"openlend/internal/saga"
)

// Callbacks is where the bank may say that there is news. A callback changes
// nothing: it makes the payout's saga ask the bank, and the poller look. So a
// forged, repeated, late or lost one can do no harm, and it is checked all the
// same: who can make us ask may make us ask too often.
type Callbacks struct {
	DB     *db.DB
	Key    []byte // shared with the bank
	Wall   clock.Clock
	Bell   outbox.Bell // the poller's; may be nil
	Report func(error) // hears of refused ones and of faults
}

const (
	callbackWindow = 5 * time.Minute
	callbackLimit  = 16 << 10
)

// The headers of a callback; see README.md.
const (
	HeaderCallbackID        = "Webhook-Id"
	HeaderCallbackAt        = "Webhook-Timestamp"
	HeaderCallbackSignature = "Webhook-Signature"
)

type callbackBody struct {
	RequestNo string `json:"request_no"` // "": about the statement
}

// ServeHTTP implements http.Handler.
func (c *Callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, callbackLimit))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	if err := c.check(r.Header, body); err != nil {
		c.Report(err)
		http.Error(w, ErrCallback.Message, http.StatusUnauthorized)
		return
	}
	var said callbackBody
	if err := json.Unmarshal(body, &said); err != nil {
		http.Error(w, "not a callback", http.StatusBadRequest)
		return
	}
	if err := c.wake(r.Context(), said.RequestNo); err != nil {
		c.Report(err)
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// check refuses what the bank has not signed, or not just now. Refusal:
// ErrCallback.
func (c *Callbacks) check(h http.Header, body []byte) error {
	id, at := h.Get(HeaderCallbackID), h.Get(HeaderCallbackAt)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" {
		return ErrCallback.With("a callback without id or time")
	}
	if c.Wall.Now().Sub(time.Unix(seconds, 0)).Abs() > callbackWindow {
		return ErrCallback.With("a callback of another time")
	}
	want := SignCallback(c.Key, id, seconds, body)
	for one := range strings.FieldsSeq(h.Get(HeaderCallbackSignature)) {
		if hmac.Equal([]byte(one), []byte(want)) {
			return nil
		}
	}
	return ErrCallback.With("a callback with a wrong signature")
}

// SignCallback signs a callback as the bank does: HMAC-SHA-256 over id, time in
// Unix seconds and the raw body, with "." between them.
func SignCallback(key []byte, id string, seconds int64, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(seconds, 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// wake has the payout's saga and the poller ask the bank.
func (c *Callbacks) wake(ctx context.Context, requestNo string) error {
	c.Bell.Ring()
	n, err := ParsePayoutID(requestNo)
	if err != nil {
		return nil //nolint:nilerr // no number of ours: then only the statement is read
	}
	_, err = db.Write(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, saga.Wake(ctx, tx, payoutSaga, int64(n))
	})
	return err
}
