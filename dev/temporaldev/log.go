package temporaldev

import (
	"fmt"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger writes readable lines to standard error. The level can be raised later.
func newLogger(level string) (*zap.Logger, zap.AtomicLevel, error) {
	atomic := zap.NewAtomicLevelAt(zap.FatalLevel)
	if level != "off" {
		l, err := zapcore.ParseLevel(level)
		if err != nil {
			return nil, atomic, fmt.Errorf("temporaldev: log level: %w", err)
		}
		atomic.SetLevel(l)
	}
	encoder := zap.NewDevelopmentEncoderConfig()
	encoder.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	logger, err := zap.Config{
		Level: atomic, Encoding: "console", EncoderConfig: encoder, DisableCaller: true, DisableStacktrace: true,
		OutputPaths: []string{"stderr"}, ErrorOutputPaths: []string{"stderr"},
	}.Build()
	if err != nil {
		return nil, atomic, fmt.Errorf("temporaldev: logger: %w", err)
	}
	return logger, atomic, nil
}
