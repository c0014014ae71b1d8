package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// attached returns the files of a ticket.
func (s *scene) attached(ticketID string) []string {
	s.t.Helper()
	var view struct {
		Attachments []struct {
			Name string `json:"name"`
			Size int    `json:"size"`
		} `json:"attachments"`
	}
	s.c4c.get("/tickets/"+ticketID, &view)
	names := []string{}
	for _, a := range view.Attachments {
		if a.Size > 0 {
			names = append(names, a.Name)
		}
	}
	return names
}

const aDocument = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// answersAtTheDesk has an agent open a ticket, look at its pictures and answer with a picture and a document.
func (s *scene) answersAtTheDesk(desk context.Context, ticketID, text string) {
	s.t.Helper()
	document := filepath.Join(s.t.TempDir(), "报价单.pdf")
	require.NoError(s.t, os.WriteFile(document, []byte(aDocument), 0o600))
	require.NoError(s.t, chromedp.Do(desk,
		chromedp.Navigate("http://"+s.Addresses().C4C+"/"), click(fmt.Sprintf(`button[data-ticket=%q]`, ticketID)),
		loaded("#attachments img", 2),
		write("#reply", text), chromedp.SetUploadFiles(chromedp.CSS("#attach"), []string{snapshots(s.t)[0], document}),
		sees("#files", "报价单.pdf"),
		click("#send"), sees("#thread .text", text), loaded("#thread img", 1), sees("#thread .sent", "✓")))
	picture(s.t, desk, "h5/desk", "")
}

// documents opens the thread's documents as the page offers them, and returns their names.
func (s *scene) documents(tab context.Context) []string {
	s.t.Helper()
	var jar struct {
		Cookies []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"cookies"`
	}
	require.NoError(s.t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Network.getCookies", nil, &jar)
	})))
	addresses, err := chromedp.Run(tab,
		chromedp.Evaluate[[]string](`[...document.querySelectorAll("a.doc")].map(a => a.href)`))
	require.NoError(s.t, err)
	names := []string{}
	for _, address := range addresses {
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address, nil)
		require.NoError(s.t, err)
		for _, cookie := range jar.Cookies {
			req.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(s.t, err)
		content, err := io.ReadAll(res.Body)
		require.NoError(s.t, errors.Join(err, res.Body.Close()))
		require.Equal(s.t, http.StatusOK, res.StatusCode)
		require.Equal(s.t, aDocument, string(content))
		_, how, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
		require.NoError(s.t, err)
		names = append(names, how["filename"])
	}
	return names
}
