// Checks a log of Callable with an implementation that is not ours: golang.org/x/mod/sumdb.
//
//	log-check <vkey> <base URL or directory> [older checkpoint file]
//
// It verifies the signature of the checkpoint, recomputes the root from all entries, proves entries and older sizes from
// the tiles, and makes sure that a tampered entry, tile or checkpoint is refused.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if len(os.Args) < 3 {
		fail("usage: log-check <vkey> <base URL or directory> [older checkpoint file]")
	}
	verifier, err := note.NewVerifier(os.Args[1])
	check(err, "the verifier key")
	read := reader(os.Args[2])

	text := must(read("checkpoint"))
	tree := openCheckpoint(text, verifier)
	fmt.Printf("checkpoint: signed by %s, %d entries, root %s\n", verifier.Name(), tree.N, tree.Hash)
	refuseTamperedCheckpoint(text, verifier)

	entries := readEntries(read, tree.N)
	checkRoot(entries, tree)
	fmt.Printf("entries: %d, all JSON statements; their root is the checkpoint's\n", len(entries))

	hashes := tlog.TileHashReader(tree, tileReader{read})
	inclusions := checkInclusion(entries, tree, hashes)
	fmt.Printf("inclusion: %d entries proven from tiles\n", inclusions)
	consistencies := checkConsistency(entries, tree, hashes)
	fmt.Printf("consistency: %d older sizes proven from tiles\n", consistencies)
	refuseTamperedTile(read, tree)

	if len(os.Args) > 3 {
		older := openCheckpoint(must(os.ReadFile(os.Args[3])), verifier)
		proof, err := tlog.ProveTree(tree.N, older.N, hashes)
		check(err, "the proof of the older checkpoint")
		check(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash), "the older checkpoint")
		fmt.Printf("older checkpoint: its %d entries begin this log\n", older.N)
	}
	fmt.Println("the log verifies")
}

// openCheckpoint is strict about the log's signature and ignores lines of signers it does not know, such as witnesses.
func openCheckpoint(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err, "the signature of the checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("the checkpoint is not one of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "the size of the checkpoint")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err, "the root of the checkpoint")
	var hash tlog.Hash
	if copy(hash[:], root) != len(hash) || len(root) != len(hash) {
		fail("the root of the checkpoint has %d bytes", len(root))
	}
	return tlog.Tree{N: size, Hash: hash}
}

func refuseTamperedCheckpoint(text []byte, verifier note.Verifier) {
	parts := bytes.SplitN(text, []byte("\n"), 3)
	size, err := strconv.ParseInt(string(parts[1]), 10, 64)
	check(err, "the size of the checkpoint")
	tampered := fmt.Appendf(nil, "%s\n%d\n%s", parts[0], size+1, parts[2])
	if _, err := note.Open(tampered, note.VerifierList(verifier)); err == nil {
		fail("a checkpoint with another size was accepted")
	}
}

func readEntries(read readFile, size int64) [][]byte {
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := min(256, size-n*256)
		data := must(read(fullOr(read, fmt.Sprintf("tile/entries/%s", indexPath(n)), width)))
		for len(data) > 0 && int64(len(entries)) < n*256+width {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				fail("bundle %d is cut off", n)
			}
			length := 2 + int(binary.BigEndian.Uint16(data))
			entry := data[2:length]
			var parsed struct {
				LoggedAt  int64 `json:"loggedAt"`
				Statement struct {
					Kind   string `json:"kind"`
					Signer string `json:"signer"`
				} `json:"statement"`
			}
			check(json.Unmarshal(entry, &parsed), fmt.Sprintf("entry %d", len(entries)))
			if parsed.LoggedAt == 0 || parsed.Statement.Kind == "" || parsed.Statement.Signer == "" {
				fail("entry %d is no statement: %s", len(entries), entry)
			}
			entries = append(entries, entry)
			data = data[length:]
		}
	}
	if int64(len(entries)) != size {
		fail("there are %d entries, not %d", len(entries), size)
	}
	return entries
}

// rootOf grows a tree by Go's own stored hashes, which know nothing of our tiles.
func rootOf(entries [][]byte) tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			out[i] = stored[index]
		}
		return out, nil
	})
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entry, reader)
		check(err, "hashing the entries")
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), reader)
	check(err, "the root of the entries")
	return root
}

func checkRoot(entries [][]byte, tree tlog.Tree) {
	if root := rootOf(entries); root != tree.Hash {
		fail("the entries have the root %s, the checkpoint says %s", root, tree.Hash)
	}
	tampered := append([][]byte{}, entries...)
	at := len(entries) / 2
	tampered[at] = bytes.Replace(entries[at], []byte(`"loggedAt":`), []byte(`"loggedAt":1`), 1)
	if bytes.Equal(tampered[at], entries[at]) || rootOf(tampered) == tree.Hash {
		fail("a tampered entry was not noticed")
	}
	fmt.Printf("tampering: entry %d altered gives another root\n", at)
}

func checkInclusion(entries [][]byte, tree tlog.Tree, hashes tlog.HashReader) int {
	proven := 0
	for _, n := range samples(tree.N) {
		if n >= tree.N {
			continue
		}
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		check(err, fmt.Sprintf("the inclusion proof of %d", n))
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entries[n])), fmt.Sprintf("entry %d", n))
		if tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(append([]byte("x"), entries[n]...))) == nil {
			fail("a tampered entry %d was proven", n)
		}
		proven++
	}
	return proven
}

func checkConsistency(entries [][]byte, tree tlog.Tree, hashes tlog.HashReader) int {
	proven := 0
	for _, n := range samples(tree.N) {
		if n == 0 {
			continue
		}
		proof, err := tlog.ProveTree(tree.N, n, hashes)
		check(err, fmt.Sprintf("the consistency proof from %d", n))
		check(tlog.CheckTree(proof, tree.N, tree.Hash, n, rootOf(entries[:n])), fmt.Sprintf("consistency from %d", n))
		proven++
	}
	return proven
}

// refuseTamperedTile shows that Go's tile reader notices a changed hash: tiles are checked against the checkpoint.
func refuseTamperedTile(read readFile, tree tlog.Tree) {
	if tree.N < 2 {
		return
	}
	tampered := tileReader{func(path string) ([]byte, error) {
		data, err := read(path)
		if err == nil && strings.HasPrefix(path, "tile/0/") {
			data = append([]byte{data[0] ^ 1}, data[1:]...)
		}
		return data, err
	}}
	if _, err := tlog.ProveRecord(tree.N, 0, tlog.TileHashReader(tree, tampered)); err == nil {
		fail("a tampered tile was accepted")
	}
	fmt.Println("tampering: a tile altered is refused")
}

func samples(size int64) []int64 {
	seen := map[int64]bool{}
	var out []int64
	for _, n := range []int64{0, 1, 2, size / 3, size / 2, 255, 256, 257, size - 2, size - 1, size} {
		if n >= 0 && n <= size && !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

type readFile func(path string) ([]byte, error)

// tileReader is the only glue: Go names tiles tile/8/L/N, C2SP tile/L/N.
type tileReader struct{ read readFile }

func (r tileReader) Height() int                                { return tileHeight }
func (r tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := fullOr(r.read, fmt.Sprintf("tile/%d/%s", tile.L, indexPath(tile.N)), int64(tile.W))
		data, err := r.read(path)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is cut off", path)
		}
		out[i] = data[:tile.W*tlog.HashSize]
	}
	return out, nil
}

func fullOr(read readFile, full string, width int64) string {
	partial := fmt.Sprintf("%s.p/%d", full, width)
	if width == 256 {
		return full
	}
	if _, err := read(partial); err != nil {
		return full
	}
	return partial
}

func indexPath(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

func reader(base string) readFile {
	if !strings.Contains(base, "://") {
		return func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(base, filepath.FromSlash(path))) }
	}
	return func(path string) ([]byte, error) {
		answer, err := http.Get(strings.TrimRight(base, "/") + "/" + path)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, answer.Status)
		}
		return io.ReadAll(answer.Body)
	}
}

func must(data []byte, err error) []byte {
	check(err, "a file of the log")
	return data
}

func check(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "log-check: "+format+"\n", args...)
	os.Exit(1)
}
