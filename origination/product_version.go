package origination

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
)

// ProductState says whether a second person has agreed to a version.
type ProductState string

// The states of a version; see Product.
const (
	ProductProposed ProductState = "proposed"
	ProductApproved ProductState = "approved"
	ProductRejected ProductState = "rejected"
)

var productSteps = map[ProductState][]ProductState{
	ProductProposed: {ProductApproved, ProductRejected},
	ProductApproved: {}, ProductRejected: {},
}

// ProductStates lists all states.
func ProductStates() []ProductState {
	return []ProductState{ProductProposed, ProductApproved, ProductRejected}
}

// Steps lists the legal next states.
func (s ProductState) Steps() []ProductState { return productSteps[s] }

// ProductVersion is a version with its history.
type ProductVersion struct {
	Product    *Product
	State      ProductState
	Hash       string // SHA-256 of the canonical JSON, hexadecimal
	Maker      string // principal of who proposed it
	Checker    string // of who approved or rejected it, "" before
	ProposedAt time.Time
	DecidedAt  time.Time // zero before
}

// GetProduct gets an approved version, whatever its date. Refusal:
// ErrProductNotFound.
func GetProduct(ctx context.Context, tx *db.Tx, code string, version int64) (*Product, error) {
	hash, err := approvedHash(ctx, tx, code, version)
	if err != nil {
		return nil, err
	}
	if p, ok := bodies.get(hash); ok {
		return p, nil
	}
	body, err := loadBody(ctx, tx, code, version)
	if err != nil {
		return nil, err
	}
	return readBody(body, hash)
}

// CurrentProduct gets the version in force on a date: of the approved ones the
// one that took effect last. Refusal: ErrProductNotFound.
func CurrentProduct(
	ctx context.Context, tx *db.Tx, code string, on calendar.Date,
) (*Product, error) {
	version, err := versionInForce(ctx, tx, code, on)
	if err != nil {
		return nil, err
	}
	return GetProduct(ctx, tx, code, version)
}

// ListProducts lists the products in force on a date, by code.
func ListProducts(ctx context.Context, tx *db.Tx, on calendar.Date) ([]*Product, error) {
	codes, err := db.Values[string](ctx, tx, selectCodesInForce, on.String())
	if err != nil {
		return nil, err
	}
	products := make([]*Product, len(codes))
	for i, code := range codes { // a handful
		if products[i], err = CurrentProduct(ctx, tx, code, on); err != nil {
			return nil, err
		}
	}
	return products, nil
}

// GetProductVersion gets a version in any state, with its history. Refusal:
// ErrProductNotFound.
func GetProductVersion(
	ctx context.Context, tx *db.Tx, code string, version int64,
) (ProductVersion, error) {
	return loadVersion(ctx, tx, code, version)
}

// ListProductVersions lists the last 200 versions of a product, newest first.
func ListProductVersions(
	ctx context.Context, tx *db.Tx, code string,
) ([]ProductVersion, error) {
	return db.Many(ctx, tx, scanVersion, selectVersionsOfCode, code, int64(maxLimit))
}

// ListProposedProducts lists the versions that wait for a second person, the
// oldest first, up to 200.
func ListProposedProducts(ctx context.Context, tx *db.Tx) ([]ProductVersion, error) {
	return db.Many(ctx, tx, scanVersion, selectProposedVersions, int64(maxLimit))
}

// canonical is a product as it is stored, and the hash by which it is known.
func canonical(p *Product) (body, hash string, err error) {
	text, err := json.Marshal(p) //nolint:musttag // calendar.Period is a text
	if err != nil {
		return "", "", err
	}
	return string(text), hashOf(text), nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// parseProduct reads a product and refuses fields it does not know. Refusal:
// ErrProduct.
func parseProduct(text []byte) (*Product, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var p Product
	if err := d.Decode(&p); err != nil { //nolint:musttag // calendar.Period is a text
		return nil, ErrProduct.With("%v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrProduct.With("something follows it")
	}
	return &p, nil
}

// readBody reads a stored product. A body that is not the one of its hash is a
// fault of the database.
func readBody(body, hash string) (*Product, error) {
	if p, ok := bodies.get(hash); ok {
		return p, nil
	}
	if hashOf([]byte(body)) != hash {
		return nil, fmt.Errorf("origination: a product body is not the one of its hash %s", hash)
	}
	p := new(Product)
	//nolint:musttag // calendar.Period is a text
	if err := json.Unmarshal([]byte(body), p); err != nil {
		return nil, fmt.Errorf("origination: product %s: %w", hash, err)
	}
	bodies.put(hash, p)
	return p, nil
}

// cache keeps parsed products by the hash of their body, which makes it right
// for every database and transaction, committed or not.
type cache struct {
	mu   sync.RWMutex
	kept map[string]*Product
}

var bodies cache

// mostBodies is far above the number of versions that are in use at a time.
const mostBodies = 1000

func (c *cache) get(hash string) (*Product, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	p, ok := c.kept[hash]
	return p, ok
}

func (c *cache) put(hash string, p *Product) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostBodies {
		c.kept = map[string]*Product{}
	}
	c.kept[hash] = p
}
