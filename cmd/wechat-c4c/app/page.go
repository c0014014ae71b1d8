package app

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// page returns the options of an account's H5 page; nil if it has none.
func (p *process) page(cfg config.Config) (*web.Options, error) {
	w := cfg.Web
	if w.URL == "" {
		return nil, nil
	}
	if err := checkFiles("pictures and documents of the H5 page", os.TempDir()); err != nil {
		return nil, err
	}
	zone, err := cfg.Hours.Location()
	if err != nil {
		return nil, err
	}
	account, err := p.measuredWeChat(cfg)
	if err != nil {
		return nil, err
	}
	configured, err := w.ParseCategories()
	if err != nil {
		return nil, err
	}
	o := &web.Options{
		URL: w.URL, SessionKey: w.SessionKey.Bytes(), OAuth: cfg.WeChat.OAuth == "on",
		PrivacyVersion: w.PrivacyVersion, PrivacyURL: w.PrivacyURL, WeChat: account, Relay: p.relay, Zone: zone,
		Visitors: w.Visitors, Erasure: w.Erasure, Company: w.Company, Contact: w.Contact, Hours: hoursInWords(cfg.Hours.Open),
		CloseStatus: statusOrNone(cfg.C4C.CloseStatus), Disk: p.disk, Pictures: cfg.Fixed.PicturesPerDay,
		FrameAncestor: cfg.Fixed.WeChatPages, // the simulated phone shows the page in a frame
	}
	for _, c := range configured {
		o.Categories = append(o.Categories, web.Category{
			Code: c.Code, Name: map[catalogue.Language]string{catalogue.Chinese: c.Chinese, catalogue.English: c.English},
		})
	}
	if o.TicketFields, o.CustomerFields, err = ownFields(cfg); err != nil {
		return nil, err
	}
	return o, nil
}

// dayNames maps the days of the week as written in the settings to their names.
var dayNames = map[catalogue.Language]*strings.Replacer{
	catalogue.Chinese: strings.NewReplacer("Mo-", "周一至", "Tu-", "周二至", "We-", "周三至", "Th-", "周四至", "Fr-", "周五至", "Sa-",
		"周六至", "Su-", "周日至",
		"Mo", "周一", "Tu", "周二", "We", "周三", "Th", "周四", "Fr", "周五", "Sa", "周六", "Su", "周日", ",", "；"),
	catalogue.English: strings.NewReplacer("Mo", "Mon", "Tu", "Tue", "We", "Wed", "Th", "Thu", "Fr", "Fri", "Sa", "Sat",
		"Su", "Sun",
		"-", "–", ",", ", "),
}

// hoursInWords are the business hours as the page shows them; nil: always open.
func hoursInWords(open string) map[catalogue.Language]string {
	if open == "" {
		return nil
	}
	parts := strings.Split(open, ",")
	for i := range parts {
		parts[i] = strings.Join(strings.Fields(parts[i]), " ")
	}
	words := map[catalogue.Language]string{}
	for lang, names := range dayNames {
		words[lang] = names.Replace(strings.Join(parts, ","))
	}
	return words
}

// checkFiles reports early that files cannot be stored: they are kept on disk while in transit, and images have no
// folder for that by default.
func checkFiles(what, dir string) error {
	file, err := os.CreateTemp(dir, "wechat-c4c-*")
	if err != nil {
		return &trouble{
			fmt.Sprintf(
				"%s need a folder that can be written to, and %s is none: mount one there, or name another in TMPDIR, for example /tmp", what, dir), err}
	}
	closed := file.Close()
	return errors.Join(closed, os.Remove(file.Name()))
}

// domainFilesOf returns an account's domain files in the public handler's form.
func domainFilesOf(configured []config.DomainFile) []api.DomainFile {
	var files []api.DomainFile
	for _, file := range configured {
		files = append(files, api.DomainFile(file))
	}
	return files
}

// ticketLink is the address of a ticket on the page, with {ticket} for its number. It is empty if a plain link opens
// nothing: without a page, and for accounts without OAuth, whose links are personal.
func ticketLink(cfg config.Config) string {
	if cfg.Web.URL == "" || cfg.WeChat.OAuth != "on" {
		return ""
	}
	return web.TicketURL(cfg.Web.URL, "{ticket}")
}

// measuredWeChat returns a client of an account whose calls appear in the metrics.
func (p *process) measuredWeChat(cfg config.Config) (*wechat.Client, error) {
	calls, err := worker.Telemetry{Meter: p.meter(), Tracer: p.telemetry.tracer()}.WeChat(cfg.Account, cfg.WeChat.APIURL)
	if err != nil {
		return nil, err
	}
	return wechat.New(worker.WeChatOptions(cfg, calls))
}

// wechatClient returns a client of the account that fetches its own token, which is the same in every process.
func wechatClient(cfg config.Config) (*wechat.Client, error) {
	return wechat.New(worker.WeChatOptions(cfg, nil))
}
