package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
)

// appSecret is the secret of the development stack.
const appSecret = "dev-appsecret"

// uploadPicture uploads a picture to WeChat in place of a follower's, and returns its media id.
func (l *landscape) uploadPicture(ctx context.Context) (string, error) {
	ask, err := json.Marshal(map[string]string{
		"grant_type": "client_credential", "appid": development.appID, "secret": appSecret,
	})
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := l.wechatAPI(ctx, "/cgi-bin/stable_token", "application/json", ask, &token); err != nil {
		return "", err
	}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("media", "photo.jpg")
	if err != nil {
		return "", fmt.Errorf("picture: %w", err)
	}
	if err := jpeg.Encode(part, image.NewGray(image.Rect(0, 0, 640, 480)), nil); err != nil {
		return "", fmt.Errorf("picture: %w", err)
	}
	if err := parts.Close(); err != nil {
		return "", fmt.Errorf("picture: %w", err)
	}
	var kept struct {
		MediaID string `json:"media_id"`
	}
	path := "/cgi-bin/media/upload?type=image&access_token=" + token.AccessToken
	if err := l.wechatAPI(ctx, path, parts.FormDataContentType(), form.Bytes(), &kept); err != nil {
		return "", err
	}
	if kept.MediaID == "" {
		return "", fmt.Errorf("picture: WeChat's simulator did not take it")
	}
	return kept.MediaID, nil
}

func (l *landscape) wechatAPI(ctx context.Context, path, contentType string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.wechatURL+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("WeChat's simulator: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("WeChat's simulator: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("WeChat's simulator: %w", err)
	}
	return nil
}
