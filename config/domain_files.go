package config

import (
	"fmt"
	"regexp"
	"strings"
)

// DomainFile is a file at the root of a host. When a domain is entered in WeChat's console, WeChat checks by this
// file that the host is the account's. Source:
// https://developers.weixin.qq.com/doc/oplatform/developers/basic_func/domain.html
type DomainFile struct{ Name, Content string }

// MaxDomainFiles is the most domain files of an account.
const MaxDomainFiles = 20

var (
	domainFileForm    = regexp.MustCompile(`^MP_verify_([A-Za-z0-9]{1,64})\.txt$`)
	domainContentForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

// ParseDomainFiles parses DomainFiles. If no content is given, it is the code in the name, as in the files that
// WeChat provides.
func (w Web) ParseDomainFiles() ([]DomainFile, error) {
	var files []DomainFile
	seen := map[string]bool{}
	for i, item := range listOf(w.DomainFiles) {
		name, content, given := strings.Cut(item, "=")
		form := domainFileForm.FindStringSubmatch(name)
		switch {
		case form == nil:
			return nil, fmt.Errorf("file %d is not called MP_verify_<letters and digits>.txt", i+1)
		case given && !domainContentForm.MatchString(content):
			return nil, fmt.Errorf("the content of file %d is not 1 to 128 letters and digits", i+1)
		case seen[name]:
			return nil, fmt.Errorf("file %d is there twice", i+1)
		case !given:
			content = form[1]
		}
		seen[name] = true
		files = append(files, DomainFile{Name: name, Content: content})
	}
	if len(files) > MaxDomainFiles {
		return nil, fmt.Errorf("%d files are more than %d", len(files), MaxDomainFiles)
	}
	return files, nil
}

func (k *checker) domainFiles() {
	_, err := k.config.Web.ParseDomainFiles()
	k.require(err == nil, "WEB_DOMAIN_FILES", fmt.Sprintf("is not a list of WeChat's domain files (%v)", err))
}

// domainFileClashes finds files with the same name but different content: accounts may share a host.
func (c Config) domainFileClashes() []string {
	var problems []string
	contents, owner := map[string]string{}, map[string]string{}
	for _, one := range c.All() {
		files, _ := one.Web.ParseDomainFiles() // an unreadable setting has its own sentence
		for _, file := range files {
			if content, known := contents[file.Name]; known && content != file.Content {
				f := byName(Fields(), "WEB_DOMAIN_FILES").from(one.variables)
				problems = append(problems, sentence(f, "gives "+file.Name+" another content than account "+owner[file.Name]))
				continue
			}
			contents[file.Name], owner[file.Name] = file.Content, one.Account
		}
	}
	return problems
}
