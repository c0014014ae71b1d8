package devserver

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// FetchVariable is the environment variable with the address of a mirror of the releases of Temporal's command, or
// "never".
const FetchVariable = "TEMPORAL_DEV_FETCH"

const fetchNever = "never"

// release is a release of the official "temporal" command. An archive whose SHA-256 differs is never unpacked, wherever
// it comes from.
type release struct {
	version string
	base    string            // address above v<version>/temporal_cli_<version>_<os>_<arch>.tar.gz
	sums    map[string]string // SHA-256 of the archive by platform
}

// official is the release that is fetched, with Temporal server 1.31.2.
//
// https://github.com/temporalio/cli/releases/tag/v1.8.2
var official = release{
	version: "1.8.2",
	base:    "https://github.com/temporalio/cli/releases/download",
	sums: map[string]string{
		"darwin/amd64": "489d7f5420cae02b559774ac23df035141954c33a51dba96f5759a0ddccdf1b6",
		"darwin/arm64": "dacdc3587682c04cf27e67c8878ca2d755230b6ad63c0c6ebddd7348ae90ed94",
		"linux/amd64":  "d8421bda989e6514b4bdb4d63a9012a8a05a806892e881a5aad8510496349a94",
		"linux/arm64":  "83600a8fac6e3da54093e5da6918d399f501532b9f1172235603f9606f4ac6e4",
	},
}

const (
	connectWithin  = 3 * time.Second // to connect, and again for TLS
	answerWithin   = 10 * time.Second
	fetchWithin    = 3 * time.Minute // after that compiling is as fast
	archiveSize    = 100 << 20       // an archive has some 50 MB
	executableSize = 500 << 20
	copyMode       = 0o755
)

var errNoRelease = errors.New("there is none for " + runtime.GOOS + "/" + runtime.GOARCH)

// path returns where a fetched copy is kept.
func (r release) path(dir string) string {
	sum := r.sums[runtime.GOOS+"/"+runtime.GOARCH]
	return filepath.Join(dir, "temporal-cli-"+r.version+"-"+sum[:min(12, len(sum))])
}

// fetch downloads the command into dir. It leaves nothing behind if it fails.
func (r release) fetch(ctx context.Context, dir string, log io.Writer) (string, error) {
	sum, known := r.sums[runtime.GOOS+"/"+runtime.GOARCH]
	if !known {
		return "", errNoRelease
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	archive, err := os.CreateTemp(dir, "temporal-*.partial")
	if err != nil {
		return "", fmt.Errorf("keep it: %w", err)
	}
	defer func() {
		_ = archive.Close()
		_ = os.Remove(archive.Name())
	}()
	name := fmt.Sprintf("temporal_cli_%s_%s_%s.tar.gz", r.version, runtime.GOOS, runtime.GOARCH)
	if err := r.download(ctx, strings.TrimSuffix(r.base, "/")+"/v"+r.version+"/"+name, archive, log); err != nil {
		return "", err
	}
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read it: %w", err)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, archive); err != nil {
		return "", fmt.Errorf("read it: %w", err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return "", fmt.Errorf("its SHA-256 is %s and must be %s: it is thrown away", got, sum)
	}
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read it: %w", err)
	}
	path := r.path(dir)
	if err := unpack(archive, path); err != nil {
		return "", fmt.Errorf("unpack it: %w", err)
	}
	return path, nil
}

func (r release) download(ctx context.Context, url string, to io.Writer, log io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: connectWithin}).DialContext,
		TLSHandshakeTimeout: connectWithin, ResponseHeaderTimeout: answerWithin,
	}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", req.URL.Host, res.Status)
	}
	began, counted := time.Now(), &counter{}
	stop := every(reportEvery, func(now time.Time) {
		fmt.Fprintf(log, "  %5s  %d of %d MB fetched\n", now.Sub(began).Round(time.Second), counted.read()>>20,
			res.ContentLength>>20)
	})
	defer stop()
	_, err = io.Copy(io.MultiWriter(to, counted), io.LimitReader(res.Body, archiveSize))
	return err
}

// unpack writes the command of an archive to path.
func unpack(archive io.Reader, path string) error {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return errors.New("the archive holds no temporal")
		}
		if err != nil {
			return err
		}
		if header.Name != "temporal" || header.Typeflag != tar.TypeReg {
			continue
		}
		return write(path, io.LimitReader(files, executableSize))
	}
}

// write makes an executable file atomically, so that nobody starts half of it.
func write(path string, content io.Reader) error {
	partial, err := os.OpenFile(path+".partial", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, copyMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(partial, content)
	if err := errors.Join(err, partial.Close()); err != nil {
		_ = os.Remove(partial.Name())
		return err
	}
	return os.Rename(partial.Name(), path)
}
