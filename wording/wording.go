// Package wording translates what operators read into Chinese: causes and remedies, the details and summaries of
// workflows in Temporal UI, and the sentences of the command line. Texts for followers and agents are in package
// catalogue.
//
// The English sentence is written where it is used, and is the key of the Chinese one in the tables of this package.
// Names are not translated: states, causes, types, settings, commands, and the terms of WeChat, SAP and Temporal.
package wording

import "fmt"

// Language is a language that operators read. The zero value is English.
type Language string

// Languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Say returns a sentence in the language, formatted as by fmt.Sprintf; without arguments it is not formatted. A
// sentence without a translation stays English.
func (l Language) Say(english string, args ...any) string {
	text := english
	if l == Chinese {
		for _, table := range tables {
			if chinese, ok := table[english]; ok {
				text = chinese
				break
			}
		}
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Between is what separates two sentences.
func (l Language) Between() string {
	if l == Chinese {
		return ""
	}
	return " "
}

// tables map English sentences to Chinese ones.
var tables = []map[string]string{causes, workflows, commands, checks, helps}
