package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

// Spooled is what the internal address tells of the spool: how it stands, and what it keeps, without texts and openids.
type Spooled struct {
	spool.Status
	Events []spool.Entry `json:"events"`
}

func showSpool(c echo.Context, s *spool.Spool) error {
	return c.JSON(http.StatusOK, Spooled{Status: s.Status(), Events: s.List()})
}

// retrySpool has what was refused handed over once more.
func retrySpool(c echo.Context, s *spool.Spool) error {
	if _, err := s.Retry(); err != nil {
		return &failure{
			status: http.StatusServiceUnavailable, result: "unavailable", text: "not retried: the disk of the spool fails",
			err: err,
		}
	}
	return showSpool(c, s)
}
