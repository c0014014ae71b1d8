// Package wording holds what operators read, in English and Chinese: causes and remedies, the details and summaries of
// workflows in Temporal UI, and the sentences of the command line. What followers and agents see is in package
// catalogue.
//
// The English sentence is written where it is used and is the key of the Chinese one in the tables of this package.
// Names stay as they are in both: states, causes, types, settings, commands, and the terms of WeChat, SAP and Temporal.
package wording

import "fmt"

// Language is a language that operators read. The zero value is English.
type Language string

// Languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Say is a sentence in the language, with its places filled as fmt.Sprintf does; without arguments it is taken as it
// is. What no table has is said in English.
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

// Between separates two sentences.
func (l Language) Between() string {
	if l == Chinese {
		return ""
	}
	return " "
}

// tables are Chinese sentences by the English ones.
var tables = []map[string]string{causes, workflows, commands, checks, helps}
