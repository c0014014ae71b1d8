package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestDomainFiles(t *testing.T) {
	t.Parallel()
	files, err := config.Web{
		DomainFiles: " MP_verify_a1B2c3D4e5F6g7H8.txt, ,MP_verify_b.txt=another-code_1 "}.ParseDomainFiles()
	require.NoError(t, err)
	require.Equal(t, []config.DomainFile{
		{Name: "MP_verify_a1B2c3D4e5F6g7H8.txt", Content: "a1B2c3D4e5F6g7H8"},
		{Name: "MP_verify_b.txt", Content: "another-code_1"},
	}, files)

	var many []string
	for i := range config.MaxDomainFiles + 1 {
		many = append(many, fmt.Sprintf("MP_verify_%d.txt", i))
	}
	for _, tt := range []struct{ name, value, says string }{
		{"another file", "verify.html", "file 1 is not called MP_verify_"},
		{"a path", "MP_verify_a.txt,../MP_verify_b.txt", "file 2 is not called MP_verify_"},
		{"a pattern of routes", "MP_verify_:a.txt", "file 1 is not called MP_verify_"},
		{"no code", "MP_verify_.txt", "file 1 is not called MP_verify_"},
		{"an address", "https://service.example.com/MP_verify_a.txt", "file 1 is not called MP_verify_"},
		{"no content", "MP_verify_a.txt=", "the content of file 1 is not"},
		{"mark-up", "MP_verify_a.txt=<script>", "the content of file 1 is not"},
		{"long content", "MP_verify_a.txt=" + strings.Repeat("x", 129), "the content of file 1 is not"},
		{"twice", "MP_verify_a.txt,MP_verify_a.txt", "file 2 is there twice"},
		{"too many", strings.Join(many, ","), "21 files are more than 20"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production("WEB_DOMAIN_FILES=" + tt.value))
			require.ErrorContains(t, err, prefix+"WEB_DOMAIN_FILES is not a list of WeChat's domain files ("+tt.says)
			require.ErrorContains(t, err, "for example MP_verify_")
		})
	}
}

func TestDomainFilesOfSeveralAccountsAgree(t *testing.T) {
	t.Parallel()
	load := func(ofShop string) error {
		_, _, err := config.Load(twoAccounts("WEB_DOMAIN_FILES=MP_verify_a.txt", "ACCOUNT_SHOP_WEB_DOMAIN_FILES="+ofShop))
		return err
	}
	require.NoError(t, load("MP_verify_a.txt,MP_verify_b.txt"))
	require.ErrorContains(t, load("MP_verify_a.txt=other"),
		prefix+"ACCOUNT_SHOP_WEB_DOMAIN_FILES gives MP_verify_a.txt another content than account default, for example")
}
