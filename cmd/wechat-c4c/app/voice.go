package app

import (
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// voiceOf is the format of the account's replies.
func voiceOf(cfg config.Config) workflows.Voice {
	return workflows.Voice{Name: cfg.Voice.Name, MaxParts: cfg.Fixed.VoiceMaxParts, Files: cfg.Voice.Files}
}

func voiceTexts(texts *catalogue.Texts) workflows.VoiceTexts {
	text := texts.Text
	return workflows.VoiceTexts{
		Named:       text(catalogue.ReplyNamed, catalogue.Agent("{name}"), catalogue.Words("{text}")),
		Rest:        text(catalogue.ReplyRest, catalogue.Address("{link}")),
		Files:       text(catalogue.ReplyFiles, catalogue.Files("{files}"), catalogue.Address("{link}")),
		FilesUnsent: text(catalogue.ReplyFilesUnsent, catalogue.Files("{files}")),

		NoteCut:          text(catalogue.NoteReplyCut),
		NoteLong:         text(catalogue.NoteReplyLong),
		NoteEmpty:        text(catalogue.NoteReplyEmpty),
		NoteQuote:        text(catalogue.NoteReplyQuote),
		NoteFiles:        text(catalogue.NoteReplyFiles, catalogue.Files("{files}")),
		NoteFilesSkipped: text(catalogue.NoteReplyFilesSkipped),

		WhyType: text(catalogue.WhyFileType), WhySize: text(catalogue.WhyFileSize), WhyLength: text(catalogue.WhyFileLength),
		WhyEmpty: text(catalogue.WhyFileEmpty), WhyGone: text(catalogue.WhyFileGone),
		WhyContent: text(catalogue.WhyFileContent),
	}
}
