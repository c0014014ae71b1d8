package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

// Spooled is what the internal address shows of the spool: its status and its entries, without texts and openids.
type Spooled struct {
	spool.Status
	Events []spool.Entry `json:"events"`
}

func showSpool(c echo.Context, s *spool.Spool) error {
	return c.JSON(http.StatusOK, Spooled{Status: s.Status(), Events: s.List()})
}

// retrySpool makes the spool hand over refused events again.
func retrySpool(c echo.Context, s *spool.Spool) error {
	if _, err := s.Retry(); err != nil {
		return &failure{
			status: http.StatusServiceUnavailable, result: "unavailable", text: "not retried: the disk of the spool fails",
			err: err,
		}
	}
	return showSpool(c, s)
}
