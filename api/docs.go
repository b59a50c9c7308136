package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"time"
)

// The page is three files of our own that read /openapi.json: nothing of it
// comes from another host, and the policy says so to the browser.
//
//go:embed docs
var docs embed.FS

const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func serveDocs(mux *http.ServeMux) {
	for path, file := range map[string]struct{ name, kind string }{
		"GET /docs":          {"docs/index.html", "text/html; charset=utf-8"},
		"GET /docs/docs.js":  {"docs/docs.js", "text/javascript; charset=utf-8"},
		"GET /docs/docs.css": {"docs/docs.css", "text/css; charset=utf-8"},
	} {
		content, err := docs.ReadFile(file.name)
		if err != nil { // it is compiled in
			panic(err)
		}
		serve := serveFile(file.kind, content)
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", docsPolicy)
			serve(w, r)
		})
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/docs", http.StatusSeeOther)
	})
}

// serveFile serves fixed bytes with an ETag.
func serveFile(kind string, content []byte) http.HandlerFunc {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", revalidate)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}
