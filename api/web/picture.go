package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // formats recognised by their content
	_ "image/png"
	"io"
	"mime/multipart"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	reading "github.com/wechat-c4c/wechat-c4c/conversation/text"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

const (
	maxPictures   = 5
	maxPicture    = 10 << 20 // bytes; the most that WeChat accepts
	maxPictureMB  = maxPicture >> 20
	uploadsAtOnce = 2

	// maxMegapixels is what an agent's browser can show without trouble: each pixel takes four bytes there, however
	// small the file. WeChat's own pictures have less than 20 megapixels, phones make 50.
	maxMegapixels = 52
)

// picture is an uploaded file on disk.
type picture struct {
	name   string // the name on the follower's phone
	file   *kept
	size   int64
	sum    string // SHA-256 of its content
	format string // jpeg, png; empty: neither, or vast
	vast   bool   // it has more than maxMegapixels
}

// readPicture reads a file from the request, at most one byte more than is allowed. An empty file, which browsers
// send if nothing was chosen, is ignored.
func readPicture(disk *Disk, who string, part *multipart.Part) (*picture, error) {
	file, err := disk.keep(who, "wechat-c4c-picture-*")
	if err != nil {
		return nil, err
	}
	p := &picture{name: shownName(part.FileName()), file: file}
	sum := sha256.New()
	p.size, err = file.fill(io.TeeReader(io.LimitReader(part, maxPicture+1), sum))
	if err != nil || p.size == 0 {
		file.close()
		return nil, err
	}
	if _, err = io.Copy(io.Discard, part); err != nil { // the rest of a file that is too large
		return p, err
	}
	p.sum = hex.EncodeToString(sum.Sum(nil))
	p.format, p.vast, err = formatOf(file.File)
	return p, err
}

// shownName is a file's name in a form safe to show in a message.
func shownName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if shown := reading.Beginning(name, 40); shown != name {
		return shown + "…"
	}
	return name
}

// formatOf detects a file's format by content, not by name.
func formatOf(file *os.File) (format string, vast bool, err error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", false, fmt.Errorf("web: read a picture: %w", err)
	}
	header, format, err := image.DecodeConfig(file)
	if err != nil || header.Width < 1 || header.Height < 1 {
		format = ""
	} else if vast = header.Width > maxMegapixels*1_000_000/header.Height; vast {
		format = ""
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", false, fmt.Errorf("web: read a picture: %w", err)
	}
	return format, vast, nil
}

// uploader is the data of the view of the same name.
type uploader struct {
	Count, MB, Bytes int
	Again            bool // the pictures must be chosen again
}

func newUploader() uploader { return uploader{Count: maxPictures, MB: maxPictureMB, Bytes: maxPicture} }

// checkPictures removes duplicate pictures, and names all files that cannot be accepted.
func (f *form) checkPictures() {
	seen := map[string]bool{}
	f.pictures = slices.DeleteFunc(f.pictures, func(p *picture) bool {
		twice := p.format != "" && seen[p.sum]
		seen[p.sum] = true
		if twice {
			p.file.close()
		}
		return twice
	})
	if len(f.pictures) > maxPictures {
		f.failAlso("pictures", "web_bad_count", "max", maxPictures)
	}
	for _, p := range f.pictures {
		switch {
		case p.size > maxPicture:
			f.failAlso("pictures", "web_bad_size", "file", p.name, "size", maxPictureMB)
		case p.vast:
			f.failAlso("pictures", "web_bad_pixels", "file", p.name, "megapixels", maxMegapixels)
		case p.format == "":
			f.failAlso("pictures", "web_bad_kind", "file", p.name)
		}
	}
}

// uploadPictures checks a form's pictures and, if the form has no errors, uploads them. It fails only with errPictures:
// any other error is recorded in the form, which is then shown again.
func (s *Site) uploadPictures(ctx context.Context, openID string, f *form) ([]conversation.Media, error) {
	f.checkPictures()
	if len(f.bad) > 0 {
		return nil, nil
	}
	media, err := s.upload(ctx, openID, f)
	if errors.Is(err, errPictures) {
		return nil, err
	}
	return media, nil
}

// upload uploads the pictures to WeChat, which keeps them for three days; from there they go to C4C. WeChat accepts
// 100,000 files a day per account, including those of agents' replies. Each follower has a share of that, and so does
// the page.
func (s *Site) upload(ctx context.Context, openID string, f *form) ([]conversation.Media, error) {
	if !s.limits.uploads.Allow(openID, len(f.pictures)) {
		return nil, errPictures
	}
	media := make([]conversation.Media, len(f.pictures))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadsAtOnce)
	for i, p := range f.pictures {
		group.Go(func() error {
			name, kind := "picture.jpg", "image/jpeg"
			if p.format == "png" {
				name, kind = "picture.png", "image/png"
			}
			kept, err := s.WeChat.UploadMedia(ctx, wechat.MediaImage, name, kind, p.file.File)
			media[i] = conversation.Media{Kind: "image", ID: kept.ID, Format: p.format}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		s.Logger.WarnContext(ctx, "WeChat did not take the pictures", "error", err)
		f.fail("pictures", "web_bad_upload")
		return nil, err
	}
	return media, nil
}
