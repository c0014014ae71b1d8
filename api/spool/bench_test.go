package spool_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

// fsyncs is how often per second the disk of a folder writes a page and confirms it.
func fsyncs(b *testing.B, folder string) float64 {
	b.Helper()
	file, err := os.Create(filepath.Join(folder, "fsync"))
	require.NoError(b, err)
	defer func() { require.NoError(b, file.Close()) }()
	page := make([]byte, 4096)
	began, n := time.Now(), 0
	for ; time.Since(began) < time.Second; n++ {
		_, err := file.WriteAt(page, int64(n%1024)*4096)
		require.NoError(b, err)
		require.NoError(b, file.Sync())
	}
	return float64(n) / time.Since(began).Seconds()
}

// BenchmarkKeep measures how many events per second are written and confirmed, next to the disk's own rate. All
// events waiting at the same moment share one fsync, so the more come at once, the more are written with each.
func BenchmarkKeep(b *testing.B) {
	for _, senders := range []int{2, 16, 64, 256} {
		b.Run(strconv.Itoa(senders)+" at once", func(b *testing.B) {
			f := setup(b, func(o *spool.Options) { o.MaxEvents, o.MaxBytes = 1<<30, 1<<40 })
			own := fsyncs(b, f.folder)
			text := strings.Repeat("我的刹车吱吱响。", 20)
			b.SetParallelism(max(1, senders/runtime.GOMAXPROCS(0)))
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for n := 0; p.Next(); n++ {
					if err := f.Keep(event("lane"+strconv.Itoa(n%100), text)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(own, "fsyncs/s")
			b.ReportMetric(rate/own, "events/fsync")
		})
	}
}
